"""Text from the ground's pages into values; what the office allows is the services' to say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.coordination.meetings import Decided
from governance.deadlines import Term, Until
from governance.docket.acts import MOST_TEXT
from governance.docket.demands import Said
from governance.docket.evidence import Evidence, read_evidence
from governance.docket.kinds import kinds
from governance.docket.ledger import Shown
from governance.docket.lists import SHOW, Wanted
from governance.docket.places import chosen_unit
from governance.models import Attendance, DocketItem, Unit

Choices = Iterable[tuple[str, str]]
SHOW_TITLES = {
    "turn": _("my turn"),
    "mine": _("mine to do"),
    "helped": _("mine to help"),
    "checked": _("mine to verify"),
    "urged": _("urged, without an answer"),
    "all": _("all that I see"),
}
REASON_TITLES = {
    "return": _("Why it is not yours"),
    "report": _("What was done"),
    "answer": _("What was done, and what came of it"),
    "urge": _("Opinion"),
    "answer_urge": _("Answer to the urging"),
}
FIELDS: dict[str, tuple[str, ...]] = {
    "assign": ("unit", "until", "text"), "accept": (), "return": ("text",), "report": ("percent", "text", "proof"),
    "answer": ("text", "proof"), "send_back": ("text", "until"), "verify": ("text",), "strike_off": (),
    "reopen": ("text", "until"), "withdraw": ("text",), "pause": ("text",), "resume": (),
    "ask_extension": ("until", "text"), "extend": ("until", "text"), "refuse_extension": ("text",), "urge": ("text",),
    "answer_urge": ("text",),
}  # fmt: skip
NEEDED = {"extend": "until", "ask_extension": "until", "assign": "unit"}


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files; what they may be is governance.docket.evidence's to say."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        return [super(FilesField, self).clean(one, initial) for one in data or []]


class ActForm(forms.Form):
    """What one act on an item asks; `units` is what an assignment may choose from."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    unit = forms.ChoiceField(label=_("Unit"))
    until = forms.DateField(label=_("Last day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    percent = forms.IntegerField(label=_("Progress, percent"), required=False, min_value=0, max_value=100)
    text = forms.CharField(label=_("Reason"), required=False, max_length=MOST_TEXT, widget=forms.Textarea(attrs={"rows": 3}))
    proof = FilesField(
        label=_("Proof"), required=False, help_text=_("PDF, JPEG, PNG, Word or Excel; at most 10 MB each"),
        widget=ManyFiles(attrs={"accept": ".pdf,.jpg,.jpeg,.png,.docx,.xlsx"}),
    )  # fmt: skip

    def __init__(self, *args: Any, act: str, needs_words: bool, units: Choices = (), **kwargs: Any) -> None:
        kwargs["auto_id"] = f"{act}_%s"
        super().__init__(*args, **kwargs)
        for name in set(self.fields) - {"version", *FIELDS[act]}:
            del self.fields[name]
        if "text" in self.fields:
            self.fields["text"].label = REASON_TITLES.get(act, _("Reason") if needs_words else _("Remark"))
            self.fields["text"].required = needs_words
        if "unit" in self.fields:
            self.fields["unit"].choices = [("", ""), *units]  # type: ignore[attr-defined]
        if act in NEEDED:
            self.fields[NEEDED[act]].required = True

    def said(self) -> Said:
        """raises RuleBroken: as governance.docket.evidence.read_evidence"""
        given = self.cleaned_data
        unit = chosen_unit(given["unit"]) if given.get("unit") else None
        return Said(
            text=given.get("text", ""), unit_id=unit.pk if unit else None, term=_until(given), percent=given.get("percent"),
            evidence=self.evidence(),
        )  # fmt: skip

    def evidence(self) -> Sequence[Evidence]:
        return read_evidence(self.cleaned_data.get("proof") or [])


class SeveralForm(forms.Form):
    """One act on the rows that are ticked."""

    unit = forms.ChoiceField(label=_("Unit"), required=False)
    until = forms.DateField(label=_("Last day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    text = forms.CharField(label=_("Opinion or reason"), required=False, max_length=MOST_TEXT)

    def __init__(self, *args: Any, units: Choices, **kwargs: Any) -> None:
        kwargs["auto_id"] = "several_%s"
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = [("", ""), *units]  # type: ignore[attr-defined]

    def said(self) -> Said:
        unit = chosen_unit(self.cleaned_data["unit"]) if self.cleaned_data["unit"] else None
        return Said(text=self.cleaned_data["text"], unit_id=unit.pk if unit else None, term=_until(self.cleaned_data))


class NewItemForm(forms.Form):
    once = forms.UUIDField(widget=forms.HiddenInput)  # a second press finds what the first one raised
    title = forms.CharField(label=_("What is to be done"), max_length=200)
    body = forms.CharField(label=_("Details"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 4}))
    unit = forms.ChoiceField(label=_("Responsible unit"))
    helpers = forms.MultipleChoiceField(label=_("Helping units"), required=False)
    checker = forms.ChoiceField(label=_("Verifying unit"))
    until = forms.DateField(label=_("Last day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, units: list[tuple[str, str]], checkers: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = [("", ""), *units]  # type: ignore[attr-defined]
        self.fields["helpers"].choices = units  # type: ignore[attr-defined]
        self.fields["checker"].choices = checkers  # type: ignore[attr-defined]

    def term(self) -> Term | Until | None:
        return _until(self.cleaned_data)


class DocketFilter(forms.Form):
    """The list's own parameters; what is not understood counts as not given."""

    show = forms.ChoiceField(label=_("Show"), required=False)
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    light = forms.ChoiceField(label=_("Traffic light"), required=False)
    state = forms.ChoiceField(label=_("State"), required=False)
    unit = forms.TypedChoiceField(label=_("Unit"), required=False, coerce=int, empty_value=None)
    overdue = forms.BooleanField(label=_("overdue only"), required=False)
    q = forms.CharField(label=_("Words"), required=False, max_length=60, widget=forms.TextInput(attrs={"type": "search"}))

    def __init__(self, *args: Any, units: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: dict[str, list[tuple[Any, Any]]] = {
            "show": [(name, SHOW_TITLES[name]) for name in SHOW],
            "kind": [("", _("all")), *((kind.name, kind.title) for kind in kinds())],
            "light": [("", _("all")), *Shown.choices],
            "state": [("", _("all")), ("open", _("open")), ("closed", _("closed")), *DocketItem.State.choices],
            "unit": [("", _("all")), *units],
        }
        for name, offered in choices.items():
            self.fields[name].choices = offered  # type: ignore[attr-defined]

    def wanted(self) -> Wanted:
        self.is_valid()
        given = self.cleaned_data
        return Wanted(
            show=given.get("show") or SHOW[0], kind=given.get("kind", ""), light=given.get("light", ""),
            state=given.get("state", ""), unit=given.get("unit"), overdue=given.get("overdue", False), words=given.get("q", ""),
        )  # fmt: skip


def _until(given: dict[str, Any]) -> Until | None:
    return Until(given["until"]) if given.get("until") else None


# ---- bodies, meetings, lists ---------------------------------------------------------------------


class MeetingForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=120)
    held_on = forms.DateField(label=_("Held on"), widget=forms.DateInput(attrs={"type": "date"}))
    place = forms.CharField(label=_("Held at"), required=False, max_length=80)
    chair = forms.CharField(label=_("Chair"), required=False, max_length=60)
    agenda = forms.CharField(
        label=_("Agenda, one point a line"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )
    absent = forms.MultipleChoiceField(label=_("Member units that were absent"), required=False)
    decisions = forms.CharField(
        label=_("Decisions, one a line"), required=False, max_length=8000, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args: Any, units: Sequence[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.units = units
        self.fields["absent"].choices = [(str(unit.pk), unit.short_name) for unit in units]  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        given = self.cleaned_data
        states = Attendance.State
        attendances = {unit: (states.ABSENT if str(unit.pk) in given["absent"] else states.PRESENT, "") for unit in self.units}
        decisions = [Decided(line.strip()) for line in given["decisions"].splitlines() if line.strip()]
        kept = {name: given[name] for name in ("title", "held_on", "place", "chair", "agenda")}
        return {**kept, "attendances": attendances, "decisions": decisions}


class ChargeForm(forms.Form):
    unit = forms.ChoiceField(label=_("Responsible unit"), required=False)
    until = forms.DateField(label=_("Last day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, units: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = [("", ""), *units]  # type: ignore[attr-defined]


class DecisionForm(ChargeForm):
    text = forms.CharField(label=_("Decision"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
    field_order = ("text", "unit", "until")


class TaskListForm(forms.Form):
    body = forms.ChoiceField(label=_("Body that verifies"))
    year = forms.IntegerField(label=_("Year"), min_value=2000, max_value=2099)
    title = forms.CharField(label=_("Title"), max_length=120)
    document_no = forms.CharField(label=_("Document number"), required=False, max_length=80)

    def __init__(self, *args: Any, bodies: Sequence[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.bodies = {str(one.pk): one for one in bodies}
        self.fields["body"].choices = [(pk, one.short_name) for pk, one in self.bodies.items()]  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        return self.cleaned_data | {"body": self.bodies[self.cleaned_data["body"]]}


class MonthForm(forms.Form):
    """since, today: only months with a day between them can be told of; without a month it is today's"""

    month = forms.DateField(
        required=False, input_formats=["%Y-%m"], error_messages={"invalid": _("Write the month as in 2025-03.")}
    )

    def __init__(self, *args: Any, since: date, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.since, self.today = since, today

    def clean_month(self) -> date:
        month: date = (self.cleaned_data["month"] or self.today).replace(day=1)
        if month > self.today:
            raise forms.ValidationError(_("This month has not begun; choose this month or an earlier one."))
        if month < self.since.replace(day=1):
            raise forms.ValidationError(
                _("The first task of this list is of %(month)s; choose that month or a later one.")
                % {"month": f"{self.since:%Y-%m}"}
            )
        return month
