"""The same policy by the ORM: as it is written first, and as somebody who knows the ORM writes it. Both in Decimal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from django.db import transaction

from stars.engine.plan import Plan
from stars.models import Assessment, Event, Outcome, PublishedRating, Rating, RatingYear, RosterEntry
from tests.bench.world import YEAR

CENT = Decimal("0.01")
GRADES = ("incompetent", "basic", "competent", "excellent")
GIVES = {"excellent": (2, 1), "competent": (1, 0)}  # stars of a first rating, change of a later one
WORTH = {"praise": 3, "practice": 1, "talk": 2, "warning": 0}


@dataclass
class Subject:
    entry: RosterEntry
    periods: dict[str, list[list[int] | None]]
    events: list[tuple[str, str]] = field(default_factory=list)
    last: tuple[int, int | None] | None = None  # outcome and star of the year before
    score: Decimal = Decimal(0)
    year: Decimal = Decimal(0)
    quarterly: Decimal = Decimal(0)
    grade: str = ""
    complete: bool = True


def naive(plan: Plan, rating_year: RatingYear) -> dict[int, int | None]:
    """A query for each assessment, for each person's events and history, and one or two for each result."""
    subjects = []
    for entry in RosterEntry.objects.filter(rating_year=rating_year):
        periods: dict[str, list[list[int] | None]] = {}
        for sheet in plan.sheets.values():
            periods[sheet.name] = []
            for period in range(sheet.periods):
                filed = Assessment.objects.filter(
                    post=entry.post, year=YEAR, sheet=sheet.ordinal, period=period, status=3
                ).first()
                periods[sheet.name].append(filed.scores if filed else None)
        subject = Subject(entry, periods)
        for event in Event.objects.filter(person=entry.person, state=Event.State.CONFIRMED, happened_on__year=YEAR):
            subject.events.append((event.list_code, event.item_code))
        last = PublishedRating.objects.filter(person=entry.person, year=YEAR - 1, superseded_by=None).first()
        subject.last = (last.outcome, last.star) if last else None
        subjects.append(subject)
    stars = {}
    for subject, values in _rated(plan, subjects):
        Rating.objects.update_or_create(entry=subject.entry, defaults={"rating_year": rating_year, **values})
        stars[subject.entry.pk] = values["star"]
    return stars


def competent(plan: Plan, rating_year: RatingYear) -> dict[int, int | None]:
    """A query for each table, and one for all results."""
    entries = list(RosterEntry.objects.filter(rating_year=rating_year))
    people = [entry.person_id for entry in entries]
    subjects = {
        entry.person_id: Subject(entry, {sheet.name: [None] * sheet.periods for sheet in plan.sheets.values()})
        for entry in entries
    }
    by_post = {entry.post_id: subjects[entry.person_id] for entry in entries}
    names = list(plan.sheets)
    filed = Assessment.objects.filter(county=entries[0].county, year=YEAR, status=3)
    for post, sheet, period, scores in filed.values_list("post_id", "sheet", "period", "scores").iterator():
        by_post[post].periods[names[sheet]][period] = scores
    events = Event.objects.filter(person__in=people, state=Event.State.CONFIRMED, happened_on__year=YEAR)
    for person, of, item in events.values_list("person_id", "list_code", "item_code"):
        subjects[person].events.append((of, item))
    history = PublishedRating.objects.filter(person__in=people, year=YEAR - 1, superseded_by=None)
    for person, outcome, star in history.values_list("person_id", "outcome", "star"):
        subjects[person].last = (outcome, star)
    rated = list(_rated(plan, list(subjects.values())))
    with transaction.atomic():
        Rating.objects.filter(rating_year=rating_year).delete()
        Rating.objects.bulk_create(Rating(entry=subject.entry, rating_year=rating_year, **values) for subject, values in rated)
    return {subject.entry.pk: values["star"] for subject, values in rated}


def _rated(plan: Plan, subjects: list[Subject]) -> list[tuple[Subject, dict]]:
    for subject in subjects:
        _score(plan, subject)
    _grade([subject for subject in subjects if _eligible(subject)])
    return [(subject, _result(subject)) for subject in subjects]


def _eligible(subject: Subject) -> bool:
    return subject.entry.facts[1] >= 12 and subject.complete


def _score(plan: Plan, subject: Subject) -> None:
    totals = defaultdict(list)
    for sheet in plan.sheets.values():
        for scores in subject.periods[sheet.name]:
            if scores is not None:
                totals[sheet.name].append(_total(sheet.indicators, scores, subject.entry.facts[0]))
    if len(totals["month"]) < 10 or len(totals["quarter"]) < 3 or not totals["year"]:
        subject.complete = False
        return
    monthly, subject.quarterly, subject.year = (_mean(totals[name]) for name in ("month", "quarter", "year"))
    quantitative = ((monthly * 40 + subject.quarterly * 30 + subject.year * 30) / 100).quantize(CENT, ROUND_HALF_UP)
    merit = min(Decimal(5), sum((Decimal(WORTH[item]) for of, item in subject.events if of == "merit"), Decimal(0)))
    demerit = sum((Decimal(WORTH[item]) for of, item in subject.events if of == "demerit"), Decimal(0))
    subject.score = min(max(quantitative + merit - demerit, Decimal(0)), Decimal(105))


def _total(indicators: Sequence, scores: list[int], village_type: int) -> Decimal:
    got = full = Decimal(0)
    for indicator, score in zip(indicators, scores, strict=True):
        if all(village_type in words for _name, words in indicator.part):
            got += Decimal(score) / 100
            full += Decimal(indicator.max) / 100
    return (got * 100 / full).quantize(CENT, ROUND_HALF_UP)


def _mean(totals: list[Decimal]) -> Decimal:
    return (sum(totals, Decimal(0)) / len(totals)).quantize(CENT, ROUND_HALF_UP)


def _grade(subjects: list[Subject]) -> None:
    for subject in subjects:
        floors = ((88, "excellent"), (75, "competent"), (60, "basic"), (0, "incompetent"))
        subject.grade = next(word for floor, word in floors if subject.score >= floor)

    def key(one: Subject) -> tuple[Decimal, ...]:
        return one.score, one.year, one.quarterly

    quota = len(subjects) * 30 // 100
    best = sorted((one for one in subjects if one.grade == "excellent"), key=key, reverse=True)
    line = key(best[quota]) if len(best) > quota else None  # whoever ties with the first that is out is out as well
    for place, subject in enumerate(best):
        if place >= quota or key(subject) == line:
            subject.grade = "competent"


def _result(subject: Subject) -> dict:
    empty = {"star": None, "grade": None, "score": None, "pay_cents": None, "reason": 0, "trace": b""}
    known = {"grade": GRADES.index(subject.grade), "score": int(subject.score * 100)} if subject.grade else {}
    if any(of == "discipline" for of, _item in subject.events):
        return empty | known | {"outcome": Outcome.DISQUALIFIED, "pay_cents": 0}
    if subject.entry.facts[1] < 12:
        return empty | known | {"outcome": Outcome.NOT_ELIGIBLE}
    if not subject.complete:
        return empty | {"outcome": Outcome.UNRATABLE}
    star = _star(subject)
    if star is None:
        return empty | known | {"outcome": Outcome.NONE, "pay_cents": 0}
    return empty | known | {"outcome": Outcome.RATED, "star": star, "pay_cents": star * 10_000}


def _star(subject: Subject) -> int | None:
    first, change = GIVES.get(subject.grade, (None, None))
    outcome, last = subject.last or (None, None)
    if outcome == Outcome.RATED and last is not None:
        return None if change is None else min(max(last + change, 0), 9)
    return None if first is None else min(first + subject.entry.facts[2] + subject.entry.facts[3], 9)
