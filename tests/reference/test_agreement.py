"""The engine and the plain implementation say the same about every generated case, entry by entry.

A fixed sample each time; `make soak` walks far past it.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest

from stars.bundle import verify_bundle as rating
from stars.bundle.verify_bundle import KINDS, MONTHS, Rating, is_special
from tests.reference import document, generate
from tests.reference.comparison import differences, draw, kinds_in

SAMPLE = 300
PRESETS = sorted((Path(__file__).parents[2] / "stars/policies").glob("*.yaml"))


@pytest.mark.parametrize("cases", [SAMPLE, pytest.param(10_000, marks=pytest.mark.soak)])
def test_generated_policies(cases: int) -> None:
    seen: Counter[str] = Counter()
    for case in range(cases):
        text, subjects = draw(f"case {case}")
        seen += kinds_in(text)
        assert not (found := differences(text, subjects)), f"case {case}: {found[:5]}"
    print("cases per kind:", dict(sorted(seen.items())))
    assert set(seen) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_altered_by_one_unit_is_noticed(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = getattr(Rating, f"do_{kind}")

    def altered(self: Rating, *args: Any) -> list[Any]:
        return [value if is_special(value) else value + 1 for value in real(self, *args)]

    monkeypatch.setattr(Rating, f"do_{kind}", altered)
    assert any(_noticed(f"case {case}") for case in range(SAMPLE))


def _noticed(seed: str) -> bool:
    text, subjects = draw(seed)
    try:
        return bool(differences(text, subjects))
    except (IndexError, KeyError, AssertionError):  # a place or a row that does not exist any more
        return True


@pytest.mark.parametrize("preset", PRESETS, ids=lambda path: path.stem)
@pytest.mark.parametrize("cases", [30, pytest.param(2_000, marks=pytest.mark.soak)])
def test_shipped_policies(preset: Path, cases: int) -> None:
    text = preset.read_text("utf-8")
    for case in range(cases):
        subjects = subjects_of(document.read(text), f"{preset.stem} {case}")
        assert not (found := differences(text, subjects)), f"case {case}: {found[:5]}"


def subjects_of(body: dict, seed: str) -> list[rating.Subject]:
    """A county-in-small for any policy that rates secretaries."""
    random = Random(seed)
    return [_subject(body, random, key) for key in random.sample(range(1, 100_000), random.randint(1, 25))]


def _subject(body: dict, random: Random, key: int) -> rating.Subject:
    good, sure = random.uniform(0.55, 1.0), random.random() < 0.8
    cells, answers = {}, {}
    for name, sheet in body["sheets"].items():
        periods = MONTHS[body["every"]] // MONTHS[sheet["every"]]
        answers[name] = [sure or random.random() < 0.9 for _ in range(periods)]
        specs = sheet["indicators"].values()
        cells[name] = [[generate.draw_cell(random, spec, good, sure) for spec in specs] for _ in range(periods)]
    return rating.Subject(
        key=key, county=140821, township=140821000 + random.randint(100, 102), cells=cells, answers=answers,
        events=_events(body, random),
        roster={name: _roster(body, entry, random) for name, entry in body.get("roster", {}).items()},
        history={
            name: [generate.draw_star(random, int(entry["max"])) for _ in range(entry["years_back"])]
            for name, entry in body.get("history", {}).items()
        },
    )  # fmt: skip


def _events(body: dict, random: Random) -> list[tuple[str, str, int, int]]:
    pairs = [(name, code, item) for name, one in body.get("events", {}).items() for code, item in one["items"].items()]
    drawn = random.choices(pairs, k=random.choice([0, 0, 0, 1, 2])) if pairs else []
    return [
        (name, code, random.randint(0, int(item.get("up_to", 0) * 100)) if "up_to" in item else 0, random.randint(1, 2))
        for name, code, item in drawn
    ]


def _roster(body: dict, entry: dict, random: Random) -> int:
    if "scale" in entry:
        return random.randrange(len(body["scales"][entry["scale"]]["words"]))
    return random.randint(int(entry.get("min", 0)), min(int(entry.get("max", 40)), 40))
