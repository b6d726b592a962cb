"""Why this star, in sentences: one for each kind of step, with the numbers of the trace."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from stars.engine.book import plain
from stars.engine.explain import Explanation, Judged, Line, Operand, explain
from stars.engine.inputs import Inputs
from stars.engine.plan import Plan
from stars.engine.trace import Value
from stars.engine.values import Special, Type

SPECIALS: Mapping[Special, Promise] = {
    Special.NOT_FILED: gettext_lazy("not filed"),
    Special.NOT_APPLICABLE: gettext_lazy("not applicable"),
    Special.NONE: gettext_lazy("no star"),
    Special.DISQUALIFIED: gettext_lazy("disqualified"),
}
EVIDENCE: Mapping[str, Promise] = {
    "law": gettext_lazy("law"),
    "official": gettext_lazy("official paper"),
    "media": gettext_lazy("media report"),
    "weak": gettext_lazy("weak source"),
    "default": gettext_lazy("our default"),
}
SCOPES: Mapping[str, Promise] = {"county": gettext_lazy("in the county"), "township": gettext_lazy("in the township")}
COMPARED: Mapping[str, Promise] = {
    "at_least": gettext_lazy("at least %(value)s"),
    "above": gettext_lazy("above %(value)s"),
    "below": gettext_lazy("below %(value)s"),
    "worse_than": gettext_lazy("worse than %(value)s"),
    "is": gettext_lazy("equal to %(value)s"),
}


@dataclass(frozen=True)
class ParameterText:
    title: str
    value: str
    source: str
    evidence: str


@dataclass(frozen=True)
class StepText:
    """A step as a page shows it; `basis` is its place in the paper, `authorised_by` the document that allows it."""

    name: str
    kind: str
    title: str
    sentence: str
    result: str
    basis: str
    evidence: str
    authorised_by: str
    parameters: tuple[ParameterText, ...]


@dataclass(frozen=True)
class PeriodText:
    """One period of a sheet: `period` from 1, of `periods`; cells are (title, points, maximum) of what counts."""

    sheet: str
    title: str
    period: int
    periods: int
    total: str
    cells: tuple[tuple[str, str, str], ...]


def explain_lines(plan: Plan, trace: bytes, inputs: Inputs) -> list[StepText]:
    """Every step in the order of the computation. inputs: of this one subject, those that the trace was made from."""
    return [_step_text(plan, line) for line in explain(plan, trace, inputs).steps]


def explain_periods(plan: Plan, trace: bytes, inputs: Inputs) -> list[PeriodText]:
    """Every period of every sheet with what was filed in it."""
    return [
        PeriodText(
            one.sheet.name, one.sheet.title, one.period, one.sheet.periods, shown(plan, one.total, Type("points", 0, 0)),
            tuple(
                (cell.title, shown(plan, cell.value, Type("points", 0, 0)), plain(cell.max, "points"))
                for cell in one.cells
                if cell.applies
            ),
        )
        for one in explain(plan, trace, inputs).periods
    ]  # fmt: skip


def explain_eligible(plan: Plan, explanation: Explanation) -> str:
    """Whether the subject may be rated, and why; empty where the policy asks nothing."""
    judged = explanation.eligible
    if judged is None:
        return ""
    said = {"why": _condition(plan, judged)}
    if judged.answer is None:
        return _("Whether this person may be rated is unknown: %(why)s.") % said
    return (_("May be rated: %(why)s.") if judged.answer else _("May not be rated yet: %(why)s.")) % said


def reason_sentence(plan: Plan, reason: int) -> str:
    """Why somebody can't be rated; `reason` as in the result, the place of a column from 1."""
    column = plan.columns[reason - 1]
    if column.sheet:
        periods = plan.sheets[column.sheet].periods
        said = {"sheet": column.title, "period": column.period}
        if periods == 1:
            return _("“%(sheet)s” is not filed, or nothing of it applies; file it and have it accepted.") % said
        return _("“%(sheet)s” of period %(period)s is not filed, or nothing of it applies; file it and have it accepted.") % said
    if column.name == "eligible":
        return _("What decides who may be rated is not known; complete the roster.")
    return _("“%(step)s” can't be computed: something that it needs is missing.") % {"step": column.title}


def shown(plan: Plan, value: Value, type_: Type) -> str:
    if isinstance(value, Special):
        return str(SPECIALS[value])
    if type_.unit == "word":
        return plan.scales[type_.scale or ""].titles[value]
    if type_.unit == "yesno":
        return _("yes") if value else _("no")
    if type_.unit == "star":
        return ngettext("%(count)s star", "%(count)s stars", value) % {"count": value}
    if type_.unit == "percent":
        return _percent(value)
    if type_.unit == "money":
        return _("%(amount)s yuan") % {"amount": plain(value, "money")}
    return plain(value, type_.unit)


def _percent(hundredths: int) -> str:
    whole = plain(hundredths, "percent")
    return f"{whole.rstrip('0').rstrip('.')}%"


def _step_text(plan: Plan, line: Line) -> StepText:
    return StepText(
        line.name, line.kind, line.title, SENTENCES[line.kind](plan, line), _of(plan, line),
        line.note.source, str(EVIDENCE.get(line.note.evidence, "")), line.note.authorised_by,
        tuple(
            ParameterText(one.title, shown(plan, one.value, Type(one.unit, 0, 0)), one.source, str(EVIDENCE[one.evidence]))
            for one in line.parameters
        ),
    )  # fmt: skip


def _of(plan: Plan, line: Line) -> str:
    return shown(plan, line.value, line.type)


def _bare(plan: Plan, operand: Operand) -> str:
    return shown(plan, operand.value, operand.type)


def _named(plan: Plan, operand: Operand) -> str:
    return f"{operand.title} {_bare(plan, operand)}".strip()


def _special_operands(plan: Plan, line: Line) -> str:
    special = [one for one in line.operands if isinstance(one.value, Special) and one.value is not Special.NOT_APPLICABLE]
    return "、".join(_named(plan, one) for one in special)


def _not_computed(plan: Plan, line: Line) -> str:
    """What is said when the operands leave nothing to compute."""
    why = _special_operands(plan, line) or "、".join(_named(plan, one) for one in line.operands)
    return _("%(why)s: the result is %(result)s.") % {"why": why, "result": _of(plan, line)}


def _special(line: Line) -> bool:
    return isinstance(line.value, Special)


def _sum(plan: Plan, line: Line) -> str:
    raw = line.details["raw"]
    if raw is None or _special(line):
        return _not_computed(plan, line)
    text = _signed(plan, line) + " = " + shown(plan, raw, line.type)
    limit = line.details["cap"] if line.value == line.details["cap"] and raw > line.value else None
    if limit is not None:
        return _("%(arithmetic)s, at most %(limit)s: %(result)s.") % {
            "arithmetic": text,
            "limit": shown(plan, limit, line.type),
            "result": _of(plan, line),
        }
    if raw < line.value:
        limit = shown(plan, line.details["floor"], line.type)
        return _("%(arithmetic)s, at least %(limit)s: %(result)s.") % {
            "arithmetic": text,
            "limit": limit,
            "result": _of(plan, line),
        }
    return text


def _signed(plan: Plan, line: Line) -> str:
    terms = []
    for operand, sign in zip(line.operands, line.details["signs"], strict=True):
        if operand.value is not Special.NOT_APPLICABLE:
            terms.append((" − " if sign < 0 else " + ", _named(plan, operand)))
    if line.details["constant"]:
        size = shown(plan, abs(line.details["constant"]), line.type)
        terms.append((" − " if line.details["constant"] < 0 else " + ", size))
    text = "".join(sign + term for sign, term in terms)
    return text.removeprefix(" + ").lstrip()


def _mean(plan: Plan, line: Line) -> str:
    facts = {key: line.details[key] for key in ("filed", "expected", "needed")} | {"result": _of(plan, line)}
    if _special(line):
        return _("%(filed)s of %(expected)s are filed, at least %(needed)s are needed: %(result)s.") % facts
    facts["total"] = shown(plan, line.details["total"], line.type)
    return _("%(total)s ÷ %(filed)s = %(result)s (%(filed)s of %(expected)s filed)") % facts


def _weigh(plan: Plan, line: Line) -> str:
    if _special(line):
        return _not_computed(plan, line)
    parts = [
        f"{_named(plan, operand)} × {_percent(weight)}"
        for operand, weight in zip(line.operands, line.details["weights"], strict=True)
        if weight
    ]
    text = " + ".join(parts)
    if line.details["changed"]:
        full = _percent(line.details["full"])
        return _("(%(arithmetic)s) ÷ %(full)s = %(result)s (what is missing falls out with its weight)") % {
            "arithmetic": text,
            "full": full,
            "result": _of(plan, line),
        }
    return f"{text} = {_of(plan, line)}"


def _times(plan: Plan, line: Line) -> str:
    if line.details["held"] is False:
        return _("%(condition)s is no: %(result)s.") % {"condition": line.operands[-1].title, "result": _of(plan, line)}
    if _special(line):
        return _not_computed(plan, line)
    one, other = line.operands[:2]
    return f"{_named(plan, one)} × {_named(plan, other)} = {_of(plan, line)}"


def _ratio(plan: Plan, line: Line) -> str:
    if _special(line):
        return _not_computed(plan, line)
    one, other = line.operands
    return f"{_named(plan, one)} ÷ {_named(plan, other)} = {_of(plan, line)}"


def _band(plan: Plan, line: Line) -> str:
    operand, floor = line.operands[0], line.details["floor"]
    if floor is None:
        return _not_computed(plan, line)
    return _("%(value)s reaches %(floor)s: %(result)s.") % {
        "value": _named(plan, operand), "floor": shown(plan, floor, operand.type), "result": _of(plan, line),
    }  # fmt: skip


def _table(plan: Plan, line: Line) -> str:
    return _("%(keys)s gives %(result)s.") % {
        "keys": "、".join(_named(plan, one) for one in line.operands),
        "result": _of(plan, line),
    }


def _tiers(plan: Plan, line: Line) -> str:
    if line.details["held"] is False:
        return _("%(condition)s is no: %(result)s.") % {"condition": line.operands[-1].title, "result": _of(plan, line)}
    if _special(line):
        return _not_computed(plan, line)
    type_ = line.operands[0].type
    slices = [f"{shown(plan, amount, type_)} × {_percent(percent)}" for _from, _to, percent, amount in line.details["slices"]]
    text = " + ".join(slices) or shown(plan, 0, type_)
    if line.details["capped"]:
        return _("%(arithmetic)s, at most the cap: %(result)s.") % {"arithmetic": text, "result": _of(plan, line)}
    return f"{text} = {_of(plan, line)}"


def _choose(plan: Plan, line: Line) -> str:
    chosen = line.details["chosen"]
    word = _named(plan, line.operands[0])
    if chosen is None:
        return _("%(why)s: the result is %(result)s.") % {"why": word, "result": _of(plan, line)}
    return _("For %(word)s, %(value)s counts.") % {"word": word, "value": _named(plan, chosen)}


def _test(plan: Plan, line: Line) -> str:
    return _("%(condition)s: %(result)s.") % {"condition": _condition(plan, line.details["judged"]), "result": _of(plan, line)}


def _condition(plan: Plan, judged: Judged) -> str:
    if judged.parts:
        inner = [_condition(plan, part) for part in judged.parts]
        if judged.how == "not":
            return _("not (%(inner)s)") % {"inner": inner[0]}
        return (_(" and ") if judged.how == "all" else _(" or ")).join(inner)
    operand = judged.operand
    if operand is None:
        return ""
    if judged.how == "holds" or judged.value is None:
        return _named(plan, operand)
    return _("%(value)s (asked: %(asked)s)") % {
        "value": _named(plan, operand),
        "asked": _asked(plan, judged.how, judged.value, operand.type),
    }


def _asked(plan: Plan, how: str, value: Value, type_: Type) -> str:
    return str(COMPARED[how]) % {"value": shown(plan, value, type_)}


def _tally(plan: Plan, line: Line) -> str:
    values = "、".join(_bare(plan, one) for one in line.operands)
    said = {
        "values": values,
        "asked": _asked(plan, line.details["how"], line.details["value"], line.operands[0].type),
        "result": _of(plan, line),
    }
    if line.details["in_a_row"]:
        return _("From the newest on: %(values)s; in a row %(asked)s: %(result)s.") % said
    return _("%(values)s; of these %(asked)s: %(result)s.") % said


def _move(plan: Plan, line: Line) -> str:
    last, by, first, from_none, from_disqualified = line.operands
    start = {"first": first, "from_none": from_none, "from_disqualified": from_disqualified}.get(line.details["start"])
    if start is not None:
        if line.details["start"] == "first":
            return _("No earlier result: %(value)s counts.") % {"value": _named(plan, start)}
        return _("%(last)s: %(value)s counts.") % {"last": _named(plan, last), "value": _named(plan, start)}
    if line.details["change"] is None:
        return _("%(why)s: the result is %(result)s.") % {"why": _named(plan, by), "result": _of(plan, line)}
    change = f"{line.details['change']:+d}".replace("-", "−")
    return _("%(last)s, change %(change)s (at most %(limit)s a time): %(result)s.") % {
        "last": _named(plan, last), "change": change, "limit": line.details["limit"], "result": _of(plan, line),
    }  # fmt: skip


def _rank(plan: Plan, line: Line) -> str:
    if _special(line):
        return _not_computed(plan, line)
    return _("%(value)s is number %(rank)s %(scope)s.") % {
        "value": _named(plan, line.operands[0]), "rank": line.value, "scope": SCOPES[line.details["within"]],
    }  # fmt: skip


def _split(plan: Plan, line: Line) -> str:
    if _special(line):
        return _not_computed(plan, line)
    said = {"value": _named(plan, line.operands[0]), "scope": SCOPES[line.details["within"]], "result": _of(plan, line)}
    limits = line.details.get("limits")
    if limits is None:
        return _("By %(value)s among all %(scope)s: %(result)s.") % said
    titles = plan.scales[line.type.scale or ""].titles
    said["limits"] = "、".join(f"{titles[word]} ≤ {_percent(percent)}" for word, percent in limits)
    return _("%(value)s; limits %(scope)s: %(limits)s; result: %(result)s.") % said


def _override(plan: Plan, line: Line) -> str:
    operand, when = line.operands
    said = {
        "value": _named(plan, operand),
        "condition": when.title,
        "limit": shown(plan, line.details["to"], line.type),
        "result": _of(plan, line),
    }
    if line.details["held"] is None:
        return _("Whether “%(condition)s” holds is unknown: %(result)s.") % said
    if not line.details["held"]:
        return _("“%(condition)s” doesn't hold: %(value)s stays.") % said
    if line.details["how"] == "becomes":
        return _("“%(condition)s” holds: the result becomes %(result)s.") % said
    if line.details["how"] == "at_most":
        return _("“%(condition)s” holds: %(value)s, at most %(limit)s: %(result)s.") % said
    return _("“%(condition)s” holds: %(value)s, at least %(limit)s: %(result)s.") % said


def _allot(plan: Plan, line: Line) -> str:
    if _special(line):
        return _not_computed(plan, line)
    return _("By %(share)s out of the total %(scope)s: %(result)s.") % {
        "share": _named(plan, line.operands[-1]), "scope": SCOPES[line.details["within"]], "result": _of(plan, line),
    }  # fmt: skip


def _settle(plan: Plan, line: Line) -> str:
    proposed = _named(plan, line.operands[0])
    if line.details["settled"] is None:
        return _("As computed: %(value)s.") % {"value": proposed}
    if _special(line):
        return _("Proposed %(value)s; what was settled lies outside the limits and must be settled anew.") % {"value": proposed}
    return _("Proposed %(value)s; settled at %(result)s.") % {"value": proposed, "result": _of(plan, line)}


SENTENCES: Mapping[str, Callable[[Plan, Line], str]] = {
    "sum": _sum,
    "mean": _mean,
    "weigh": _weigh,
    "times": _times,
    "ratio": _ratio,
    "band": _band,
    "table": _table,
    "tiers": _tiers,
    "choose": _choose,
    "test": _test,
    "tally": _tally,
    "move": _move,
    "rank": _rank,
    "split": _split,
    "override": _override,
    "allot": _allot,
    "settle": _settle,
}
