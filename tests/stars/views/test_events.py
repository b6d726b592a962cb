"""Merits and demerits: one records, another confirms, a reason withdraws."""

from typing import Any

import pytest

from stars.models import Event
from tests.stars.county import County
from tests.stars.views.conftest import SignIn, Travel

DAY = "2025-04-08 09:00"


@pytest.fixture
def praise(county: County) -> dict[str, Any]:
    post = county.post("140821101201")
    return {
        "post": post.pk,
        "item": "merit/praise",
        "happened_on": "2025-03-01",
        "count": 1,
        "points": "",
        "evidence": "县委通报",
        "document_no": "",
    }


def test_recorded_by_one_and_confirmed_by_another(praise: dict[str, Any], sign_in: SignIn, travel: Travel) -> None:
    travel(DAY)
    assert sign_in("liu").post("/events/", praise).status_code == 302
    event = Event.objects.get()
    html = sign_in("liu").get("/events/").content.decode()
    assert "县委通报" in html
    assert f"/events/{event.pk}/confirm/" not in html, "not by its recorder"
    sign_in("liu").post(f"/events/{event.pk}/confirm/")
    event.refresh_from_db()
    assert event.state == Event.State.RECORDED
    sign_in("lei").post(f"/events/{event.pk}/confirm/")
    event.refresh_from_db()
    assert event.state == Event.State.CONFIRMED


def test_what_is_refused_is_said_at_its_field_and_stays_typed(praise: dict[str, Any], sign_in: SignIn, travel: Travel) -> None:
    travel(DAY)
    response = sign_in("liu").post("/events/", praise | {"happened_on": "2025-05-01"})
    html = response.content.decode()
    assert response.status_code == 422
    assert "id_happened_on_error" in html
    assert "县委通报" in html
    assert sign_in("liu").post("/events/", praise | {"item": "merit/practice", "points": "2.5"}).status_code == 422
    assert sign_in("liu").post("/events/", praise | {"points": "many"}).status_code == 422
    assert not Event.objects.exists()


def test_points_that_the_policy_leaves_open(praise: dict[str, Any], sign_in: SignIn, travel: Travel) -> None:
    travel(DAY)
    sign_in("liu").post("/events/", praise | {"item": "merit/practice", "points": "1.5"})
    assert Event.objects.get().points == 150


def test_only_own_secretaries_are_offered(praise: dict[str, Any], county: County, sign_in: SignIn, travel: Travel) -> None:
    travel(DAY)
    assert "临晋" not in sign_in("liu").get("/events/").content.decode()
    foreign = praise | {"post": county.post("140821102201").pk}
    assert sign_in("liu").post("/events/", foreign).status_code == 422
    assert sign_in("huo").get("/events/").status_code == 403


def test_withdrawn_with_a_reason(praise: dict[str, Any], sign_in: SignIn, travel: Travel) -> None:
    travel(DAY)
    sign_in("liu").post("/events/", praise)
    page = f"/events/{Event.objects.get().pk}/withdraw/"
    assert sign_in("zhao").get(page).status_code == 404
    assert sign_in("liu").post(page, {"reason": ""}).status_code == 422
    assert sign_in("liu").post(page, {"reason": "重复登记"}).status_code == 302
    assert Event.objects.get().state == Event.State.WITHDRAWN


def test_queries(praise: dict[str, Any], sign_in: SignIn, travel: Travel, django_assert_max_num_queries: Any) -> None:
    travel(DAY)
    clerk = sign_in("liu")
    clerk.post("/events/", praise)
    with django_assert_max_num_queries(12):
        clerk.get("/events/")
