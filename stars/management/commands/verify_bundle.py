import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from stars.bundle.checking import problems


class Command(BaseCommand):
    help = "Checks a bundle of a published star: digests, link, and the star recomputed from its inputs."
    requires_system_checks: list[str] = []  # nothing is asked of this installation or its database

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("bundle", type=Path)
        parser.add_argument("--link", default="", help="the publication's link as it is known from elsewhere")

    def handle(self, *_args: Any, bundle: Path, link: str, **_options: Any) -> None:
        try:
            read = json.loads(bundle.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise CommandError(f"{bundle} can't be read: {error}", returncode=2) from None
        if found := problems(read, link):
            raise CommandError("; ".join(found), returncode=1)
        self.stdout.write(f"Nothing is wrong. Link of the publication: {read['hash']}")
