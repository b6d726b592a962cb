"""What a person typed into one cell of a filing, and what became of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from governance.duties import OFFICE
from governance.models import Post
from governance.models.base import InsertOnly
from stars.models.filing import Filing


class CellEdit(InsertOnly):
    """One cell as it was typed, kept even where it could not be saved: nobody's entry disappears with a page.

    A person's newest edit of a cell speaks for that person; one that is not SAVED is still open (stars.selectors.drafts).
    base, score, theirs  hundredths, NOT_FILED or NOT_APPLICABLE
    """

    class Outcome(models.TextChoices):
        SAVED = "saved", _("saved")
        REFUSED = "refused", _("not saved: a mistake")
        CONFLICT = "conflict", _("not saved: somebody else changed the cell first")

    class Origin(models.TextChoices):
        TYPED = "typed", _("typed")
        CONFIRMED = "confirmed", _("confirmed what the system knows")
        SUGGESTED = "suggested", _("taken over from last time")

    scope_path = "post__territory__path"
    seen_by = OFFICE

    filing = models.ForeignKey(Filing, models.PROTECT, db_index=False, related_name="edits", verbose_name=_("filing"))
    post = models.ForeignKey(Post, models.PROTECT, db_index=False, related_name="+", verbose_name=_("post"))
    place = models.SmallIntegerField(_("item"))  # in the order of the sheet
    key = models.UUIDField(_("key"))  # made by the page; sent again, the edit does nothing again
    text = models.CharField(_("typed"), max_length=200, blank=True)
    base = models.SmallIntegerField(_("based on"))  # what the page showed when it was typed
    score = models.SmallIntegerField(_("score"), null=True)  # None: the text is no score
    origin = models.CharField(_("origin"), max_length=12, choices=Origin.choices, default=Origin.TYPED)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome.choices)
    code = models.CharField(_("code of the refusal"), max_length=40, blank=True)
    message = models.TextField(_("refusal"), blank=True)
    theirs = models.SmallIntegerField(_("what stood there"), null=True)
    theirs_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, db_index=False, related_name="+", verbose_name=_("written by")
    )
    theirs_at = models.DateTimeField(_("written at"), null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))

    class Meta(InsertOnly.Meta):
        verbose_name = _("edit of a cell")
        verbose_name_plural = _("edits of cells")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["filing", "by", "key"], name="cell_edit_once"),
            models.CheckConstraint(condition=Q(outcome="refused") | Q(score__isnull=False), name="cell_edit_saved_is_a_score"),
            models.CheckConstraint(
                condition=~Q(outcome="conflict") | Q(theirs__isnull=False), name="cell_edit_conflict_says_with"
            ),
        ]
        indexes = [models.Index(fields=["filing", "by", "post", "place", "-id"], name="cell_edit_newest")]

    def __str__(self) -> str:
        return f"{self.filing_id} {self.post_id}/{self.place}"


class CellRemark(InsertOnly):
    """What somebody says about one cell: freely, which also answers a check's advice, against a prefilled value, or that the
    cell must be followed up, until another line closes that.

    subject, score  of CONTEST the source and the value that are contested, the value in hundredths
    """

    class Kind(models.TextChoices):
        REMARK = "remark", _("remark")
        CONTEST = "contest", _("contests the prefilled value")
        FOLLOW = "follow", _("to be followed up")
        CLOSED = "closed", _("follow-up closed")

    scope_path = "post__territory__path"
    seen_by = OFFICE

    filing = models.ForeignKey(Filing, models.PROTECT, db_index=False, related_name="remarks", verbose_name=_("filing"))
    post = models.ForeignKey(Post, models.PROTECT, db_index=False, related_name="+", verbose_name=_("post"))
    place = models.SmallIntegerField(_("item"))  # in the order of the sheet
    key = models.UUIDField(_("key"))  # made by the page; sent again, the remark is made once
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.REMARK)
    subject = models.CharField(_("about"), max_length=60, blank=True)
    score = models.SmallIntegerField(_("value"), null=True)
    text = models.TextField(_("remark"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))

    class Meta(InsertOnly.Meta):
        verbose_name = _("remark on a cell")
        verbose_name_plural = _("remarks on cells")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["filing", "by", "key"], name="cell_remark_once")]
        indexes = [models.Index(fields=["filing", "post", "place"], name="cell_remark_cell")]

    def __str__(self) -> str:
        return f"{self.filing_id} {self.post_id}/{self.place}"
