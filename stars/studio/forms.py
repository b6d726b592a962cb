"""A document as chapters of controls. It need not be sound: what stands at an unknown place is left to the document itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from stars.engine.vocabulary import (
    BODIES,
    EVIDENCE,
    FILERS,
    GIVEN_UNITS,
    KINDS,
    LINKED_OF,
    MONTHS,
    OUTPUTS,
    PARAMETER_UNITS,
    POSTS,
    REVIEWERS,
    STAGES,
    SUBJECTS,
)
from stars.studio.controls import Button, Control, Group, Options, Path, as_typed
from stars.studio.kinds import StepForm, as_written, choice, word
from stars.studio.names import GIVEN, Names

NAMED = ("scales", "parameters", *GIVEN, "sheets", "events", "steps")


def chapters(body: Mapping[str, Any], *, sources: Iterable[str]) -> list[Group]:
    """sources  of facts that an indicator may name"""
    return _Forms(body, sorted(sources)).chapters()


def options(words: Iterable[str]) -> Options:
    return [(one, word(one)) for one in words]


class _Forms:
    def __init__(self, body: Mapping[str, Any], sources: list[str]) -> None:
        self.body, self.names, self.sources = body, Names(body), sources

    def chapters(self) -> list[Group]:
        made = {
            "scales": self._scale,
            "parameters": self._parameter,
            "sheets": self._sheet,
            "events": self._events,
            "steps": self._step,
        }
        found = [self._head(), self._tenure()]
        for chapter in NAMED:
            group = Group((chapter,), word(chapter))
            for name, one in self.names.chapter(chapter).items():
                part = Group((chapter, name), str(one.get("title") or name), is_part=True, name=name)
                fill = made.get(chapter)
                group.groups.append(fill(part, one) if fill else self._given(part, chapter, one))
            kinds = options(KINDS) if chapter == "steps" else []
            group.buttons.append(Button("new", (chapter,), _("Add: %(what)s") % {"what": word(chapter)}, options=kinds))
            found.append(group)
        return [found[0], *found[2:-1], found[1], found[-1], self._outputs()]

    def _at(self, path: Path) -> Any:
        found: Any = self.body
        for key in path:
            found = found.get(key) if isinstance(found, Mapping) else None
        return found

    def _text(self, *path: str, write: str = "text", is_optional: bool = False, suggest: str = "") -> Control:
        value = self._at(path)
        if isinstance(value, Mapping | list):
            return as_written(path, word(path[-1]), value, is_optional=is_optional)
        return Control(path, word(path[-1]), "text", write, as_typed(value), is_optional=is_optional, suggest=suggest)

    def _number(self, *path: str, is_optional: bool = False) -> Control:
        return self._text(*path, write="typed", is_optional=is_optional, suggest="numbers")

    def _date(self, *path: str) -> Control:
        made = self._text(*path, write="typed")
        made.look = "date"
        return made

    def _choice(self, words: Iterable[str], *path: str, is_optional: bool = False) -> Control:
        made = choice(path, word(path[-1]), options(words), as_typed(self._at(path)))
        made.is_optional = is_optional
        return made

    def _many(self, offered: Options, *path: str, label: str = "", is_optional: bool = False) -> Control:
        value = self._at(path)
        chosen = tuple(as_typed(one) for one in value) if isinstance(value, list) else ()
        return Control(path, label or word(path[-1]), "many", "words", "", offered, is_optional, chosen=chosen)

    # -- head -----------------------------------------------------------------------------------------------------------

    def _head(self) -> Group:
        group = Group((), _("The policy itself"))
        group.controls = [
            self._text("title"), self._text("code", write="typed"), self._date("dated"),
            self._text("document", is_optional=True), self._text("source", is_optional=True),
            self._choice(SUBJECTS, "subject"), self._choice(MONTHS, "every"), self._choice(("new_term",), "restart_when", is_optional=True),
            self._number("publicity", "working_days"),
            as_written(("eligible",), word("eligible"), self._at(("eligible",)), is_optional=True),
        ]  # fmt: skip
        next(one for one in group.controls if one.path[0] == "publicity").label = _("Publicity, working days")
        stages = Group(("settled_by",), word("settled_by"), buttons=[Button("row", ("settled_by",), word("stage"))])
        listed = self._at(("settled_by",))
        for n, one in enumerate(listed if isinstance(listed, list) else []):
            at = ("settled_by", str(n))
            fields = one if isinstance(one, Mapping) else {}
            stages.groups.append(Group(at, "", [
                choice((*at, "stage"), word("stage"), options(STAGES), as_typed(fields.get("stage"))),
                choice((*at, "body"), word("body"), options(BODIES), as_typed(fields.get("body"))),
                Control((*at, "title"), word("title"), "text", "text", as_typed(fields.get("title"))),
            ], is_line=True, is_part=True))  # fmt: skip
        group.groups.append(stages)
        return group

    def _tenure(self) -> Group:
        group = Group(("tenure",), word("tenure"))
        if "tenure" not in self.body:
            group.buttons.append(Button("new", ("tenure",), _("Add: %(what)s") % {"what": word("tenure")}))
            return group
        group.controls = [
            self._many(options(POSTS), "tenure", "posts"), self._number("tenure", "merge_gap_months"),
            self._check("tenure", "gaps_count"), self._check("tenure", "drop_before_removal"),
            self._choice(("period_end", "period_start"), "tenure", "as_of"),
        ]  # fmt: skip
        group.buttons.append(Button("remove", ("tenure",), _("Take out")))
        return group

    def _check(self, *path: str) -> Control:
        return Control(path, word(path[-1]), "check", "bool", as_typed(self._at(path)))

    # -- named things ---------------------------------------------------------------------------------------------------

    def _parameter(self, group: Group, _one: Mapping[str, Any]) -> Group:
        at = group.path
        group.controls = [
            self._text(*at, "title"), self._text(*at, "value", write="typed"), self._choice(PARAMETER_UNITS, *at, "unit"),
            self._date(*at, "date"), self._text(*at, "source"), self._choice(EVIDENCE, *at, "evidence"),
        ]  # fmt: skip
        return group

    def _scale(self, group: Group, one: Mapping[str, Any]) -> Group:
        at = (*group.path, "words")
        group.controls = [self._text(*group.path, "title")]
        words = Group(at, _("Words, worst first"), buttons=[Button("row", at, word("words"))])
        for key in one.get("words", {}) if isinstance(one.get("words"), Mapping) else ():
            words.groups.append(Group((*at, as_typed(key)), "", [self._text(*at, as_typed(key))], is_line=True, is_part=True))
        for row in words.groups:
            row.controls[0].label = ""
        group.groups.append(words)
        return group

    def _sheet(self, group: Group, one: Mapping[str, Any]) -> Group:
        at = group.path
        others = [(key, title) for key, title in self.names.sheets() if key != at[1]]
        group.controls = [
            self._text(*at, "title"), self._choice(MONTHS, *at, "every"), self._choice(FILERS, *at, "filed_by"),
            self._many(options(REVIEWERS), *at, "reviewed_by"),
        ]  # fmt: skip
        if others:
            group.controls.append(self._many(others, *at, "accepted_after", is_optional=True))
        for key in ("opens", "due", "locks"):
            group.groups.append(self._day_rule((*at, key)))
        items = Group((*at, "indicators"), word("indicators"), buttons=[Button("row", (*at, "indicators"), word("indicators"))])
        listed = one.get("indicators")
        for key in listed if isinstance(listed, Mapping) else ():
            items.groups.append(self._indicator((*at, "indicators", as_typed(key))))
        group.groups.append(items)
        return group

    def _day_rule(self, path: Path) -> Group:
        value = self._at(path)
        if not isinstance(value, Mapping):
            return Group(path, word(path[-1]), [as_written(path, "", value)])
        unit = "days" if "days" in value else "working_days"
        count = self._number(*path, unit)
        count.label = ""
        return Group(path, word(path[-1]), [
            choice((*path, "after"), "", options(("start", "end")), as_typed(value.get("after"))), count,
            choice((*path, unit), "", options(("working_days", "days")), unit, write="rename"),
        ], is_line=True)  # fmt: skip

    def _indicator(self, path: Path) -> Group:
        controls = [self._text(*path, "title"), self._number(*path, "max")]
        for name, entry in self.names.chapter("roster").items():
            if "scale" in entry:
                title = str(entry.get("title") or name)
                controls.append(
                    self._many(self.names.words(as_typed(entry["scale"])), *path, "part", name, label=title, is_optional=True)
                )
        controls.append(self._choice(self.sources, *path, "fact", is_optional=True))
        return Group(path, "", controls, is_line=True, is_part=True, name=path[-1])

    def _events(self, group: Group, one: Mapping[str, Any]) -> Group:
        at = group.path
        group.controls = [
            self._text(*at, "title"), self._choice(FILERS, *at, "filed_by"), self._number(*at, "year_cap", is_optional=True),
            self._text(*at, "authorised_by", is_optional=True),
        ]  # fmt: skip
        items = Group((*at, "items"), word("items"), buttons=[Button("row", (*at, "items"), word("items"))])
        listed = one.get("items")
        for key in listed if isinstance(listed, Mapping) else ():
            path = (*at, "items", as_typed(key))
            numbers = [self._number(*path, what, is_optional=True) for what in ("points", "up_to", "event_cap", "year_cap")]
            items.groups.append(
                Group(path, "", [self._text(*path, "title"), *numbers], is_line=True, is_part=True, name=path[-1])
            )
        group.groups.append(items)
        return group

    def _given(self, group: Group, chapter: str, _one: Mapping[str, Any]) -> Group:
        at = group.path
        scale = choice((*at, "scale"), word("scale"), self.names.titled("scales"), as_typed(self._at((*at, "scale"))))
        scale.is_optional = True
        group.controls = [self._text(*at, "title"), scale, self._choice(GIVEN_UNITS, *at, "unit", is_optional=True)]
        group.controls += [self._number(*at, bound, is_optional=True) for bound in ("min", "max")]
        if chapter in ("facts", "history"):
            group.controls.append(self._text(*at, "years_back", write="typed", is_optional=chapter == "facts"))
        if chapter == "facts":
            group.controls.append(self._text(*at, "query"))
        if chapter == "linked":
            group.controls += [
                self._text(*at, "policy", write="typed"),
                self._text(*at, "step", write="typed"),
                self._choice(LINKED_OF, *at, "of"),
            ]
        return group

    def _step(self, group: Group, one: Mapping[str, Any]) -> Group:
        at = group.path
        group.controls = [self._text(*at, "title")]
        StepForm(self.names, at[1], one).fill(group)
        group.controls += [
            self._text(*at, "source", is_optional=True), self._choice(EVIDENCE, *at, "evidence", is_optional=True),
            self._text(*at, "authorised_by", is_optional=True),
        ]  # fmt: skip
        return group

    def _outputs(self) -> Group:
        group = Group(("outputs",), word("outputs"))
        steps = self.names.titled("steps")
        for key in OUTPUTS:
            made = choice(("outputs", key), word(key), steps, as_typed(self._at(("outputs", key))))
            made.is_optional = True
            group.controls.append(made)
        return group
