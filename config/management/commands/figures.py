import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from governance import figures as ground
from stars import figures as stars

SOURCES = Path(__file__).resolve().parents[2] / "figures.json"


class Command(BaseCommand):
    help = "Counts the demo's records and prints them beside the figures of the sources, as one JSON object."

    def handle(self, *args: Any, **options: Any) -> None:
        sources = json.loads(SOURCES.read_text(encoding="utf-8"))
        rows = {
            key: {"counted": count(), "source": sources[key]} for key, count in sorted((ground.COUNTED | stars.COUNTED).items())
        }
        self.stdout.write(json.dumps(rows, indent=2))
