"""An applied offline form as its page shows it: what was not saved, what was decided, and every cell of the file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from stars.cells import format_score
from stars.models import OfflineUpload
from stars.offline.settled import CHANGED, DECIDED, UNSAVED, Became, of
from stars.wording import shown_moment


def said_of(kept: OfflineUpload) -> str:
    """The message after applying it."""
    parts = [_("“%(file)s” is saved as a draft. Look it over, then submit.") % {"file": kept.file_name}]
    unsaved, decided = len(of(kept.settled, *UNSAVED)), len(of(kept.settled, *DECIDED))
    if unsaved:
        text = ngettext(
            "%(count)d typed cell was not saved; it is listed here.",
            "%(count)d typed cells were not saved; they are listed here.",
            unsaved,
        )
        parts = [_("The accepted rows of “%(file)s” are saved as a draft.") % {"file": kept.file_name}, text % {"count": unsaved}]
    if decided:
        text = ngettext(
            "%(count)d cell was settled as you chose; it is listed here.",
            "%(count)d cells were settled as you chose; they are listed here.",
            decided,
        )
        parts.append(text % {"count": decided})
    return " ".join(parts)


def settled_context(kept: OfflineUpload) -> dict[str, Any]:
    lines = kept.settled
    return {
        "settled": bool(lines),
        "figures": {
            "rows": len({one["row"] for one in lines}),
            "refused": len({one["row"] for one in of(lines, Became.MISTAKE)}),
            "changed": len(of(lines, *CHANGED)),
            "decided": len(of(lines, *DECIDED)),
            "same": len(of(lines, Became.SAME)),
        },
        "unsaved": [_line(one) for one in of(lines, *UNSAVED)],
        "decided": [_line(one) for one in of(lines, *DECIDED)],
        "lines": [_line(one) for one in lines],
    }


def _line(one: Mapping[str, Any]) -> dict[str, str]:
    became = {
        Became.SAME: _("said so already"),
        Became.TAKEN: _("saved"),
        Became.MINE: _("your choice: the offline form’s score, saved"),
        Became.THEIRS: _("your choice: the system’s score stays"),
        Became.MISTAKE: one["message"],
        Became.LEFT_OUT: _("not saved, with its whole row"),
    }
    return {
        "village": one["village"],
        "title": one["title"],
        "base": _said(one["base"]),
        "typed": one["typed"] or _("blank"),
        "typed_at": shown_moment(datetime.fromisoformat(one["typed_at"])),
        "now": _said(one["before"]),
        "says": became[Became(one["became"])],
    }


def _said(score: int) -> str:
    return format_score(score) or _("blank")
