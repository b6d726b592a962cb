from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from governance import clock


class Command(BaseCommand):
    help = "Move the demo to another day: demo_day 2026-12-31, or demo_day real. Without a day: say which it is."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("day", nargs="?")

    def handle(self, *args: Any, day: str | None, **options: Any) -> None:
        if not settings.DEMO_CLOCK_FILE:
            raise CommandError("Only a demo can stand on another day.")
        if day:
            self._move(Path(settings.DEMO_CLOCK_FILE), day)
        self.stdout.write(clock.today().isoformat())

    def _move(self, file: Path, day: str) -> None:
        if day == "real":
            file.unlink(missing_ok=True)
            return
        try:
            moved_to = date.fromisoformat(day)
        except ValueError:
            raise CommandError(f"{day!r} is not a day: write it as 2026-12-31, or write real.") from None
        draft = file.with_suffix(".draft")
        draft.write_text(moved_to.isoformat(), encoding="ascii")
        draft.replace(file)
