"""Compiles .po to .mo without GNU gettext, which a newcomer's machine lacks. No .mo is ever committed."""

from pathlib import Path

import polib
from django.conf import settings


def compile_all() -> list[Path]:
    """Each catalogue that is newer than its compiled form."""
    sources = [source for folder in settings.LOCALE_PATHS for source in Path(folder).glob("*/LC_MESSAGES/*.po")]
    return [compiled for source in sorted(sources) if (compiled := _compile(source))]


def _compile(source: Path) -> Path | None:
    target = source.with_suffix(".mo")
    if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
        return None
    draft = target.with_suffix(".mo.draft")
    polib.pofile(str(source)).save_as_mofile(str(draft))
    draft.replace(target)  # whole or not at all: another process may be reading
    return target
