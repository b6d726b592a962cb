"""Text from pages into values; what the office allows is the services' to say."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.errors import RuleBroken
from governance.models import Post
from stars.cells import NOT_FILED, parse_score
from stars.engine.plan import Plan

MOST_POINTS = 30_000


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))


class OpenYearForm(forms.Form):
    year = forms.IntegerField(label=_("Year"), min_value=2000, max_value=2100)


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


class ExtendForm(forms.Form):
    window_id = forms.TypedChoiceField(label=_("Form"), coerce=int)
    until = forms.DateField(label=_("Open until the end of"), widget=forms.DateInput(attrs={"type": "date"}))
    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, windows: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["window_id"]).choices = windows
