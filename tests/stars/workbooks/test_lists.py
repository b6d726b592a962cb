"""What the finance office and the county get: numbers that are numbers, text that stays text."""

import io
from decimal import Decimal

import openpyxl
import pytest

from governance.errors import RuleBroken
from governance.models import Person
from governance.workbooks import tables
from governance.workbooks.text import harmless
from stars.models import PayLine
from stars.services.pay import make_pay_list
from stars.workbooks import lists, pay_list_workbook, ratings_workbook
from tests.stars.county import moment

SHARES = {"140821101201": 95, "140821101202": 70, "140821101203": 30}


@pytest.fixture
def publication(county, settings, tmp_path):
    settings.CHAIN_ANCHORS = tmp_path / "anchors" / "chain.jsonl"
    Person.objects.filter(name="嵋阳乙村书记").update(name="＝cmd|'!A1")
    county.file_all(shares=SHARES)
    county.close()
    county.compute()
    county.review()
    county.decide()
    county.publicise()
    return county.publish()


@pytest.fixture
def pay_list(publication):
    return make_pay_list(publication_id=publication.pk, at=moment("2026-02-14 10:00"))


def sheet_of(content):
    return openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]


def table(sheet, first):
    return [[cell.value for cell in row] for row in sheet.iter_rows(min_row=first)]


def test_pay_list(pay_list):
    sheet = sheet_of(pay_list_workbook(pay_list))
    assert pay_list.number in sheet["A3"].value
    assert pay_list.digest in sheet["A3"].value
    heading, *rows, total = table(sheet, 4)
    assert len(heading) == 10
    assert len(rows) == pay_list.lines.count() > 0
    for row, line in zip(rows, pay_list.lines.select_related("rating").order_by("rating__village_code"), strict=True):
        assert row[2] == line.rating.village_code
        assert [cents(row[i]) for i in (6, 8, 9)] == [line.monthly_cents, line.reward_cents, line.amount_cents]
        assert (row[4], row[7]) == (line.rating.star, line.months)
    assert cents(total[9]) == pay_list.total_cents == sum(cents(row[9]) for row in rows)


def cents(value) -> int:
    """As the decimals that a spreadsheet shows."""
    exact = Decimal(repr(value)) * 100
    assert exact == exact.to_integral_value()
    return int(exact)


def test_codes_are_text_and_nothing_is_a_formula(pay_list, publication):
    for content in (pay_list_workbook(pay_list), ratings_workbook(publication)):
        kinds = {cell.data_type for row in sheet_of(content).iter_rows() for cell in row if cell.value is not None}
        assert kinds == {"s", "n"}
        assert b"<f" not in content
        assert any(cell.value == "140821101201" for row in sheet_of(content).iter_rows() for cell in row)
        assert any(cell.value == "'＝cmd|'!A1" for row in sheet_of(content).iter_rows() for cell in row)


def test_without_the_guard_a_name_would_begin_like_a_formula(publication, monkeypatch):
    monkeypatch.setattr(tables, "harmless", lambda text: text)
    values = [cell.value for row in sheet_of(ratings_workbook(publication)).iter_rows() for cell in row]
    assert any(str(value).startswith(("=", "＝")) for value in values)


def test_a_list_that_does_not_add_up_is_not_exported(pay_list):
    pay_list.total_cents += 1
    with pytest.raises(RuleBroken) as broken:
        pay_list_workbook(pay_list)
    assert broken.value.code == "total_differs"


def test_a_difference_below_zero_stays_a_number(pay_list, monkeypatch):
    column = lists.Column("金额", 10, lambda line: -line.amount_cents, hundredths=True)
    monkeypatch.setattr(lists, "_pay_columns", lambda plan: [column])
    values = [row[0] for row in table(sheet_of(pay_list_workbook(pay_list)), 5)][:-1]
    assert [cents(value) for value in values] == [-line.amount_cents for line in PayLine.objects.order_by("rating__village_code")]


def test_published_ratings(publication):
    heading, *rows = table(sheet_of(ratings_workbook(publication)), 3)
    assert len(rows) == publication.ratings.count() == 6
    by_code = {row[2]: row for row in rows}
    for rating in publication.ratings.all():
        row = by_code[rating.village_code]
        assert row[7] == rating.certificate_no
        assert cents(row[6]) == rating.score
        assert row[4] == rating.star if rating.outcome == 0 else isinstance(row[4], str)
    assert by_code["140821101203"][5] == "差"
    assert len(heading) == 8


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠", " =", "　="])
def test_every_beginning_of_a_formula(sign):
    assert harmless(f"{sign}1") == f"'{sign}1"


@pytest.mark.parametrize("text", ["", "霍村", "1-2", "a=b", "阿卜杜拉·买买提", "𠅤村"])
def test_other_text_is_left_alone(text):
    assert harmless(text) == text
