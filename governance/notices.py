"""What a notice says about days and hours, read from the State Council's file of a year or from what a county typed.

Everything is read to the end before anything is believed; a refusal names every wrong line.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from governance.errors import RuleBroken
from governance.workdays import DAY, DAY_MS, FIRST, LAST, SATURDAY, Hours

DATA = Path(__file__).parent / "data"
FILES = DATA / "calendar"
HOLIDAY, WORKDAY = "holiday", "workday"
NEIGHBOUR = 31 * DAY  # a holiday at the turn of the year reaches into the next
LONGEST = 31  # days of one line
HEAD = {"year", "title", "document_no", "published_on", "holidays"}
NUMBER = re.compile(r"国办发明电〔(\d{4})〕\d{1,3}号")
MINUTE_MS = DAY_MS // (24 * 60)

ONE_DAY = r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
TYPED = re.compile(rf"{ONE_DAY}(?:\s*[-—–~至到]+\s*{ONE_DAY})?\s*起?\s*(放假|上班|作息)\s*(.*)")
WINDOW = re.compile(r"(\d{1,2}):(\d{2})\s*[-—–~至到]+\s*(\d{1,2}):(\d{2})")
BETWEEN_WINDOWS = re.compile(r"[\s,、;和]*")


@dataclass(frozen=True)
class Notice:
    """`year`: arranges it as a whole; `amends`: the number of the notice that it changes in part."""

    title: str
    document_no: str
    published_on: date
    year: int | None = None
    amends: str = ""
    reason: str = ""
    days: dict[date, tuple[str, str]] = field(default_factory=dict)  # day → (kind, name)
    hours: dict[date, str] = field(default_factory=dict)  # from this day on → "08:00-12:00 14:30-18:00"

    @property
    def digest(self) -> str:
        head = [self.title, self.document_no, str(self.published_on), self.year, self.amends, self.reason]
        days = [[str(day), *self.days[day]] for day in sorted(self.days)]
        hours = [[str(day), self.hours[day]] for day in sorted(self.hours)]
        return sha256(json.dumps([head, days, hours], ensure_ascii=False).encode()).hexdigest()


def read_file(path: Path) -> Notice:
    """raises RuleBroken: bad_calendar, with each wrong line and why; OSError"""
    sheet = _Sheet()
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        notice = sheet.notice(root)
    except yaml.MarkedYAMLError as error:
        sheet.add(
            error.problem_mark.line + 1 if error.problem_mark else 1,
            _("this is not YAML; look at brackets, quotation marks and indentation"),
        )
    except (yaml.YAMLError, UnicodeDecodeError):
        sheet.add(1, _("this is not a text in UTF-8"))
    if sheet.wrong:
        says = _("%(file)s: %(count)d mistakes; nothing was imported. Correct them and import the file again.")
        raise RuleBroken("bad_calendar", _listed(says % {"file": path.name, "count": len(sheet.wrong)}, sheet.wrong))
    return notice


def read_typed(text: str) -> tuple[dict[date, tuple[str, str]], dict[date, str]]:
    """Days and hours as a county types them, a line each: "2026-04-11至2026-04-13 放假 庙会", "2026-05-01起 作息 08:00-12:00、15:00-18:30".

    raises RuleBroken: bad_days, with each wrong line and why
    """
    sheet = _Sheet()
    for number, line in enumerate(text.splitlines(), start=1):
        if plain := unicodedata.normalize("NFKC", line).strip():
            sheet.typed(number, plain)
    if not sheet.days and not sheet.hours and not sheet.wrong:
        sheet.add(1, _("no day is named"))
    if sheet.wrong:
        raise RuleBroken("bad_days", _listed(_("Nothing was recorded. Correct these lines:"), sheet.wrong), field="lines")
    return sheet.days, sheet.hours


def typed(days: dict[date, tuple[str, str]], hours: dict[date, str]) -> str:
    """The lines that `read_typed` reads as these."""
    words = {HOLIDAY: "放假", WORKDAY: "上班"}
    lines = []
    for first, last, kind, name in stretches(days):
        lines.append(f"{first}{'' if first == last else f'至{last}'} {words[kind]} {name}")
    return "\n".join([*lines, *(f"{day}起 作息 {windows.replace(' ', '、')}" for day, windows in sorted(hours.items()))])


def stretches(days: dict[date, tuple[str, str]]) -> list[tuple[date, date, str, str]]:
    """First and last day, kind and name of what runs on from day to day."""
    found: list[tuple[date, date, str, str]] = []
    for day, (kind, name) in sorted(days.items()):
        if found and found[-1][1:] == (day - DAY, kind, name):
            found[-1] = (found[-1][0], day, kind, name)
        else:
            found.append((day, day, kind, name))
    return found


@cache
def default_hours() -> tuple[Hours, ...]:
    rows = yaml.safe_load((DATA / "working-hours.yaml").read_text(encoding="utf-8"))
    return tuple(hours_of(row["from"], " ".join(row["hours"]), row["source"]) for row in rows)


def hours_of(from_on: date, windows: str, source: str) -> Hours:
    """`windows`: "08:00-12:00 14:30-18:00"."""
    return Hours(from_on, tuple(_windows(windows)), source)


def _windows(text: str) -> Iterator[tuple[int, int]]:
    """raises ValueError, if they are not in order or are no times of a day"""
    latest = -1
    for found in WINDOW.finditer(text):
        hour, minute, to_hour, to_minute = map(int, found.groups())
        start, end = hour * 60 + minute, to_hour * 60 + to_minute
        if not latest < start < end <= 24 * 60 or max(minute, to_minute) > 59:
            raise ValueError(found[0])
        latest = end
        yield start * MINUTE_MS, end * MINUTE_MS


class _Sheet:
    """What has been read so far, and what was wrong with it."""

    def __init__(self) -> None:
        self.days: dict[date, tuple[str, str]] = {}
        self.hours: dict[date, str] = {}
        self.wrong: list[tuple[int, str]] = []

    def add(self, line: int, reason: str) -> None:
        self.wrong.append((line, reason))

    def put(self, line: int, day: date, kind: str, name: str) -> None:
        if day in self.days:
            self.add(line, _("%(day)s is named twice") % {"day": day})
        self.days[day] = (kind, name)

    # ---- a file of the State Council's

    def notice(self, root: Any) -> Notice:
        head = self.mapping(root, HEAD, {"amends"})
        year = self.year(head.get("year"))
        number, published_on = self.text(head.get("document_no")), self.day(head.get("published_on"))
        title, amends = self.text(head.get("title")), self.text(head.get("amends"))
        if number and not (found := NUMBER.fullmatch(number)):
            self.add(_line(head["document_no"]), _("“%s” is not a number such as 国办发明电〔2024〕12号") % number)
        elif number and published_on and int(found[1]) != published_on.year:  # type: ignore[index]
            self.add(
                _line(head["published_on"]),
                _("%(number)s was not published in %(year)d") % {"number": number, "year": published_on.year},
            )
        if title and year and str(year) not in title:
            self.add(_line(head["title"]), _("the title doesn't name the year %d") % year)
        for row in self.sequence(head.get("holidays")):
            self.holiday(row, year, is_amendment=bool(amends))
        if year and not amends and not self.wrong and date(year, 10, 1) not in self.days:
            self.add(_line(head["holidays"]), _("National Day is missing"))
        return Notice(title, number, published_on or FIRST, None if amends else year, amends, "", self.days)

    def holiday(self, node: Any, year: int | None, *, is_amendment: bool) -> None:
        row = self.mapping(node, {"name", "from", "to"}, {"workdays"})
        name, first, last = self.text(row.get("name")), self.day(row.get("from")), self.day(row.get("to"))
        if first and last and self.in_order(_line(node), first, last):
            for end in sorted({first, last}):
                self.in_year(_line(node), end, year)
            for day in _all_days(first, last):
                self.put(_line(node), day, HOLIDAY, name)
        for one in self.sequence(row.get("workdays")):
            if made_up := self.day(one):
                self.in_year(_line(one), made_up, year)
                self.put(_line(one), made_up, WORKDAY, name)
                if made_up.weekday() < SATURDAY and not is_amendment:
                    weekday = {"day": made_up, "weekday": date_format(made_up, "l")}
                    self.add(_line(one), _("%(day)s is a %(weekday)s and worked anyhow") % weekday)

    def in_order(self, line: int, first: date, last: date) -> bool:
        if not FIRST <= first <= last <= LAST or (last - first).days >= LONGEST:
            says = _("from %(first)s to %(last)s is no stretch of 1 to %(most)d days")
            self.add(line, says % {"first": first, "last": last, "most": LONGEST})
            return False
        return True

    def in_year(self, line: int, day: date, year: int | None) -> None:
        if year and not date(year, 1, 1) - NEIGHBOUR <= day <= date(year, 12, 31) + NEIGHBOUR:
            self.add(line, _("%(day)s is not in %(year)d") % {"day": day, "year": year})

    def mapping(self, node: Any, needed: set[str], possible: set[str]) -> dict[str, Any]:
        if not isinstance(node, yaml.MappingNode):
            self.add(_line(node), _("keys and values are expected here: %s") % ", ".join(sorted(needed)))
            return {}
        found: dict[str, Any] = {}
        for key, value in node.value:
            name = str(key.value)
            if name not in needed | possible:
                self.add(_line(key), _("nobody knows the key “%s”") % name)
            elif name in found:
                self.add(_line(key), _("the key “%s” stands here twice") % name)
            found[name] = value
        for name in sorted(needed - found.keys()):
            self.add(_line(node), _("the key “%s” is missing") % name)
        return found

    def sequence(self, node: Any) -> list[Any]:
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            self.add(_line(node), _("a list is expected here"))
            return []
        return list(node.value)

    def text(self, node: Any) -> str:
        if node is None:
            return ""
        if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
            self.add(_line(node), _("a text is expected here"))
            return ""
        return str(node.value.strip())

    def day(self, node: Any) -> date | None:
        text = self.text(node)
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            self.add(_line(node), _("“%s” is not a day such as 2026-02-15") % text)
            return None

    def year(self, node: Any) -> int | None:
        text = self.text(node)
        if text and not (text.isdecimal() and FIRST.year <= int(text) <= LAST.year):
            self.add(_line(node), _("“%s” is not a year") % text)
            return None
        return int(text) if text else None

    # ---- a county's lines

    def typed(self, line: int, text: str) -> None:
        found = TYPED.fullmatch(text)
        if not found:
            self.add(line, _("“%s” is not a line such as “2026-04-13 放假 庙会”") % text)
            return
        first, last = _date(*found.groups()[:3]), _date(*found.groups()[3:6]) if found[4] else _date(*found.groups()[:3])
        word, rest = found[7], found[8].strip()
        if first is None or last is None:
            self.add(line, _("“%s” names a day that doesn't exist") % text)
        elif word == "作息":
            self.typed_hours(line, first, rest)
        elif not rest or len(rest) > 40:
            self.add(line, _("say in at most 40 characters what the day is, as in “2026-04-13 放假 庙会”"))
        elif self.in_order(line, first, last):
            for day in _all_days(first, last):
                self.put(line, day, HOLIDAY if word == "放假" else WORKDAY, rest)

    def typed_hours(self, line: int, first: date, rest: str) -> None:
        try:
            windows = list(_windows(rest))
        except ValueError:
            windows = []
        if not windows or BETWEEN_WINDOWS.fullmatch(WINDOW.sub("", rest)) is None or not FIRST <= first <= LAST:
            self.add(line, _("“%s” are not hours of a day in their order, such as 08:00-12:00、14:30-18:00") % rest)
        elif first in self.hours:
            self.add(line, _("%(day)s is named twice") % {"day": first})
        else:
            self.hours[first] = " ".join(Hours(first, tuple(windows), "").texts)


def _line(node: Any) -> int:
    return node.start_mark.line + 1 if node is not None else 1


def _date(*parts: str) -> date | None:
    try:
        return date(*map(int, parts))
    except ValueError:
        return None


def _all_days(first: date, last: date) -> Iterator[date]:
    return (first + number * DAY for number in range((last - first).days + 1))


def _listed(head: str, wrong: list[tuple[int, str]]) -> str:
    return "\n".join([head, *(_("Line %(line)d: %(reason)s.") % {"line": line, "reason": reason} for line, reason in wrong)])
