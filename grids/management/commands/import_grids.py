from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from governance import clock
from governance.errors import RuleBroken
from governance.models import Territory, User
from grids.services.importing import COLUMNS, import_grids
from grids.services.tables import read_table


class Command(BaseCommand):
    help = f"Bring the grid tree in from an Excel or CSV file with the columns {', '.join(COLUMNS)}."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--under", required=True, help="code of the county or township that the list is for")
        parser.add_argument("--by", required=True, help="user name of whoever answers for the list")

    def handle(self, *args: Any, file: Path, under: str, by: str, **options: Any) -> None:
        try:
            place = Territory.objects.get(path=under, valid_to=None)
            user = User.objects.get(username=by)
            changed = import_grids(read_table(file), under=place, by=user, on=clock.today(), at=clock.now())
        except (Territory.DoesNotExist, User.DoesNotExist) as problem:
            raise CommandError(str(problem)) from problem
        except RuleBroken as broken:
            raise CommandError(broken.message) from broken
        self.stdout.write(f"{changed} grids added or changed")
