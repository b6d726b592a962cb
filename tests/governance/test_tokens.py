"""API tokens: who issues them, for whom, for how long; and the two commands."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from governance.errors import RuleBroken
from governance.models import ApiToken, AuditEntry, User
from governance.services import audit
from governance.services.tokens import issue_token, open_client, revoke_token
from tests.cast import Cast

AT = timezone.now()


def issued(cast: Cast, who: str = "client", *, by: str = "bao", **more: Any) -> tuple[ApiToken, str]:
    values = {"territory": cast.county, "name": "财政局系统", "at": AT}
    return issue_token(account_id=cast.people[who].pk, by=cast[by], **values | more)


def refused(code: str, act: Any, *args: Any, **more: Any) -> None:
    tokens, trail = ApiToken.objects.count(), AuditEntry.objects.count()
    with pytest.raises(RuleBroken) as broken:
        act(*args, **more)
    assert broken.value.code == code
    assert (ApiToken.objects.count(), AuditEntry.objects.count()) == (tokens, trail)


def test_a_token_lives_ninety_days(cast: Cast) -> None:
    token, text = issued(cast)
    assert token.expiry == AT + timedelta(days=90)
    assert token.is_live(token.expiry - timedelta(microseconds=1))
    assert not token.is_live(token.expiry)
    assert text.startswith("xh_")
    assert len(text) == 67
    assert str(token) == f"财政局系统 ({text[:15]}…)"


def test_two_tokens_differ(cast: Cast) -> None:
    assert issued(cast)[1] != issued(cast)[1]


def test_issuing_is_on_record_without_the_secret(cast: Cast) -> None:
    _token, text = issued(cast, networks=["10.0.0.1/8"])
    entry = AuditEntry.objects.get(act="governance.issue_token")
    assert (entry.by, entry.territory, entry.subject) == (cast.people["bao"], cast.county, f"governance.ApiToken:{text[:15]}")
    assert entry.detail["account"] == "client"
    assert entry.detail["networks"] == ["10.0.0.0/8"]
    assert text[15:] not in str(entry.detail)


@pytest.mark.parametrize("who", ["chen", "qin", "xi", "shen", "liu", "sun"])
def test_only_the_security_administrator_issues(who: str, cast: Cast) -> None:
    refused("not_your_duty", issued, cast, by=who)


def test_only_at_home(cast: Cast) -> None:
    refused("not_your_duty", issued, cast, territory=cast.other_county)


def test_nobody_issues_a_token_to_themselves(cast: Cast) -> None:
    refused("same_person", issued, cast, "bao")


def test_no_further_than_the_account_reaches(cast: Cast) -> None:
    refused("outside_reach", issued, cast, "liu")
    refused("outside_reach", issued, cast, "liu", territory=cast.sibling)
    refused("outside_reach", issued, cast, "sun")
    issued(cast, "liu", territory=cast.township)


@pytest.mark.parametrize(
    ("days", "code"),
    [(0, "expired"), (-1, "expired"), (366, "expires_too_late"), (36500, "expires_too_late")],
)
def test_lifetime(days: int, code: str, cast: Cast) -> None:
    refused(code, issued, cast, expires_at=AT + timedelta(days=days))
    issued(cast, expires_at=AT + timedelta(days=365))


def test_a_closed_account_gets_none(cast: Cast) -> None:
    User.objects.filter(username="client").update(is_active=False)
    refused("account_closed", issued, cast)


@pytest.mark.parametrize("network", ["x", "10.0.0.0/33", "", "300.1.1.1"])
def test_networks(network: str, cast: Cast) -> None:
    refused("bad_network", issued, cast, networks=[network])


def test_a_token_needs_a_name(cast: Cast) -> None:
    with pytest.raises(ValidationError):
        issued(cast, name="")


def test_an_act_that_cannot_be_recorded_does_not_happen(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: Any, **_more: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(audit, "record", broken)
    with pytest.raises(RuntimeError):
        issued(cast)
    assert not ApiToken.objects.exists()


def test_revoking_twice_changes_nothing(cast: Cast) -> None:
    token, _text = issued(cast)
    revoke_token(token_id=token.pk, by=cast["bao"], at=AT)
    revoke_token(token_id=token.pk, by=cast["bao"], at=AT + timedelta(days=1))
    token.refresh_from_db()
    assert (token.revoked_at, token.revoked_by) == (AT, cast.people["bao"])
    assert not token.is_live(AT)
    assert AuditEntry.objects.filter(act="governance.revoke_token").count() == 1


def test_only_the_security_administrator_revokes(cast: Cast) -> None:
    token, _text = issued(cast)
    refused("not_your_duty", revoke_token, token_id=token.pk, by=cast["chen"], at=AT)


def test_a_client_account_has_no_password(cast: Cast) -> None:
    client = open_client(username="finance", territory=cast.county, by=cast["bao"], at=AT)
    assert client.duties == (("api_client", "140821"),)
    assert not client.has_usable_password()
    assert ModelBackend().authenticate(None, "finance", "") is None
    refused("name_taken", open_client, username="Finance", territory=cast.county, by=cast["bao"], at=AT)
    refused("not_your_duty", open_client, username="other", territory=cast.other_county, by=cast["bao"], at=AT)
    refused("not_your_duty", open_client, username="other", territory=cast.county, by=cast["chen"], at=AT)


def test_tokens_are_seen_by_the_security_administrator(cast: Cast) -> None:
    issued(cast)
    seen = {who for who in cast.people if ApiToken.objects.visible_to(cast[who]).exists()}
    assert seen == {"bao"}


# commands


def command(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_a_token_by_command(cast: Cast) -> None:
    text = command(
        "issue_api_token", "finance", "--territory=140821", "--by=bao", "--new-client", "--days=30", "--network=127.0.0.1"
    )
    token = ApiToken.objects.get()
    assert token.user.username == token.name == "finance"
    assert token.expiry - token.created == timedelta(days=30)
    assert not token.may_write
    bearer = {"Authorization": f"Bearer {text.strip()}"}
    assert Client().get("/api/v1/ratings/", headers=bearer).status_code == 200
    assert command("revoke_api_token", text[:15], "--by=bao").startswith("Revoked finance")
    assert Client().get("/api/v1/ratings/", headers=bearer).status_code == 401


@pytest.mark.parametrize(
    "words",
    [
        ("issue_api_token", "nobody", "--territory=140821", "--by=bao"),
        ("issue_api_token", "client", "--territory=999999", "--by=bao"),
        ("issue_api_token", "client", "--territory=140821", "--by=nobody"),
        ("issue_api_token", "client", "--territory=140821", "--by=chen"),
        ("issue_api_token", "client", "--territory=140821", "--by=bao", "--days=400"),
        ("revoke_api_token", "xh_nothing", "--by=bao"),
        ("revoke_api_token", "xh_nothing", "--by=nobody"),
    ],
)
def test_commands_say_what_is_wrong(words: tuple[str, ...], cast: Cast) -> None:
    with pytest.raises(CommandError):
        command(*words)
    assert not ApiToken.objects.exists()


def test_a_refused_command_opens_no_account(cast: Cast) -> None:
    with pytest.raises(CommandError):
        command("issue_api_token", "finance", "--territory=140821", "--by=bao", "--new-client", "--days=400")
    assert not User.objects.filter(username="finance").exists()
