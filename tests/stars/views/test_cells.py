"""The sheet's own line to the server."""

import json
from typing import Any

import pytest
from django.test import Client

from stars.models import Assessment, CellEdit, Filing
from tests.stars.county import County, moment
from tests.stars.views.conftest import SignIn, Travel

APRIL = "2025-04-08 09:00"


@pytest.fixture
def url(county: County) -> str:
    return f"/filing/{county.rating_year.pk}/140821101/1/cells/"


def cell(county: County, place: int = 0, *, village: str = "140821101201") -> str:
    return f"0/2/{county.post(village).pk}/{place}"


def send(client: Client, url: str, person: int, *edits: dict[str, Any], seen: dict[str, int] | None = None) -> Any:
    body = {"as": person, "seen": seen or {}, "edits": list(edits)}
    return client.post(url, json.dumps(body), content_type="application/json")


def edit(name: str, text: str, base: str = "", key: int = 1) -> dict[str, Any]:
    return {"key": f"{key:032x}", "cell": name, "text": text, "base": base}


def test_it_answers_each_cell(county: County, url: str, sign_in: SignIn, travel: Travel) -> None:
    travel(APRIL)
    liu = county.cast["liu"].pk
    said = send(sign_in("liu"), url, liu, edit(cell(county), "50"), edit(cell(county, 1), "31", key=2)).json()
    assert [(one["outcome"], one["stored"]) for one in said["answers"]] == [("saved", "50"), ("refused", None)]
    assert said["windows"]["0/2"]["version"] == 1
    assert "锁定" in said["windows"]["0/2"]["left"]
    assert Assessment.objects.get().scores[0] == 5000
    late = send(sign_in("liu"), url, liu, edit(cell(county), "40", key=3)).json()["answers"][0]
    assert (late["outcome"], late["theirs"], late["who"]) == ("conflict", "50", "刘嵋阳")


def test_the_time_left_is_the_units_own(county: County, url: str, sign_in: SignIn, travel: Travel) -> None:
    travel("2025-04-20 09:00")
    Filing.objects.filter(pk=county.filing(period=2).pk).update(extended_until=moment("2025-04-28 00:00"))
    clerk = sign_in("liu")
    said = send(clerk, url, county.cast["liu"].pk, edit(cell(county), "50")).json()
    left = said["windows"]["0/2"]["left"]
    assert left == "还有 7 天到期"
    assert f"data-left>{left}<" in clerk.get(url.removesuffix("cells/")).content.decode()


def test_a_mistake_is_on_the_next_page_as_it_was_typed(county: County, url: str, sign_in: SignIn, travel: Travel) -> None:
    travel(APRIL)
    send(sign_in("liu"), url, county.cast["liu"].pk, edit(cell(county), "5o"))
    html = sign_in("liu").get(url.removesuffix("cells/")).content.decode()
    assert f'name="{cell(county)}" value="5o"' in html
    assert "不是数字" in html


def test_it_takes_nothing_for_another_account(county: County, url: str, sign_in: SignIn, travel: Travel) -> None:
    travel(APRIL)
    reply = send(sign_in("liu"), url, county.cast["lei"].pk, edit(cell(county), "50"))
    assert (reply.status_code, reply.json()["code"]) == (409, "other_person")
    assert not CellEdit.objects.exists()


@pytest.mark.parametrize(("who", "status"), [("lei", 403), ("he", 403), ("zhao", 404), ("tang", 404), ("huo", 404), ("sun", 403)])
def test_others_write_nothing(county: County, url: str, sign_in: SignIn, travel: Travel, who: str, status: int) -> None:
    travel(APRIL)
    assert send(sign_in(who), url, county.cast[who].pk, edit(cell(county), "50")).status_code == status
    assert not CellEdit.objects.exists()


def test_a_village_outside_the_page_is_not_written(county: County, url: str, sign_in: SignIn, travel: Travel) -> None:
    travel(APRIL)
    reply = send(sign_in("liu"), url, county.cast["liu"].pk, edit(cell(county, village="140821102201"), "50"))
    assert reply.status_code == 403
    assert not CellEdit.objects.exists()


@pytest.mark.parametrize(
    "body",
    ["", "[]", "{}", '{"as": 1, "seen": {}, "edits": 7}', '{"as": 1, "seen": {}, "edits": [{"cell": "0/2/1"}]}',
     '{"as": 1, "seen": {}, "edits": [{"cell": "9/9/1/1", "key": "1", "text": "", "base": ""}]}',
     '{"as": 1, "seen": {}, "edits": [{"cell": "0/2/1/0", "key": "x", "text": "", "base": ""}]}',
     '{"as": 1, "seen": {}, "edits": [{"cell": "0/2/99999999999999999999/0", "key": "00000000000000000000000000000001", "text": "", "base": ""}]}',
     '{"as": 1, "seen": {}, "edits": [{"cell": "0/2/1/0", "key": "00000000000000000000000000000001", "text": 5, "base": ""}]}'],
)  # fmt: skip
def test_what_no_page_sends_is_refused(county: County, url: str, sign_in: SignIn, travel: Travel, body: str) -> None:
    travel(APRIL)
    assert sign_in("liu").post(url, body, content_type="application/json").status_code == 400


def test_a_whole_sheet_is_saved_by_few_statements(county: County, url: str, sign_in: SignIn, travel: Travel, django_assert_max_num_queries: Any) -> None:  # fmt: skip
    travel(APRIL)
    clerk, person = sign_in("liu"), county.cast["liu"].pk
    send(clerk, url, person)
    edits = [
        edit(cell(county, place, village=f"14082110120{n}"), "20", key=10 * n + place) for n in (1, 2, 3) for place in (0, 1)
    ]
    with django_assert_max_num_queries(30):
        assert {one["outcome"] for one in send(clerk, url, person, *edits).json()["answers"]} == {"saved"}
