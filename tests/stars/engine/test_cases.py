"""The books of cases, one by one and each book as one batch: neighbours change nobody's result."""

from __future__ import annotations

import pytest

from stars.engine.kinds import KINDS
from tests.stars.engine.books import CASES, differences, read

BOOKS = {path.stem: read(path) for path in sorted((CASES / "kinds").glob("*.yaml"))}
ONE_BY_ONE = [pytest.param(book.plan, case, id=f"{name}: {case.name}") for name, book in BOOKS.items() for case in book.cases]


@pytest.mark.parametrize(("plan", "case"), ONE_BY_ONE)
def test_case(plan, case):
    assert differences(plan, [case]) == []


@pytest.mark.parametrize("name", BOOKS)
def test_book_as_one_batch(name):
    book = BOOKS[name]
    assert differences(book.plan, book.cases) == []
    assert differences(book.plan, book.cases[::-1]) == []


def test_every_kind_has_a_book():
    assert set(KINDS) <= set(BOOKS)


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_book_meets_every_special_of_its_kind(name):
    words = (CASES / "kinds" / f"{name}.yaml").read_text(encoding="utf-8")
    assert {word for word in ("not_filed", "not_applicable", "none", "disqualified") if word not in words} == set()
