"""The form on paper: exactly what is filed, blank, zero and not applicable apart, with who took which step and when."""

import re

import pytest

from stars.cells import NOT_APPLICABLE, NOT_FILED
from stars.models import Filing
from stars.services.filing import return_filing
from tests.stars.county import County, moment
from tests.stars.views.conftest import SignIn, Travel

APRIL = "2025-04-08 09:00"
MARCH = 2


@pytest.fixture
def march(county: County) -> Filing:
    return county.filing(period=MARCH)


@pytest.fixture
def url(county: County) -> str:
    return f"/filing/{county.rating_year.pk}/140821101/1/paper/"


def written(html: str) -> list[list[str]]:
    """The cells of each row, village and person left out."""
    return [re.findall(r"<td>(.*?)</td>", row) for row in re.findall(r"<tr><th scope=\"row\".*?</tr>", html, re.DOTALL)]


def test_blank_zero_and_not_applicable_are_three_things(county: County, march: Filing, url: str, sign_in: SignIn, travel: Travel) -> None:  # fmt: skip
    rows = county.rows(march)
    first, second, third = (county.post(f"14082110120{n}").pk for n in (1, 2, 3))
    rows[first][0], rows[second][0], rows[third][0] = 0, NOT_FILED, 4150
    county.save(march, rows, at=APRIL)
    travel(APRIL)
    html = sign_in("liu").get(url, {"form": f"0/{MARCH}"}).content.decode()
    assert html.count('class="paper"') == 1
    cells = written(html)
    assert [row[0] for row in cells] == ["0", "", "41.5"]
    assert [row[2] for row in cells].count("/") == sum(scores[2] == NOT_FILED for scores in rows.values()) > 0, (
        "for industry alone"
    )
    assert NOT_APPLICABLE not in {score for row in rows.values() for score in row}
    assert "placeholder" not in html, "nothing that is only offered"


def test_all_forms_that_have_opened(county: County, url: str, sign_in: SignIn, travel: Travel) -> None:
    travel("2025-02-10 09:00")
    html = sign_in("liu").get(url).content.decode()
    assert html.count('class="paper"') == 2, "March has not opened"
    assert "<script" not in html.partition("<body")[2]
    empty = sign_in("liu").get(url, {"form": f"0/{MARCH}"}).content.decode()
    assert 'class="paper"' not in empty
    assert "还没有已开放的表" in empty


def test_the_steps_that_hold_stand_on_it(county: County, march: Filing, url: str, sign_in: SignIn, travel: Travel) -> None:
    county.save(march, county.rows(march), at=APRIL)
    county.submit(march, at=APRIL)
    travel(APRIL)
    client = sign_in("he")
    html = client.get(url, {"form": f"0/{MARCH}"}).content.decode()
    for words in (
        "2025-03-01",
        "2025-04-07",
        "2025-04-14",
        "嵋阳镇",
        "刘嵋阳 2025-04-08 09:00",
        "单位（盖章）",
        "填报人（签字）",
    ):
        assert words in html, words
    assert "雷嵋阳" not in html
    county.accept(march, at="2025-04-09 10:00")
    html = client.get(url, {"form": f"0/{MARCH}"}).content.decode()
    assert "雷嵋阳 2025-04-09 10:00" in html
    assert "何临猗 2025-04-09 10:00" in html


def test_what_was_sent_back_has_no_steps(county: County, march: Filing, url: str, sign_in: SignIn, travel: Travel) -> None:
    county.save(march, county.rows(march), at=APRIL)
    county.submit(march, at=APRIL)
    return_filing(filing_id=march.pk, reason="核对", by=county.cast["lei"], at=moment(APRIL))
    travel(APRIL)
    html = sign_in("lei").get(url, {"form": f"0/{MARCH}"}).content.decode()
    assert "<dd>已退回</dd>" in html
    assert "刘嵋阳" not in html
    for page in ("filing", "review"):
        around = sign_in("lei").get(url.replace("/filing/", f"/{page}/").replace("paper/", "")).content.decode()
        assert around.count(f'href="{url}?form=') == 3


@pytest.mark.parametrize("who", ["zhao", "tang", "dai"])
def test_strangers_find_no_paper(url: str, sign_in: SignIn, travel: Travel, who: str) -> None:
    travel(APRIL)
    assert sign_in(who).get(url).status_code in (403, 404)
