"""Lists for other offices: the pay list for finance, the published ratings. Amounts are numbers, codes and names are text."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import xlsxwriter
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from governance.errors import RuleBroken
from stars.engine.plan import Plan
from stars.models import Outcome, PayLine, PayList, Publication, PublishedRating
from stars.plans import plan_for
from stars.workbooks.text import harmless

Value = str | int | None


@dataclass(frozen=True)
class Column:
    heading: str
    width: float
    value: Callable[[Any], Value]
    hundredths: bool = False  # the value is an int of hundredths or cents, shown with two decimals


def pay_list_workbook(pay_list: PayList) -> bytes:
    """raises RuleBroken: total_differs, if the lines don't add up to the list's own total"""
    publication = pay_list.publication
    lines = list(pay_list.lines.select_related("rating").order_by("rating__village_code", "pk"))
    total = sum(line.amount_cents for line in lines)
    if total != pay_list.total_cents:
        raise RuleBroken(
            "total_differs",
            _("The lines of %(list)s add up to %(found)s yuan, the list says %(total)s; it was not exported. Tell the auditor.")
            % {"list": pay_list.number, "found": _yuan(total), "total": _yuan(pay_list.total_cents)},
        )
    numbered = _("List %(number)s, made on %(day)s, digest %(digest)s") % {
        "number": pay_list.number, "day": _day(pay_list.made_at), "digest": pay_list.digest,
    }  # fmt: skip
    head = [*_head(publication, _("star supplements and rewards, yuan")), numbered]
    counts = _("Total of %(count)d lines") % {"count": len(lines)}
    return table(_("Pay list"), head, _pay_columns(plan_for(publication.decision.policy)), lines, total=(counts, total))


def ratings_workbook(publication: Publication) -> bytes:
    """All that one publication says."""
    ratings = publication.ratings.order_by("village_code", "pk")
    return table(
        _("Ratings"),
        _head(publication, _("published star ratings")),
        _rating_columns(plan_for(publication.decision.policy)),
        ratings,
    )


def _head(publication: Publication, what: str) -> list[str]:
    year = publication.rating_year
    return [
        _("%(county)s, %(year)d: %(what)s") % {"county": year.territory.name, "year": year.year, "what": what},
        _("Publication %(number)d, version %(version)d, %(day)s, digest %(digest)s")
        % {
            "number": publication.number, "version": publication.version, "day": _day(publication.published_at),
            "digest": publication.rows_digest,
        },
    ]  # fmt: skip


def _pay_columns(plan: Plan) -> list[Column]:
    titles = dict(_words(plan, "tier"))

    def of_rating(name: str) -> Callable[[PayLine], Value]:
        return lambda line: getattr(line.rating, name)

    return [
        Column(_("Name"), 12, of_rating("person_name")),
        Column(_("Village or community"), 16, of_rating("village_name")),
        Column(_("Village code"), 15, of_rating("village_code")),
        Column(_("Township"), 14, of_rating("township_name")),
        Column(_("Star"), 10, lambda line: _result(line.rating)),
        Column(_("Reward tier"), 12, lambda line: titles.get(line.tier, line.tier)),
        Column(_("Monthly, yuan"), 12, lambda line: line.monthly_cents, hundredths=True),
        Column(_("Months"), 8, lambda line: line.months),
        Column(_("Single reward, yuan"), 14, lambda line: line.reward_cents, hundredths=True),
        Column(_("Amount, yuan"), 14, lambda line: line.amount_cents, hundredths=True),
    ]


def _rating_columns(plan: Plan) -> list[Column]:
    grades = [title for _word, title in _words(plan, "grade")]

    def of(name: str) -> Callable[[PublishedRating], Value]:
        return lambda rating: getattr(rating, name)

    return [
        Column(_("Name"), 12, of("person_name")),
        Column(_("Village or community"), 16, of("village_name")),
        Column(_("Village code"), 15, of("village_code")),
        Column(_("Township"), 14, of("township_name")),
        Column(_("Star"), 10, _result),
        Column(_("Grade"), 12, lambda rating: None if rating.grade is None else grades[rating.grade]),
        Column(_("Score"), 10, of("score"), hundredths=True),
        Column(_("Certificate number"), 24, of("certificate_no")),
    ]


def _words(plan: Plan, output: str) -> list[tuple[str, str]]:
    """Words and titles of the scale that an output has; none where the policy has no such output."""
    name = plan.outputs.get(output)
    scale = plan.steps[name].type.scale if name else None
    return list(zip(plan.scales[scale].words, plan.scales[scale].titles, strict=True)) if scale else []


def _result(rating: PublishedRating) -> Value:
    return rating.star if rating.outcome == Outcome.RATED else str(Outcome(rating.outcome).label)


def table(
    name: str, head: Sequence[str], columns: Sequence[Column], rows: Iterable[Any], *, total: tuple[str, int] | None = None
) -> bytes:
    """`total` stands below the last column."""
    buffer = io.BytesIO()
    workbook = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet, styles = workbook.add_worksheet(name), _styles(workbook)
    for i, line in enumerate(head):
        sheet.write_string(i, 0, harmless(line), styles["small" if i else "title"])
    for j, column in enumerate(columns):
        sheet.set_column(j, j, column.width)
        sheet.write_string(len(head), j, column.heading, styles["bold"])
    last = len(head)
    for last, row in enumerate(rows, len(head) + 1):
        for j, column in enumerate(columns):
            _write(sheet, last, j, column.value(row), column.hundredths, styles["exact" if column.hundredths else "plain"])
    if total:
        for j in range(len(columns)):
            sheet.write_blank(last + 1, j, None, styles["bold"])
        sheet.write_string(last + 1, 0, total[0], styles["bold"])
        sheet.write_number(last + 1, len(columns) - 1, total[1] / 100, styles["sum"])
    _set_up_page(sheet, len(head))
    workbook.close()
    return buffer.getvalue()


def _styles(workbook: xlsxwriter.Workbook) -> dict[str, Any]:
    boxed = {"border": 1, "border_color": "#A6A6A6", "valign": "vcenter"}
    bold = boxed | {"bold": True, "bg_color": "#F2F2F2"}
    kinds = {
        "title": {"bold": True, "font_size": 15}, "small": {"font_size": 9}, "plain": boxed, "exact": boxed | {"num_format": "0.00"},
        "bold": bold, "sum": bold | {"num_format": "0.00"},
    }  # fmt: skip
    return {name: workbook.add_format(kind) for name, kind in kinds.items()}


def _set_up_page(sheet: Any, heading_row: int) -> None:
    sheet.set_default_row(18)
    sheet.freeze_panes(heading_row + 1, 1)
    sheet.repeat_rows(heading_row)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&L&F&R&P / &N")


def _write(sheet: Any, row: int, column: int, value: Value, hundredths: bool, style: Any) -> None:
    if value is None:
        sheet.write_blank(row, column, None, style)
    elif isinstance(value, str):
        sheet.write_string(row, column, harmless(value), style)
    else:
        # the nearest double to two decimals, which a spreadsheet shows and sums as those decimals
        sheet.write_number(row, column, value / 100 if hundredths else value, style)


def _yuan(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02}"


def _day(moment: Any) -> str:
    return date_format(localtime(moment), "DATE_FORMAT")
