"""What if: a policy beside the one that a year was rated under. The page computes and shows; it changes nothing."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from governance.duties import COUNTY, Duty
from governance.errors import RuleBroken
from governance.models import PolicyVersion
from governance.policy import PolicyErrors
from governance.views_base import PersonRequest, page
from stars.engine.inputs import WrongInputs
from stars.labels import outcome_label, yuan
from stars.models import RatingYear
from stars.policy_messages import spoken
from stars.selectors.whatif import Group, Mover, WhatIf, townships, village_types, what_if

PER_PAGE = 50


class WhatIfForm(forms.Form):
    year = forms.ModelChoiceField(label=gettext_lazy("Year whose data are used"), queryset=RatingYear.objects.none())
    budget = forms.IntegerField(label=gettext_lazy("Budget, yuan a year"), required=False, min_value=0, max_value=10**9)


@page(duties=COUNTY | {Duty.AUDITOR})
@require_safe
def what_if_page(request: PersonRequest, policy_version_id: int) -> HttpResponse:
    draft = get_object_or_404(PolicyVersion.objects.visible_to(request.user), pk=policy_version_id)
    years = RatingYear.objects.visible_to(request.user).select_related("territory", "policy").order_by("-year", "territory__path")
    form = WhatIfForm(request.GET or None)
    form.fields["year"].queryset = years  # type: ignore[attr-defined]
    context: dict[str, Any] = {"version": draft, "form": form, "years": years.exists()}
    status = 200
    if form.is_bound and form.is_valid():
        try:
            context |= _shown(what_if(form.cleaned_data["year"], draft), form.cleaned_data["budget"], request.GET.get("page"))
        except PolicyErrors as errors:
            context["refusal"], status = "\n".join(spoken(errors)), 422
        except RuleBroken as broken:
            context["refusal"], status = broken.message, 422
        except WrongInputs:
            context["refusal"], status = (
                _("The data of that year do not fit this policy: its values lie outside what the policy allows. Check its scales and ranges."),
                422,
            )  # fmt: skip
    elif form.is_bound:
        status = 422
    return render(request, "stars/what_if.html", context, status=status)


def _shown(found: WhatIf, budget: int | None, number: str | None) -> dict[str, Any]:
    total, plan = found.total, found.before.plan
    pager = Paginator(found.movers(), PER_PAGE).get_page(number)
    types = found.carried.inputs.roster.get("village_type")
    return {
        "found": found,
        "total": _money(total),
        "year_before": yuan(found.before.year_cents),
        "year_after": yuan(found.after.year_cents),
        "over": None if budget is None else found.after.year_cents - 100 * budget,
        "over_text": "" if budget is None else yuan(abs(found.after.year_cents - 100 * budget)),
        "levels": [(outcome_label(one.outcome, one.star), one, yuan(one.pay_before), yuan(one.pay_after)) for one in found.levels],
        "townships": [_money(one) for one in found.groups(townships(found.rating_year), found.carried.inputs.township)],
        "types": [] if types is None else [_money(one) for one in found.groups(village_types(found.after.plan), types)],
        "page": pager,
        "movers": [_mover(one) for one in pager],
        "same_policy": plan.digest == found.after.plan.digest,
        "hours": _hours(found),
    }  # fmt: skip


def _money(group: Group) -> dict[str, Any]:
    return {"group": group, "before": yuan(group.pay_before), "after": yuan(group.pay_after), "more": _signed(group.more)}


def _mover(mover: Mover) -> dict[str, Any]:
    return {
        "mover": mover, "before": outcome_label(*mover.before), "after": outcome_label(*mover.after),
        "more": _signed(mover.pay_after - mover.pay_before),
    }  # fmt: skip


def _signed(cents: int) -> str:
    return f"+{yuan(cents)}" if cents > 0 else yuan(cents).replace("-", "−")


def _hours(found: WhatIf) -> str:
    """Empty where no form of that year was measured."""
    before, after = found.before.minutes, found.after.minutes
    if before is None or after is None:
        return ""
    return _("%(before)s hours a year now, %(after)s with this policy") % {
        "before": f"{before / 60:.1f}", "after": f"{after / 60:.1f}",
    }  # fmt: skip
