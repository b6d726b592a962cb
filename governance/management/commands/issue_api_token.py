from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from governance import clock
from governance.errors import RuleBroken
from governance.models import ApiToken, Territory, User
from governance.services.tokens import issue_token, open_client


class Command(BaseCommand):
    help = "Issue a token for /api/ and print it once."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("account", help="user name of the account that the token speaks for")
        parser.add_argument("--territory", required=True, metavar="PATH", help="where the token ends, as 140821")
        parser.add_argument("--by", required=True, metavar="USER", help="the security administrator who issues it")
        parser.add_argument("--name", default="", help="what it is for (default: the account)")
        parser.add_argument("--days", type=int, default=settings.API_TOKEN_DAYS, help=f"default {settings.API_TOKEN_DAYS}")
        parser.add_argument(
            "--network", action="append", default=[], metavar="CIDR", help="where it may come from; may be given several times"
        )
        parser.add_argument("--may-write", action="store_true", help="for an account whose person files")
        parser.add_argument("--new-client", action="store_true", help="open the account first, as an API client of the territory")

    def handle(self, *args: Any, account: str, territory: str, by: str, days: int, **options: Any) -> None:
        at = clock.now()
        place = self._one(Territory.objects.filter(path=territory, valid_to=None), f"territory {territory}")
        administrator = self._one(User.objects.filter(username=by), f"account {by}")
        try:
            token, text = self._issued(account, place, administrator, at, at + timedelta(days=days), options)
        except RuleBroken as broken:
            raise CommandError(broken.message) from broken
        self.stderr.write(f"Expires {token.expiry:%Y-%m-%d}. This is shown once; keep it like a password:")
        self.stdout.write(text)

    @transaction.atomic
    def _issued(
        self, account: str, place: Territory, by: User, at: datetime, expires_at: datetime, options: Any
    ) -> tuple[ApiToken, str]:
        """A new client and its token, or neither."""
        if options["new_client"]:
            open_client(username=account, territory=place, by=by, at=at)
        return issue_token(
            account_id=self._one(User.objects.filter(username=account), f"account {account}").pk,
            territory=place,
            name=options["name"] or account,
            by=by,
            at=at,
            expires_at=expires_at,
            may_write=options["may_write"],
            networks=options["network"],
        )

    def _one(self, rows: Any, what: str) -> Any:
        if found := rows.first():
            return found
        raise CommandError(f"There is no {what}.")
