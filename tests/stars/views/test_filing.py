"""The entry page: saved window by window, mistakes at their cells, nothing typed lost."""

import re
from typing import Any

import pytest

from stars.cells import NOT_APPLICABLE, NOT_FILED
from stars.models import Assessment, Filing
from tests.stars.county import County
from tests.stars.views.conftest import SignIn, Travel

MARCH = "2025-03-20 09:00"
APRIL = "2025-04-08 09:00"  # January and February are locked, March is overdue and open


@pytest.fixture
def page(county: County) -> str:
    return f"/filing/{county.rating_year.pk}/140821101/1/"


def shown(html: str, name: str) -> str | None:
    """The value of an input, None where the page has no such input."""
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    return found[1] if found else None


def cell(county: County, place: int, *, period: int = 2, village: str = "140821101201") -> str:
    return f"0/{period}/{county.post(village).pk}/{place}"


def post_of(county: County, **texts: str) -> dict[str, Any]:
    """What a browser sends for March: the version that was shown, and some cells."""
    return {"action": "save", "version 0/2": str(county.filing(period=2).version), **texts}


def test_it_shows_the_own_villages_and_no_others(county: County, page: str, sign_in: SignIn, travel: Travel) -> None:
    travel(APRIL)
    html = sign_in("liu").get(page).content.decode()
    assert "嵋阳甲村" in html
    assert "临晋" not in html
    assert shown(html, cell(county, 0)) == ""
    assert shown(html, cell(county, 0, period=0)) is None, "January is locked"
    assert shown(html, cell(county, 2)) is None, "an item of industry does not apply to 甲村"
    assert shown(html, cell(county, 2, village="140821101202")) == ""
    assert "已逾期" in html


def test_saved_scores_are_kept(county: County, page: str, sign_in: SignIn, travel: Travel) -> None:
    travel(APRIL)
    clerk = sign_in("liu")
    first, last = (cell(county, place, village="140821101202") for place in (0, 2))
    response = clerk.post(page, post_of(county, **{first: "５５．５", last: "/"}), follow=True)
    assert response.redirect_chain
    assert Assessment.objects.get().scores == [5550, NOT_FILED, NOT_APPLICABLE]
    assert [shown(response.content.decode(), key) for key in (first, last)] == ["55.5", "不适用"]
    assert "已保存" in response.content.decode()


def test_mistakes_stand_at_their_cells_with_everything_typed(county: County, page: str, sign_in: SignIn, travel: Travel) -> None:
    travel(APRIL)
    sent = post_of(county, **{cell(county, 0): "61", cell(county, 1): "abc", cell(county, 0, village="140821101203"): "50"})
    response = sign_in("liu").post(page, sent)
    html = response.content.decode()
    assert response.status_code == 422
    assert not Assessment.objects.exists()
    assert [shown(html, key) for key in sent if key.startswith("0/")] == ["61", "abc", "50"]
    assert html.count('aria-invalid="true"') == 2


def test_a_mistake_in_one_month_keeps_the_others(county: County, page: str, sign_in: SignIn, travel: Travel) -> None:
    travel("2025-03-10 09:00")  # February is overdue and open, March is open
    sent = post_of(county, **{"version 0/1": "0", cell(county, 0, period=1): "50", cell(county, 0): "many"})
    response = sign_in("liu").post(page, sent)
    assert response.status_code == 422
    assert Assessment.objects.get().period == 1
    assert shown(response.content.decode(), cell(county, 0)) == "many"


def test_a_page_that_somebody_else_saved_meanwhile(county: County, page: str, sign_in: SignIn, travel: Travel) -> None:
    travel(APRIL)
    stale = post_of(county, **{cell(county, 0): "40"})
    sign_in("liu").post(page, post_of(county, **{cell(county, 0): "50"}))
    response = sign_in("liu").post(page, stale)
    html = response.content.decode()
    assert response.status_code == 422
    assert shown(html, cell(county, 0)) == "40"
    assert "已存：50" in html
    again = sign_in("liu").post(page, post_of(county, **{cell(county, 0): "40"}))
    assert again.status_code == 302
    assert Assessment.objects.get().scores[0] == 4000


def test_without_its_version_a_page_can_not_overwrite(county: County, page: str, sign_in: SignIn, travel: Travel) -> None:
    travel(APRIL)
    sign_in("liu").post(page, post_of(county, **{cell(county, 0): "50"}))
    response = sign_in("liu").post(page, {"action": "save", cell(county, 0): "40"})
    assert response.status_code == 422
    assert Assessment.objects.get().scores[0] == 5000


def test_submitting_names_the_empty_cells(county: County, page: str, sign_in: SignIn, travel: Travel) -> None:
    travel(APRIL)
    response = sign_in("liu").post(page, post_of(county, **{cell(county, 0): "50", "action": "submit 0/2"}))
    html = response.content.decode()
    assert response.status_code == 422
    assert Assessment.objects.get().scores[0] == 5000, "what is right is saved all the same"
    assert html.count("尚未填写") == 6
    assert county.filing(period=2).state == Filing.State.DRAFT


def test_a_complete_month_is_submitted_once(county: County, page: str, sign_in: SignIn, travel: Travel) -> None:
    travel(APRIL)
    march = county.filing(period=2)
    county.save(march, county.rows(march), at=APRIL)
    clerk = sign_in("liu")
    for _press in range(2):
        response = clerk.post(page, {"action": "submit 0/2"}, follow=True)
        assert response.status_code == 200
    march.refresh_from_db()
    assert (march.state, march.submitted_by) == (Filing.State.SUBMITTED, county.cast["liu"])
    assert shown(response.content.decode(), cell(county, 0)) is None


def test_a_locked_month_says_so(county: County, page: str, sign_in: SignIn, travel: Travel) -> None:
    travel(APRIL)
    response = sign_in("liu").post(page, {"action": "save", "version 0/0": "0", cell(county, 0, period=0): "50"})
    assert response.status_code == 422
    assert "锁定" in response.content.decode()
    assert not Assessment.objects.exists()


def test_an_unknown_window_is_not_found(page: str, sign_in: SignIn, travel: Travel) -> None:
    travel(APRIL)
    assert sign_in("liu").post(page, {"action": "submit 9/9"}).status_code == 404


@pytest.mark.parametrize(
    ("who", "status"), [("zhao", 404), ("tang", 404), ("huo", 404), ("sun", 403), ("dai", 403), ("wei", 403)]
)
def test_strangers_find_nothing(page: str, sign_in: SignIn, travel: Travel, who: str, status: int) -> None:
    travel(APRIL)
    assert sign_in(who).get(page).status_code == status
    assert sign_in(who).post(page, {"action": "save"}).status_code == status


def test_a_visitor_signs_in_first(page: str, client: Any, db: None) -> None:
    assert client.get(page).headers["Location"] == f"/sign-in/?next={page}"


def test_those_who_may_only_look_get_no_cells_to_fill_in(county: County, page: str, sign_in: SignIn, travel: Travel) -> None:
    travel(APRIL)
    response = sign_in("chen").get(page)
    assert response.status_code == 200
    assert shown(response.content.decode(), cell(county, 0)) is None
    response = sign_in("chen").post(page, post_of(county, **{cell(county, 0): "50"}))
    assert response.status_code == 422
    assert not Assessment.objects.exists()


def test_enter_without_the_script_saves(page: str, sign_in: SignIn, travel: Travel) -> None:
    """The first button that belongs to the form is what Enter presses."""
    travel(APRIL)
    html = sign_in("liu").get(page).content.decode()
    first = re.search(r'<button[^>]*form="sheet-form"[^>]*>', html)
    assert first
    assert 'value="save"' in first[0]


def test_number_of_queries_does_not_grow_with_the_villages(
    page: str, sign_in: SignIn, travel: Travel, django_assert_max_num_queries: Any
) -> None:
    travel(APRIL)
    clerk = sign_in("liu")
    with django_assert_max_num_queries(21):
        clerk.get(page)


def test_a_late_filing_says_so_to_its_clerk(county: County, page: str, sign_in: SignIn, travel: Travel) -> None:
    on_time, late = county.filing(period=1), county.filing(period=2)
    county.save(on_time, county.rows(on_time), at="2025-03-05 09:00")
    county.submit(on_time, at="2025-03-05 10:00")
    county.file(late)
    travel("2025-04-15 09:00")
    assert sign_in("liu").get(page).content.decode().count("迟报：于 ") == 1
