"""What is wrong with a case, and what its names mean, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.policy import PolicyErrors, Problem
from stars.cases.running import OUTCOME, RESULT_AS_STAR, results_of
from stars.engine.plan import Plan
from stars.policy_messages import UNITS

SENTENCES: Mapping[str, Promise] = {
    "unknown_input": gettext_lazy("The policy has no input “%(name)s”. Choose one of the names that are offered."),
    "unknown_result": gettext_lazy("The policy has no result “%(name)s”. Choose one of the names that are offered."),
    "unknown_period": gettext_lazy("“%(sheet)s” has the periods 1 to %(periods)s. Correct the number."),
    "not_a_number": gettext_lazy("“%(value)s” is not a number that fits here (%(unit)s). Write digits, at most two decimals where points, percent or money are meant."),
    "out_of_range": gettext_lazy("%(value)s lies outside %(low)s to %(high)s. Correct it."),
    "not_one_of": gettext_lazy("“%(value)s” is not possible here. Write one of: %(allowed)s."),
    "not_in_a_cell": gettext_lazy("“%(value)s” can't be filed. Write points, not_filed or not_applicable."),
    "total_not_possible": gettext_lazy("The items of “%(sheet)s” that apply have %(room)s points together; this total can't be made of them. Write their cells, or say the village type first."),
    "wrong_number": gettext_lazy("1 to %(most)s values may stand here; %(found)s stand here. Correct that."),
    "too_many": gettext_lazy("At most %(most)s may stand here, there are %(found)s. Take some out."),
    "nothing_expected": gettext_lazy("The case expects nothing. Say at least one result."),
    "no_line": gettext_lazy("“%(line)s” is no line “name: value”. Correct it."),
    "no_headings": gettext_lazy("The first worksheet has no row of headings %(headings)s. Download the cases and fill in that workbook."),
    "no_title": gettext_lazy("The case has no title. Say in a few words what it shows."),
    "title_twice": gettext_lazy("There are two cases “%(title)s”. Give one of them another title."),
}  # fmt: skip
PARTS: Mapping[str, Promise] = {"given": gettext_lazy("input"), "expect": gettext_lazy("expected")}


def sentence(problem: Problem) -> str:
    said = dict(problem.params)
    if "unit" in said:
        said["unit"] = UNITS.get(said["unit"], said["unit"])
    return str(SENTENCES[problem.code]) % said


def sentences(errors: PolicyErrors) -> list[str]:
    return [told(problem) for problem in errors.problems]


def told(problem: Problem) -> str:
    """With its place, "1 · input · month.3"."""
    subject, _dot, rest = problem.path.partition(".")
    part, _dot, name = rest.partition(".")
    place = " · ".join(filter(None, [subject, str(PARTS.get(part, part)), name]))
    return f"{place}：{sentence(problem)}" if place else sentence(problem)


def input_names(plan: Plan) -> Iterator[tuple[str, str]]:
    """Every name that a case may give a value to, with what it means; of single cells one for all periods stands for the rest."""
    for sheet in plan.sheets.values():
        yield sheet.name, _("%(sheet)s: points out of a hundred, every period") % {"sheet": sheet.title}
        if sheet.periods > 1:
            for period in range(1, sheet.periods + 1):
                yield f"{sheet.name}.{period}", _("%(sheet)s: period %(period)s") % {"sheet": sheet.title, "period": period}
        for one in sheet.indicators:
            yield f"{sheet.name}.{one.name}", f"{sheet.title} · {one.title}"
    for events in plan.events.values():
        for item in events.items:
            own = _("points of each record") if item.up_to is not None else _("times")
            yield f"events.{events.name}.{item.name}", f"{events.title} · {item.title}（{own}）"
    for chapter in ("roster", "facts", "history", "linked"):
        for given in getattr(plan, chapter).values():
            yield f"{chapter}.{given.name}", given.title
    for name in plan.settled:
        yield f"settled.{name}", _("%(step)s as settled") % {"step": plan.steps[name].title}
    yield "township", _("number of the township, from 1")


def result_names(plan: Plan) -> Iterator[tuple[str, str]]:
    """Every name that a case may expect something of, with what it means: outputs first."""
    columns = {column.name: column for column in plan.columns}
    names = results_of(plan)
    first = [OUTCOME, RESULT_AS_STAR, *plan.outputs]
    for name in dict.fromkeys([*first, *names]):
        column = columns.get(names[name])
        if name == OUTCOME or column is None:
            yield name, _("outcome")
        elif column.sheet:
            yield name, _("%(sheet)s: period %(period)s") % {"sheet": column.title, "period": column.period}
        else:
            yield name, column.title or _("may be rated")
