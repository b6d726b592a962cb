"""T-X8: whatever a spreadsheet makes of a code of twelve digits, a score never goes to another village."""

from __future__ import annotations

from random import Random

import pytest

from governance.sandbox import values
from governance.workbooks.reading import read_content
from stars.workbooks import check_upload, villages
from tests.cast import make_cast
from tests.stars.county import open_county
from tests.stars.workbooks.desk import Desk, changed
from tests.stars.workbooks.many import add_villages

VILLAGES = 60
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
Row = tuple[object, object, object]  # as three cells of the sheet: code, village, person


@pytest.fixture
def crowd(db: None, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Neighbours whose codes differ in one digit. The child's own work is done here, where a guard can be taken away."""
    monkeypatch.setattr("governance.workbooks.reading.reader.ask", values.read)
    cast = make_cast()
    add_villages(cast, [f"邻村{number}" for number in range(VILLAGES)], [f"邻人{number}" for number in range(VILLAGES)])
    return Desk(open_county(cast))


def damaged(code: str, village: str, person: str, chance: Random) -> Row:
    """As people and programs leave them. Where the digits themselves are wrong, the name still says who was meant."""
    named = chance.random() < 0.5
    words = (village if named else None, person if named and chance.random() < 0.5 else None)
    kind = chance.randrange(14)
    harmless = [
        int(code), float(code), f"'{code}", f" {code} ", code.translate(FULL_WIDTH), f"{code}\u00a0", f"{code[:6]} {code[6:]}", f"＇{code}",
    ]  # fmt: skip
    lossy = [
        f"{int(code):.5E}", f"{int(code) / 1e11:.3f}E+11", float(f"{int(code):.10g}"), int(code) // 1000 * 1000, int(code) * 1000,
        code.lstrip("1"), f"0{code}", code[:9], code[:11], f"{int(code):,}", f"{code}.0", code.replace("0", "O"), code.replace("1", "l"),
        float(int(code)) + 2**-14, -int(code), code[::-1], f"{code}{code}", code.replace("4", "㈣", 1),
    ]  # fmt: skip
    if kind < 4:
        return (chance.choice(harmless), *words)
    if kind < 10:
        return (chance.choice(lossy), *words)
    return (_mistyped(code, chance), village, person if kind == 13 else None)


def _mistyped(code: str, chance: Random) -> str:
    """One digit of the last three, or two of them the wrong way round: mostly a neighbour's code."""
    at = chance.randrange(9, 12)
    if chance.random() < 0.3 and at < 11:
        return code[:at] + code[at + 1] + code[at] + code[at + 2 :]
    return code[:at] + str(chance.randrange(10)) + code[at + 1 :]


def taken_for_another(desk: Desk, count: int) -> tuple[int, int]:
    """How many rows were accepted, and how many of those for another village than was meant. Each row's score says which it was."""
    chance, accepted, wrong = Random(8), 0, 0
    grid = desk.grid()
    page = [row for row in grid.rows if row.village.name.startswith("邻村")]
    form = desk.form()
    for start in range(0, count, VILLAGES):
        meant = dict(enumerate(page[: count - start], 1))

        def write(book, meant=meant):
            sheet = book.worksheets[0]
            sheet.delete_rows(5, sheet.max_row)
            for i, (hundredths, row) in enumerate(meant.items(), 5):
                cells = damaged(row.village.code, row.village.name, row.person_name, chance)
                for j, value in enumerate((*cells, hundredths / 100), 1):
                    sheet.cell(i, j).value = value

        checked = check_upload(grid, read_content(changed(form, write), "a.xlsx"))
        assert checked.rows == checked.accepted + len(checked.listed)
        filed = checked.scores.get(grid.windows[0].filing.pk, {})
        got = {post: scores[0] for post, scores in filed.items() if scores[0] > 0}
        accepted += len(got)
        wrong += sum(meant[score].post.pk != post for post, score in got.items())
    return accepted, wrong


@pytest.mark.parametrize("count", [300, pytest.param(5_000, marks=pytest.mark.soak)])
def test_no_damaged_code_is_another_village(crowd: Desk, count: int) -> None:
    accepted, wrong = taken_for_another(crowd, count)
    print(f"{count} codes, {accepted} accepted, {wrong} for another village")
    assert wrong == 0
    assert count // 6 < accepted < count * 2 // 3, "whole codes are read, lossy ones refused"


def test_without_its_name_a_mistyped_code_would_be_a_neighbour(crowd: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin."""
    monkeypatch.setattr(villages, "_require_name", lambda *_said: None)
    assert taken_for_another(crowd, 300)[1] > 0


def test_taken_for_fifteen_digits_a_code_would_be_a_neighbour(crowd: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: a reader that rounds as a narrow column does."""
    monkeypatch.setattr(villages, "typed", lambda value: f"{int(value) // 10 * 10}" if isinstance(value, float) else str(value))
    assert taken_for_another(crowd, 300)[1] > 0
