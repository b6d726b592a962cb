"""T-X9: five hundred names through the form, the upload, publication and every list: the same characters, one by one."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from random import Random
from typing import Any

import openpyxl
import pytest
from django.test import Client

from governance.workbooks import tables
from stars.models import PayList, PublishedRating
from stars.selectors import pull
from stars.services.pay import make_pay_list
from stars.workbooks import pay_list_workbook, ratings_workbook
from tests.cast import make_cast
from tests.stars.county import County, moment, open_county
from tests.stars.workbooks.desk import Desk, changed, fill, found
from tests.stars.workbooks.many import TOWNSHIP, add_villages

EXTENSIONS = {  # first and last assigned letter
    "A": (0x3400, 0x4DBF), "B": (0x20000, 0x2A6DF), "C": (0x2A700, 0x2B739), "D": (0x2B740, 0x2B81D), "E": (0x2B820, 0x2CEA1),
    "F": (0x2CEB0, 0x2EBE0), "G": (0x30000, 0x3134A), "H": (0x31350, 0x323AF), "I": (0x2EBF0, 0x2EE5D),
}  # fmt: skip
COMBINING = ["\u0301", "\u0308", "\u0327", "\u3099", "\u20dd", "\ufe00", "\U000e0100", "\u0f71"]
MARKS = ["\u200f", "\u202e", "\u202b", "\u2067", "\u200e", "\u061c"]
LONG = [
    "阿卜杜热合曼",
    "买买提吐尔逊",
    "迪丽努尔",
    "古丽米热",
    "阿不都克里木",
    "司马义",
    "次仁旺堆",
    "旦增曲扎",
    "布赫巴雅尔",
    "包勒尔",
]


def names(count: int) -> list[str]:
    """All different; a name of people and of villages alike."""
    chance, made = Random(9), dict[str, None]()
    while len(made) < count:
        made[_name(len(made), chance)] = None
    return list(made)


def _name(number: int, chance: Random) -> str:
    kind = number % 5
    if kind < 2:
        first, last = list(EXTENSIONS.values())[number % len(EXTENSIONS)]
        return "".join(chr(chance.randint(first, last)) for _letter in range(chance.randint(2, 4)))
    if kind == 2:
        return "·".join(chance.sample(LONG, chance.randint(2, 5)))[:58]
    if kind == 3:
        return "".join(letter + chance.choice(COMBINING) for letter in chance.sample("王é李ñゴ赵ཀ", 3))
    return (
        chance.choice(MARKS) + chance.choice("木沙努尔艾山") + chance.choice(MARKS) + "محمد"[: chance.randint(1, 4)] + str(number)
    )


@pytest.fixture
def many(db: None) -> Desk:
    cast = make_cast()
    made = names(500)
    add_villages(cast, made, made[::-1])
    return Desk(open_county(cast))


def expected(county: County) -> dict[str, tuple[str, str]]:
    """Code → village and person, as they were given."""
    posts = {path: post for path, post in county.cast.secretaries.items() if path.startswith(f"{TOWNSHIP}3") or path[9:] > "300"}
    return {path: (post.territory.name, post.person.name) for path, post in posts.items() if path.startswith(TOWNSHIP)}


def of_sheet(content: bytes, first: int, *places: int) -> dict[str, tuple[str, str]]:
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    rows = ([str(cell.value) for cell in row] for row in sheet.iter_rows(min_row=first))
    return {row[places[0]]: (row[places[1]], row[places[2]]) for row in rows if len(row[places[0]]) == 12}


def publish(county: County, tmp_path: Any, settings: Any) -> PayList:
    settings.CHAIN_ANCHORS = tmp_path / "anchors" / "chain.jsonl"
    county.file_all(share=95)
    county.close()
    publication = county.settle()
    return make_pay_list(publication_id=publication.pk, at=moment("2026-02-14 10:00"))


def lists(pay_list: PayList) -> Iterator[tuple[str, dict[str, tuple[str, str]]]]:
    yield "ratings.xlsx", of_sheet(ratings_workbook(pay_list.publication), 4, 2, 1, 0)
    yield "list.xlsx", of_sheet(pay_list_workbook(pay_list), 5, 2, 1, 0)
    for charset in ("utf-8", "gb18030"):
        content = b"".join(pull.csv_stream(PublishedRating.objects.all(), charset=charset))
        rows = csv.DictReader(io.StringIO(content.decode(charset), newline=""))
        yield f"ratings.csv {charset}", {row["village_code"]: (row["village_name"], row["person_name"]) for row in rows}


def unlike(found: dict[str, tuple[str, str]], wanted: dict[str, tuple[str, str]]) -> list[str]:
    return [code for code, said in wanted.items() if tuple(map(str.encode, found.get(code, ()))) != tuple(map(str.encode, said))]


def test_five_hundred_names(many: Desk, tmp_path: Any, settings: Any) -> None:
    wanted = expected(many.county)
    assert len(wanted) == 500
    form = many.form()
    assert unlike(of_sheet(form, 5, 0, 1, 2), wanted) == []

    sent_back = changed(form, lambda book: fill(book, {f"D{row}": 50 for row in range(5, 508)}))
    checked = many.check(sent_back)
    assert (found(checked), checked.changed, checked.accepted) == (set(), 503, checked.rows)
    assert len(checked.scores[many.county.filing().pk]) == 503

    for name, said in lists(publish(many.county, tmp_path, settings)):
        assert unlike(said, wanted) == [], name


def test_a_list_that_made_names_uniform_would_be_seen(many: Desk, tmp_path: Any, settings: Any, monkeypatch: Any) -> None:
    """The twin: as text that is compared is made uniform, and not as text that is kept."""
    pay_list = publish(many.county, tmp_path, settings)
    monkeypatch.setattr(tables, "harmless", lambda text: "".join(text.split()).replace("·", "・"))
    monkeypatch.setattr("stars.selectors.pull.CSV_COLUMNS", pull.COLUMNS)
    seen = {name: len(unlike(said, expected(many.county))) for name, said in lists(pay_list)}
    assert seen["ratings.xlsx"] > 90
    assert seen["list.xlsx"] > 90


def test_an_upload_that_took_letters_for_their_likes_would_mix_up_people(many: Desk, monkeypatch: Any) -> None:
    """The twin: beyond the first plane a reader of two bytes sees one letter."""
    form = many.form()
    monkeypatch.setattr(
        "stars.workbooks.villages.typed", lambda value: "".join(c if c < "\U00010000" else "�" for c in str(value))
    )
    assert found(many.check(form)) != set()


def test_the_download_is_as_the_stream(many: Desk, tmp_path: Any, settings: Any, client: Client) -> None:
    """By way of the site."""
    wanted = expected(many.county)
    pay_list = publish(many.county, tmp_path, settings)
    client.force_login(many.county.cast["chen"], backend="django.contrib.auth.backends.ModelBackend")
    content = client.get(f"/pay/{pay_list.pk}/list.xlsx").content
    assert unlike(of_sheet(content, 5, 2, 1, 0), wanted) == []
