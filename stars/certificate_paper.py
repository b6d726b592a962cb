"""The certificate of a star on paper: what is published and nothing else, with what it takes to check it."""

from __future__ import annotations

import segno
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from governance import pdf
from governance.record import language_of_record
from stars.labels import outcome_label
from stars.models import PublishedRating

HALF = 32  # letters of a SHA-256 in hex, on each of two lines


def certificate_pdf(rating: PublishedRating, *, link: str) -> bytes:
    """Of a published star, in the site's language whoever asks. `link`: the address at which the paper can be checked."""
    publication = rating.publication
    county, decided = publication.rating_year.territory, publication.decision.policy
    star = rating.star or 0
    with language_of_record():
        return pdf.render("certificate.typ", {
            "title": _("Star certificate"), "scheme": decided.title, "name": rating.person_name,
            "place": f"{county.name} {rating.township_name} {rating.village_name}",
            "sentence": _("rated for the year %(year)d") % {"year": rating.year},
            "stars": star, "result": outcome_label(rating.outcome, rating.star),
            "number_label": _("Certificate number"), "number": rating.certificate_no,
            "check": _("To check it:"), "link": link, "code": code_rows(link),
            "chain_label": _("Link of the publication:"), "chain": [publication.hash[:HALF], publication.hash[HALF:]],
            "issuer": _("Organization department of the county Party committee of %(county)s") % {"county": county.name},
            "day": date_format(localtime(publication.published_at), "DATE_FORMAT"),
        })  # fmt: skip


def code_rows(text: str) -> list[str]:
    """A QR code that stands a third of it being worn: a line of 0 and 1 for each row, 1 is dark."""
    return ["".join(str(dot) for dot in row) for row in segno.make(text, error="q", micro=False).matrix]
