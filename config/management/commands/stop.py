from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from config import running


class Command(BaseCommand):
    help = "Stop what `serve` runs in this checkout, and a database server that a killed one left behind."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        stopped = running.stop(settings.VAR)
        if settings.EMBEDDED and settings.EMBEDDED.is_running():
            settings.EMBEDDED.stop()
            stopped = True
        self.stdout.write("Stopped." if stopped else "Nothing was running.")
