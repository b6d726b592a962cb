"""Certificates: who gets one, what it says, and what anybody learns who types a number."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from governance import pdf
from governance.masking import masked_name
from stars import certificate_paper
from stars.certificate_paper import certificate_pdf
from stars.certificates import as_typed
from stars.models import PublishedRating
from stars.selectors import certificates as selector
from stars.services import stages
from tests.stars.county import County, moment
from tests.stars.views.conftest import SignIn, Travel

LATER = "2026-03-02 09:00"
HUO = "140821101201"


def row(county: County, path: str = HUO) -> PublishedRating:
    return PublishedRating.objects.get(territory__path=path, superseded_by=None)


def corrected(county: County, share: int) -> PublishedRating:
    act = {"by": county.cast["chen"], "at": moment(LATER)}
    stages.open_correction(rating_year_id=county.rating_year.pk, reason="录入有误", **act)
    county.unlock(county.filing("year"), at=LATER)
    stages.amend_scores(filing_id=county.filing("year").pk, rows={county.post(HUO).pk: [share * 100]}, reason="有误", **act)
    county.compute("2026-03-02 11:00")
    county.review("2026-03-03 09:00")
    county.decide("2026-03-04 09:00")
    county.publicise("2026-03-05 09:00")
    county.publish("2026-03-13 09:00")
    return row(county)


def printed(monkeypatch: pytest.MonkeyPatch, rating: PublishedRating) -> dict[str, object]:
    """What reaches the template."""
    seen: dict[str, object] = {}
    monkeypatch.setattr(pdf, "render", lambda _template, data: seen.update(data) or b"")
    certificate_pdf(rating, link="http://testserver/verify/x/")
    return seen


def test_a_pdf_for_whoever_may_see_the_star(published: County, sign_in: SignIn, travel: Travel) -> None:
    travel(LATER)
    own = row(published)
    url = f"/ratings/{own.pk}/certificate.pdf"
    for who in ("huo", "liu", "lei", "chen", "an"):
        response = sign_in(who).get(url)
        assert response.status_code == 200, who
        assert response.content.startswith(b"%PDF-")
        assert b"NotoSansSC" in response.content
        assert "no-store" in response.headers["Cache-Control"]
    for who, status in {"zhao": 404, "tang": 404, "geng": 404, "dai": 403, "sun": 403, "client": 403}.items():
        assert sign_in(who).get(url).status_code == status, who
    assert sign_in("huo").get(f"/ratings/{row(published, '140821101202').pk}/certificate.pdf").status_code == 404
    assert Client().get(url).status_code == 302


def test_the_pages_of_the_star_lead_to_it(published: County, sign_in: SignIn, travel: Travel) -> None:
    travel(LATER)
    own = row(published)
    for who, page in {"huo": "/my-star/", "chen": f"/ratings/{own.pk}/"}.items():
        assert f"/ratings/{own.pk}/certificate.pdf" in sign_in(who).get(page).content.decode()


def test_what_it_says(published: County, monkeypatch: pytest.MonkeyPatch) -> None:
    own = row(published)
    said = printed(monkeypatch, own)
    assert (said["name"], said["number"], said["stars"]) == ("霍嵋阳", own.certificate_no, own.star)
    assert said["place"] == "临猗县 嵋阳镇 嵋阳甲村"
    assert said["issuer"] == "中共临猗县委组织部"
    assert "".join(said["chain"]) == own.publication.hash
    assert "2025" in str(said["sentence"]) and "2026" in str(said["day"])
    assert own.score is not None and "93" not in "".join(v for k, v in said.items() if k != "chain" and isinstance(v, str))


def test_the_code_is_the_link(published: County) -> None:
    """Read back by its finder patterns and size; the dots come from a library that tests its own reading."""
    rows = certificate_paper.code_rows("http://testserver/verify/140821-2025-0001-9/")
    assert len({len(one) for one in rows}) == 1 and len(rows) == len(rows[0])
    finder = ["1111111", "1000001", "1011101", "1011101", "1011101", "1000001", "1111111"]
    assert [one[:7] for one in rows[:7]] == [one[-7:] for one in rows[:7]] == [one[:7] for one in rows[-7:]] == finder
    assert rows != certificate_paper.code_rows("http://testserver/verify/140821-2025-0002-7/")


def test_a_corrected_star_has_no_paper_any_more(published: County, sign_in: SignIn, travel: Travel) -> None:
    own = row(published)
    newer = corrected(published, 80)
    travel("2026-03-14 09:00")
    assert sign_in("huo").get(f"/ratings/{own.pk}/certificate.pdf").status_code == 404
    assert sign_in("huo").get(f"/ratings/{newer.pk}/certificate.pdf").status_code == 200


def test_no_star_no_paper(county: County, sign_in: SignIn, travel: Travel) -> None:
    county.file_all(shares={HUO: 50})
    county.close()
    county.settle()
    travel(LATER)
    assert sign_in("huo").get(f"/ratings/{row(county).pk}/certificate.pdf").status_code == 404
    assert "certificate.pdf" not in sign_in("huo").get("/my-star/").content.decode()


# ---- checking one --------------------------------------------------------------------------------


def words(html: str) -> str:
    return re.sub(r"<[^>]+>", " ", html.partition("<main")[2])


def test_a_valid_number_says_what_the_paper_says(published: County, client: Client, travel: Travel) -> None:
    travel(LATER)
    own = row(published)
    response = client.get(f"/verify/{own.certificate_no}/")
    text = words(response.content.decode())
    assert response.status_code == 200 and "此证书有效" in text
    for said in (own.certificate_no, "临猗县", "嵋阳甲村", "霍*阳", "2025", f"{own.star} 星", "2026-02-13"):
        assert str(said) in text
    for kept in ("霍嵋阳", "93.00", HUO, "月补贴", "嵋阳镇", own.publication.hash):
        assert kept not in response.content.decode()
    assert "noindex" in response.headers["X-Robots-Tag"]
    assert response.headers["Cache-Control"] == "no-store"


def test_mistyped_unknown_and_empty(published: County, client: Client) -> None:
    own = str(row(published).certificate_no)
    wrong = own[:-1] + ("0" if own[-1] != "0" else "1")
    response = client.get(f"/verify/{wrong}/")
    assert "这不是证书编号" in response.content.decode()
    assert "这不是证书编号" in client.get("/verify/<b>/").content.decode()
    assert client.get("/verify/").status_code == 200
    assert client.get("/verify/", {"number": "/"}).status_code == 200
    assert client.get("/verify/", {"number": "."}).status_code == 200
    assert client.post("/verify/").status_code == 405


def test_an_unknown_number_with_its_check_character(published: County, client: Client) -> None:
    from stars.certificates import certificate_number

    response = client.get(f"/verify/{certificate_number('140821', 2024, 1)}/")
    assert "没有以此编号" in response.content.decode()


def test_as_people_type_it(published: County, client: Client, travel: Travel) -> None:
    own = str(row(published).certificate_no)
    wide = own.translate(str.maketrans("0123456789-", "０１２３４５６７８９－"))  # as a Chinese keyboard writes it
    response = client.get("/verify/", {"number": f" {wide} "}, follow=True)
    assert "此证书有效" in response.content.decode()
    assert as_typed("140821—2025–0001‑x") == "140821-2025-0001-X"


@pytest.mark.parametrize(("share", "says"), [(80, "现行有效的是"), (0, "现无有效证书")])
def test_a_correction_says_what_is_in_force(published: County, client: Client, travel: Travel, share: int, says: str) -> None:
    own = row(published)
    newer = corrected(published, share)
    travel("2026-03-14 09:00")
    text = words(client.get(f"/verify/{own.certificate_no}/").content.decode())
    assert "此证书已失效" in text and says in text and "此证书有效" not in text
    if newer.certificate_no:
        assert newer.certificate_no in text
        assert "此证书有效" in client.get(f"/verify/{newer.certificate_no}/").content.decode()


def test_the_twin_that_overlooks_corrections(
    published: County, client: Client, travel: Travel, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = row(published)
    corrected(published, 80)
    travel("2026-03-14 09:00")
    found = selector.Looked(found=own)
    monkeypatch.setattr("stars.views.certificates.look_up", lambda _number: found)
    assert "此证书有效" in client.get(f"/verify/{own.certificate_no}/").content.decode()


def test_what_is_not_published_has_no_number(closed_county: County, client: Client) -> None:
    """From the decision to the last day of publicity nothing answers."""
    from stars.certificates import certificate_number

    closed_county.compute()
    closed_county.review()
    closed_county.decide()
    closed_county.publicise()
    html = client.get(f"/verify/{certificate_number('140821', 2025, 1)}/").content.decode()
    assert "没有以此编号" in html and "村" not in words(html).replace("村（社区）", "")


@pytest.fixture
def counted(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[[Client, int], list[int]]:
    """Three a minute, counted from zero."""
    from django.core.cache.backends.locmem import LocMemCache

    cache = LocMemCache("certificates", {})
    cache.clear()
    monkeypatch.setattr("governance.rates.caches", {"shared": cache})
    settings.CERTIFICATE_LOOKUPS_A_MINUTE = 3

    def ask(client: Client, times: int, address: str = "10.0.0.7") -> list[int]:
        return [client.get("/verify/140821-2025-0001-X/", REMOTE_ADDR=address).status_code for _time in range(times)]

    return ask


def test_guessing_is_slow(published: County, client: Client, counted: Callable[..., list[int]], travel: Travel) -> None:
    travel(LATER)
    assert counted(client, 5)[3:] == [429, 429]
    response = client.get(f"/verify/{row(published).certificate_no}/", REMOTE_ADDR="10.0.0.7")
    assert response.status_code == 429 and "嵋阳甲村" not in response.content.decode()
    assert int(response.headers["Retry-After"]) > 0
    assert client.get(f"/verify/{row(published).certificate_no}/", REMOTE_ADDR="10.0.0.8").status_code == 200


def test_the_twin_that_does_not_count(
    published: County, client: Client, counted: Callable[..., list[int]], settings: Settings
) -> None:
    settings.CERTIFICATE_LOOKUPS_A_MINUTE = 1_000_000
    assert 429 not in counted(client, 5)


def test_what_cannot_be_counted_is_refused(published: County, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    class Down:
        def add(self, *_args: object) -> None:
            raise ConnectionError("no route to the cache")

    monkeypatch.setattr("governance.rates.caches", {"shared": Down()})
    response = client.get(f"/verify/{row(published).certificate_no}/")
    assert response.status_code == 503 and "嵋阳甲村" not in response.content.decode()


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三", "张*"),
        ("张小明", "张*明"),
        ("欧阳小明", "欧阳*明"),
        ("欧阳", "欧*"),
        ("欧阳明", "欧阳*"),
        ("阿依古丽", "阿**丽"),
        ("王", "王"),
        ("", ""),
    ],
)
def test_masked(name: str, masked: str) -> None:
    assert masked_name(name) == masked
