"""Documents as PDF: a Typst template that we ship, and data that it prints. Nothing of the data is read as markup."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import typst

FONTS = Path(__file__).parent / "data" / "fonts"
TEMPLATES = Path(__file__).parent / "data" / "documents"
ONE_AT_A_TIME = threading.Lock()  # a document takes all processors for its moment


class DocumentFault(RuntimeError):
    """The template asks for something that is not shipped with it, such as a font."""


def render(template: str, data: dict[str, Any]) -> bytes:
    """`template`: a file of governance/data/documents; `data` reaches it as JSON in `sys.inputs.data`. Same data, same bytes.

    raises  DocumentFault, on any warning: a document in a wrong face is no document
    """
    with ONE_AT_A_TIME:
        made, warnings = typst.compile_with_warnings(
            str(TEMPLATES / template), font_paths=[str(FONTS)], ignore_system_fonts=True, format="pdf",
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)}, timestamp=0,
        )  # fmt: skip
    if warnings or not isinstance(made, bytes):
        raise DocumentFault("; ".join(str(one.message) for one in warnings) or "no document")
    return made
