"""Reads the chapters of a document that say what a policy may draw on. docs/grammar.md, sections 3 and 4."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from governance.policy import key_text
from stars.engine import vocabulary as v
from stars.engine.book import Book, note, title
from stars.engine.document import (
    MOST_CELL,
    MOST_POINTS,
    MOST_STARS,
    DayRule,
    EventList,
    Given,
    Indicator,
    Item,
    Parameter,
    Scale,
    Sheet,
    Tenure,
)
from stars.engine.place import Place
from stars.engine.values import DEFAULT_BOUNDS, Type

LEAST_WORDS = 2


def read_scales(book: Book, chapter: Place) -> None:
    for name, place in chapter.entries():
        fields = place.fields(v.SCALE)
        words = _words(book, fields["words"]) if "words" in fields else {}
        scale_title = title(fields)
        if len(words) >= LEAST_WORDS:
            book.scales[name] = Scale(name, scale_title, tuple(words), tuple(words.values()))
            book.scale_of_word |= dict.fromkeys(words, name)
        else:
            book.broken.add(f"scales.{name}")


def _words(book: Book, chapter: Place) -> dict[str, str]:
    words = {}
    for word, place in chapter.entries():
        if word in book.scale_of_word:
            place.fail("word_in_two_scales", word=word, other=book.scale_of_word[word])
            continue
        words[word] = place.text(v.LONG_TITLE)
    if len(words) < LEAST_WORDS:
        chapter.fail("too_few", least=LEAST_WORDS, found=len(words))
    elif len(words) > MOST_STARS:
        chapter.fail("too_many", most=MOST_STARS, found=len(words))
    return words


def read_parameters(book: Book, chapter: Place) -> None:
    for name, place in chapter.entries():
        fields = place.fields(v.PARAMETER)
        if len(fields) < len(v.PARAMETER):
            book.broken.add(f"parameters.{name}")
            continue
        unit = fields["unit"].one_of(v.PARAMETER_UNITS)
        book.parameters[name] = Parameter(
            name,
            title(fields),
            fields["value"].number(unit),
            unit,
            fields["date"].day(),
            fields["source"].text(),
            fields["evidence"].one_of(v.EVIDENCE),
        )


def read_tenure(book: Book, place: Place) -> Tenure | None:
    fields = place.fields(v.TENURE)
    if len(fields) < len(v.TENURE):
        return None
    return Tenure(
        posts=tuple(post.one_of(v.POSTS) for post in fields["posts"].items()),
        merge_gap_months=book.between(fields["merge_gap_months"], "count", 0, 1200),
        gaps_count=fields["gaps_count"].yes_no(),
        drop_before_removal=fields["drop_before_removal"].yes_no(),
        as_of=fields["as_of"].one_of(("period_end", "period_start")),
    )


def _filed(place: Place, required: tuple[str, ...], optional: tuple[str, ...]) -> dict[str, Place]:
    """Keys of what somebody must file."""
    fields = place.fields([key for key in required if key != "filed_by"], ("filed_by", *optional))
    if fields and "filed_by" not in fields:
        place.below("filed_by", None).fail("nobody_files")
    return fields


def read_sheets(book: Book, chapter: Place, every: str) -> None:
    for name, place in chapter.entries(limit=v.SHORT_NAME):
        fields = _filed(place, v.SHEET, (*v.SHEET_OPTIONAL, *v.NOTE))
        if set(v.SHEET) <= fields.keys():
            book.sheets[name] = _sheet(book, name, place, fields, every)
        else:
            book.broken.add(f"sheets.{name}")


def _sheet(book: Book, name: str, place: Place, fields: dict[str, Place], every: str) -> Sheet:
    own = fields["every"].one_of(tuple(v.MONTHS))
    if v.MONTHS[own] > v.MONTHS[every]:
        fields["every"].fail("sheet_longer_than_policy", sheet=own, policy=every)
    opens, due, locks = (_day_rule(book, fields[key]) for key in ("opens", "due", "locks"))
    _in_order(fields["due"], opens, due)
    _in_order(fields["locks"], due, locks)
    none = DayRule("end", 0, working=False)
    return Sheet(
        name=name,
        ordinal=len(book.sheets),
        title=title(fields),
        every=own,
        months=v.MONTHS[own],
        periods=max(v.MONTHS[every] // v.MONTHS[own], 1),
        filed_by=fields["filed_by"].one_of(v.FILERS),
        reviewed_by=tuple(one.one_of(v.REVIEWERS) for one in fields["reviewed_by"].items()),
        accepted_after=_earlier_sheets(book, fields["accepted_after"]) if "accepted_after" in fields else (),
        opens=opens or none,
        due=due or none,
        locks=locks or none,
        indicators=tuple(_indicator(book, key, one) for key, one in fields["indicators"].entries()),
        note=note(fields),
    )


def _earlier_sheets(book: Book, place: Place) -> tuple[str, ...]:
    """Names of sheets further up, so that no two can wait for each other."""
    names = []
    for one in place.items():
        if isinstance(one.value, str) and one.value in book.sheets:
            names.append(one.value)
        else:
            book.unknown(one, "not_an_earlier_sheet", "sheets", key_text(one.value))
    return tuple(names)


def _day_rule(book: Book, place: Place) -> DayRule | None:
    fields = place.fields(("after",), ("working_days", "days"))
    counts = [key for key in ("working_days", "days") if key in fields]
    if "after" not in fields or len(counts) != 1:
        place.fail("bad_day_rule")
        return None
    count = book.between(fields[counts[0]], "count", 0, 366)
    return DayRule(fields["after"].one_of(("start", "end")), count, working=counts[0] == "working_days")


def _in_order(place: Place, earlier: DayRule | None, later: DayRule | None) -> None:
    """What can be seen without a calendar: the same kind of day after the same end, or the end before the start."""
    if earlier is None or later is None:
        return
    comparable = earlier.after == later.after and (earlier.working == later.working or later.count == 0)
    if (comparable and later.count < earlier.count) or (earlier.after, later.after) == ("end", "start"):
        place.fail("days_out_of_order")


def _indicator(book: Book, name: str, place: Place) -> Indicator:
    fields = place.fields(v.INDICATOR, (*v.INDICATOR_OPTIONAL, *v.NOTE))
    most = book.between(fields["max"], "points", 1, MOST_CELL) if "max" in fields else 1
    part = _part(book, fields["part"]) if "part" in fields else ()
    fact = fields["fact"].text(v.LONG_CODE) if "fact" in fields else ""
    return Indicator(name, title(fields), most, part, note(fields), fact)


def _part(book: Book, place: Place) -> tuple[tuple[str, tuple[int, ...]], ...]:
    parts = []
    for name, words in place.entries():
        entry = book.roster.get(name)
        if entry is None or entry.type.unit != "word":
            book.unknown(words, "part_needs_roster_word", "roster", name)
            continue
        parts.append((name, tuple(book.word(word, entry.type.scale) for word in words.items())))
    return tuple(parts)


def read_events(book: Book, chapter: Place) -> None:
    for name, place in chapter.entries(limit=v.SHORT_NAME):
        fields = _filed(place, v.EVENTS, (*v.EVENTS_OPTIONAL, *v.NOTE))
        if not set(v.EVENTS) <= fields.keys():
            book.broken.add(f"events.{name}")
            continue
        book.events[name] = EventList(
            name,
            len(book.events),
            title(fields),
            fields["filed_by"].one_of(v.FILERS),
            _cap(book, fields, "year_cap"),
            tuple(_item(book, key, one) for key, one in fields["items"].entries()),
            note(fields),
        )


def _item(book: Book, name: str, place: Place) -> Item:
    fields = place.fields(v.ITEM, (*v.ITEM_OPTIONAL, *v.NOTE))
    if "points" in fields and "up_to" in fields:
        place.fail("points_and_up_to")
    points, up_to, event_cap, year_cap = (_cap(book, fields, key) for key in v.ITEM_OPTIONAL)
    return Item(name, title(fields), points, up_to, event_cap, year_cap, note(fields))


def _cap(book: Book, fields: dict[str, Place], key: str) -> int | None:
    return book.between(fields[key], "points", 0, MOST_POINTS) if key in fields else None


def read_given(book: Book, kind: str, chapter: Place) -> None:
    required, optional = v.GIVEN[kind]
    target: dict[str, Given] = getattr(book, kind)
    for name, place in chapter.entries():
        fields = place.fields(("title", *required), (*optional, "scale", "unit", "min", "max"))
        type_ = _given_type(book, kind, place, fields)
        if type_ is None:
            book.broken.add(f"{kind}.{name}")
            continue
        target[name] = Given(
            name,
            len(target),
            title(fields),
            type_,
            years_back=_years_back(kind, fields),
            query=_text(fields, "query"),
            policy=_text(fields, "policy"),
            step=_text(fields, "step"),
            of=fields["of"].one_of(v.LINKED_OF) if "of" in fields else "",
        )


def _text(fields: dict[str, Place], key: str) -> str:
    return fields[key].text() if key in fields else ""


def _years_back(kind: str, fields: dict[str, Place]) -> int:
    if "years_back" not in fields:
        return 0
    return fields["years_back"].whole(1 if kind == "history" else 0, 10)


def _given_type(book: Book, kind: str, place: Place, fields: dict[str, Place]) -> Type | None:
    if ("scale" in fields) == ("unit" in fields):
        place.fail("scale_or_unit")
        return None
    if "scale" in fields:
        for key in ("min", "max"):
            if key in fields:
                fields[key].fail("unknown_key", key=key, nearest="")
        scale: Any = fields["scale"].value
        if not isinstance(scale, str) or scale not in book.scales:
            book.unknown(fields["scale"], "unknown_scale", "scales", key_text(scale))
            return None
        return book.word_type(scale)
    return _numeric_type(book, kind, place, fields)


def _numeric_type(book: Book, kind: str, place: Place, fields: dict[str, Place]) -> Type | None:
    unit = fields["unit"].one_of(("count",) if kind == "roster" else v.GIVEN_UNITS)
    if unit == "star":
        if "max" not in fields:
            place.fail("star_needs_max")
            return None
        return Type("star", 0, book.between(fields["max"], "star", 1, MOST_STARS))
    low, high = DEFAULT_BOUNDS[unit]
    least = book.number(fields["min"], unit) if "min" in fields else low
    most = book.number(fields["max"], unit) if "max" in fields else high
    if not -high <= least <= most <= high:
        place.fail("bad_bounds")
        return Type(unit, low, high)
    return Type(unit, least, most)


def key_number(value: Any) -> int | None:
    """A whole number that stands as a key of a table."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or value != int(value):
        return None
    return int(value)
