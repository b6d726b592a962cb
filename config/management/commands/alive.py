from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.health import PARTS


class Command(BaseCommand):
    help = "Exit 0 if this part was heard within a minute: for a container's health check."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("part", choices=sorted(PARTS))

    def handle(self, *args: Any, part: str, **options: Any) -> None:
        if not PARTS[part]():
            raise CommandError(f"{part} is down")
