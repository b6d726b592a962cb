"""Why this star: for the office before and after publication, for the secretary the own one alone."""

from stars.models import PublishedRating, RosterEntry
from tests.stars.county import County
from tests.stars.views.conftest import SignIn, Travel

LATER = "2026-03-02 09:00"


def test_before_publication_the_office_reads_it(county: County, sign_in: SignIn, travel: Travel) -> None:
    county.file_all(share=93)
    county.close()
    county.compute()
    travel("2026-02-03 09:00")
    entry = RosterEntry.objects.get(territory=county.cast.village)
    page = f"/years/{county.rating_year.pk}/ratings/{entry.pk}/"
    html = sign_in("liu").get(page).content.decode()
    assert "暂定" in html
    assert "月均分" in html
    assert "55.80" in html
    assert "刘嵋阳" in html, "who filed it"
    assert sign_in("zhao").get(page).status_code == 404
    assert sign_in("huo").get(page).status_code == 403


def test_somebody_who_is_not_computed_yet(county: County, sign_in: SignIn, travel: Travel) -> None:
    travel("2025-04-08 09:00")
    entry = RosterEntry.objects.get(territory=county.cast.village)
    html = sign_in("chen").get(f"/years/{county.rating_year.pk}/ratings/{entry.pk}/").content.decode()
    assert "尚未计算" in html


def test_the_secretary_reads_the_own_one(published: County, sign_in: SignIn, travel: Travel) -> None:
    travel(LATER)
    own = PublishedRating.objects.get(person=published.cast.people["huo"].person)
    html = sign_in("huo").get("/my-star/").content.decode()
    assert own.certificate_no
    assert own.certificate_no in html
    assert "嵋阳甲村" in html
    assert "乙村" not in html
    assert sign_in("huo").get("/my-star/?year=2025").status_code == 200
    assert "还没有发布" in sign_in("huo").get("/my-star/?year=1999").content.decode()
    assert sign_in("huo").get(f"/ratings/{own.pk}/").status_code == 403
    assert sign_in("liu").get("/my-star/").status_code == 403


def test_a_published_one_is_read_in_its_place_only(published: County, sign_in: SignIn, travel: Travel) -> None:
    travel(LATER)
    own = PublishedRating.objects.get(person=published.cast.people["huo"].person)
    assert str(own.certificate_no) in sign_in("lei").get(f"/ratings/{own.pk}/").content.decode()
    assert sign_in("zhao").get(f"/ratings/{own.pk}/").status_code == 404
    assert sign_in("tang").get(f"/ratings/{own.pk}/").status_code == 404


def test_a_correction_names_what_it_corrects(published: County, sign_in: SignIn, travel: Travel) -> None:
    from stars.services.stages import amend_scores, open_correction
    from tests.stars.county import moment

    cast, own = published.cast, PublishedRating.objects.get(person=published.cast.people["huo"].person)
    open_correction(rating_year_id=published.rating_year.pk, reason="录入有误", by=cast["chen"], at=moment("2026-03-02 09:00"))
    filing = published.filing(period=0)
    rows = published.rows(filing, 40)
    chosen = {published.post("140821101201").pk: rows[published.post("140821101201").pk]}
    published.unlock(filing, at="2026-03-02 09:30")
    amend_scores(filing_id=filing.pk, rows=chosen, reason="录入有误", by=cast["chen"], at=moment("2026-03-02 10:00"))
    published.compute("2026-03-02 11:00")
    published.review("2026-03-03 09:00")
    published.decide("2026-03-04 09:00")
    published.publicise("2026-03-05 09:00")
    published.publish("2026-03-20 09:00")
    travel("2026-03-21 09:00")
    newer = PublishedRating.objects.get(supersedes=own)
    assert f"/ratings/{newer.pk}/" in sign_in("chen").get(f"/ratings/{own.pk}/").content.decode()
    assert "录入有误" in sign_in("huo").get("/my-star/").content.decode()


def test_no_star_yet(county: County, sign_in: SignIn, travel: Travel) -> None:
    travel("2025-04-08 09:00")
    assert "还没有发布" in sign_in("huo").get("/my-star/").content.decode()
