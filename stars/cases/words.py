"""What is wrong with a case, and what its names mean, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.policy import PolicyErrors, Problem
from stars.cases.reading import GIVEN
from stars.cases.running import OUTCOME, RESULT_AS_STAR, Checked, results_of
from stars.cases.values import several
from stars.engine.document import Sheet
from stars.engine.explain import value_of
from stars.engine.plan import Plan
from stars.explain import SPECIALS, shown
from stars.models import Outcome
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
        numbers = range(1, sheet.periods + 1) if sheet.periods > 1 else ()
        names = [sheet.name, *(f"{sheet.name}.{number}" for number in numbers)]
        names += [f"{sheet.name}.{one.name}" for one in sheet.indicators]
        yield from ((name, input_title(plan, name)) for name in names)
    for events in plan.events.values():
        for item in events.items:
            name = f"events.{events.name}.{item.name}"
            own = _("points of each record") if item.up_to is not None else _("times")
            yield name, f"{input_title(plan, name)}（{own}）"
    for chapter in GIVEN:
        yield from ((f"{chapter}.{given.name}", given.title) for given in getattr(plan, chapter).values())
    yield from ((f"settled.{name}", input_title(plan, f"settled.{name}")) for name in plan.settled)
    yield "township", input_title(plan, "township")


def input_title(plan: Plan, name: str) -> str:
    """As people call it; a name that the policy doesn't know as it is."""
    head, *rest = name.split(".")
    if head in plan.sheets:
        return _sheet_title(plan.sheets[head], rest) or name
    if head == "events" and len(rest) == 2 and rest[0] in plan.events:
        events = plan.events[rest[0]]
        items = {item.name: item.title for item in events.items}
        return f"{events.title} · {items[rest[1]]}" if rest[1] in items else name
    if head == "township":
        return _("number of the township, from 1")
    if head == "settled" and rest[0] in plan.settled:
        return _("%(step)s as settled") % {"step": plan.steps[rest[0]].title}
    given = getattr(plan, head).get(".".join(rest)) if head in GIVEN else None
    return given.title if given else name


def _sheet_title(sheet: Sheet, rest: list[str]) -> str:
    said = {"sheet": sheet.title, "period": rest[0] if rest else ""}
    in_period = bool(rest) and rest[0].isdecimal()
    title = _("%(sheet)s: period %(period)s") % said if in_period else sheet.title
    if len(rest) == in_period:
        return title if in_period or sheet.periods == 1 else _("%(sheet)s: every period") % said
    items = {one.name: one.title for one in sheet.indicators}
    return f"{title} · {items[rest[-1]]}" if rest[-1] in items and len(rest) == 1 + in_period else ""


def input_value(plan: Plan, name: str, text: str) -> str:
    """A word by its title, a special as people say it; numbers as they were typed."""
    chapter, _dot, own = name.partition(".")
    given = getattr(plan, chapter).get(own) if chapter in GIVEN else None
    scale = plan.scales.get(given.type.scale or "") if given else None
    titles = dict(zip(scale.words, scale.titles, strict=True)) if scale else {}
    specials = {one.word: str(said) for one, said in SPECIALS.items()}
    return "、".join(titles.get(one) or specials.get(one) or one for one in several(text))


def result_names(plan: Plan) -> Iterator[tuple[str, str]]:
    """Every name that a case may expect something of, with what it means: outputs first."""
    names = results_of(plan)
    for name in dict.fromkeys([OUTCOME, RESULT_AS_STAR, *plan.outputs, *names]):
        yield name, _result_title(plan, names[name])


def _result_title(plan: Plan, name: str) -> str:
    if name == OUTCOME:
        return _("outcome")
    column = plan.columns[plan.place_of[name]]
    if column.sheet and plan.sheets[column.sheet].periods > 1:
        return _("%(sheet)s: period %(period)s") % {"sheet": column.title, "period": column.period}
    return column.title or _("may be rated")


def result_title(plan: Plan, checked: Checked) -> str:
    return _result_title(plan, checked.expected.column)


def result_value(plan: Plan, checked: Checked, value: int) -> str:
    """Of what was expected, or found."""
    if checked.expected.column == OUTCOME:
        return str(Outcome(value).label)
    return shown(plan, value_of(value), checked.expected.type)
