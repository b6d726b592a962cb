from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from governance import clock
from governance.errors import RuleBroken
from governance.services.calendar import FILES, load_notice, read_notice


class Command(BaseCommand):
    help = "Load the State Council's holiday notices into the calendar: those of the release, or the files given."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("files", nargs="*", type=Path)

    def handle(self, *args: Any, files: list[Path], **options: Any) -> None:
        try:
            notices = [read_notice(path) for path in files or sorted(FILES.glob("*.yaml"))]
        except (RuleBroken, OSError) as error:
            raise CommandError(str(error)) from error
        for notice in notices:
            report = load_notice(notice, by=None, at=clock.now())
            self.stdout.write(f"{report.year}: {report.added} added, {report.changed} changed, {report.removed} removed")
