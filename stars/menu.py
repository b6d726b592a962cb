"""The side menu: what a person's duties open, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance import clock
from governance.docket.lists import waiting_for
from governance.duties import ADMIN_SITE, CALENDAR_READERS, COUNTY, INSIDE, OF_TOWNSHIPS, OFFICE, Duty
from governance.models import Post, User
from governance.services.inbox import own_digests


@dataclass(frozen=True)
class Item:
    title: str
    url: str
    icon: str
    active: bool
    count: int = 0  # what waits there for this person


@dataclass(frozen=True)
class Entry:
    title: Any  # lazily translated
    route: str
    icon: str
    duties: frozenset[str]


EVERYBODY = frozenset(Duty.values)
INBOX, DOCKET = "inbox", "governance:docket"
ENTRIES = (
    Entry(gettext_lazy("Home"), "stars:home", "home", EVERYBODY),
    Entry(gettext_lazy("Inbox"), INBOX, "inbox", EVERYBODY),
    Entry(gettext_lazy("Docket"), DOCKET, "checklist", INSIDE | {Duty.DEPARTMENT}),
    Entry(gettext_lazy("Task lists"), "governance:task_lists", "lists", INSIDE | {Duty.DEPARTMENT}),
    Entry(gettext_lazy("Bodies and meetings"), "governance:bodies", "groups", INSIDE | {Duty.DEPARTMENT}),
    Entry(gettext_lazy("My star"), "stars:my_star", "star", frozenset({Duty.SECRETARY})),
    Entry(gettext_lazy("Filings"), "stars:filings", "edit_note", OFFICE),
    Entry(gettext_lazy("Review"), "stars:review", "fact_check", COUNTY | {Duty.TOWNSHIP_LEADER}),
    Entry(gettext_lazy("Completeness"), "stars:completeness", "donut_large", OFFICE),
    Entry(gettext_lazy("Requests for time"), "stars:requests", "more_time", OFFICE),
    Entry(gettext_lazy("Rating years"), "stars:years", "leaderboard", OFFICE),
    Entry(gettext_lazy("Objections"), "stars:objections", "balance", COUNTY | OF_TOWNSHIPS),
    Entry(gettext_lazy("Merits and demerits"), "stars:events", "military_tech", OFFICE),
    Entry(gettext_lazy("Pay lists"), "stars:pay_lists", "payments", OFFICE),
    Entry(gettext_lazy("Policies"), "stars:policies", "gavel", EVERYBODY),
    Entry(gettext_lazy("Publicity"), "stars:publicity", "campaign", EVERYBODY),
    Entry(gettext_lazy("Working calendar"), "governance:this_year", "calendar_month", CALENDAR_READERS),
    Entry(gettext_lazy("Data"), "admin:index", "database", ADMIN_SITE),
)


def menu(request: HttpRequest) -> dict[str, Any]:
    """Context processor. Pages that draw no menu pay nothing for it."""
    return {
        "menu": SimpleLazyObject(lambda: items(request)),
        "own_posts": SimpleLazyObject(lambda: own_posts(request.user)),
    }


def items(request: HttpRequest) -> list[Item]:
    user = request.user
    if not user.is_authenticated:
        return []
    waiting = {INBOX: own_digests(user).filter(read_at=None).count, DOCKET: waiting_for(user).count}
    shown = [entry for entry in ENTRIES if user.has_duty(*entry.duties)]
    return [_item(entry, request.path, waiting[entry.route]() if entry.route in waiting else 0) for entry in shown]


def _item(entry: Entry, here: str, count: int) -> Item:
    url = reverse(entry.route)
    return Item(str(entry.title), url, entry.icon, here == url or (url != "/" and here.startswith(url)), count)


def own_posts(user: User | AnonymousUser) -> list[str]:
    if isinstance(user, AnonymousUser) or not user.person_id:
        return []
    posts = Post.objects.filter(person_id=user.person_id).current(clock.today()).select_related("territory")
    return [
        _("%(place)s · %(duty)s") % {"place": post.territory, "duty": post.title or post.get_duty_display()} for post in posts
    ]
