"""Text from pages into values; what the office allows is the services' to say."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.errors import RuleBroken
from governance.models import PolicyVersion, Post
from stars.cells import NOT_FILED, parse_score
from stars.engine.plan import Plan
from stars.selectors.review import Asked

MOST_POINTS = 30_000


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))


class OpenYearForm(forms.Form):
    year = forms.IntegerField(label=_("Year"), min_value=2000, max_value=2100)


class VersionChoice(forms.ModelChoiceField):
    """Versions of one policy share their title."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.title}（{obj.get_state_display()}，{obj.digest[:8]}）"


class OtherVersionForm(forms.Form):
    other = VersionChoice(label=_("Compare with"), queryset=PolicyVersion.objects.none(), required=False)

    def __init__(self, *args: Any, others: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["other"]).queryset = others


class ExceptionForm(forms.Form):
    code = forms.ChoiceField(label=_("Clause"))
    wording = forms.CharField(label=_("Title in the policy, word for word"), max_length=120)
    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))
    document_no = forms.CharField(label=_("Number of the document that allows it"), max_length=80)

    def __init__(self, *args: Any, clauses: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["code"]).choices = clauses


class RatingFilter(forms.Form):
    township = forms.CharField(required=False)
    result = forms.CharField(required=False)
    q = forms.CharField(required=False, max_length=60)


class PostChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.territory.parent} · {obj.territory} · {obj.person}"


class EventForm(forms.Form):
    """`posts` are the secretaries whom the person may choose, `plan` holds the lists of events."""

    post = PostChoice(label=_("Secretary"), queryset=Post.objects.none())
    item = forms.ChoiceField(label=_("What happened"))
    happened_on = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}))
    count = forms.IntegerField(label=_("Times"), min_value=1, max_value=99, initial=1)
    points = forms.CharField(
        label=_("Points"), required=False, max_length=10, help_text=_("Only where the policy leaves them open.")
    )
    evidence = forms.CharField(label=_("Evidence"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    document_no = forms.CharField(label=_("Document number"), required=False, max_length=80)

    def __init__(self, *args: Any, posts: Any, plan: Plan, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["post"]).queryset = posts
        item = cast(forms.ChoiceField, self.fields["item"])
        item.choices = [("", "—"), *((events.title, _items(events)) for events in plan.events.values())]

    def clean_points(self) -> int | None:
        try:
            points = parse_score(self.cleaned_data["points"], maximum=MOST_POINTS)
        except RuleBroken as broken:
            raise forms.ValidationError(broken.message, code=broken.code) from broken
        return points if points > NOT_FILED + 1 else None

    def values(self) -> dict[str, Any]:
        """As the service takes them."""
        cleaned = dict(self.cleaned_data)
        list_code, _slash, item_code = cleaned.pop("item").partition("/")
        return {"post_id": cleaned.pop("post").pk, "list_code": list_code, "item_code": item_code, **cleaned}


def _items(events: Any) -> list[tuple[str, str]]:
    return [(f"{events.name}/{item.name}", item.title) for item in events.items]


class ReviewFilter(forms.Form):
    """The review list's filters; a value that is not among the choices narrows nothing."""

    sheet = forms.ChoiceField(label=_("Form"), required=False)
    period = forms.ChoiceField(label=_("Period"), required=False)
    unit = forms.ChoiceField(label=_("Filed by"), required=False)
    state = forms.ChoiceField(
        label=_("State"), required=False,
        choices=[
            ("waiting", _("waiting for me")), ("draft", _("not submitted")), ("returned", _("sent back")), ("submitted", _("submitted")),
            ("passed", _("passed by the township")), ("accepted", _("accepted by the county")), ("all", _("all")),
        ],
    )  # fmt: skip
    late = forms.ChoiceField(
        label=_("On time"), required=False, choices=[("", _("all")), ("no", _("on time")), ("yes", _("late or overdue"))]
    )
    changed = forms.ChoiceField(
        label=_("Changed"), required=False, choices=[("", _("all")), ("yes", _("changed")), ("no", _("unchanged"))]
    )
    follow = forms.ChoiceField(
        label=_("Follow-up"), required=False, choices=[("", _("all")), ("yes", _("to be followed up")), ("no", _("nothing open"))]
    )

    def __init__(
        self,
        *args: Any,
        sheets: list[tuple[str, str]],
        periods: list[tuple[str, str]],
        units: list[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("sheet", sheets), ("period", periods), ("unit", units)):
            cast(forms.ChoiceField, self.fields[name]).choices = [("", _("all")), *choices]

    def asked(self) -> Asked:
        """`period` is "3.0": the first of those that last three months."""
        self.is_valid()
        given = {name: value for name, value in getattr(self, "cleaned_data", {}).items() if value}
        months, _dot, period = given.pop("period", "").partition(".")
        return Asked(**given, months=int(months or 0), period=int(period or 0))


class CompletenessFilter(forms.Form):
    """A value that is not among the choices narrows nothing."""

    year = forms.TypedChoiceField(label=_("Year"), coerce=int, required=False)
    sheet = forms.ChoiceField(label=_("Form"), required=False)
    by = forms.ChoiceField(
        label=_("Split by"), required=False,
        choices=[("year", _("the whole year")), ("quarter", _("quarter")), ("month", _("month")), ("sheet", _("form"))],
    )  # fmt: skip

    def __init__(self, *args: Any, years: list[int], sheets: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["year"]).choices = [(year, str(year)) for year in years]
        cast(forms.ChoiceField, self.fields["sheet"]).choices = [("", _("all")), *sheets]

    def asked(self, year: int) -> dict[str, Any]:
        self.is_valid()
        given = {name: value for name, value in getattr(self, "cleaned_data", {}).items() if value}
        return {"year": year, "by": "year", "sheet": "", **given}


class AskForm(forms.Form):
    """For more time; `villages` are those of a locked form, and none while it is open."""

    villages = forms.TypedMultipleChoiceField(
        label=_("Villages to amend"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    until = forms.DateField(label=_("Until the end of"), widget=forms.DateInput(attrs={"type": "date"}))
    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, villages: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if villages:
            cast(forms.MultipleChoiceField, self.fields["villages"]).choices = villages
        else:
            del self.fields["villages"]


class ExtendForm(forms.Form):
    window_id = forms.TypedChoiceField(label=_("Form"), coerce=int)
    until = forms.DateField(label=_("Open until the end of"), widget=forms.DateInput(attrs={"type": "date"}))
    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, windows: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["window_id"]).choices = windows


class WordsOfObjection(forms.Form):
    """What every objection says; `once` tells a second press of the button from a second objection."""

    grounds = forms.CharField(
        label=_("What is wrong, and why"), max_length=3000, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Facts that can be checked. Leave out who objects: the township reads this too."),
    )  # fmt: skip
    wish = forms.CharField(
        label=_("What is asked for"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    once = forms.UUIDField(widget=forms.HiddenInput)


class RecordObjectionForm(WordsOfObjection):
    """`entries` are the rated people of the own places whose results are in publicity."""

    entry = forms.TypedChoiceField(label=_("Whose result"), coerce=int)
    way = forms.ChoiceField(label=_("How it came"))
    received_on = forms.DateField(label=_("Received on"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    name = forms.CharField(
        label=_("Name of who objects"), max_length=60, help_text=_("Kept apart: only the county's staff reads it.")
    )
    contact = forms.CharField(label=_("How to reach them"), max_length=120, required=False)
    field_order = ("entry", "way", "received_on", "name", "contact", "grounds", "wish")

    def __init__(self, *args: Any, entries: list[tuple[int, str]], ways: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["entry"]).choices = [("", "—"), *entries]
        cast(forms.ChoiceField, self.fields["way"]).choices = ways


class OwnObjectionForm(WordsOfObjection):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["grounds"].help_text = _("Facts that can be checked: which period, which item, what it should be.")


class AnswerForm(forms.Form):
    """The words of an act on an objection; the act says what they are."""

    text = forms.CharField(label="", max_length=3000, widget=forms.Textarea(attrs={"rows": 4}), required=False)
