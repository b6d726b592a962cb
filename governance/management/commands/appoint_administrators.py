from typing import Any

from django.core.management.base import BaseCommand, CommandError

from governance import clock
from governance.duties import Duty
from governance.errors import RuleBroken
from governance.models import Territory
from governance.services.administrators import appoint_administrators

DUTIES = {"system": Duty.SYSTEM_ADMIN, "security": Duty.SECURITY_ADMIN, "audit": Duty.AUDIT_ADMIN}


class Command(BaseCommand):
    help = "Appoint the first three administrators of a county and print their passwords, once."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("territory", help="the county's code, as 140821")
        for word in DUTIES:
            parser.add_argument(f"--{word}", nargs=2, metavar=("NAME", "ACCOUNT"), required=True)

    def handle(self, *args: Any, territory: str, **options: Any) -> None:
        place = Territory.objects.filter(path=territory, valid_to=None).first()
        if place is None:
            raise CommandError(f"There is no territory {territory}; import the list first.")
        named = {duty: tuple(options[word]) for word, duty in DUTIES.items()}
        try:
            passwords = appoint_administrators(place, named, on=clock.today(), at=clock.now())
        except RuleBroken as broken:
            raise CommandError(broken.message) from broken
        for username, password in passwords.items():
            self.stdout.write(f"{username}  {password}")
