from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from stars.services.verify import verify_all


class Command(BaseCommand):
    help = "Recomputes every published rating year from what was decided, and checks chain, anchors and pay lists."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--county", default="", help="path of a county, such as 140821")
        parser.add_argument("--year", type=int, help="one year's publications only")

    def handle(self, *_args: Any, county: str, year: int | None, **_options: Any) -> None:
        found = verify_all(county=county, year=year)
        self.stdout.write(f"{found.publications} publications, {found.ratings} published ratings")
        if found.differences:
            others = len(found.differences) - 1
            raise CommandError(f"{found.differences[0]}" + (f" (and {others} more)" if others else ""), returncode=1)
        self.stdout.write("Nothing differs.")
