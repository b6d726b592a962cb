"""Exceptions from burden rules: on record for everybody to read, written on a draft by the county office."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from governance import clock
from governance.clauses import CLAUSES
from governance.duties import COUNTY, Duty
from governance.errors import RuleBroken
from governance.models import Person, PolicyVersion, User
from governance.views_base import PersonRequest, page, refusals_on
from stars.forms import ExceptionForm
from stars.models import PolicyException
from stars.services.exceptions import except_finding, exceptable, withdraw_exception


@page(duties=Duty.values)
@require_http_methods(["GET", "HEAD", "POST"])
def exceptions(request: PersonRequest, policy_version_id: int) -> HttpResponse:
    version = get_object_or_404(PolicyVersion.objects.visible_to(request.user), pk=policy_version_id)
    given = request.POST if request.POST.get("act") == "except" else None
    asked = {"code": request.GET.get("code"), "wording": request.GET.get("wording")}
    form = ExceptionForm(given, initial=asked, clauses=[(code, CLAUSES[code].cited) for code in exceptable()])
    if request.method == "POST" and _acted(request, version, form):
        return redirect("stars:exceptions", version.pk)
    context = {
        "version": version,
        "form": form,
        "exceptions": exceptions_of(version, request.user),
        "may_edit": version.state == PolicyVersion.State.DRAFT and request.user.has_duty(*COUNTY),
    }
    return render(request, "stars/exceptions.html", context, status=422 if request.method == "POST" else 200)


def exceptions_of(version: PolicyVersion, reader: User) -> list[tuple[PolicyException, str, str]]:
    """With the clause that each is from, and with who recorded it, whose name is for those who may see that person."""
    rows = list(PolicyException.objects.filter(policy=version).select_related("by__person").order_by("pk"))
    seen = set(Person.objects.visible_to(reader).filter(pk__in=[row.by.person_id for row in rows]).values_list("pk", flat=True))
    return [
        (row, CLAUSES[row.code].cited, str(row.by) if row.by.person_id in seen else _("the county organization department"))
        for row in rows
    ]


def _acted(request: PersonRequest, version: PolicyVersion, form: ExceptionForm) -> bool:
    if request.POST.get("act") == "withdraw":
        return _withdrawn(request, version)
    if form.is_valid():
        with refusals_on(form):
            except_finding(version.pk, **form.cleaned_data, by=request.user, at=clock.now())
            messages.success(request, _("The exception is on record; the draft may now use this wording."))
    return form.is_valid() and not form.errors


def _withdrawn(request: PersonRequest, version: PolicyVersion) -> bool:
    key = request.POST.get("exception", "")
    try:
        withdraw_exception(version.pk, int(key) if key.isdecimal() else 0, by=request.user, at=clock.now())
    except RuleBroken as broken:
        messages.error(request, broken.message)
    return True
