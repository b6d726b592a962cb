"""The forms of a page, filled in as the person filled them in for whom the page was made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from tests.access.canary import mark
from tests.access.canary import name as name_of

Row = Callable[[str], object | None]  # the key of the row that a field without options points to
PLAIN = {"date": "2025-03-03", "number": "1", "time": "12:00:00", "datetime-local": "2025-03-03T12:00"}
AREAS = {"lines": "2025-03-03 放假 matrix", "people": "全体 到会"}  # by their names
SAVE_AND = ("_continue", "_addanother")  # beside the admin's `_save`: they differ in the page that follows
DAYS = ("_on", "_from", "_to", "day")  # names of fields of the admin
LATER = {"until": "2099-06-30", "until_on": "2025-03-04", "valid_to": "2025-03-04"}  # behind the day that goes before it
BY_NAME = LATER | {"year": "2026", "year_from": "2026", "reason": "matrix", "text": "matrix"}


@dataclass
class Body:
    data: dict[str, list[str]] = field(default_factory=dict)
    names_the_place: bool = False  # one of the choices made is a row of the territory asked for
    files: dict[str, bytes] = field(default_factory=dict)  # by the name of their field
    json: Any = None  # instead of a form
    verb: str = "POST"
    act: str = ""  # the button that is pressed, where there are several


@dataclass
class _Form:
    action: str  # of a form that is posted
    key: str = ""
    data: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    names_the_place: bool = False


class _Reader(HTMLParser):
    def __init__(self, path: str, row: Row) -> None:
        super().__init__()
        self.path, self.row = path, row
        self.forms: list[_Form] = []
        self.form: _Form | None = None
        self.beside: list[tuple[str, tuple[str, str]]] = []  # buttons that stand outside of the form that they name
        self.select: dict[str, str | None] | None = None
        self.options: list[tuple[str, bool, str]] = []  # value, chosen, what is read
        self.area = ""
        self.unticked: tuple[str, str] | None = None  # a checkbox whose words come next

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.form = _Form(given.get("action") or "", given.get("id") or "")
            if (given.get("method") or "").lower() == "post":
                self.forms.append(self.form)
        elif tag == "button" and given.get("name") and given.get("type", "submit") == "submit":
            self._button(given)
        elif self.form is None:
            return
        elif tag == "input":
            self._input(given)
        elif tag == "select":
            self.select, self.options = given, []
        elif tag == "option" and self.select is not None:
            self.options.append((given.get("value") or "", "selected" in given, ""))
        elif tag == "textarea" and given.get("name"):
            self.area = str(given["name"])
            self._put(self.area, "")

    def _button(self, given: dict[str, str | None]) -> None:
        """Of the form around it, or of another that it names."""
        pressed = (str(given["name"]), given.get("value") or "")
        if key := given.get("form"):
            self.beside.append((key, pressed))
        elif self.form is not None:
            self.form.buttons.append(pressed)

    def _input(self, given: dict[str, str | None]) -> None:
        name, kind, value = given.get("name"), given.get("type") or "text", given.get("value") or ""
        if not name or kind == "file" or self.form is None:
            return
        if kind == "submit":
            self.form.buttons.append((name, value))
        elif "data-max" in given:
            self._put(name, "0")  # a score that every column takes and no seeded row has
        elif kind == "checkbox" and not {"checked", "disabled"} & set(given):
            self.unticked = (name, value)
        elif kind not in ("checkbox", "radio") or ("checked" in given and "disabled" not in given):
            kind = "date" if kind == "text" and name.endswith(DAYS) else kind
            plain = BY_NAME.get(name) or PLAIN.get(kind, "matrix" if "required" in given and kind == "text" else "")
            self._put(name, value or plain)

    def _put(self, name: str, value: str) -> None:
        if self.form is not None:
            self.form.data.setdefault(name, []).append(value)

    def handle_data(self, data: str) -> None:
        if self.area and self.form is not None:
            self.form.data[self.area][-1] += data
        elif self.unticked and self.form is not None:
            self._tick(data)
        elif self.select is not None and self.options:
            value, chosen, read = self.options[-1]
            self.options[-1] = (value, chosen, read + data)

    def _tick(self, data: str) -> None:
        """The rows of the place in a list."""
        if self.unticked and self.form is not None and (name_of(self.path) in data or mark(self.path) in data):
            self._put(*self.unticked)
            self.form.names_the_place = True
        self.unticked = None

    def handle_endtag(self, tag: str) -> None:
        self.unticked = None
        if tag == "form":
            self.form = None
        elif tag == "textarea" and self.form is not None and self.area:
            self.form.data[self.area][-1] = self.form.data[self.area][-1].strip() or AREAS.get(self.area, "matrix")
            self.area = ""
        elif tag == "select" and self.select is not None:
            self._choose(str(self.select.get("name") or ""))
            self.select = None

    def _choose(self, name: str) -> None:
        """A row of the place where there is one, else what stands there, else the first."""
        if not name or self.form is None:
            return
        of_place = [
            value for value, _chosen, read in self.options if value and (name_of(self.path) in read or mark(self.path) in read)
        ]
        chosen = [value for value, chosen, _read in self.options if chosen and value]
        first = [value for value, _chosen, _read in self.options if value][:1]
        if self.select is not None and "multiple" in self.select and not (of_place or chosen or first):
            return
        fetched = not (of_place or chosen or first) and self.select is not None and "required" in self.select
        if fetched and (key := self.row(name)) is not None:
            of_place = [str(key)]
        self.form.names_the_place |= bool(of_place)
        self._put(name, (of_place or chosen or first or [""])[0])


def bodies(page: str, url: str, path: str, row: Row) -> Iterator[Body]:
    """What the page's forms send to the page itself, once for each act of their buttons."""
    reader = _Reader(path, row)
    reader.feed(page)
    for form in reader.forms:
        if form.action in ("", url):
            pressed = [*form.buttons, *(one for key, one in reader.beside if key == form.key)]
            buttons = [one for one in dict.fromkeys(pressed) if one[0] not in SAVE_AND]
            for name, value in buttons or [("", "")]:
                yield Body(form.data | ({name: [value]} if name else {}), form.names_the_place, act=f"{name} {value}")
