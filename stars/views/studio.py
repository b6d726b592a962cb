"""A policy changed through forms beside its document. What is typed lives in the page until it is saved; the text is all there is."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from governance import clock
from governance.downloads import attachment
from governance.duties import COUNTY, Duty
from governance.errors import RuleBroken
from governance.models import PolicyVersion
from governance.policy import MAX_BYTES, PolicyErrors, load
from governance.policy_words import sentences
from governance.presets import preset_files
from governance.services.policies import check_document, redraft_policy, store_policy
from governance.views_base import PersonRequest, page
from stars.policy_messages import sentence
from stars.redline import Change, redline
from stars.selectors.prefill import SOURCES
from stars.services.studio import draft_from, draft_from_preset, unused_code
from stars.studio.controls import Button, Group, place_mistakes
from stars.studio.edits import CannotEdit, edited
from stars.studio.forms import chapters
from stars.studio.names import Names
from stars.studio.starts import empty_policy
from stars.studio.text import PolicyText


@page(duties=COUNTY)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: PersonRequest, policy_version_id: int) -> HttpResponse:
    version = get_object_or_404(PolicyVersion.objects.visible_to(request.user), pk=policy_version_id)
    if version.state != PolicyVersion.State.DRAFT:
        messages.error(request, _("“%(title)s” is no draft; begin a new draft from it.") % {"title": version})
        return redirect("stars:policy", version.pk)
    return _studio(request, version, version.text)


@page(duties=COUNTY)
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: PersonRequest) -> HttpResponse:
    """From an empty start; it becomes a draft when it is first saved."""
    return _studio(request, None, empty_policy(unused_code(request.user), clock.today()))


@page(duties=COUNTY)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: PersonRequest) -> HttpResponse:
    """What to begin with."""
    if request.method == "POST":
        try:
            draft = draft_from_preset(request.POST.get("preset", ""), today=clock.today(), by=request.user, at=clock.now())
            return redirect("stars:policy_edit", draft.pk)
        except RuleBroken as broken:
            messages.error(request, broken.message)
    presets = [(file.stem, load(file.read_bytes()).body["title"]) for file in preset_files()]
    versions = PolicyVersion.objects.visible_to(request.user).order_by("code", "-pk")
    return render(request, "stars/policy_new.html", {"presets": presets, "versions": versions})


@page(duties=COUNTY)
@require_POST
def draft(request: PersonRequest, policy_version_id: int) -> HttpResponse:
    version = get_object_or_404(PolicyVersion.objects.visible_to(request.user), pk=policy_version_id)
    made = draft_from(version.pk, today=clock.today(), by=request.user, at=clock.now())
    return redirect("stars:policy_edit", made.pk)


@page(duties=Duty.values)
@require_safe
def document(request: PersonRequest, policy_version_id: int) -> HttpResponse:
    version = get_object_or_404(PolicyVersion.objects.visible_to(request.user), pk=policy_version_id)
    return attachment(version.text.encode(), f"{version.code}.yaml", "application/yaml")


def _studio(request: PersonRequest, version: PolicyVersion | None, text: str) -> HttpResponse:
    if request.method != "POST":
        return _page(request, version, text)
    text = request.POST.get("text", text).replace("\r\n", "\n")
    act = request.POST.get("act", "")
    if act == "save":
        return _save(request, version, text)
    if act == "load":
        return _page(request, version, _uploaded(request, text), is_changed=True)
    refused = ""
    if act == "edit":
        try:
            text = _edited(request, text)
        except (PolicyErrors, CannotEdit):
            refused = _("The document has changed so that this can't be done; look at it and try again.")
    return _page(request, version, text, refused=[refused] if refused else [], is_changed=True)


def _edited(request: PersonRequest, text: str) -> str:
    """raises PolicyErrors, CannotEdit"""
    said = request.POST
    address = said.get("path", "")
    path = tuple(address.split("/")) if address else ()
    values = json.loads(said.get("values", "[]"))
    if not isinstance(values, list) or not path:
        raise CannotEdit(address)
    op = said.get("op", "")
    if said.get("optional") and not any(map(str, values)):
        op = "remove"
    return edited(text, op, path, [str(one) for one in values], today=clock.today(), missing=values if op == "rows" else [])


def _uploaded(request: PersonRequest, text: str) -> str:
    file = request.FILES.get("document")
    if file is None or (file.size or 0) > MAX_BYTES:
        messages.error(request, _("Choose a policy document of at most 256 KiB first."))
        return text
    try:
        return file.read().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        messages.error(request, _("The file is not UTF-8 text; save it as UTF-8 and choose it again."))
        return text


def _save(request: PersonRequest, version: PolicyVersion | None, text: str) -> HttpResponse:
    seen = request.POST.get("digest", "")
    try:
        if version is None:
            saved = store_policy(text, by=request.user, at=clock.now())
        else:
            saved = redraft_policy(version.pk, text, seen=seen, by=request.user, at=clock.now())
    except PolicyErrors:
        return _page(request, version, text, refused=[_("Not saved: correct the mistakes first.")], is_changed=True)
    except RuleBroken as broken:
        theirs = _theirs(version, text) if version and broken.code == "policy_changed" else None
        return _page(request, version, text, refused=[broken.message], theirs=theirs, is_changed=True)
    messages.success(request, _("“%(title)s” is saved as a draft.") % {"title": saved})
    return redirect("stars:policy_edit" if saved.state == PolicyVersion.State.DRAFT else "stars:policy", saved.pk)


def _theirs(version: PolicyVersion, text: str) -> list[Change]:
    """What is saved by now, beside what is in the page."""
    return redline(load(version.text).body, load(text).body)


def _page(
    request: PersonRequest,
    version: PolicyVersion | None,
    text: str,
    *,
    refused: list[str] | None = None,
    theirs: list[Change] | None = None,
    is_changed: bool = False,
) -> HttpResponse:
    body, problems = _checked(text, version)
    forms = chapters(body, sources=SOURCES) if body is not None else []
    said = [sentence(one) for one in problems.problems] if problems else []
    place_mistakes(forms, problems.problems if problems else [], said)
    _offer_missing_rows(forms, problems)
    names = Names(body or {})
    context = {
        "version": version,
        "text": text,
        "digest": _digest(request, version, theirs),
        "chapters": forms,
        "mistakes": _lines(text, body, problems),
        "numbers": names.parameters(),
        "values": [*names.words(), *names.parameters(), ("none", _("no star")), ("disqualified", _("disqualified"))],
        "refused": refused or [],
        "theirs": theirs,
        "is_changed": is_changed,
    }
    is_part = request.headers.get("HX-Request") == "true"
    template = "stars/parts/studio.html" if is_part else "stars/studio.html"
    return render(request, template, context, status=422 if refused and not is_part else 200)


def _digest(request: PersonRequest, version: PolicyVersion | None, theirs: list[Change] | None) -> str:
    """What the page was loaded with; after a conflict, what the other one saved."""
    held = version.digest if version else ""
    return held if theirs is not None else request.POST.get("digest") or held


def _checked(text: str, version: PolicyVersion | None) -> tuple[Any, PolicyErrors | None]:
    """The body, None where the text can't be read; and what is wrong with it."""
    try:
        body = load(text).body
    except PolicyErrors as errors:
        return None, errors
    try:
        check_document(text, but_for=version.pk if version else None)
    except PolicyErrors as errors:
        return body, errors
    except RuleBroken:
        return body, None  # another version says the same; saving tells it
    return body, None


def _lines(text: str, body: Any, problems: PolicyErrors | None) -> list[tuple[int, str]]:
    """(line, sentence) of each mistake."""
    if problems is None:
        return []
    if body is None:
        return [(one.params.get("line", 1), said) for one, said in zip(problems.problems, sentences(problems), strict=True)]
    doc = PolicyText(text)
    return sorted(
        (doc.line(tuple(one.path.split("."))), said) for one, said in zip(problems.problems, sentences(problems), strict=True)
    )


def _offer_missing_rows(forms: list[Group], problems: PolicyErrors | None) -> None:
    """A table that lacks rows gets a button that adds them."""
    lacking = {one.path: one.params["keys"] for one in problems.problems if one.code == "missing_row"} if problems else {}
    for chapter in forms:
        for one in chapter.every():
            if isinstance(one, Group) and (keys := lacking.get(".".join(one.path))):
                one.buttons.append(Button("rows", one.path, _("Add the missing rows"), json.dumps(keys.split(", "))))
