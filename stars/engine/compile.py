"""Reads a whole document and makes a plan of it, or says everything that is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from governance.policy import Excepted, PolicyDocument, PolicyErrors, Problem, key_text
from stars.engine import burden_words
from stars.engine import vocabulary as v
from stars.engine.book import Book, note, title
from stars.engine.chapters import read_events, read_given, read_parameters, read_scales, read_sheets, read_tenure
from stars.engine.conditions import Condition, ConditionReader
from stars.engine.document import MOST_STARS, Head, Stage
from stars.engine.kinds import KINDS
from stars.engine.kinds.base import StepReader
from stars.engine.kinds.judgement import Override, Test
from stars.engine.place import Place
from stars.engine.plan import Plan, Step
from stars.engine.refs import Resolver
from stars.engine.values import DISQUALIFIED, STORAGE, Special, Type

MOST_PAID = 2_000_000_000  # cents
OUTPUT_UNITS = {"grade": "word", "score": "points", "base": "star", "pay": "money", "tier": "word", "reward": "money"}


def compile_policy(document: PolicyDocument, excepted: Excepted = ()) -> Plan:
    """excepted  (code, title) of burden rules that somebody has excepted under a document

    raises PolicyErrors with all mistakes that can be seen at once, in the order of the chapters
    """
    problems: list[Problem] = []
    plan = _Compiler(document, problems, excepted).plan()
    if problems or plan is None:
        raise PolicyErrors(_once(problems))
    return plan


def _once(problems: list[Problem]) -> list[Problem]:
    """Each mistake once, although several steps may have met it."""
    return list({(one.code, one.path): one for one in problems}.values())


class _NeededFirst(Exception):
    """A step names another one that isn't built yet."""

    def __init__(self, name: str, place: Place) -> None:
        super().__init__(name)
        self.name, self.place = name, place


@dataclass
class _Compiler:
    document: PolicyDocument
    problems: list[Problem]
    excepted: Excepted
    steps: dict[str, Step] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)

    def plan(self) -> Plan | None:
        root = Place(self.document.body, "", self.problems)
        self.chapters = root.fields(v.HEAD, (*v.HEAD_OPTIONAL, *v.CHAPTERS))
        self.book = Book(self.problems)
        head = self._head_and_inputs()
        burden_words.refuse(root, self.excepted)
        eligible, parameters = self._eligible()
        self._build_steps()
        outputs = self._outputs()
        if self.problems or head is None:
            return None
        book, order = self.book, tuple(self.steps)
        return Plan(
            head,
            self.document.digest,
            eligible,
            parameters,
            book.scales,
            book.parameters,
            book.sheets,
            book.events,
            book.facts,
            book.roster,
            book.history,
            book.linked,
            {name: self.steps[name] for name in self.step_places},
            order,
            outputs,
        )

    # -- head and inputs ------------------------------------------------------------------------------------------------

    def _head_and_inputs(self) -> Head | None:
        book, chapters = self.book, self.chapters
        every = chapters["every"].one_of(tuple(v.MONTHS)) if "every" in chapters else "year"
        if "scales" in chapters:
            read_scales(book, chapters["scales"])
        if "parameters" in chapters:
            read_parameters(book, chapters["parameters"])
        tenure = read_tenure(book, chapters["tenure"]) if "tenure" in chapters else None
        for kind in v.GIVEN:
            if kind in chapters:
                read_given(book, kind, chapters[kind])
        if "sheets" in chapters:
            read_sheets(book, chapters["sheets"], every)
        if "events" in chapters:
            read_events(book, chapters["events"])
        if not set(v.HEAD) <= chapters.keys():
            return None
        return Head(
            code=self._code(chapters["code"]),
            title=title(chapters),
            dated=chapters["dated"].day(),
            document=self._text("document"),
            source=self._text("source"),
            subject=chapters["subject"].one_of(v.SUBJECTS),
            every=every,
            restart_when=chapters["restart_when"].one_of(("new_term",)) if "restart_when" in chapters else "",
            settled_by=self._stages(chapters["settled_by"]),
            publicity_days=self._publicity(chapters["publicity"]),
            tenure=tenure,
        )

    def _code(self, place: Place) -> str:
        self.chapters["grammar"].one_of((v.GRAMMAR,))
        code = place.text()
        if not v.CODE.fullmatch(code) or len(code) > v.LONG_CODE:
            place.fail("bad_code", value=code)
        return code

    def _text(self, key: str) -> str:
        return self.chapters[key].text() if key in self.chapters else ""

    def _stages(self, place: Place) -> tuple[Stage, ...]:
        stages = []
        for one in place.items():
            fields = one.fields(("stage", "body", "title"))
            if len(fields) == 3:
                stages.append(Stage(fields["stage"].one_of(v.STAGES), fields["body"].one_of(v.BODIES), title(fields)))
        if [stage.stage for stage in stages].count("decide") != 1 or stages[-1].stage != "decide":
            place.fail("decide_comes_last")
        return tuple(stages)

    def _publicity(self, place: Place) -> int:
        fields = place.fields(("working_days",))
        return self.book.between(fields["working_days"], "count", 1, 366) if fields else 1

    # -- steps ----------------------------------------------------------------------------------------------------------

    def _build_steps(self) -> None:
        self.step_places = dict(self.chapters["steps"].entries()) if "steps" in self.chapters else {}
        for name, place in self.step_places.items():
            if name in self.book.sheets:
                place.fail("name_taken", name=name)
        self.resolver = Resolver(self.book, frozenset(self.step_places), self._step_type)
        self.conditions = ConditionReader(self.book, self.resolver)
        for name in self.step_places:
            self._build(name)
        self._refuse_vetoes_without_document()

    def _step_type(self, place: Place, name: str) -> tuple[str, Type] | None:
        """Title and type of a step that another one names."""
        if name in self.broken:
            return None
        if name not in self.steps:
            raise _NeededFirst(name, place)
        return self.steps[name].title, self.steps[name].type

    def _build(self, name: str) -> None:
        """Builds what the step needs first, however long the chain; a step that needs itself is a cycle."""
        waiting = [name]
        while waiting:
            top, before = waiting[-1], len(self.problems)
            try:
                self._build_one(top)
                waiting.pop()
            except _NeededFirst as needed:
                if needed.name in waiting:
                    chain = [*waiting[waiting.index(needed.name) :], needed.name]
                    needed.place.fail("cycle", steps=" → ".join(chain))
                    self.broken.add(waiting.pop())
                else:
                    del self.problems[before:]
                    waiting.append(needed.name)

    def _build_one(self, name: str) -> None:
        if name in self.steps or name in self.broken:
            return
        with self.book.noting_parameters() as used:
            step = self._step(name, self.step_places[name], used)
        if step is None:
            self.broken.add(name)
        else:
            self.steps[name] = step

    def _step(self, name: str, place: Place, used: list[str]) -> Step | None:
        kind = self._kind(place)
        if kind is None:
            return None
        required, optional = v.KINDS[kind]
        fields = place.fields(("title", kind, *required), (*optional, *v.NOTE))
        reader = StepReader(name, place, fields[kind], fields, self.book, self.resolver, self.conditions)
        operation = KINDS[kind](reader)
        step_title, step_note = title(fields), note(fields)
        if operation is None or not self._storable(place, operation.type):
            return None
        return Step(name, step_title, kind, step_note, operation, tuple(used))

    def _kind(self, place: Place) -> str | None:
        if not isinstance(place.value, dict):
            place.fail("not_a_mapping")
            return None
        kinds = [key for key in place.value if key in v.KINDS]
        if len(kinds) != 1:
            place.fail("one_kind", found=", ".join(kinds), kinds=", ".join(v.KINDS))
            return None
        return str(kinds[0])

    def _storable(self, place: Place, type_: Type) -> bool:
        if type_.unit == "star":
            if type_.low < 0:
                place.fail("star_below_zero", low=type_.low)
                return False
            if type_.high > MOST_STARS:
                place.fail("star_without_cap", high=type_.high)
                return False
        room = np.iinfo(np.dtype(STORAGE[type_.unit]))
        if type_.low < int(room.min) + len(Special) or type_.high > int(room.max):
            place.fail("too_large")
            return False
        return True

    def _refuse_vetoes_without_document(self) -> None:
        """An event list that costs the right to be rated names the document that allows it."""
        for step in self.steps.values():
            if isinstance(step.operation, Override) and step.operation.value == DISQUALIFIED:
                for name in self._lists_behind(step.operation.when.name):
                    if not self.book.events[name].note.authorised_by:
                        self.chapters["events"].below(name, None).fail("veto_unauthorised", clause=burden_words.VETO)

    def _lists_behind(self, name: str) -> set[str]:
        operation = self.steps[name].operation
        if not isinstance(operation, Test):
            return set()
        lists = {one.name for one in operation.operands if one.origin in {"events", "event_count"}}
        return lists.union(*(self._lists_behind(one.name) for one in operation.operands if one.origin == "step"))

    # -- what hangs on the steps ----------------------------------------------------------------------------------------

    def _eligible(self) -> tuple[Condition | None, tuple[str, ...]]:
        """Read before the steps, with none of them in sight: ranking asks it."""
        place = self.chapters.get("eligible")
        if place is None:
            return None, ()
        reader = ConditionReader(self.book, Resolver(self.book, frozenset(), lambda _place, _name: None))
        with self.book.noting_parameters() as used:
            condition = reader.read(place)
        for source in condition.sources if condition else ():
            if source.origin in {"total", "cell"}:
                place.fail("eligible_on_sheets", name=source.ref)
        return condition, tuple(used)

    def _outputs(self) -> dict[str, str]:
        if "outputs" not in self.chapters:
            return {}
        fields = self.chapters["outputs"].fields(("result",), v.OUTPUTS[1:])
        outputs = {}
        for key, place in fields.items():
            name = place.value
            if not isinstance(name, str) or name not in self.step_places:
                place.fail("unknown_name", name=key_text(name))
            elif name in self.steps:
                self._fits_output(key, place, self.steps[name].type)
                outputs[key] = name
        return outputs

    def _fits_output(self, key: str, place: Place, type_: Type) -> None:
        wanted = OUTPUT_UNITS.get(key)
        if (wanted and type_.unit != wanted) or type_.unit == "yesno":
            place.fail("wrong_type", found=type_.unit, wanted=wanted or "star, word, points, percent, money, count")
        if wanted == "money" and not -MOST_PAID <= type_.low <= type_.high <= MOST_PAID:
            place.fail("paid_too_much", high=type_.high)
