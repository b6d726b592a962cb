"""What the walk leaves out, each with its reason. A reason that is no longer needed turns the test red, as a missing one does."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from tests.access.doors import Door, some_doors
from tests.access.guards import Site
from tests.access.routes import admin_model
from tests.access.walk import API_WRITES, WITNESSES, Walk

TABLE, ROW = r"admin/\w+/\w+/", r"<path:object_id>/"

# routes on which no row of a place is ever read, as patterns
NOT_READ: dict[str, str] = {
    r"healthz": "names nobody; answers 503 where no worker runs",
    r"language/|sign-in/|sign-out/|admin/login/|admin/logout/": "before or after being somebody: holds no row",
    r"password/|admin/password_change/(done/)?": "the own password; the page shows no row",
    r"admin/r/.*": "answers 404 to everybody",
    r"admin/|admin/\(\?P<app_label>.*": "names of tables",
    r"admin/search/": "searches the names of tables",
    r"admin/jsi18n/": "a catalogue of words",
    r"admin/\(\?P<url>.*": "what is no address of the admin",
    r"admin/(?!governance/calendarnotice/)\w+/\w+/add/": "an empty form, whose choices come by autocomplete",
    rf"{TABLE}{ROW}": "leads on to the row's page",
    r"admin/\w+/\w+/<path:object_id>/delete/": "nobody deletes there; rows are ended or superseded",
    r"admin/governance/policyversion/(<path:object_id>/(history|change)/)?|policies/(new/(empty/)?|<int:policy_version_id>/((draft|edit|force|cases|cases/new|cases/<int:policy_case_id>)/|cases/table.xlsx|document.yaml))?|admin/stars/policy(case|exception)/.*|api/v1/policies/.*": "policies hang on no place",
    r"api/v1/(schema|docs)/": "says the same to everybody and holds no row",
    r"admin/stars/(assessment|celledit|cellremark)/<path:object_id>/history/": "numbers alone: nothing that the trail tells was done to the row",
    r"calendar/": "leads on to this year's",
    r"verify/(<str:number>/|verify_bundle.py)?": "answers whoever holds a certificate; tests/stars/views/test_certificates.py asks what more it says: nothing",
    r"inbox/": "the own digests alone; tests/stars/services/test_reminders.py asks for another's",
    r"(filing|tasks)/.*/upload/|filing/.*/cells/|api/v1/filings/.*/review/|years/<int:rating_year_id>/steps/<step:step>/|events/<int:event_id>/confirm/": "takes POST alone, and leads on",
}
# routes on which nothing that hangs on a place is ever changed, beside those that take no such verb
NOT_WRITTEN: dict[str, str] = {
    r"healthz": "takes no form",
    r"language/|sign-in/|sign-out/|admin/login/|admin/logout/": "changes the own session alone",
    r"password/|admin/password_change/": "changes the own account alone",
    r"inbox/": "marks the own digests alone",
    r"my-star/objection/<objection_kind:kind>/": "of the own result alone, whoever asks",
    r"admin/|admin/\(\?P<app_label>.*|admin/search/": "the admin's own, which only read",
    r"admin/r/.*|admin/\(\?P<url>.*": "answers 404, or leads on",
    rf"{TABLE}{ROW}(history/)?": "shows what became of a row, or leads on to it",
}
# filters that no request of the walk reaches
NOT_ASKED: dict[Site, str] = {
    ("governance/coordination/uploads.py", "units_for"): "a workbook of tasks; test_coordination names a stranger's unit in one",
    ("governance/admin_base.py", "ByDuty.formfield_for_manytomany"): "no table of ours has such a field",
    ("stars/views/cases.py", "_version"): "policies are open to everybody signed in",
    ("stars/views/cases.py", "case"): "policies are open to everybody signed in",
    ("stars/views/exceptions.py", "exceptions"): "policies are open to everybody signed in",
    **{
        ("stars/views/studio.py", view): "policies are open to everybody signed in"
        for view in ("document", "draft", "edit", "new")
    },
    ("stars/views/policies.py", "policies"): "policies are open to everybody signed in",
    ("stars/views/policies.py", "changes"): "policies are open to everybody signed in",
}
# what they find is where an act takes place, not what is shown
NARROWS_NO_ROWS: dict[Site, str] = {
    ("governance/admin/calendar.py", "CalendarNoticeAdmin.get_changeform_initial_data"): "as _own_county of the years",
    ("governance/api_base/filters.py", "Subtree.filter"): "says why nothing is found; the list itself asks once more",
    (
        "governance/coordination/dispatch.py",
        "tasks_of",
    ): "a list here has tasks of its own place; test_coordination shows each unit its own",
    ("governance/views/coordination.py", "body"): "whoever opens a body sees what is its own; _bodies asks who opens it",
    (
        "governance/services/policies.py",
        "seat",
    ): "the place of a line in the trail and in a policy's code; policies hang on no place",
    (
        "stars/api/completeness.py",
        "CompletenessView.get",
    ): "finds the place to be named; Subtree has refused a stranger's, the figures ask again",
    (
        "stars/selectors/completeness.py",
        "completeness_table",
    ): "the doors ask for a place inside the reach; tests/stars/selectors/test_completeness.py asks for one above it",
    (
        "stars/selectors/objections.py",
        "objector_of",
    ): "of an objection that is seen; a township sees it without: tests/stars/views/test_objections.py",
    ("stars/selectors/pull.py", "state_tag"): "an ETag: a digest, of which no row can be read",
    ("stars/views/completeness.py", "_above"): "places above one's own, which are no secret",
    ("stars/selectors/deadlines.py", "requests_to_decide"): "counted on the first page, where no row of them is shown",
    ("stars/views/filing.py", "_waiting"): "the person's own uploads alone, of a page that was asked for before",
    ("stars/views/offline.py", "preview"): "the page that the file fills in is asked for besides, and refuses a stranger as well",
    ("stars/views/review.py", "_chosen"): "who passes, accepts or returns is asked for the duty there once more",
    ("stars/views/years.py", "_own_county"): "asks for places that are exactly the reach, and everywhere is not a place",
}


def said(patterns: list[str], reasons: dict[str, str]) -> set[str]:
    found = {reason: {one for one in patterns if re.fullmatch(reason, one)} for reason in reasons}
    assert all(found.values()), f"reasons for routes that are no more: {[reason for reason in reasons if not found[reason]]}"
    return set().union(*found.values())


def nobody_writes(walk: Walk, pattern: str) -> bool:
    """Found out by asking: no one may, or everybody hears that the address takes no such verb."""
    door = next((one for one in some_doors(walk.world) if one.route.pattern == pattern and not one.is_extra), None)
    if door is None:
        return False
    model = admin_model(door.route)
    if model is None:
        return _takes_no_writes(walk, door)
    table = admin.site.get_model_admin(model)
    return not any(_may_write(table, door, _request_of(walk, who)) for who in WITNESSES)


def _may_write(table: Any, door: Door, request: HttpRequest) -> bool:
    act = door.url.rstrip("/").rpartition("/")[2]
    if act in ("add", "change", "delete"):
        return getattr(table, f"has_{act}_permission")(request)
    return not door.route.name.endswith("_changelist") or bool(table.get_actions(request))


def _request_of(walk: Walk, who: str) -> HttpRequest:
    request = HttpRequest()
    request.user = walk.world.cast[who]
    return request


def _takes_no_writes(walk: Walk, door: Door) -> bool:
    verbs = API_WRITES if door.route.pattern.startswith("api/") else ("POST",)
    return all(_first_word(walk, door, verb) == 405 for verb in verbs)


def _first_word(walk: Walk, door: Door, verb: str) -> int:
    """Of whoever is not sent away for want of the duty."""
    asked = (walk.ask(who, verb, door.url, moment=door.moment).status for who in WITNESSES if who in walk.cookies)
    return next((status for status in asked if status != 403), 403)
