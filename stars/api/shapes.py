"""What goes out, described for the schema; a published row itself is made by stars.selectors.pull."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from stars.models import Filing, Publication, RatingYear
from stars.selectors.pull import OUTCOMES

TERRITORY = _("Path of digits: 6 a county, 9 a township, 12 a village.")


class RatingOut(serializers.Serializer):
    id = serializers.IntegerField()
    publication = serializers.IntegerField(help_text=_("Number of the publication; later ones have greater numbers."))
    version = serializers.IntegerField(help_text=_("Of the county-year: 1, and one more with each correction."))
    published_at = serializers.DateTimeField()
    year = serializers.IntegerField()
    county = serializers.CharField(help_text=TERRITORY)
    township_name = serializers.CharField()
    village_code = serializers.CharField(help_text=_("Twelve digits, as the state numbers the village."))
    village_name = serializers.CharField()
    person = serializers.IntegerField(help_text=_("The same person keeps this number over the years."))
    person_name = serializers.CharField(help_text=_("As published."))
    outcome = serializers.ChoiceField(choices=list(OUTCOMES))
    star = serializers.IntegerField(allow_null=True, help_text=_("Only where the outcome is `rated`."))
    grade = serializers.IntegerField(allow_null=True, help_text=_("Place in the policy's grades, from 0, worst first."))
    score_hundredths = serializers.IntegerField(allow_null=True, help_text=_("Hundredths of a point."))
    pay_cents = serializers.IntegerField(allow_null=True, help_text=_("Monthly supplement in cents (分)."))
    certificate_no = serializers.CharField(allow_null=True)
    supersedes = serializers.IntegerField(allow_null=True, help_text=_("`id` of the row that this one corrects."))


class StepOut(serializers.Serializer):
    name = serializers.CharField(help_text=_("Of the column of the trace: a step of the policy, or `sheet[period]`."))
    title = serializers.CharField(allow_blank=True)
    unit = serializers.CharField(help_text=_("points and percent in hundredths, money in cents, star, count, yesno, or word."))
    value = serializers.IntegerField(allow_null=True)
    special = serializers.ChoiceField(
        choices=["not_filed", "not_applicable", "none", "disqualified"],
        allow_null=True,
        help_text=_("Where there is no value, why."),
    )
    text = serializers.CharField(help_text=_("The value for people."))
    sentence = serializers.CharField(allow_blank=True, help_text=_("How the step came to it; empty for a period of a sheet."))


class RatingDetailOut(RatingOut):
    superseded_by = serializers.IntegerField(allow_null=True, help_text=_("`id` of the row that corrected this one."))
    policy = serializers.CharField(help_text=_("Digest; see /policies/{digest}/."))
    trace = StepOut(many=True)


class PublicationOut(serializers.ModelSerializer):
    year = serializers.IntegerField(source="rating_year.year")
    county = serializers.CharField(source="rating_year.territory.path", help_text=TERRITORY)
    policy = serializers.CharField(source="decision.policy_digest", help_text=_("Digest; see /policies/{digest}/."))
    inputs_digest = serializers.CharField(source="decision.inputs_digest")
    result_digest = serializers.CharField(source="decision.result_digest")

    class Meta:
        model = Publication
        fields = ["number", "year", "county", "version", "published_at", "reason", "policy", "inputs_digest", "result_digest",
                  "rows_digest", "previous_hash", "hash"]  # fmt: skip


class RatingYearOut(serializers.ModelSerializer):
    county = serializers.CharField(source="territory.path", help_text=TERRITORY)
    policy = serializers.CharField(source="policy.digest", help_text=_("Digest; see /policies/{digest}/."))

    class Meta:
        model = RatingYear
        fields = ["id", "county", "year", "stage", "policy", "roster_frozen_at", "computed_at", "reviewed_at", "publicity_from",
                  "publicity_until"]  # fmt: skip


class FilingOut(serializers.ModelSerializer):
    territory = serializers.CharField(source="territory.path", help_text=TERRITORY)
    year = serializers.IntegerField(source="window.rating_year.year")
    sheet = serializers.CharField(source="window.sheet_code")
    period = serializers.IntegerField(source="window.period", help_text=_("Counted from 0."))
    opens_at = serializers.DateTimeField(source="window.opens_at")
    due_at = serializers.DateTimeField(help_text=_("Of this unit, extensions counted."))
    locks_at = serializers.DateTimeField(help_text=_("Of this unit, extensions counted."))

    class Meta:
        model = Filing
        fields = [
            "id",
            "territory",
            "year",
            "sheet",
            "period",
            "opens_at",
            "due_at",
            "locks_at",
            "state",
            "version",
            "return_reason",
        ]


class IndicatorOut(serializers.Serializer):
    name = serializers.CharField()
    title = serializers.CharField()
    maximum = serializers.CharField(help_text=_("Points."))


class RowOut(serializers.Serializer):
    post = serializers.IntegerField()
    village_code = serializers.CharField()
    village_name = serializers.CharField()
    person_name = serializers.CharField()
    scores = serializers.ListField(
        child=serializers.CharField(allow_blank=True), help_text=_("In the order of `indicators`, as RowIn.")
    )


class ScoresOut(serializers.Serializer):
    version = serializers.IntegerField()
    indicators = IndicatorOut(many=True)
    rows = RowOut(many=True)


class RowIn(serializers.Serializer):
    post = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    scores = serializers.ListField(
        child=serializers.CharField(max_length=40, allow_blank=True, trim_whitespace=False), max_length=200,
        help_text=_("Points as text, “86.5”; an empty text: not filed; “/” or “不适用”: does not apply."),
    )  # fmt: skip


class ScoresIn(serializers.Serializer):
    version = serializers.IntegerField(
        min_value=0, max_value=2**31 - 1, required=False, allow_null=True, default=None,
        help_text=_("Of the filing as it was read; somebody else's save in between is then refused as stale_version."),
    )  # fmt: skip
    rows = RowIn(many=True, min_length=1, max_length=2000)


class ReviewIn(serializers.Serializer):
    act = serializers.ChoiceField(choices=["pass", "accept", "return"])
    reason = serializers.CharField(
        max_length=500, required=False, allow_blank=True, default="", help_text=_("Needed when it is sent back.")
    )
