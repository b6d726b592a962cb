"""The rating's tables, to look up and search. Rows come from services."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from governance.admin_base import ReadOnlyAdmin, place_filter
from governance.duties import COUNTY, Duty
from governance.models import Territory
from stars.cells import format_score
from stars.labels import event_titles, outcome_label, tier_titles, yuan
from stars.models import (
    Assessment,
    AssessmentChange,
    CellEdit,
    CellRemark,
    DeadlineRequest,
    Decision,
    Event,
    Filing,
    FilingWindow,
    FormMinutes,
    Objection,
    ObjectionStep,
    Objector,
    OfflineUpload,
    PayLine,
    PayList,
    PolicyCase,
    PolicyException,
    Publication,
    PublishedRating,
    Rating,
    RatingYear,
    RosterEntry,
    RosterPost,
    StageMove,
    Upload,
)
from stars.models.minutes import FEWEST
from stars.wording import window_title

VIEWERS = COUNTY | {Duty.AUDITOR}


class LookedAt(ReadOnlyAdmin):
    viewers = VIEWERS
    ordering: tuple[str, ...] = ("-pk",)


class Results:
    """Columns that computed and published ratings share."""

    @admin.display(description=_("result"), ordering="star")
    def result(self, rating: Any) -> str:
        return outcome_label(rating.outcome, rating.star)

    @admin.display(description=_("score"), ordering="score")
    def points(self, rating: Any) -> str:
        return "—" if rating.score is None else format_score(rating.score)

    @admin.display(description=_("monthly supplement"), ordering="pay_cents")
    def supplement(self, rating: Any) -> str:
        return "—" if rating.pay_cents is None else yuan(rating.pay_cents)


@admin.register(RatingYear)
class RatingYearAdmin(LookedAt):
    list_display = ("territory", "year", "policy", "stage", "computed_at", "publicity_from", "publicity_until")
    list_filter = ("stage", "year")
    list_select_related = ("territory", "policy")
    search_fields = ("territory__short_name",)
    ordering = ("-year", "territory__path")


@admin.register(StageMove)
class StageMoveAdmin(LookedAt):
    list_display = ("rating_year", "before", "after", "by", "at", "note")
    list_filter = ("after",)
    list_select_related = ("rating_year__territory", "by__person")
    search_fields = ("rating_year__territory__short_name", "note")


@admin.register(FilingWindow)
class FilingWindowAdmin(LookedAt):
    fields = ("rating_year", "form_title", "starts_on", "ends_on", "opens_at", "due_at", "locks_at")
    list_display = ("rating_year", "form_title", "opens_at", "due_at", "locks_at")
    list_filter = (("rating_year", admin.RelatedOnlyFieldListFilter),)
    list_select_related = ("rating_year__territory", "rating_year__policy")
    search_fields = ("sheet_code", "rating_year__territory__short_name")
    ordering = ("-rating_year__year", "ends_on", "sheet", "pk")

    @admin.display(description=_("filing form"))
    def form_title(self, window: FilingWindow) -> str:
        return window_title(window)


@admin.register(Filing)
class FilingAdmin(LookedAt):
    list_display = ("territory", "form_title", "state", "submitted_at", "submitted_by", "passed_at", "accepted_at", "version")
    list_filter = ("state", place_filter("territory__path"))
    list_select_related = ("territory", "window__rating_year__policy", "submitted_by__person")
    search_fields = ("territory__short_name",)
    ordering = ("-window__ends_on", "territory__path", "pk")

    @admin.display(description=_("filing form"), ordering="window__ends_on")
    def form_title(self, filing: Filing) -> str:
        return window_title(filing.window)


@admin.register(DeadlineRequest)
class DeadlineRequestAdmin(LookedAt):
    fields = (
        "filing", "kind", "village_names", "until_at", "reason", "asked_by", "asked_at", "state", "decided_by", "decided_at",
        "decision_reason",
    )  # fmt: skip
    list_display = ("form_title", "kind", "until_at", "asked_by", "asked_at", "state", "decided_by")
    list_filter = ("kind", "state", place_filter("filing__territory__path"))
    list_select_related = (
        "filing__territory", "filing__window__rating_year__policy", "filing__window__rating_year__territory", "asked_by__person",
        "decided_by__person",
    )  # fmt: skip
    search_fields = ("filing__territory__short_name", "reason")

    @admin.display(description=_("filing form"))
    def form_title(self, one: DeadlineRequest) -> str:
        return f"{one.filing.territory} {window_title(one.filing.window)}"

    @admin.display(description=_("villages"))
    def village_names(self, one: DeadlineRequest) -> str:
        return "、".join(str(place) for place in Territory.objects.filter(pk__in=one.villages).order_by("path")) or "—"


@admin.register(FormMinutes)
class FormMinutesAdmin(LookedAt):
    """Only what is told: nothing of fewer than five filings."""

    fields = ("rating_year", "sheet_code", "period", "level", "told_count", "told_mean", "told_bars")
    list_display = ("rating_year", "sheet_code", "period", "level", "told_count", "told_mean")
    list_filter = (("rating_year", admin.RelatedOnlyFieldListFilter),)
    list_select_related = ("rating_year__territory",)
    search_fields = ("sheet_code", "rating_year__territory__short_name")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).filter(told_count__gte=FEWEST)

    @admin.display(description=_("minutes"))
    def told_mean(self, form: FormMinutes) -> int | None:
        return form.told_minutes


@admin.register(Assessment)
class AssessmentAdmin(LookedAt):
    fields = ("post", "year", "sheet", "period", "status", "filed_at", "points")
    list_display = ("post", "year", "sheet", "period", "status", "points", "filed_at")
    list_filter = ("year", "status", place_filter("post__territory__path"))
    list_select_related = ("post__person", "post__territory")
    search_fields = ("post__person__name", "post__territory__short_name")

    @admin.display(description=_("scores"))
    def points(self, row: Assessment) -> str:
        return _in_words(row.scores)


@admin.register(AssessmentChange)
class AssessmentChangeAdmin(LookedAt):
    fields = ("filing", "post", "was", "became", "by", "at", "door", "reason")
    list_display = ("post", "was", "became", "by", "at", "door")
    list_filter = ("door", place_filter("post__territory__path"))
    list_select_related = ("post__person", "post__territory", "by__person")
    search_fields = ("post__person__name", "post__territory__short_name")

    @admin.display(description=_("before"))
    def was(self, change: AssessmentChange) -> str:
        return _in_words(change.before or [])

    @admin.display(description=_("after"))
    def became(self, change: AssessmentChange) -> str:
        return _in_words(change.after)


@admin.register(CellEdit)
class CellEditAdmin(LookedAt):
    list_display = ("post", "filing", "place", "text", "outcome", "by", "at")
    list_filter = ("outcome", "origin", place_filter("post__territory__path"))
    list_select_related = (
        "post__person", "post__territory", "filing__territory", "filing__window__rating_year__territory", "by__person",
    )  # fmt: skip
    search_fields = ("post__person__name", "post__territory__short_name")


@admin.register(CellRemark)
class CellRemarkAdmin(LookedAt):
    list_display = ("post", "filing", "place", "kind", "text", "by", "at")
    list_filter = ("kind", place_filter("post__territory__path"))
    list_select_related = (
        "post__person", "post__territory", "filing__territory", "filing__window__rating_year__territory", "by__person",
    )  # fmt: skip
    search_fields = ("post__person__name", "post__territory__short_name")


@admin.register(Upload)
class UploadAdmin(LookedAt):
    fields = ("rating_year", "territory", "quarter", "by", "at", "file_name", "state", "mistakes")
    list_display = ("file_name", "territory", "rating_year", "quarter", "by", "at", "state")
    list_filter = ("state", place_filter("territory__path"))
    list_select_related = ("territory", "rating_year__territory", "by__person")
    search_fields = ("file_name", "territory__short_name")


@admin.register(OfflineUpload)
class OfflineUploadAdmin(LookedAt):
    fields = ("rating_year", "territory", "quarter", "by", "at", "file_name", "state", "mistakes")
    list_display = ("file_name", "territory", "rating_year", "quarter", "by", "at", "state")
    list_filter = ("state", place_filter("territory__path"))
    list_select_related = ("territory", "rating_year__territory", "by__person")
    search_fields = ("file_name", "territory__short_name")


@admin.register(Event)
class EventAdmin(LookedAt):
    list_display = ("person", "post", "item", "happened_on", "count", "state", "recorded_by", "confirmed_by")
    list_filter = ("state", place_filter("post__territory__path"))
    list_select_related = ("person", "post__person", "post__territory", "recorded_by__person", "confirmed_by__person")
    search_fields = ("person__name", "post__territory__short_name", "document_no")
    ordering = ("-happened_on", "-pk")

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return [_item_namer() if name == "item" else name for name in self.list_display]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        names = [name for name in super().get_fields(request, obj) if name != "list_code"]
        return ["item" if name == "item_code" else name for name in names]

    @admin.display(description=_("item"))
    def item(self, event: Event) -> str:
        return str(_item_namer()(event))


@admin.register(RosterEntry)
class RosterEntryAdmin(LookedAt):
    fields = ("rating_year", "person", "post", "territory", "months_in_post", "facts")
    list_display = ("person", "territory", "rating_year", "months_in_post")
    list_filter = (("rating_year", admin.RelatedOnlyFieldListFilter), place_filter("territory__path"))
    list_select_related = ("person", "territory", "rating_year__territory")
    search_fields = ("person__name", "territory__short_name")

    @admin.display(description=_("months in post this year"))
    def months_in_post(self, entry: RosterEntry) -> int:
        return entry.months.bit_count()


@admin.register(RosterPost)
class RosterPostAdmin(LookedAt):
    fields = ("entry", "post", "months_answered")
    list_display = ("entry", "post", "months_answered")
    list_filter = (place_filter("entry__territory__path"),)
    list_select_related = ("entry__person", "entry__territory", "entry__rating_year", "post__person", "post__territory")
    search_fields = ("entry__person__name", "post__territory__short_name")

    @admin.display(description=_("months answered for"))
    def months_answered(self, row: RosterPost) -> int:
        return row.months.bit_count()


@admin.register(Rating)
class RatingAdmin(Results, LookedAt):
    fields = ("entry", "rating_year", "result", "points", "supplement", "reason")
    list_display = ("entry", "rating_year", "result", "points", "supplement")
    list_filter = ("outcome", "star", ("rating_year", admin.RelatedOnlyFieldListFilter), place_filter("entry__territory__path"))
    list_select_related = ("entry__person", "entry__territory", "entry__rating_year", "rating_year__territory")
    search_fields = ("entry__person__name", "entry__territory__short_name")


@admin.register(Decision)
class DecisionAdmin(LookedAt):
    fields = (
        "rating_year",
        "version",
        "policy",
        "policy_digest",
        "inputs_digest",
        "result_digest",
        "decided_by",
        "decided_at",
        "note",
    )
    list_display = ("rating_year", "version", "policy", "decided_by", "decided_at")
    list_select_related = ("rating_year__territory", "policy", "decided_by__person")
    search_fields = ("rating_year__territory__short_name", "result_digest")


@admin.register(Publication)
class PublicationAdmin(LookedAt):
    list_display = ("number", "rating_year", "version", "published_by", "published_at", "hash")
    list_filter = (("rating_year", admin.RelatedOnlyFieldListFilter),)
    list_select_related = ("rating_year__territory", "published_by__person")
    search_fields = ("rating_year__territory__short_name", "hash")
    ordering = ("-number",)


@admin.register(PublishedRating)
class PublishedRatingAdmin(Results, LookedAt):
    fields = (
        "publication", "year", "person_name", "village_code", "village_name", "township_name", "result", "points", "supplement",
        "certificate_no", "supersedes",
    )  # fmt: skip
    list_display = ("person_name", "village_name", "township_name", "year", "result", "points", "supplement", "certificate_no")
    list_filter = ("year", "outcome", "star", place_filter("territory__path"))
    search_fields = ("person_name", "village_name", "certificate_no")


@admin.register(PayList)
class PayListAdmin(LookedAt):
    list_display = ("number", "publication", "total", "made_at")
    list_select_related = ("publication__rating_year__territory",)
    search_fields = ("number",)

    @admin.display(description=_("total"), ordering="total_cents")
    def total(self, pay_list: PayList) -> str:
        return yuan(pay_list.total_cents)


@admin.register(PayLine)
class PayLineAdmin(LookedAt):
    fields = ("pay_list", "rating", "tier_title", "monthly", "months", "reward", "amount")
    list_display = ("rating", "pay_list", "tier_title", "monthly", "months", "reward", "amount")
    list_filter = (place_filter("rating__territory__path"),)
    list_select_related = ("rating", "pay_list__publication__rating_year__policy")
    search_fields = ("rating__person_name", "rating__village_name", "pay_list__number")

    @admin.display(description=_("reward tier"), ordering="tier")
    def tier_title(self, line: PayLine) -> str:
        return tier_titles(line.pay_list.publication.rating_year.policy).get(line.tier, line.tier)

    @admin.display(description=_("monthly supplement"), ordering="monthly_cents")
    def monthly(self, line: PayLine) -> str:
        return yuan(line.monthly_cents)

    @admin.display(description=_("single reward"), ordering="reward_cents")
    def reward(self, line: PayLine) -> str:
        return yuan(line.reward_cents)

    @admin.display(description=_("amount"), ordering="amount_cents")
    def amount(self, line: PayLine) -> str:
        return yuan(line.amount_cents)


@admin.register(PolicyCase)
class PolicyCaseAdmin(LookedAt):
    list_display = ("title", "policy")
    list_filter = ("policy__state",)
    list_select_related = ("policy",)
    search_fields = ("title", "policy__title")


@admin.register(PolicyException)
class PolicyExceptionAdmin(LookedAt):
    fields = ("policy", "code", "wording", "reason", "document_no", "at")
    list_display = ("wording", "policy", "code", "reason", "document_no", "at")
    list_filter = ("policy__state",)
    list_select_related = ("policy",)
    search_fields = ("wording", "policy__title", "document_no")


def _item_namer() -> Callable[[Event], str]:
    """A column that names an event as its policy does, with one look-up for each county and year of the list."""
    policies: dict[tuple[str, int], dict[tuple[str, str], str]] = {}

    @admin.display(description=_("item"))
    def item(event: Event) -> str:
        key = (event.post.territory.county_path, event.happened_on.year)
        if key not in policies:
            rating_year = RatingYear.objects.select_related("policy").filter(territory__path=key[0], year=key[1]).first()
            policies[key] = event_titles(rating_year.policy) if rating_year else {}
        return policies[key].get((event.list_code, event.item_code), f"{event.list_code}/{event.item_code}")

    return item


def _in_words(scores: list[int]) -> str:
    return "、".join(format_score(score) or "—" for score in scores)


class Confidential(LookedAt):
    """Who objects is the county's staff's to know; a step or a receiver may tell it."""

    viewers = frozenset({Duty.COUNTY_STAFF})


@admin.register(Objection)
class ObjectionAdmin(Confidential):
    list_display = ("entry", "kind", "way", "received_on", "state")
    list_filter = ("kind", "way", "state", place_filter("territory__path"))
    list_select_related = ("entry__person", "entry__territory", "entry__rating_year")
    search_fields = ("territory__short_name", "entry__person__name")


@admin.register(ObjectionStep)
class ObjectionStepAdmin(Confidential):
    list_display = ("objection", "number", "state", "by", "at")
    list_filter = ("state", place_filter("objection__territory__path"))
    list_select_related = (
        "objection__entry__person", "objection__entry__territory", "objection__entry__rating_year", "by__person",
    )  # fmt: skip
    search_fields = ("objection__territory__short_name",)


@admin.register(Objector)
class ObjectorAdmin(Confidential):
    list_display = ("name", "contact", "objection")
    list_filter = (place_filter("objection__territory__path"),)
    list_select_related = (
        "objection__entry__person", "objection__entry__territory", "objection__entry__rating_year",
    )  # fmt: skip
    search_fields = ("objection__territory__short_name",)
