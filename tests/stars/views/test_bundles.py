"""Who downloads which bundle."""

from __future__ import annotations

import json

from django.test import Client

from stars.bundle import checking
from stars.models import PublishedRating
from tests.stars.county import County
from tests.stars.views.conftest import SignIn, Travel

LATER = "2026-03-02 09:00"


def test_the_county_gets_the_whole_and_everybody_else_the_one(published: County, sign_in: SignIn, travel: Travel) -> None:
    travel(LATER)
    own = PublishedRating.objects.get(person=published.cast.people["huo"].person)
    url = f"/ratings/{own.pk}/bundle.json"
    for who, whole in {"chen": True, "qin": True, "huo": False, "liu": False, "lei": False, "an": False}.items():
        response = sign_in(who).get(url)
        assert response.status_code == 200, who
        bundle = json.loads(response.content)
        assert (bundle["block"] is not None) == whole, who
        assert checking.problems(bundle, own.publication.hash) == []
        assert "no-store" in response.headers["Cache-Control"]
    for who, status in {"zhao": 404, "tang": 404, "dai": 403, "sun": 403}.items():
        assert sign_in(who).get(url).status_code == status, who
    other = PublishedRating.objects.exclude(pk=own.pk).first()
    assert other and sign_in("huo").get(f"/ratings/{other.pk}/bundle.json").status_code == 404
    assert Client().get(url).status_code == 302


def test_the_page_leads_to_it_and_to_the_program(published: County, sign_in: SignIn, travel: Travel) -> None:
    travel(LATER)
    own = PublishedRating.objects.get(person=published.cast.people["huo"].person)
    html = sign_in("huo").get("/my-star/").content.decode()
    assert f"/ratings/{own.pk}/bundle.json" in html and own.publication.hash in html
    program = Client().get("/verify/verify_bundle.py")
    assert program.status_code == 200 and b"def problems(" in program.content
    assert "attachment" in program.headers["Content-Disposition"]
