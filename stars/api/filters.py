"""What the lists may be asked for."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from django.db.models import QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from django_filters import Filter, FilterSet
from drf_spectacular.utils import set_override

from governance.api_base.filters import Subtree, Text, WholeNumber, Word
from governance.duties import OFFICE
from stars.models import Filing, Publication, PublishedRating, RatingYear
from stars.selectors import pull

YEARS = {"low": 1949, "high": 2999}
NUMBER = r"[0-9]{1,18}"
MOMENT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,30})?(?:[Zz]|[+ -][0-9]{2}:[0-9]{2})"  # RFC 3339


class NumberOrMoment(Text):
    """The number of a publication, or an instant with its offset."""

    def __init__(self, **kwargs: object) -> None:
        says = _("Write the number of a publication, or an instant with its offset such as 2026-01-31T08:00:00+08:00.")
        super().__init__(shape=f"{NUMBER}|{MOMENT}", says=says, **kwargs)

    def read(self, text: str) -> int | datetime:
        if re.fullmatch(NUMBER, text):
            return int(text)
        try:
            moment = parse_datetime(text.upper().replace(" ", "+"))  # a plus that nobody escaped arrives as a space
            instant = moment and moment.astimezone(UTC)  # PostgreSQL knows no offset of 16 hours and more
        except (ValueError, OverflowError):
            instant = None
        if instant is None:
            raise self.refused("invalid")
        return instant


class UpdatedSince(Filter):
    field_class = NumberOrMoment

    def filter(self, queryset: QuerySet, value: int | datetime | None) -> QuerySet:
        if value in (None, ""):
            return queryset
        first = pull.first_since(value) if isinstance(value, datetime) else pull.first_of(value)
        return queryset.none() if first is None else queryset.filter(pk__gte=first)


set_override(
    UpdatedSince,
    "field",
    {
        "type": "string",
        "anyOf": [{"format": "date-time"}, {"pattern": r"^\d{1,18}$"}],  # no integer: JSON takes 5.0 for one
        "examples": ["12", "2026-01-31T08:00:00+08:00"],
    },
)


class OnlyCurrent(Word):
    """A flag and not a state: `false` takes nothing away."""

    def __init__(self) -> None:
        says = _(
            "`true`: only versions that no correction has replaced; `false`, the default: every version, which is what a copy wants."
        )
        super().__init__(words={"true": True, "false": False}, help_text=says)

    def filter(self, queryset: QuerySet, value: str) -> QuerySet:
        return queryset.filter(superseded_by=None) if value == "true" else queryset


class RatingFilter(FilterSet):
    year = WholeNumber(**YEARS)
    territory = Subtree(field_name="territory__path", seen_by=PublishedRating.seen_by)
    star = WholeNumber(low=0, high=100)
    outcome = Word(words=pull.OUTCOMES)
    current = OnlyCurrent()
    updated_since = UpdatedSince(
        help_text=_("Rows of the publications from this number on; an instant stands for the first number since.")
    )

    class Meta:
        model = PublishedRating
        fields: list[str] = []


class PublicationFilter(FilterSet):
    year = WholeNumber(field_name="rating_year__year", **YEARS)
    territory = Subtree(field_name="rating_year__territory__path", seen_by=Publication.seen_by)

    class Meta:
        model = Publication
        fields: list[str] = []


class RatingYearFilter(FilterSet):
    year = WholeNumber(**YEARS)
    stage = Word(words={stage: stage for stage in RatingYear.Stage.values})

    class Meta:
        model = RatingYear
        fields: list[str] = []


class FilingFilter(FilterSet):
    year = WholeNumber(field_name="window__rating_year__year", **YEARS)
    territory = Subtree(field_name="territory__path", seen_by=OFFICE)
    state = Word(words={state: state for state in Filing.State.values})

    class Meta:
        model = Filing
        fields: list[str] = []
