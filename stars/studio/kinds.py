"""The controls of a step by its kind: each key of the vocabulary has a shape; what is written otherwise is shown as text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from stars.engine.vocabulary import BODIES, GIVEN_UNITS, KINDS, ROUNDINGS, SCOPES
from stars.studio.controls import Button, Control, Group, Options, Path, as_typed
from stars.studio.names import Names
from stars.studio.writing import written

HOW = ("at_least", "above", "below", "worse_than", "is")
REFS, TERMS, WEIGHTS, ROWS, SHARES, KEYED, REF_ROWS, CONDITION, PASS = range(9)
OWN: Mapping[str, Any] = {
    "sum": TERMS, "mean": "sheet", "weigh": WEIGHTS, "times": REFS, "ratio": REFS, "band": "ref", "table": "ref", "tiers": "ref",
    "choose": "ref", "test": CONDITION, "tally": "ref", "move": "ref", "rank": "ref", "split": "ref", "override": "ref",
    "allot": "number", "settle": "ref",
}  # fmt: skip
SHAPES: Mapping[str, Any] = {
    "when": "test", "and_now": "ref", "by": "ref", "first": "ref", "from_none": "ref", "from_disqualified": "ref", "otherwise": "ref",
    "unit": GIVEN_UNITS, "round": ROUNDINGS, "missing": ("unratable", "renormalise"), "within": SCOPES, "best": ("high", "low"),
    "line": ("out", "in"), "marginal": "check", "in_a_row": "check", "pass": PASS, "ties": TERMS, "becomes": "value",
}  # fmt: skip
OF_KIND: Mapping[tuple[str, str], Any] = {
    ("band", "rows"): ROWS, ("tiers", "rows"): ROWS, ("table", "rows"): KEYED, ("choose", "rows"): REF_ROWS, ("split", "rows"): SHARES,
    ("split", "at_most"): KEYED, ("override", "at_most"): "value", ("override", "at_least"): "value", ("settle", "by"): BODIES,
}  # fmt: skip


def word(text: str) -> str:
    """A word of the grammar as people read it."""
    return pgettext("policy", text)


class StepForm:
    def __init__(self, names: Names, name: str, step: Mapping[str, Any]) -> None:
        self.names, self.name, self.step, self.path = names, name, step, ("steps", name)
        self.kind = next((key for key in step if key in KINDS), "")
        self.refs = names.refs(but_for=name)

    def fill(self, group: Group) -> Group:
        kinds = [(one, word(one)) for one in KINDS]
        group.controls.append(Control(self.path, _("Kind of step"), "select", "kind", self.kind, kinds))
        if not self.kind:
            return group
        self._key(group, self.kind, OWN[self.kind], is_optional=False)
        required, optional = KINDS[self.kind]
        for key in (*required, *optional):
            shape = OF_KIND.get((self.kind, key), SHAPES.get(key, "number"))
            if key in required or key in self.step or not isinstance(shape, int):
                self._key(group, key, shape, is_optional=key not in required)
            else:
                group.buttons.append(Button("add", (*self.path, key), word(key), f"{self.kind}.{key}"))
        return group

    def _key(self, group: Group, key: str, shape: Any, *, is_optional: bool) -> None:
        path, value, label = (*self.path, key), self.step.get(key), word(key)
        made = self._plain(path, label, shape, value) if not isinstance(shape, int) else None
        if made:
            made.is_optional = is_optional
            group.controls.append(made)
        elif isinstance(shape, int) and (inner := self._compound(shape, path, label, value)):
            group.groups.append(inner)
        else:
            group.controls.append(as_written(path, label, value, is_optional=is_optional))

    def _plain(self, path: Path, label: str, shape: Any, value: Any) -> Control | None:
        if isinstance(value, Mapping | list):
            return None
        shown = as_typed(value)
        if isinstance(shape, tuple):
            return choice(path, label, [(one, word(one)) for one in shape], shown)
        if shape == "check":
            return Control(path, label, "check", "bool", shown)
        if shape in ("number", "value"):
            return Control(path, label, "text", "typed", shown, suggest="numbers" if shape == "number" else "values")
        options: dict[str, Callable[[], Options]] = {
            "ref": lambda: self.refs, "test": self.names.tests, "sheet": lambda: [*self.names.sheets(), *self.refs],
        }  # fmt: skip
        return choice(path, label, list(dict(options[shape]()).items()), shown)

    def _compound(self, shape: int, path: Path, label: str, value: Any) -> Group | None:
        """None where it is written in a way that the form does not know."""
        made: dict[int, Callable[[Path, Any], list[Group] | None]] = {
            REFS: self._list, TERMS: self._list, WEIGHTS: self._weights, ROWS: self._rows, SHARES: self._shares, KEYED: self._keyed,
            REF_ROWS: self._ref_rows, CONDITION: self._condition, PASS: self._pass,
        }  # fmt: skip
        groups = made[shape](path, value)
        if groups is None:
            return None
        group = Group(path, label, groups=groups)
        if shape not in (REFS, PASS):
            group.buttons.append(Button("row", path, label, options=self._offered(shape)))
        return group

    def _offered(self, shape: int) -> Options:
        """What a new row can be of."""
        if shape == TERMS:
            return self._signed()
        if shape in (WEIGHTS, CONDITION):
            return self.refs
        return self.names.words() if shape in (KEYED, REF_ROWS) else []

    def _signed(self) -> Options:
        return [*self.refs, *((f"-{ref}", f"− {title}") for ref, title in self.refs)]

    def _list(self, path: Path, value: Any) -> list[Group] | None:
        if not isinstance(value, list) or any(isinstance(one, Mapping | list) for one in value):
            return None
        options = self._signed() if self.kind == "sum" or path[-1] == "ties" else [*self.refs, *self.names.parameters()]
        return [
            Group(at := (*path, str(n)), "", [choice(at, "", options, as_typed(one))], is_line=True, is_part=True)
            for n, one in enumerate(value)
        ]

    def _weights(self, path: Path, value: Any) -> list[Group] | None:
        if not isinstance(value, Mapping):
            return None
        return [
            _row((*path, as_typed(key)), [
                choice((*path, as_typed(key)), "", self.refs, as_typed(key), write="rename"),
                Control((*path, as_typed(key)), word("percent"), "text", "typed", as_typed(one), suggest="numbers"),
            ])
            for key, one in value.items()
        ]  # fmt: skip

    def _rows(self, path: Path, value: Any) -> list[Group] | None:
        if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
            return None
        return [
            _row(at := (*path, str(n)), [
                Control((*at, "from"), word("from"), "text", "typed", as_typed(one.get("from")), suggest="numbers"),
                Control((*at, "gives"), word("gives"), "text", "typed", as_typed(one.get("gives")), suggest="values"),
            ])
            for n, one in enumerate(value)
        ]  # fmt: skip

    def _shares(self, path: Path, value: Any) -> list[Group] | None:
        if not isinstance(value, list):
            return None
        return [_row(at := (*path, str(n)), [as_written(at, "", one)]) for n, one in enumerate(value)]

    def _keyed(self, path: Path, value: Any) -> list[Group] | None:
        if not isinstance(value, Mapping) or any(isinstance(one, Mapping) for one in value.values()):
            return None
        titles = dict(self.names.words())
        return [
            _row(at := (*path, as_typed(key)), [
                Control(at, titles.get(as_typed(key)) or word(as_typed(key)), "text", "typed", as_typed(one), suggest="values"),
            ])
            for key, one in value.items()
        ]  # fmt: skip

    def _ref_rows(self, path: Path, value: Any) -> list[Group] | None:
        if not isinstance(value, Mapping):
            return None
        titles = dict(self.names.words())
        return [
            _row(at := (*path, as_typed(key)), [choice(at, titles.get(as_typed(key), as_typed(key)), self.refs, as_typed(one))])
            for key, one in value.items()
        ]  # fmt: skip

    def _condition(self, path: Path, value: Any) -> list[Group] | None:
        join = next((one for one in ("any", "all") if isinstance(value, Mapping) and list(value) == [one]), "")
        if not join or not isinstance(value[join], list):
            return None
        parts = [self._comparison((*path, join, str(n)), one) for n, one in enumerate(value[join])]
        if any(one is None for one in parts):
            return None
        joined = choice((*path, join), "", [(one, word(one)) for one in ("any", "all")], join, write="rename")
        return [Group((*path, join), "", [joined]), *(one for one in parts if one)]

    def _comparison(self, path: Path, value: Any) -> Group | None:
        """A name alone, or {how: {name: x}}."""
        how, ref, asked = comparison_of(value)
        if not ref:
            return None
        ways = [("holds", word("holds")), *((one, word(one)) for one in HOW)]
        controls = [
            choice(path, "", self.refs, ref, write="ref_of"),
            choice(path, "", ways, how, write="how_of"),
        ]
        if how != "holds":
            controls.append(Control(path, "", "text", "asked_of", asked, suggest="values"))
        return _row(path, controls)

    def _pass(self, path: Path, value: Any) -> list[Group] | None:
        if not isinstance(value, Mapping) or len(value) != 1 or isinstance(next(iter(value.values())), Mapping):
            return None
        how, asked = next(iter(value.items()))
        at = (*path, as_typed(how))
        ways = [(one, word(one)) for one in HOW]
        controls = [
            choice(at, "", ways, as_typed(how), write="rename"),
            Control(at, "", "text", "typed", as_typed(asked), suggest="values"),
        ]
        return [Group(at, "", controls, is_line=True)]


def comparison_of(value: Any) -> tuple[str, str, str]:
    """("at_least", ref, "90"), ("holds", ref, ""); ("", "", "") where it is something else."""
    if isinstance(value, str):
        return "holds", value, ""
    if isinstance(value, Mapping) and len(value) == 1:
        how, inner = next(iter(value.items()))
        if how in HOW and isinstance(inner, Mapping) and len(inner) == 1:
            ref, asked = next(iter(inner.items()))
            return how, as_typed(ref), as_typed(asked)
    return "", "", ""


def _row(path: Path, controls: list[Control]) -> Group:
    return Group(path, "", controls, is_line=True, is_part=True)


def choice(path: Path, label: str, options: Options, value: str, *, write: str = "typed") -> Control:
    """What stands there is offered even where it should not stand there."""
    if value and value not in dict(options):
        options = [(value, value), *options]
    return Control(path, label, "select", write, value, options)


def as_written(path: Path, label: str, value: Any, *, is_optional: bool = False) -> Control:
    shown = "" if value is None else written(value)
    return Control(path, label, "text", "yaml", shown, is_optional=is_optional)
