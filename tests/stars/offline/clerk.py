"""A clerk with an offline form: downloads it, types into it, and brings back what it saves."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stars.models import Assessment, AssessmentChange, OfflineUpload
from stars.offline import Choice, apply_offline, discard_offline, store_offline
from stars.offline.form import FORMAT, KIND, page_of
from stars.views.offline import offline_form
from tests.stars.workbooks.desk import Desk, File

BY_HER_CLOCK = "2025-02-06T01:00:00.000Z"
FIRST, SECOND, THIRD = (f"14082110120{n}" for n in (1, 2, 3))  # villages
Cells = Mapping[tuple[str, int], str]  # (village, item) → text


@dataclass
class Clerk(Desk):
    def html(self) -> str:
        return offline_form(self.grid(), "嵋阳镇 · 2025")

    def key(self, village: str, place: int, period: int = 0) -> str:
        return f"0/{period}/{self.county.post(village).pk}/{place}"

    def data(self, typed: Cells, *, bases: Cells | None = None, period: int = 0) -> dict[str, Any]:
        """As the form saves it; where no base is said, the form showed what stands there now."""
        now = {cell.key: cell.text for row in self.grid().rows for cell in row.cells}
        cells = [
            {"cell": self.key(*cell, period), "base": (bases or {}).get(cell, now[self.key(*cell, period)]), "typed": text, "at": BY_HER_CLOCK}
            for cell, text in typed.items()
        ]  # fmt: skip
        return {"kind": KIND, "format": FORMAT, "page": page_of(self.grid()), "saved_at": BY_HER_CLOCK, "cells": cells}

    def send(self, data: object, name: str = "一季度.json") -> OfflineUpload:
        content = data if isinstance(data, bytes) else json.dumps(data, ensure_ascii=False).encode()
        return store_offline(grid=self.grid(), file=File(content, name), by=self.county.cast[self.who], at=self.now)

    def apply(
        self, upload: OfflineUpload, choices: Mapping[str, Choice] | None = None, *, leave_out: bool = False, who: str = ""
    ) -> OfflineUpload:
        by = self.county.cast[who or self.who]
        return apply_offline(upload_id=upload.pk, choices=choices or {}, leave_out=leave_out, by=by, at=self.now)

    def discard(self, upload: OfflineUpload, who: str = "") -> OfflineUpload:
        return discard_offline(upload_id=upload.pk, by=self.county.cast[who or self.who], at=self.now)

    def save(self, village: str, scores: list[int], *, period: int = 0, by: str = "") -> None:
        """By a colleague, on the page."""
        self.county.save(self.county.filing(period=period), {self.county.post(village).pk: scores}, at=self.at, by=by)

    def scores(self, village: str, period: int = 0) -> list[int] | None:
        row = Assessment.objects.filter(post=self.county.post(village), sheet=0, period=period).first()
        return row and row.scores

    def doors(self) -> list[str]:
        return list(AssessmentChange.objects.order_by("pk").values_list("door", flat=True))


def said_in(html: str, name: str) -> Any:
    """The data that the file carries."""
    return json.loads(re.search(rf'<script id="{name}" type="application/json">(.*?)</script>', html, re.DOTALL)[1])
