"""Compiles .po to .mo without GNU gettext, which a newcomer's machine lacks. No .mo is ever committed."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import polib
from django.conf import settings

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


def sources(folders: Iterable[str | Path] | None = None) -> list[Path]:
    """`folders`: where settings are not there yet; else theirs."""
    return sorted(source for folder in folders or settings.LOCALE_PATHS for source in Path(folder).glob("*/LC_MESSAGES/*.po"))


def compile_all(folders: Iterable[str | Path] | None = None) -> list[Path]:
    """Each catalogue that is newer than its compiled form."""
    return [compiled for source in sources(folders) if (compiled := _compile(source))]


def faults(source: Path) -> Iterator[str]:
    for entry in polib.pofile(str(source)):
        if not entry.obsolete and not entry.translated():  # empty or fuzzy
            yield f"{entry.msgid!r} is not translated"
        elif any(not _same_placeholders(entry, chinese) for chinese in entry.msgstr_plural.values() or [entry.msgstr]):
            yield f"{entry.msgid!r} and its translation have different placeholders"


def _same_placeholders(entry: polib.POEntry, translated: str) -> bool:
    asked = set(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
    return set(PLACEHOLDER.findall(translated)) == asked


def _compile(source: Path) -> Path | None:
    target = source.with_suffix(".mo")
    if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
        return None
    draft = target.with_suffix(".mo.draft")
    polib.pofile(str(source)).save_as_mofile(str(draft))
    draft.replace(target)  # whole or not at all: another process may be reading
    return target
