"""Accounts and posts: who gives them, to whom, and never to oneself."""

from __future__ import annotations

from datetime import date
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from governance import clock
from governance.duties import ADMINISTRATORS, Duty
from governance.errors import RuleBroken
from governance.models import AuditEntry, Person, Post, Territory, User
from governance.services.accounts import create_account, reset_password, set_account_open
from governance.services.posts import assign_post, end_post
from tests.cast import Cast

NOW, TODAY = clock.now(), clock.today()


def refused(act, **kwargs) -> str:
    with pytest.raises(RuleBroken) as broken:
        act(**kwargs, at=NOW)
    return broken.value.code


@pytest.fixture
def newcomer(cast: Cast) -> Person:
    return Person.objects.create(name="吕嵋阳", territory=cast.township)


def give(cast: Cast, person: Person, duty: str, by: str, path: str, **more) -> Post:
    place = cast.places[path]
    return assign_post(person_id=person.pk, territory=place, duty=duty, from_on=TODAY, by=cast[by], at=NOW, **more)


def test_an_account_and_its_post_open_the_door(cast: Cast, newcomer: Person, client: Client) -> None:
    user, password = create_account(person_id=newcomer.pk, username="lv", by=cast["bao"], at=NOW)
    assert not Territory.objects.visible_to(User.objects.get(pk=user.pk)).exists()
    post = give(cast, newcomer, Duty.TOWNSHIP_CLERK, "bao", "140821101")
    assert Territory.objects.visible_to(User.objects.get(pk=user.pk)).count() == 4
    assert client.post(reverse("sign_in"), {"username": "lv", "password": password}).status_code == 302
    end_post(post_id=post.pk, until_on=TODAY, ending="moved", by=cast["bao"], at=NOW)
    acts = AuditEntry.objects.filter(by=cast["bao"], territory__path__prefix="140821101").values_list("act", flat=True)
    assert sorted(acts) == ["account.create", "post.assign", "post.end"]


@pytest.mark.parametrize("name", ["chen", "qin", "liu", "huo", "an", "xi", "shen", "sun", "tang"])
def test_only_the_security_administrator_handles_accounts(cast: Cast, newcomer: Person, name: str) -> None:
    liu = cast.people["liu"].pk
    assert refused(create_account, person_id=newcomer.pk, username="lv", by=cast[name]) == "not_your_duty"
    assert refused(reset_password, user_id=liu, by=cast[name]) == "not_your_duty"
    assert refused(set_account_open, user_id=liu, is_open=False, by=cast[name]) == "not_your_duty"


def test_nor_in_another_county(cast: Cast) -> None:
    assert refused(reset_password, user_id=cast.people["tang"].pk, by=cast["bao"]) == "not_your_duty"


def test_never_for_oneself(cast: Cast) -> None:
    bao = cast["bao"]
    assert refused(reset_password, user_id=bao.pk, by=bao) == "not_for_yourself"
    assert refused(set_account_open, user_id=bao.pk, is_open=False, by=bao) == "not_for_yourself"
    assert (
        refused(assign_post, person_id=bao.person_id, territory=cast.county, duty=Duty.COUNTY_LEADER, from_on=TODAY, by=bao)
        == "not_for_yourself"
    )
    post = Post.objects.get(person=bao.person)
    assert refused(end_post, post_id=post.pk, until_on=TODAY, ending="moved", by=bao) == "not_for_yourself"


def test_an_account_is_opened_once(cast: Cast, newcomer: Person) -> None:
    liu = cast["liu"].person
    assert refused(create_account, person_id=liu.pk, username="liu2", by=cast["bao"]) == "account_exists"
    assert refused(create_account, person_id=newcomer.pk, username="LIU", by=cast["bao"]) == "name_taken"
    with pytest.raises(ValidationError):
        create_account(person_id=newcomer.pk, username="a b", by=cast["bao"], at=NOW)


def test_a_new_password_ends_the_sessions(cast: Cast, client: Client) -> None:
    client.force_login(cast["chen"])
    before = client.session.get("_auth_user_hash")
    password = reset_password(user_id=cast.people["chen"].pk, by=cast["bao"], at=NOW)
    assert cast["chen"].check_password(password)
    assert cast["chen"].get_session_auth_hash() != before


def test_the_account_of_a_program_has_no_password(cast: Cast) -> None:
    assert refused(reset_password, user_id=cast.people["client"].pk, by=cast["bao"]) == "no_password"


def test_a_closed_account_sees_nothing(cast: Cast) -> None:
    set_account_open(user_id=cast.people["liu"].pk, is_open=False, by=cast["bao"], at=NOW)
    assert not Territory.objects.visible_to(cast["liu"]).exists()
    set_account_open(user_id=cast.people["liu"].pk, is_open=True, by=cast["bao"], at=NOW)
    assert Territory.objects.visible_to(cast["liu"]).exists()


def test_village_posts_are_the_organization_department_s(cast: Cast, newcomer: Person) -> None:
    assert give(cast, newcomer, Duty.COMMITTEE_MEMBER, "chen", "140821101201").pk
    for duty, where in ((Duty.TOWNSHIP_CLERK, "140821101"), (Duty.COUNTY_STAFF, "140821"), (Duty.AUDITOR, "140821")):
        with pytest.raises(RuleBroken) as broken:
            give(cast, newcomer, duty, "chen", where)
        assert broken.value.code == "not_your_duty"


@pytest.mark.parametrize(
    ("duty", "path"),
    [("secretary", "140821101"), ("township_clerk", "140821"), ("township_leader", "140821101201"), ("county_staff", "140821101"),
     ("auditor", "140821101"), ("security_admin", "140821101201")],
)  # fmt: skip
def test_a_duty_has_its_level(cast: Cast, newcomer: Person, duty: str, path: str) -> None:
    with pytest.raises(RuleBroken) as broken:
        give(cast, newcomer, duty, "bao", path)
    assert broken.value.code == "duty_not_here"


def test_a_place_that_has_ended_takes_no_new_post(cast: Cast, newcomer: Person) -> None:
    Territory.objects.filter(pk=cast.village.pk).update(valid_to=TODAY)
    cast.village.refresh_from_db()
    with pytest.raises(RuleBroken) as broken:
        give(cast, newcomer, Duty.SECRETARY, "chen", "140821101201")
    assert broken.value.code == "place_not_there"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("system_admin", "security_admin"),
        ("audit_admin", "county_staff"),
        ("county_staff", "system_admin"),
        ("auditor", "audit_admin"),
    ],
)
def test_administrators_hold_no_second_duty(cast: Cast, newcomer: Person, first: str, second: str) -> None:
    give(cast, newcomer, first, "bao", "140821")
    with pytest.raises(RuleBroken) as broken:
        give(cast, newcomer, second, "bao", "140821")
    assert broken.value.code == "administrators_apart"


def test_after_the_one_comes_the_other(cast: Cast, newcomer: Person) -> None:
    give(cast, newcomer, Duty.COUNTY_STAFF, "bao", "140821", until_on=TODAY)
    place = cast.county
    day = date(TODAY.year + 1, 1, 1)
    post = assign_post(person_id=newcomer.pk, territory=place, duty=Duty.SYSTEM_ADMIN, from_on=day, by=cast["bao"], at=NOW)
    assert post.pk


def test_dates_and_doubles(cast: Cast, newcomer: Person) -> None:
    post = give(cast, newcomer, Duty.SECRETARY, "chen", "140821101202")
    with pytest.raises(ValidationError):
        give(cast, newcomer, Duty.SECRETARY, "chen", "140821101202")
    with pytest.raises(ValidationError):
        end_post(post_id=post.pk, until_on=date(2000, 1, 1), ending="moved", by=cast["chen"], at=NOW)
    for _ in range(2):
        end_post(post_id=post.pk, until_on=TODAY, ending="moved", by=cast["chen"], at=NOW)
    assert AuditEntry.objects.filter(act="post.end").count() == 1


def test_the_first_three_administrators(cast: Cast) -> None:
    where = ["140822", "--system", "程万荣", "sys22", "--security", "金万荣", "sec22", "--audit", "季万荣", "aud22"]
    out = StringIO()
    call_command("appoint_administrators", *where, stdout=out)
    words = dict(line.split("  ") for line in out.getvalue().strip().splitlines())
    assert set(words) == {"sys22", "sec22", "aud22"}
    assert User.objects.get(username="sec22").check_password(words["sec22"])
    assert {duty for name in words for duty, _at in User.objects.get(username=name).duties} == set(ADMINISTRATORS)
    with pytest.raises(CommandError):
        call_command("appoint_administrators", *where)


def test_one_person_for_two_is_refused(cast: Cast) -> None:
    where = ["140822", "--system", "程万荣", "sys22", "--security", "程万荣", "sys22", "--audit", "季万荣", "aud22"]
    with pytest.raises(CommandError):
        call_command("appoint_administrators", *where)
    assert not User.objects.filter(username="aud22").exists()


def test_no_table_can_hold_a_superuser(db: None) -> None:
    with connection.cursor() as cursor:
        columns = {column.name for column in connection.introspection.get_table_description(cursor, "governance_user")}
    assert not columns & {"is_superuser", "is_staff"}
    with pytest.raises(CommandError, match="appoint_administrators"):
        call_command("createsuperuser", interactive=False, username="root", email="root@example.com")
