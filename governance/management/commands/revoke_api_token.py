from typing import Any

from django.core.management.base import BaseCommand, CommandError

from governance import clock
from governance.errors import RuleBroken
from governance.models import ApiToken, User
from governance.services.tokens import revoke_token


class Command(BaseCommand):
    help = "Take a token back; its next request is refused."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("token", help="the beginning of the token, as the list of tokens shows it")
        parser.add_argument("--by", required=True, metavar="USER", help="the security administrator who revokes it")

    def handle(self, *args: Any, token: str, by: str, **options: Any) -> None:
        found = ApiToken.objects.filter(token_key=token[:15])
        administrator = User.objects.filter(username=by).first()
        if len(found) != 1 or administrator is None:
            raise CommandError(
                f"There is no account {by}." if administrator is None else f"{len(found)} tokens begin with {token}."
            )
        try:
            revoke_token(token_id=found[0].pk, by=administrator, at=clock.now())
        except RuleBroken as broken:
            raise CommandError(broken.message) from broken
        self.stdout.write(f"Revoked {found[0]}.")
