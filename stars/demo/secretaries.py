"""The master data of the demo's secretaries: who holds which village since when, and with which awards.

Everything a rating depends on is stated here or in stars.demo.scores as a fact about a person; no result is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from governance.models import Territory


@dataclass(frozen=True)
class Mix:
    """How many of a county's secretaries are of each sort in its last year; the others are steady.

    best  the village whose secretary has served longest and best; "": nobody stands out so far
    """

    weak: int
    vetoed: int
    new: int
    vacant: int
    best: str = ""


@dataclass
class Secretary:
    """One person to be: `villages` are paths; `strength` is the mean of what is filed about them, in points."""

    villages: list[str]
    since: date
    strength: float
    awards: list[tuple[str, int]] = field(default_factory=list)  # (level, years before the last year)
    vetoed: bool = False
    leaves_on: date | None = None


def draw_secretaries(villages: list[Territory], mix: Mix, *, last: int) -> tuple[list[Secretary], list[str]]:
    """The secretaries of a county and the villages whose post is vacant at the end of year `last`."""
    random = Random(f"secretaries {villages[0].county_path}")
    best = [v.path for v in villages if mix.best and v.short_name == mix.best]
    paths = [v.path for v in villages if v.path not in best]
    random.shuffle(paths)
    vacant, paths = paths[: mix.vacant], paths[mix.vacant :]
    new, paths = paths[: mix.new], paths[mix.new :]
    weak, paths = paths[: mix.weak], paths[mix.weak :]
    vetoed, steady = paths[: mix.vetoed], paths[mix.vetoed :]
    people = [Secretary([p], date(last - 31, 4, 12), 97.0, [("national", 6), ("province", 3)]) for p in best]
    people += [Secretary([p], _since(random, last, new=True), random.uniform(78, 90)) for p in new]
    people += [Secretary([p], _since(random, last), random.uniform(62, 67.5)) for p in weak]
    people += [Secretary([p], _since(random, last), random.uniform(80, 90), vetoed=True) for p in vetoed]
    people += [_steady(random, p, last) for p in steady]
    _give_second_village(people, _neighbours(steady))
    return people, sorted(vacant)


def _steady(random: Random, path: str, last: int) -> Secretary:
    """Who serves longer has been praised more often."""
    since = _since(random, last)
    served = last - since.year
    awards = [
        (level, random.randint(1, min(8, served))) for level, share in _AWARD_SHARES if random.random() < share * (1 + served / 8)
    ]
    return Secretary([path], since, min(95.5, max(82.0, random.gauss(87.5, 3.4))), awards)


_AWARD_SHARES = [("province", 0.05), ("city", 0.12), ("county", 0.20)]


def _since(random: Random, last: int, *, new: bool = False) -> date:
    """A first day in post: in the term elections for most, in the last year for the new."""
    if new:
        return date(last, random.randint(3, 11), random.choice([1, 5, 12, 18]))
    years = random.choices([2, 4, 7, 10, 13, 16, 22, 27], [10, 27, 18, 14, 12, 8, 7, 4])[0]
    return date(last - years, random.choice([1, 3, 4, 11, 12]), random.choice([8, 15, 20, 26]))


def _neighbours(steady: list[str]) -> tuple[str, str]:
    """Two villages of one township, for the person who holds both."""
    return steady[0], next(p for p in steady[1:] if p[:9] == steady[0][:9])


def _give_second_village(people: list[Secretary], twin: tuple[str, str]) -> None:
    keeper = next(s for s in people if s.villages == [twin[0]])
    people.remove(next(s for s in people if s.villages == [twin[1]]))
    keeper.villages.append(twin[1])


def changes_of(year: int, people: list[Secretary], vacant: list[str]) -> list[Secretary]:
    """Who comes in `year`: successors of the few who retire, and secretaries for some vacant villages."""
    random = Random(f"changes {year} {people[0].villages[0]}")
    leaving = sorted((s for s in people if len(s.villages) == 1 and not s.vetoed), key=lambda s: (s.since, s.villages))[3:6]
    arrivals = []
    for month, secretary in zip((3, 5, 8), leaving, strict=True):
        secretary.leaves_on = date(year, month, 28)
        day = secretary.leaves_on + timedelta(days=3)
        arrivals.append(Secretary(list(secretary.villages), day, random.uniform(80, 88)))
    for path in vacant[:6]:
        arrivals.append(Secretary([path], date(year, random.choice([2, 4, 6]), 10), random.uniform(78, 88)))
    return arrivals
