from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from governance import clock
from governance.errors import RuleBroken
from governance.notices import FILES, read_file
from governance.services.calendar import import_notices


class Command(BaseCommand):
    help = (
        "Bring the State Council's holiday notices on record: a file, a folder of them, or without a path those of the release. "
        "All or nothing; what is on record already is left alone."
    )

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("path", nargs="?", type=Path, default=FILES)

    def handle(self, *args: Any, path: Path, **options: Any) -> None:
        try:
            notices = [read_file(file) for file in (sorted(path.glob("*.yaml")) if path.is_dir() else [path])]
            added = import_notices(notices, by=None, at=clock.now())
        except RuleBroken as broken:
            raise CommandError(broken.message) from broken
        except OSError as error:
            raise CommandError(str(error)) from error
        for notice in added:
            self.stdout.write(_("On record: %(notice)s") % {"notice": notice})
        if not added:
            self.stdout.write(_("Everything was on record already."))
