"""A published star as one file, and the program that checks it without this product."""

from __future__ import annotations

import json
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from governance.downloads import attachment
from governance.duties import COUNTY, INSIDE
from governance.views_base import PersonRequest, page, public_page
from stars.bundle import verify_bundle
from stars.bundle.making import bundle_of
from stars.views.certificates import readable_or_404

PROGRAM = Path(verify_bundle.__file__)


@page(duties=INSIDE)
@require_safe
def bundle(request: PersonRequest, published_rating_id: int) -> HttpResponse:
    """The county's own office gets the whole county's inputs; everybody else those of the one person."""
    found = readable_or_404(request.user, published_rating_id)
    county = found.publication.rating_year.territory.path
    whole = any(request.user.holds(duty, county) for duty in COUNTY)
    content = json.dumps(bundle_of(found, whole=whole), ensure_ascii=False, indent=1)
    return attachment(content.encode(), f"{found.village_name} {found.year} {found.pk}.json", "application/json")


@public_page
@require_safe
def program(request: HttpRequest) -> HttpResponse:
    return attachment(PROGRAM.read_bytes(), PROGRAM.name, "text/x-python")
