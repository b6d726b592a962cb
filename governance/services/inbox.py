"""One digest a person a day: gathered, delivered, read, mailed. Whatever is delivered twice is delivered once."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance.models import Digest, User

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Line:
    """`path` is the place that it is about: shown only as long as the reader's posts reach it."""

    path: str
    text: str
    url: str


Source = Callable[[datetime], Mapping[int, Sequence[Line]]]  # by person, what to be reminded of at that moment
_sources: dict[str, Source] = {}


def remind_of(name: str, source: Source) -> None:
    """An app adds its part of the digest; the parts stand in the order of their names."""
    _sources[name] = source


def gather(at: datetime) -> dict[int, list[Line]]:
    found: dict[int, list[Line]] = defaultdict(list)
    for name in sorted(_sources):
        for person, lines in _sources[name](at).items():
            found[person] += lines
    return dict(found)


def deliver(lines: Mapping[int, Sequence[Line]], *, day: date, at: datetime) -> int:
    """By person. Who has a digest of this day keeps it as it is; returns how many there are of the day now."""
    Digest.objects.bulk_create(
        [
            Digest(person_id=person, day=day, lines=[asdict(one) for one in own], made_at=at)
            for person, own in lines.items()
            if own
        ],
        ignore_conflicts=True,
    )
    return Digest.objects.filter(day=day).count()


def own_digests(user: User) -> QuerySet[Digest]:
    return Digest.objects.filter(person=user.person_id) if user.person_id else Digest.objects.none()


def shown_lines(digest: Digest, user: User) -> list[Line]:
    """Those about places that the person's posts of today still reach."""
    reach = tuple(path for _duty, path in user.duties)
    return [Line(**one) for one in digest.lines if one["path"].startswith(reach)]


def mark_read(*, by: User, at: datetime, day: date | None = None) -> int:
    """One's own of that day, or all of them; how many were unread."""
    unread = own_digests(by).filter(read_at=None)
    return (unread.filter(day=day) if day else unread).update(read_at=at)


def mail_digests(*, day: date, at: datetime) -> int:
    """Where mail is set up, to those who have an address; each once, however many workers do this at a time."""
    if not settings.MAIL_DIGESTS:
        return 0
    waiting = Digest.objects.filter(day=day, mailed_at=None, person__user__is_active=True).exclude(person__user__email="")
    return sum(_mail(digest_id, at) for digest_id in waiting.values_list("pk", flat=True))


@transaction.atomic
def _mail(digest_id: int, at: datetime) -> bool:
    digest = Digest.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=digest_id, mailed_at=None).first()
    if digest is None:
        return False
    user = User.objects.select_related("person").get(person=digest.person_id)
    lines = [f"- {line.text}" for line in shown_lines(digest, user)]
    if not lines:
        return False
    says = ngettext("%(count)d thing waits for you", "%(count)d things wait for you", len(lines)) % {"count": len(lines)}
    body = "\n".join(
        [_("%(who)s, as of %(day)s:") % {"who": user, "day": digest.day}, *lines, _("Sign in to go on from your inbox.")]
    )
    try:
        send_mail(says, body, None, [user.email])
    except OSError:  # the next run tries again
        logger.exception("A digest could not be mailed")
        return False
    digest.mailed_at = at
    digest.save(update_fields=["mailed_at"])
    return True
