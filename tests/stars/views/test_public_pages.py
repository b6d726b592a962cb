"""T-P5: what somebody without an account can reach, crawled: only what is allowed stands there, and only while it hangs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest
from django.db.models import Q
from django.test import Client

from stars.models import Outcome, Rating
from stars.views import publicity as view
from tests.stars.county import County
from tests.stars.views.conftest import Travel

HUO, YI = "140821101201", "140821101202"
BEFORE, DURING, LAST, AFTER = "2026-02-04 23:59", "2026-02-06 09:00", "2026-02-12 23:59", "2026-02-13 00:00"
STARTS = ("/", "/publicity/", "/sign-in/", "/verify/", "/api/v1/ratings/", "/objections/", "/my-star/")
FRAME = ["星衡", "党建引领基层治理", "English"]  # brand and the switch of languages
SIGN_IN = ["登录"]
ICON = "star"  # the name of a drawn sign
QUIET = ("/publicity/", "/verify/")  # addresses that answer with rows


@dataclass
class Page(HTMLParser):
    """What a reader sees, and what is written where no reader looks."""

    title: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)  # of <main>
    links: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)  # comments, and values of attributes that carry words

    def __post_init__(self) -> None:
        super().__init__()
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in ("meta", "link", "img", "input", "br"):
            self.inside.append(tag)
        if tag == "a" and given.get("href"):
            self.links.append(str(given["href"]))
        self.hidden += [
            v for k, v in attrs if v and (k.startswith("data-") or k in ("title", "alt", "value", "content", "aria-label"))
        ]

    def handle_endtag(self, tag: str) -> None:
        if tag in self.inside:
            while self.inside.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if text and "main" in self.inside and not {"script", "style"} & set(self.inside):
            self.words.append(text)
        elif text and self.inside[-1:] == ["title"]:
            self.title.append(text)

    def handle_comment(self, data: str) -> None:
        self.hidden.append(data)


def read(html: str) -> Page:
    page = Page()
    page.feed(html)
    return page


def crawl(client: Client) -> Iterator[tuple[str, Page]]:
    """Every page that answers, from where a stranger begins and wherever its links lead."""
    waiting, seen = list(STARTS), set()
    while waiting:
        url = waiting.pop().partition("#")[0].partition("?")[0]
        if url in seen or not url.startswith("/"):
            continue
        seen.add(url)
        response = client.get(url)
        if response.status_code == 302:
            waiting.append(response.headers["Location"])
        elif response.status_code == 200:
            if url.startswith(QUIET):
                assert "noindex" in response.headers["X-Robots-Tag"], url
                assert response.headers["Cache-Control"] == "no-store", url
            page = read(response.content.decode())
            waiting += page.links
            yield url, page


@pytest.fixture
def notice(county: County) -> str:
    """One star fewer, one without, one disqualified, one not yet eligible: of the last nothing is shown."""
    county.file_all(share=93, shares={YI: 50})
    county.close()
    county.compute()
    county.review()
    county.decide()
    county.publicise()
    return f"/publicity/{county.rating_year.pk}/"


def allowed(county: County) -> list[str]:
    """Name, village, result, how to object, and nothing else, in this order."""
    head = "临猗县 2025 年度村（社区）党组织书记星级评定公示"
    rows = Rating.objects.filter(outcome__in=(Outcome.RATED, Outcome.NONE, Outcome.DISQUALIFIED))
    rows = rows.select_related("entry__person", "entry__territory__parent").order_by("entry__territory__path", "pk")
    table = [
        word
        for row in rows
        for word in (
            row.entry.person.name,
            f"{row.entry.territory.parent.name} · {row.entry.territory.short_name}",
            f"{row.star} 星" if row.outcome == Outcome.RATED else str(Outcome(row.outcome).label),
        )
    ]
    return [
        *FRAME, head, "公示期为 2026-02-05 至 2026-02-12。", "如何提出异议", OBJECTING,
        "姓名", "村（社区）", "评定结果", *table,
    ]  # fmt: skip


OBJECTING = "对公示结果有异议的，请于 2026-02-12 前通过来访、来信或来电，实名向县委组织部或所在乡镇党委反映，并说明具体事实。收到的异议均会核实，反映人信息严格保密。"


def faults(county: County, notice: str, client: Client) -> list[str]:
    found = []
    for url, page in crawl(client):
        everything = " ".join([*page.title, *page.words, *page.hidden])
        if url == notice:
            expected = allowed(county)
            shown = [word for word in page.words if word != ICON]
            if shown != expected:
                found.append(f"{url}: {[w for w in shown if w not in expected] or shown} beside what is allowed")
            everything = " ".join(page.hidden)
        people = [person.person.name for person in county.rating_year.roster.all()]
        found += [f"{url}: {name}" for name in people if name in everything]
        found += [f"{url}: {secret}" for secret in ("93.00", "50.00", HUO, "刘嵋阳", "陈临猗", "补贴") if secret in everything]
    return found


def test_only_what_is_allowed_while_it_hangs(notice: str, county: County, client: Client, travel: Travel) -> None:
    for day in (DURING, LAST):
        travel(day)
        assert notice in {url for url, _page in crawl(client)}
        assert not faults(county, notice, client)


@pytest.mark.parametrize("day", [BEFORE, AFTER])
def test_nothing_before_and_after(notice: str, county: County, client: Client, travel: Travel, day: str) -> None:
    travel(day)
    assert client.get(notice).status_code == 404
    assert notice not in {url for url, _page in crawl(client)}
    assert not faults(county, notice, client)


def test_nothing_after_publication(notice: str, county: County, client: Client, travel: Travel) -> None:
    county.publish()
    travel("2026-02-14 09:00")
    assert client.get(notice).status_code == 404
    assert not faults(county, notice, client)
    reached = {url for url, _page in crawl(client)}
    assert reached == {"/publicity/", "/verify/", "/sign-in/"}, "no list of certificates, no way to a rating"


def test_it_says_how_to_object(notice: str, client: Client, travel: Travel) -> None:
    travel(DURING)
    words = " ".join(read(client.get(notice).content.decode()).words)
    for said in ("2026-02-12", "县委组织部", "乡镇", "保密"):
        assert said in words


# ---- the twins -----------------------------------------------------------------------------------


def test_a_score_beside_the_result_is_seen(
    notice: str, county: County, client: Client, travel: Travel, monkeypatch: pytest.MonkeyPatch
) -> None:
    travel(DURING)
    monkeypatch.setattr("stars.templatetags.stars_text.outcome_label", lambda _outcome, star: f"{star} 星 87.35")
    assert faults(county, notice, client)


def test_a_notice_that_never_comes_down_is_seen(
    notice: str, county: County, client: Client, travel: Travel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view, "_in_publicity", Q)
    for day in (BEFORE, AFTER):
        travel(day)
        assert client.get(notice).status_code == 200
        assert notice in {url for url, _page in crawl(client)}


def test_a_page_that_robots_may_keep_is_seen(
    notice: str, county: County, client: Client, travel: Travel, monkeypatch: pytest.MonkeyPatch
) -> None:
    travel(DURING)
    monkeypatch.setattr(view, "unindexed", lambda response: response)
    with pytest.raises(KeyError):
        list(crawl(client))
