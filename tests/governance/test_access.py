"""Who reaches what: by posts, and by nothing else."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from governance.duties import Duty
from governance.models import Person, Post, Territory, User
from tests.cast import Cast


@pytest.mark.parametrize(
    ("name", "sees"),
    [
        ("chen", {"140821", "140821101", "140821101201", "140821102203"}),
        ("liu", {"140821101", "140821101201"}),
        ("huo", {"140821101201"}),
        ("client", {"140821", "140821101", "140821101201", "140821102203"}),
        ("tang", {"140822101201"}),
        ("sun", set()),
        ("wei", set()),
    ],
)
def test_reach(cast: Cast, name: str, sees: set[str]) -> None:
    asked = {"140821", "140821101", "140821101201", "140821102203", "140822101201", "14"}
    seen = Territory.objects.visible_to(cast[name]).filter(path__in=asked)
    assert {place.path for place in seen} == sees


def test_a_post_that_ends_takes_the_reach_with_it(cast: Cast) -> None:
    Post.objects.filter(person=cast["liu"].person).update(until_on=date(2020, 1, 1))
    assert not Person.objects.visible_to(cast["liu"]).exists()


def test_an_inactive_account_sees_nothing(cast: Cast) -> None:
    User.objects.filter(username="liu").update(is_active=False)
    assert not Territory.objects.visible_to(cast["liu"]).exists()


def test_accounts_are_seen_by_the_security_administrator_alone(cast: Cast) -> None:
    assert {u.username for u in User.objects.visible_to(cast["bao"])} >= {"liu", "sun", "client"}
    assert not User.objects.visible_to(cast["bao"]).filter(username="tang").exists()
    assert not User.objects.visible_to(cast["chen"]).exists()


def test_the_admin_site_opens_by_duty(cast: Cast) -> None:
    assert [name for name in sorted(cast.people) if cast[name].is_staff] == [
        "an",
        "bao",
        "chen",
        "he",
        "qin",
        "shen",
        "tang",
        "xi",
    ]


def test_nobody_is_above_the_rules(cast: Cast) -> None:
    with pytest.raises(ValidationError, match="appoint_administrators"):
        User.objects.create_superuser("root", password="x")
    assert not cast["chen"].has_perm("governance.change_user")
    assert not cast["chen"].is_superuser


def test_a_duty_counts_where_the_post_is(cast: Cast) -> None:
    assert cast["liu"].holds(Duty.TOWNSHIP_CLERK, "140821101203")
    assert not cast["liu"].holds(Duty.TOWNSHIP_CLERK, "140821102201")
    assert not cast["liu"].holds(Duty.TOWNSHIP_LEADER, "140821101")
