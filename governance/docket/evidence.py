"""Evidence: kept under the SHA-256 of its bytes, never changed, believed no further than its first bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from governance.errors import RuleBroken
from governance.models import DocketBlob, DocketEvent, DocketFile
from governance.workbooks.reading import UploadedFile, shown_name

MOST_BYTES = 10 * 2**20
MOST_FILES = 10  # with one act
TYPES = {  # ending → type, and what such a file begins with
    "pdf": ("application/pdf", b"%PDF-"),
    "jpg": ("image/jpeg", b"\xff\xd8\xff"),
    "jpeg": ("image/jpeg", b"\xff\xd8\xff"),
    "png": ("image/png", b"\x89PNG\r\n\x1a\n"),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", b"PK\x03\x04"),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK\x03\x04"),
}


@dataclass(frozen=True)
class Evidence:
    name: str
    content_type: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def read_evidence(files: Sequence[UploadedFile]) -> list[Evidence]:
    """raises RuleBroken: too_many_files, file_too_large, file_empty, file_type"""
    if len(files) > MOST_FILES:
        raise RuleBroken(
            "too_many_files",
            _("%(count)d files were chosen, at most %(most)d go with one act; put them together or leave some out.")
            % {"count": len(files), "most": MOST_FILES},
            field="proof",
        )
    return [_read(one) for one in files]


def keep(event: DocketEvent, files: Sequence[Evidence]) -> list[DocketFile]:
    """The same bytes are kept once, however often they are handed in."""
    once = {one.sha256: one for one in files}
    DocketBlob.objects.bulk_create(
        [DocketBlob(sha256=digest, size=len(one.content), content=one.content) for digest, one in once.items()],
        ignore_conflicts=True,
    )
    return DocketFile.objects.bulk_create(
        DocketFile(event=event, blob_id=digest, name=one.name, content_type=one.content_type, size=len(one.content))
        for digest, one in once.items()
    )


def _read(one: UploadedFile) -> Evidence:
    name = shown_name(one.name or "")
    if (one.size or 0) > MOST_BYTES:  # before any byte of it is in memory
        raise _refused(
            "file_too_large",
            _("“%(file)s” is larger than %(megabytes)d MB; make it smaller or hand in the part that proves it.")
            % {"file": name, "megabytes": MOST_BYTES // 2**20},
        )
    content = one.read()
    if not content:
        raise _refused("file_empty", _("“%(file)s” is empty; choose the file again.") % {"file": name})
    _stem, dot, ending = name.rpartition(".")
    content_type, begins = TYPES.get(ending.lower() if dot else "", ("", b""))
    if not content_type or not content.startswith(begins):
        raise _refused(
            "file_type",
            _("“%(file)s” is no PDF, JPEG, PNG, Word (.docx) or Excel (.xlsx) file; save it as one of these and choose it again.")
            % {"file": name},
        )
    return Evidence(name, content_type, content)


def _refused(code: str, message: str) -> RuleBroken:
    return RuleBroken(code, message, field="proof")
