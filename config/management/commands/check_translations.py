from pathlib import Path
from typing import Any

import polib
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from config import translations

IGNORED = [".venv*", "var", "tests", "docs", "static/vendor"]


class Command(BaseCommand):
    help = "Every English sentence of the screens has its Chinese one."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--sources", action="store_true", help="also collect the sentences from the code; needs GNU gettext")

    def handle(self, *args: Any, sources: bool, **options: Any) -> None:
        catalogues = translations.sources()
        if not catalogues:
            raise CommandError("There is no catalogue under config/locale.")
        found = [f"{path}: {fault}" for path in catalogues for fault in translations.faults(path)]
        if sources:
            found += self._unlisted(catalogues)
        if found:
            raise CommandError("\n".join(found))

    def _unlisted(self, catalogues: list[Path]) -> list[str]:
        known = {(entry.msgctxt, entry.msgid) for path in catalogues for entry in polib.pofile(str(path))}
        template = Path(settings.LOCALE_PATHS[0], "django.pot")
        try:
            call_command("makemessages", exclude=[p.parents[1].name for p in catalogues], keep_pot=True,
                         ignore_patterns=IGNORED, verbosity=0)  # fmt: skip
            asked = polib.pofile(str(template))
        finally:
            template.unlink(missing_ok=True)
        missing = [entry for entry in asked if (entry.msgctxt, entry.msgid) not in known and not _is_djangos(entry)]
        return [f"no entry for {entry.msgid!r} ({entry.occurrences[0][0]})" for entry in missing]


def _is_djangos(entry: polib.POEntry) -> bool:
    """Django brings the Chinese for its own words, such as Save."""
    with translation.override(settings.LANGUAGE_CODE):
        shown = translation.pgettext(entry.msgctxt, entry.msgid) if entry.msgctxt else translation.gettext(entry.msgid)
    return shown != entry.msgid
