"""The life that every uploaded workbook has: kept, then applied or thrown away, once, by one person at a time."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from governance.errors import RuleBroken
from governance.models import Territory, User
from governance.models.upload import WorkbookUpload
from governance.sandbox import marks
from governance.sandbox.package import Refused
from governance.sandbox.process import marker
from governance.services import audit
from governance.workbooks.reading import sentence


def require_pending(upload: WorkbookUpload) -> None:
    """raises RuleBroken: upload_closed"""
    if upload.state != WorkbookUpload.State.PENDING:
        raise RuleBroken(
            "upload_closed",
            _("“%(file)s” is “%(state)s” already; upload the workbook again if it should count.")
            % {"file": upload.file_name, "state": upload.get_state_display()},
        )


def close(upload: WorkbookUpload, state: str, act: str, *, territory: Territory, by: User, at: datetime, **counts: int) -> None:
    upload.state = state
    upload.save(update_fields=["state"])
    audit.record(act, by=by, at=at, territory=territory, subject=upload, **counts)


def with_marks(upload: WorkbookUpload, *, title: str, about: str) -> bytes:
    """The very file with each mistake at its cell, and a sheet of them all; `about` heads what a mistake belongs to.

    raises RuleBroken: as read_upload
    """
    headings = [_("Worksheet"), _("Cell"), about, _("What is wrong, and what to do")]
    order = marks.request(bytes(upload.workbook), title=title, headings=headings, mistakes=upload.mistakes)
    try:
        return marker.ask(order)
    except Refused as refused:
        raise sentence(refused, upload.file_name) from refused
