"""The rating's tables in the admin: everything registered, nothing changed there, only own rows offered."""

from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse

from governance import clock
from stars.labels import event_titles
from stars.models import Event
from tests.stars.county import County
from tests.stars.views.conftest import SignIn, Travel

LATER = "2026-03-02 09:00"
TABLES = [
    model
    for model in apps.get_app_config("stars").get_models()
    if ("Event" not in model.__name__ or model.__name__ == "Event") and not getattr(model, "scope_closed", False)
]


def test_every_table_is_registered() -> None:
    assert [model.__name__ for model in TABLES if model not in admin.site._registry] == []


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model.__name__)
def test_looked_at_and_not_changed(
    published: County, sign_in: SignIn, travel: Travel, model: Any, django_assert_max_num_queries: Any
) -> None:
    travel(LATER)
    staff, name = sign_in("chen"), f"admin:stars_{model._meta.model_name}"
    with django_assert_max_num_queries(20):
        assert staff.get(reverse(f"{name}_changelist")).status_code == 200
    assert staff.get(reverse(f"{name}_changelist"), {"q": "嵋阳"}).status_code == 200
    assert staff.get(reverse(f"{name}_add")).status_code == 403
    row = model._default_manager.order_by("-pk").first()
    if row:
        assert staff.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200
        assert staff.post(reverse(f"{name}_change", args=[row.pk]), {}).status_code == 403
    assert sign_in("liu").get(reverse(f"{name}_changelist")).status_code in (302, 403)
    stranger = sign_in("tang").get(reverse(f"{name}_changelist")).content.decode()
    assert "嵋阳" not in stranger
    assert "临晋" not in stranger


def test_words_of_the_policy_and_not_its_codes(
    published: County, sign_in: SignIn, travel: Travel, django_assert_max_num_queries: Any
) -> None:
    travel(LATER)
    posts = [published.post(path) for path in ("140821101201", "140821101202")]
    for post in posts:
        Event.objects.create(
            post=post, person=post.person, list_code="merit", item_code="praise", happened_on=date(2025, 3, 1), evidence="通报",
            recorded_by=published.cast.people["liu"], recorded_at=clock.now(),
        )  # fmt: skip
    staff = sign_in("chen")
    for name in ("event", "filing", "filingwindow", "payline"):
        html = staff.get(reverse(f"admin:stars_{name}_changelist")).content.decode()
        assert "merit" not in html
        assert ">month<" not in html
    with django_assert_max_num_queries(20):
        html = staff.get(reverse("admin:stars_event_changelist")).content.decode()
    title = event_titles(published.policy)["merit", "praise"]
    assert html.count(title) >= len(posts)
    event = Event.objects.first()
    assert event is not None
    assert title in staff.get(reverse("admin:stars_event_change", args=[event.pk])).content.decode()
