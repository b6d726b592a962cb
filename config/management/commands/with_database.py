from contextlib import nullcontext
from typing import Any

from django.conf import settings
from django.core.management import execute_from_command_line
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Run another command while the embedded database is up: with_database figures"
    requires_system_checks: list[str] = []

    def run_from_argv(self, argv: list[str]) -> None:
        """The words after the name are the other command's, options among them."""
        with settings.EMBEDDED.running() if settings.EMBEDDED else nullcontext():
            execute_from_command_line([argv[0], *argv[2:]])

    def handle(self, *args: Any, **options: Any) -> None:
        raise NotImplementedError("run_from_argv does it")
