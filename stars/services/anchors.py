"""Heads of the chain in a file outside the database: a database alone can't prove that its owner didn't rewrite it.

One line a publication, appended and synced when it commits. Keep the file on another disk or ship it to another host;
the same head stands on the next publicity notice of the county.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from stars.chain import canonical
from stars.models import Publication

Anchor = dict[str, object]


def anchor_of(publication: Publication) -> Anchor:
    return {
        "number": publication.number,
        "county": publication.rating_year.territory.path,
        "year": publication.rating_year.year,
        "version": publication.version,
        "hash": publication.hash,
    }


def write_missing() -> int:
    """Anchor every publication that has no line yet: the one just committed, and any whose writer was killed before this.

    A publication whose number already has a line keeps that line, whatever the database says now.
    """
    path = Path(settings.CHAIN_ANCHORS)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o640)
    with os.fdopen(descriptor, "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        _drop_torn_line(file)
        missing = _missing({int(str(anchor["number"])) for anchor in _read(file)})
        file.write(b"".join(canonical(anchor_of(publication)) + b"\n" for publication in missing))
        file.flush()
        os.fsync(file.fileno())
    _sync_folder(path.parent)
    return len(missing)


def read_anchors() -> list[Anchor]:
    """raises ValueError where a line is not what was written"""
    path = Path(settings.CHAIN_ANCHORS)
    if not path.exists():
        return []
    with path.open("rb") as file:
        return list(_read(file))


def _read(file: BinaryIO) -> Iterator[Anchor]:
    for number, line in enumerate(file, start=1):
        if not line.endswith(b"\n"):
            raise ValueError(f"line {number} of the anchors is torn")
        anchor = json.loads(line)
        if set(anchor) != {"number", "county", "year", "version", "hash"}:
            raise ValueError(f"line {number} of the anchors is no anchor")
        yield anchor


def _drop_torn_line(file: BinaryIO) -> None:
    """What a killed writer began is written again, whole."""
    whole = file.read()
    file.truncate(whole.rfind(b"\n") + 1)
    file.seek(0)


def _missing(known: set[int]) -> list[Publication]:
    publications = Publication.objects.exclude(number__in=known)
    return list(publications.select_related("rating_year__territory").order_by("number"))


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
