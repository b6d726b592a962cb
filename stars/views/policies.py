"""Policies to read: every number with its date, source and grade of evidence, and the document itself."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from governance.duties import COUNTY, Duty
from governance.models import PolicyAdoption, PolicyVersion, User
from governance.policy import load
from governance.views_base import PersonRequest, page
from stars.engine.document import Parameter
from stars.explain import EVIDENCE
from stars.forms import OtherVersionForm
from stars.labels import yuan
from stars.plans import plan_for
from stars.redline import Change, redline
from stars.views.exceptions import exceptions_of

PER_PAGE = 50
LOOKS = {"law": "good", "official": "good", "media": "calm", "weak": "wait", "default": ""}
FILERS = {"village": _("the village"), "township": _("the township"), "county": _("the county organization department")}
EVERY = {
    "month": _("every month"),
    "quarter": _("every quarter"),
    "half_year": _("every half-year"),
    "year": _("every year"),
    "two_years": _("every two years"),
}
KINDS = {
    "sum": _("sum"), "mean": _("mean"), "weigh": _("weighted mean"), "times": _("product"), "ratio": _("ratio"), "band": _("bands"),
    "table": _("table"), "tiers": _("scale by amount"), "choose": _("choice"), "test": _("condition"), "tally": _("count"),
    "move": _("move from last year"), "rank": _("rank"), "split": _("quota"), "override": _("override"), "allot": _("allotment"), "settle": _("settled by a body"),
}  # fmt: skip


@page(duties=Duty.values)
@require_safe
def policies(request: PersonRequest) -> HttpResponse:
    found = PolicyVersion.objects.visible_to(request.user).order_by("code", "-pk")
    return render(
        request,
        "stars/policies.html",
        {"page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")), "may_write": request.user.has_duty(*COUNTY)},
    )


@page(duties=Duty.values)
@require_safe
def policy(request: PersonRequest, policy_version_id: int) -> HttpResponse:
    version = get_object_or_404(
        PolicyVersion.objects.visible_to(request.user).select_related("in_force_by__person"), pk=policy_version_id
    )
    plan = plan_for(version)
    adoptions = PolicyAdoption.objects.visible_to(request.user).filter(policy=version).select_related("territory")
    context = {
        "version": version,
        "plan": plan,
        "exceptions": exceptions_of(version, request.user),
        "may_edit": False,
        "may_write": request.user.has_duty(*COUNTY),
        "may_try": request.user.has_duty(*COUNTY, Duty.AUDITOR),
        "adoptions": adoptions,
        "parameters": [
            (parameter, shown(parameter), EVIDENCE[parameter.evidence], LOOKS[parameter.evidence])
            for parameter in plan.parameters.values()
        ],
        "sheets": [(sheet, EVERY[sheet.every], FILERS[sheet.filed_by]) for sheet in plan.sheets.values()],
        "events": [(events, FILERS[events.filed_by]) for events in plan.events.values()],
        "steps": [(step, KINDS[step.kind]) for step in plan.steps.values()],
    }
    return render(request, "stars/policy.html", context)


@page(duties=Duty.values)
@require_safe
def changes(request: PersonRequest, policy_version_id: int) -> HttpResponse:
    """Beside another version: the one that is asked for, or the newest earlier one of the same code."""
    version = get_object_or_404(PolicyVersion.objects.visible_to(request.user), pk=policy_version_id)
    others = PolicyVersion.objects.visible_to(request.user).exclude(pk=version.pk).order_by("-pk")
    form = OtherVersionForm(request.GET, others=others)
    other = form.cleaned_data["other"] if form.is_valid() else None
    other = other or others.filter(code=version.code, pk__lt=version.pk).first() or others.first()
    lines = (
        [*redline(load(other.text).body, load(version.text).body), *_excepted_otherwise(other, version, request.user)]
        if other
        else []
    )
    context = {
        "version": version,
        "other": other,
        "lines": lines,
        "form": OtherVersionForm({"other": other and other.pk}, others=others),
    }
    return render(request, "stars/policy_changes.html", context, status=200 if form.is_valid() else 422)


def _excepted_otherwise(other: PolicyVersion, version: PolicyVersion, reader: User) -> list[Change]:
    """Exceptions from burden rules that only one of the two has."""
    before, after = (
        {
            (one.code, one.wording): f"{one.reason}（{one.document_no}，{who}）"
            for one, _clause, who in exceptions_of(each, reader)
        }
        for each in (other, version)
    )
    return [
        Change(f"{_('Exceptions from burden rules')} · {key[1]}", before.get(key, ""), after.get(key, ""))
        for key in {**before, **after}
        if before.get(key) != after.get(key)
    ]


def shown(parameter: Parameter) -> str:
    """The value with its unit."""
    if parameter.unit == "count":
        return str(parameter.value)
    text = yuan(parameter.value).removesuffix(".00")
    return f"{text}%" if parameter.unit == "percent" else text
