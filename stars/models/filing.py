from __future__ import annotations

from copy import copy
from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from pgtrigger import After, Before, Delete, Insert, Referencing, Statement, Trigger, Truncate, Update, UpdateOf

from governance.duties import INSIDE, OFFICE
from governance.models import CalendarNotice, Job, Person, Post, Territory
from governance.models.base import InsertOnly, Scoped
from governance.models.upload import WorkbookUpload
from stars.cells import NOT_APPLICABLE, NOT_FILED
from stars.models.year import RatingYear

__all__ = [
    "NOT_APPLICABLE", "NOT_FILED", "Assessment", "AssessmentChange", "AssessmentPack", "Event", "Filing", "FilingWindow", "Upload",
]  # fmt: skip

# Whoever changes accepted rows, by whatever door, takes the county-year's lock as stars.services.locks does, so no reader that
# holds it can be packing rows that are just becoming old.
DROP_PACKS = """
    PERFORM 1 FROM stars_ratingyear y JOIN governance_territory t ON t.id = y.territory_id
    WHERE (t.path, y.year) IN (SELECT county::text, year FROM ({rows}) c WHERE status = 3) ORDER BY y.id FOR NO KEY UPDATE OF y;
    DELETE FROM stars_assessmentpack
    WHERE (county, year, sheet, period) IN (SELECT county, year, sheet, period FROM ({rows}) c WHERE status = 3);
    RETURN NULL;
"""
# The last wall behind stars.services.filing: no page, program or hand in the database lets somebody approve what is partly their own.
ANOTHER_PERSON = """
    IF (NEW.passed_by_id IS DISTINCT FROM OLD.passed_by_id AND NEW.passed_by_id IN ({hands}))
        OR (NEW.accepted_by_id IS DISTINCT FROM OLD.accepted_by_id AND NEW.accepted_by_id IN ({hands} UNION ALL SELECT NEW.passed_by_id))
    THEN
        RAISE EXCEPTION 'stars_filing %: approved by somebody who has a part in it', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
""".format(hands="SELECT by_id FROM stars_assessmentchange WHERE filing_id = NEW.id UNION ALL SELECT NEW.submitted_by_id")
OLD, NEW = "SELECT * FROM old_rows", "SELECT * FROM new_rows"


class FilingWindow(Scoped):
    """One sheet and period of a county-year with its three moments."""

    scope_path = "rating_year__territory__path"
    seen_by = INSIDE

    rating_year = models.ForeignKey(RatingYear, models.PROTECT, related_name="windows", verbose_name=_("rating year"))
    sheet = models.SmallIntegerField(_("sheet"))  # ordinal in the policy
    sheet_code = models.CharField(_("sheet"), max_length=24)
    period = models.SmallIntegerField(_("period"))  # 0-based: month 0-11, quarter 0-3, half-year 0-1, year 0
    starts_on = models.DateField(_("period starts"))
    ends_on = models.DateField(_("period ends"))
    opens_at = models.DateTimeField(_("opens"))
    due_at = models.DateTimeField(_("due"))
    locks_at = models.DateTimeField(_("locks"))  # the first moment that is too late
    # by the last change of the calendar, what it was due before, and the notice
    due_before = models.DateTimeField(_("due until the calendar changed"), null=True, blank=True, editable=False)
    moved_by = models.ForeignKey(
        CalendarNotice, models.PROTECT, null=True, blank=True, editable=False, related_name="+", verbose_name=_("moved by")
    )

    class Meta:
        verbose_name = _("filing window")
        verbose_name_plural = _("filing windows")
        ordering = ["rating_year", "ends_on", "sheet"]
        constraints = [
            models.UniqueConstraint(fields=["rating_year", "sheet", "period"], name="window_once"),
            models.CheckConstraint(
                condition=Q(opens_at__lt=F("due_at")) & Q(due_at__lte=F("locks_at")),
                name="window_moments_in_order",
                violation_error_message=_("A filing opens before it is due and locks no earlier than that."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rating_year} {self.sheet_code} {self.period + 1}"

    def is_open(self, at: datetime) -> bool:
        return self.opens_at <= at < self.locks_at

    def is_locked(self, at: datetime) -> bool:
        return at >= self.locks_at


class Filing(Scoped):
    """What one township (or the county office) files for one window: the rows are its assessments."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Submitted")
        PASSED = "passed", _("Passed by the township")
        ACCEPTED = "accepted", _("Accepted by the county")

    scope_path = "territory__path"
    seen_by = INSIDE  # a secretary reaches what the village itself files, nothing above it

    window = models.ForeignKey(FilingWindow, models.PROTECT, related_name="filings", verbose_name=_("window"))
    territory = models.ForeignKey(Territory, models.PROTECT, related_name="+", verbose_name=_("filed by"))
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.DRAFT)
    version = models.PositiveIntegerField(_("version"), default=0)  # grows with every save; a stale page is told so
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("submitted by")
    )
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True)
    first_submitted_at = models.DateTimeField(
        _("first submitted at"), null=True, blank=True
    )  # a return takes no punctuality away
    passed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("passed by")
    )
    passed_at = models.DateTimeField(_("passed at"), null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("accepted by")
    )
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    returned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("returned by")
    )
    returned_at = models.DateTimeField(_("returned at"), null=True, blank=True)
    return_reason = models.TextField(_("reason of the return"), blank=True)
    extended_until = models.DateTimeField(_("extended until"), null=True, blank=True)  # the first moment that is too late
    # lines of its ledger that there were when each body last said yes or no; what came after is a difference to that body
    township_saw = models.PositiveIntegerField(_("lines the township has seen"), null=True, blank=True)
    county_saw = models.PositiveIntegerField(_("lines the county has seen"), null=True, blank=True)

    class Meta:
        verbose_name = _("filing")
        verbose_name_plural = _("filings")
        ordering = ["window", "territory__path"]
        constraints = [
            models.UniqueConstraint(fields=["window", "territory"], name="filing_once"),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(submitted_by__isnull=False, submitted_at__isnull=False),
                name="filing_submitted_by_somebody",
            ),
        ]
        triggers = [
            Trigger(name="another_person", when=Before, operation=UpdateOf("passed_by_id", "accepted_by_id"), func=ANOTHER_PERSON)
        ]

    def __str__(self) -> str:
        return f"{self.window} · {self.territory}"

    @property
    def due_at(self) -> datetime:
        """Of this unit: an extension moves both moments, and never to an earlier one."""
        return max(self.window.due_at, self.extended_until or self.window.due_at)

    @property
    def locks_at(self) -> datetime:
        return max(self.window.locks_at, self.extended_until or self.window.locks_at)

    @property
    def own_window(self) -> FilingWindow:
        """The window with this unit's moments, to be shown and not saved."""
        window = copy(self.window)
        window.due_at, window.locks_at = self.due_at, self.locks_at
        return window

    def is_open(self, at: datetime) -> bool:
        return self.window.opens_at <= at < self.locks_at

    def is_locked(self, at: datetime) -> bool:
        return at >= self.locks_at

    def is_late(self, at: datetime) -> bool:
        """Handed in after its due moment, or with its clerk and past it. Of many at once: stars.selectors.timeliness."""
        return self.came_in(at) >= self.due_at

    def came_in(self, at: datetime) -> datetime:
        """`at`, while it is with its clerk."""
        return at if self.state == self.State.DRAFT else self.first_submitted_at or self.submitted_at or at


class Assessment(Scoped):
    """One secretary's scores on one sheet of one period, in the policy's indicator order.

    scores  hundredths of a point; NOT_FILED and NOT_APPLICABLE are reserved and are not zero
    """

    class Status(models.IntegerChoices):
        DRAFT = 0, _("Draft")
        SUBMITTED = 1, _("Submitted")
        PASSED = 2, _("Passed by the township")
        ACCEPTED = 3, _("Accepted by the county")

    scope_path = "post__territory__path"
    seen_by = INSIDE

    post = models.ForeignKey(Post, models.PROTECT, db_index=False, related_name="assessments", verbose_name=_("post"))
    county = models.IntegerField(_("county"))
    year = models.SmallIntegerField(_("year"))
    sheet = models.SmallIntegerField(_("sheet"))
    period = models.SmallIntegerField(_("period"))
    status = models.SmallIntegerField(
        _("state"), choices=Status.choices, default=Status.DRAFT
    )  # of its filing; only accepted rows are rated
    filed_at = models.DateTimeField(_("filed at"))
    scores = ArrayField(models.SmallIntegerField(), verbose_name=_("scores"))

    class Meta:
        verbose_name = _("assessment")
        verbose_name_plural = _("assessments")
        constraints = [
            models.UniqueConstraint(fields=["post", "year", "sheet", "period"], name="assessment_once"),
        ]
        indexes = [models.Index(fields=["county", "year", "sheet", "period"], name="assessment_county_period")]
        triggers = [
            Trigger(
                name=f"drop_packs_{operation}".lower(), level=Statement, when=After, operation=operation, referencing=tables,
                func=DROP_PACKS.format(rows=rows),
            )
            for operation, tables, rows in (
                (Insert, Referencing(new="new_rows"), NEW),
                (Update, Referencing(old="old_rows", new="new_rows"), f"{OLD} UNION ALL {NEW}"),
                (Delete, Referencing(old="old_rows"), OLD),
            )
        ] + [
            Trigger(
                name="drop_packs_truncate", level=Statement, when=After, operation=Truncate,
                func="DELETE FROM stars_assessmentpack; RETURN NULL;",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.post_id} {self.year} {self.sheet}/{self.period}"


class AssessmentPack(models.Model):
    """The accepted assessments of one county, sheet and period as the engine reads them: derived, never a source.

    The database drops a pack as soon as one of its assessments changes; the next recompute packs them anew (stars.packs).

    rows  for each assessment the post, 8 bytes, and its scores, 2 bytes each; little-endian, in any order
    """

    scope_closed = True

    pk = models.CompositePrimaryKey("county", "year", "sheet", "period")
    county = models.IntegerField(_("county"))
    year = models.SmallIntegerField(_("year"))
    sheet = models.SmallIntegerField(_("sheet"))
    period = models.SmallIntegerField(_("period"))
    indicators = models.SmallIntegerField(_("indicators"))  # scores of each row
    rows = models.BinaryField(_("rows"))

    class Meta:
        verbose_name = _("packed assessments")
        verbose_name_plural = _("packed assessments")

    def __str__(self) -> str:
        return f"{self.county} {self.year} {self.sheet}/{self.period}"


class AssessmentChange(InsertOnly):
    """The ledger of values: every save appends what was, what is, who, when and through which door.

    Its keys are checked once a statement and not once a row (docs/decisions/0028-what-the-ledger-names.md).
    """

    class Door(models.TextChoices):
        PAGE = "page", _("page")
        EXCEL = "excel", _("Excel")
        OFFLINE = "offline", _("offline form")
        API = "api", _("API")
        COMMAND = "command", _("command")

    scope_path = "post__territory__path"
    seen_by = OFFICE

    filing = models.ForeignKey(
        Filing, models.PROTECT, db_constraint=False, db_index=False, related_name="changes", verbose_name=_("filing")
    )
    post = models.ForeignKey(Post, models.PROTECT, db_constraint=False, related_name="+", verbose_name=_("post"))
    before = ArrayField(models.SmallIntegerField(), null=True, verbose_name=_("before"))
    after = ArrayField(models.SmallIntegerField(), verbose_name=_("after"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name=_("by"),
    )
    at = models.DateTimeField(_("at"))
    door = models.CharField(_("door"), max_length=8, choices=Door.choices)
    reason = models.TextField(_("reason"), blank=True)  # of a change after the lock

    class Meta(InsertOnly.Meta):
        verbose_name = _("change of an assessment")
        verbose_name_plural = _("changes of assessments")
        ordering = ["pk"]
        indexes = [models.Index(fields=["filing", "post"], name="change_filing_post")]

    def __str__(self) -> str:
        return f"{self.filing} · {self.post}"


class Upload(WorkbookUpload):
    """A workbook of filings: typed values and mistakes by cell."""

    scope_path = "territory__path"
    seen_by = OFFICE

    rating_year = models.ForeignKey(RatingYear, models.PROTECT, related_name="uploads", verbose_name=_("rating year"))
    territory = models.ForeignKey(Territory, models.PROTECT, related_name="+", verbose_name=_("filed by"))
    quarter = models.SmallIntegerField(_("quarter"))  # 0-3; 4 is the year's own sheets
    cells = models.JSONField(_("cells"))  # {"sheet/period/post": ["86.5", "", …]} as typed
    checked = models.JSONField(
        _("check"), default=dict
    )  # counts, sums, and what applying writes: stars.workbooks.findings.Checked
    job = models.ForeignKey(
        Job, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("last reading")
    )  # of a workbook too large for a request

    class Meta(WorkbookUpload.Meta):
        verbose_name = _("uploaded workbook")
        verbose_name_plural = _("uploaded workbooks")

    @property
    def stage(self) -> str:
        is_refused = self.state == self.State.READING and self.job is not None and self.job.state == Job.State.FAILED
        return gettext("not read; its page says why") if is_refused else super().stage


class Event(Scoped):
    """A dated merit, demerit or veto with evidence; it counts once a second person has confirmed it."""

    class State(models.TextChoices):
        RECORDED = "recorded", _("Recorded")
        CONFIRMED = "confirmed", _("Confirmed")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    scope_path = "post__territory__path"
    seen_by = INSIDE

    person = models.ForeignKey(Person, models.PROTECT, related_name="events", verbose_name=_("person"))
    post = models.ForeignKey(Post, models.PROTECT, related_name="events", verbose_name=_("post"))
    list_code = models.CharField(_("list"), max_length=24)  # of the policy: merit, demerit, discipline
    item_code = models.CharField(_("item"), max_length=40)
    happened_on = models.DateField(_("happened on"))
    count = models.PositiveSmallIntegerField(_("times"), default=1)
    points = models.IntegerField(_("points"), null=True, blank=True)  # hundredths, of an item that leaves them open (`up_to`)
    evidence = models.TextField(_("evidence"))
    document_no = models.CharField(_("document number"), max_length=80, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.RECORDED)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by"))
    recorded_at = models.DateTimeField(_("recorded at"))
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("confirmed by")
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-happened_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="confirmed") | (Q(confirmed_by__isnull=False) & ~Q(confirmed_by=F("recorded_by"))),
                name="event_confirmed_by_another",
                violation_error_message=_("An event is confirmed by somebody other than its recorder."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.happened_on}"
