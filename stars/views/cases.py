"""Worked cases of a policy: what each expects and what comes out, the arithmetic of those that fail; a draft's are written here."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from governance import clock
from governance.downloads import workbook_response
from governance.duties import COUNTY, Duty
from governance.errors import RuleBroken
from governance.models import PolicyVersion
from governance.policy import PolicyErrors
from governance.services.policies import bring_into_force
from governance.views_base import PersonRequest, page
from stars.cases.document import Case, Subject
from stars.cases.running import Person, Ran, run
from stars.cases.why import arithmetic
from stars.cases.words import (
    input_names,
    input_title,
    input_value,
    result_names,
    result_title,
    result_value,
    sentences,
    told,
)
from stars.engine.plan import Plan
from stars.models import PolicyCase
from stars.plans import plan_for
from stars.services.cases import as_case, digest_of, remove_case, replace_cases, run_cases, save_case
from stars.views.case_form import blocks_of, one_more, posted
from stars.workbooks.cases import cases_workbook, read_cases


@page(duties=Duty.values)
@require_http_methods(["GET", "HEAD", "POST"])
def cases(request: PersonRequest, policy_version_id: int) -> HttpResponse:
    version = _version(request, policy_version_id)
    refused: list[str] = []
    if request.method == "POST":
        refused = _import(request, version)
        if not refused:
            return redirect("stars:cases", version.pk)
    ran = run_cases(version)
    context = {
        "version": version,
        "cases": [(row, one, _people(version, one), [told(problem) for problem in one.problems]) for row, one in ran],
        "failing": sum(not one.holds for _row, one in ran),
        "may_edit": _may_edit(request, version),
        "refused": refused,
    }
    return render(request, "stars/cases.html", context, status=422 if refused else 200)


@page(duties=Duty.values)
@require_safe
def download(request: PersonRequest, policy_version_id: int) -> HttpResponse:
    version = _version(request, policy_version_id)
    content = cases_workbook(version.title, plan_for(version), [one for _row, one in run_cases(version)])
    return workbook_response(content, _("%(policy)s, worked cases.xlsx") % {"policy": version.title})


@page(duties=COUNTY)
@require_http_methods(["GET", "HEAD", "POST"])
def new_case(request: PersonRequest, policy_version_id: int) -> HttpResponse:
    version = _version(request, policy_version_id)
    return _edit(request, version, None, Case("", (Subject(),)))


@page(duties=COUNTY)
@require_http_methods(["GET", "HEAD", "POST"])
def case(request: PersonRequest, policy_version_id: int, policy_case_id: int) -> HttpResponse:
    version = _version(request, policy_version_id)
    row = get_object_or_404(PolicyCase.objects.visible_to(request.user), policy=version, pk=policy_case_id)
    return _edit(request, version, row, as_case(row))


@page(duties=COUNTY)
@require_POST
def force(request: PersonRequest, policy_version_id: int) -> HttpResponse:
    version = _version(request, policy_version_id)
    try:
        bring_into_force(version.pk, by=request.user, at=clock.now())
        messages.success(request, _("“%(title)s” is in force and frozen.") % {"title": version})
    except RuleBroken as broken:
        messages.error(request, broken.message)
        return redirect("stars:cases", version.pk)
    return redirect("stars:policy", version.pk)


def _version(request: PersonRequest, policy_version_id: int) -> PolicyVersion:
    return get_object_or_404(PolicyVersion.objects.visible_to(request.user), pk=policy_version_id)


def _may_edit(request: PersonRequest, version: PolicyVersion) -> bool:
    return version.state == PolicyVersion.State.DRAFT and request.user.has_duty(*COUNTY)


def _people(version: PolicyVersion, ran: Ran) -> list[dict[str, Any]]:
    plan = plan_for(version)
    return [_person(*pair, plan) for pair in zip(ran.case.subjects, ran.people, strict=False)]


def _person(subject: Subject, person: Person, plan: Plan) -> dict[str, Any]:
    eligible, steps = arithmetic(plan, person) if person.mismatches else ("", [])
    lines = [
        (result_title(plan, one), *(result_value(plan, one, value) for value in (one.expected.value, one.found)), one.holds)
        for one in person.checked
    ]
    given = [(input_title(plan, name), input_value(plan, name, value)) for name, value in subject.given.items()]
    return {"subject": subject, "given": given, "lines": lines, "eligible": eligible, "steps": steps}


def _import(request: PersonRequest, version: PolicyVersion) -> list[str]:
    """What is wrong with the workbook; then nothing was changed."""
    file = request.FILES.get("workbook")
    if file is None:
        return [_("Choose the filled-in workbook first, then upload it.")]
    try:
        count = replace_cases(version.pk, read_cases(file), by=request.user, at=clock.now())
    except PolicyErrors as errors:
        return sentences(errors)
    except RuleBroken as broken:
        return [broken.message]
    messages.success(
        request, ngettext("%(count)d case is taken over.", "%(count)d cases are taken over.", count) % {"count": count}
    )
    return []


def _edit(request: PersonRequest, version: PolicyVersion, row: PolicyCase | None, shown: Case) -> HttpResponse:
    refused: list[str] = []
    act = request.POST.get("act", "")
    if request.method == "POST":
        shown = posted(request.POST)
        if act == "remove" and row:
            refused = _refused(lambda: remove_case(version.pk, row.pk, by=request.user, at=clock.now()))
        elif act == "save":
            key, seen = row.pk if row else None, request.POST.get("seen", "")
            refused = _refused(lambda: save_case(version.pk, shown, case_id=key, seen=seen, by=request.user, at=clock.now()))
        if act in ("remove", "save") and not refused:
            return redirect("stars:cases", version.pk)
        shown = one_more(shown) if act == "more" else shown
    return _form(request, version, row, shown, refused, tried=act == "try")


def _refused(act: Any) -> list[str]:
    try:
        act()
    except PolicyErrors as errors:
        return sentences(errors)
    except RuleBroken as broken:
        return [broken.message]
    return []


def _form(
    request: PersonRequest, version: PolicyVersion, row: PolicyCase | None, shown: Case, refused: list[str], *, tried: bool
) -> HttpResponse:
    plan = plan_for(version)
    (ran,) = run(plan, [shown]) if tried else (None,)
    context = {
        "version": version,
        "row": row,
        "title": shown.title,
        "blocks": blocks_of(shown),
        "inputs": list(input_names(plan)),
        "results": list(result_names(plan)),
        "seen": request.POST.get("seen") or (digest_of(row) if row else ""),
        "refused": refused or [told(problem) for problem in ran.problems] if ran else refused,
        "ran": ran,
        "people": _people(version, ran) if ran else [],
        "may_edit": _may_edit(request, version),
    }
    return render(request, "stars/case.html", context, status=422 if refused else 200)
