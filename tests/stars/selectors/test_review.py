"""The review list against a slow and obvious model; its filters; parents after children."""

from __future__ import annotations

import random
from typing import Any

import pytest

from governance.errors import RuleBroken
from stars.models import Filing
from stars.selectors.review import Asked, changed_cells, jumps, listed_filings
from stars.services import filing as services
from tests.stars.county import POLICY, County, moment, open_county

AT = "2025-02-05 10:00"
HUO = "140821101201"


def counts(county: County, who: str, **asked: Any) -> dict[int, int | None]:
    found = listed_filings(county.cast[who], county.rating_year, Asked(**{"state": "all", **asked}), moment(AT))
    return {filing.pk: filing.changed_count for filing in found}


def slow_count(filing: Filing, saw: int | None) -> int | None:
    """By hand: what each cell said after the lines that were seen, and what it says now."""
    if saw is None:
        return None
    then: dict[tuple[int, int], int] = {}
    now: dict[tuple[int, int], int] = {}
    for number, line in enumerate(filing.changes.order_by("pk")):
        for place, score in enumerate(line.after):
            if number < saw:
                then[line.post_id, place] = score
            now[line.post_id, place] = score
    return sum(score != then.get(cell, -32768) for cell, score in now.items())


@pytest.mark.parametrize("seed", range(6))
def test_changed_since_each_body_last_looked(county: County, seed: int) -> None:
    draw, january = random.Random(seed), county.filing()
    for _turn in range(12):
        filing = Filing.objects.get(pk=january.pk)
        if filing.state == "draft":
            rows = {post: [draw.choice([100, 200, 300]), 100, -32768] for post in county.rows(january)}
            for post in draw.sample(sorted(rows), draw.randint(1, 3)):
                county.save(january, {post: rows[post]}, at=AT)
            county.save(january, {post: row for post, row in rows.items() if draw.random() < 0.5}, at=AT)
            if len(set(filing.changes.values_list("post", flat=True))) == 3:
                county.submit(january, at=AT)
        elif draw.random() < 0.5:
            who = "lei" if filing.state == "submitted" else "he"
            services.return_filing(filing_id=january.pk, reason=f"再核{_turn}", by=county.cast[who], at=moment(AT))
        elif filing.state == "submitted":
            services.pass_filing(filing_id=january.pk, by=county.cast["lei"], at=moment(AT))
        elif filing.state == "passed":
            services.accept_filing(filing_id=january.pk, by=county.cast["he"], at=moment(AT))
        filing = Filing.objects.select_related("window").get(pk=january.pk)
        for who, body, saw in (("lei", "township", filing.township_saw), ("he", "county", filing.county_saw)):
            wanted = slow_count(filing, saw)
            assert counts(county, who)[january.pk] == wanted
            assert len(changed_cells(filing, body)) == (wanted or 0)


def test_a_score_that_went_and_came_back_is_no_difference(county: County) -> None:
    january = county.filing()
    county.save(january, county.rows(january), at=AT)
    county.submit(january, at=AT)
    services.return_filing(filing_id=january.pk, reason="再核", by=county.cast["lei"], at=moment(AT))
    post = county.post(HUO).pk
    county.save(january, {post: [100, 100, -32768]}, at=AT)
    assert counts(county, "lei")[january.pk] == 2
    earlier = changed_cells(Filing.objects.select_related("window").get(pk=january.pk), "township")[f"0/0/{post}/0"]
    assert (earlier.score, earlier.by) == (5400, "刘嵋阳")
    county.save(january, {post: [5400, 2700, -32768]}, at=AT)
    assert counts(county, "lei")[january.pk] == 0


def test_the_filters(county: County) -> None:
    mine, sibling = county.filing(), county.filing(path="140821102")
    assert set(counts(county, "he")) == {
        mine.pk,
        sibling.pk,
        county.filing(period=1).pk,
        county.filing(period=1, path="140821102").pk,
    }
    assert set(counts(county, "he", months=1, period=0)) == {mine.pk, sibling.pk}
    assert set(counts(county, "he", months=12, period=0)) == set()
    assert set(counts(county, "he", months=1, period=0, unit="140821101")) == {mine.pk}
    assert set(counts(county, "he", sheet="year")) == set()
    assert set(counts(county, "lei", months=1, period=0)) == {mine.pk}
    assert set(counts(county, "he", state="waiting")) == set()
    county.save(mine, county.rows(mine), at=AT)
    county.submit(mine, at=AT)
    assert set(counts(county, "lei", state="waiting")) == {mine.pk}
    assert set(counts(county, "kong", state="waiting")) == set()
    assert set(counts(county, "he", state="waiting")) == set()
    services.return_filing(filing_id=mine.pk, reason="再核", by=county.cast["lei"], at=moment(AT))
    assert set(counts(county, "lei", state="returned")) == {mine.pk}
    assert set(counts(county, "lei", changed="yes")) == set()
    county.save(mine, county.rows(mine, 50), at=AT)
    assert set(counts(county, "lei", changed="yes")) == {mine.pk}
    county.submit(mine, at="2025-02-10 10:00")
    due = mine.window.due_at
    Filing.objects.filter(pk=sibling.pk).update(
        state="submitted", submitted_by=county.cast["zhao"], submitted_at=due, first_submitted_at=due
    )
    assert set(counts(county, "he", months=1, period=0, late="yes")) == {sibling.pk}
    assert mine.pk in counts(county, "he", late="no")


def test_a_jump_from_the_period_before(county: County) -> None:
    january, february = county.filing(), county.filing(period=1)
    county.save(january, county.rows(january), at=AT)
    rows = county.rows(february)
    rows[county.post(HUO).pk][0] = 5400 - 1201
    county.save(february, rows, at="2025-03-05 10:00")
    both = [january, february]
    assert jumps(both) == {f"0/1/{county.post(HUO).pk}/0": 5400}
    rows[county.post(HUO).pk][0] = 5400 - 1200  # a fifth of 60 points is still within the limit
    county.save(february, rows, at="2025-03-05 10:00")
    assert jumps(both) == {}


@pytest.fixture
def ordered(cast: Any) -> County:
    """The year's form, the county's own, waits for the townships' months."""
    return open_county(cast, text=POLICY.replace("reviewed_by: [county]", "reviewed_by: [county]\n    accepted_after: [month]"))


def submitted_year(county: County) -> Filing:
    year = county.filing("year")
    county.save(year, county.rows(year), at="2026-01-08 10:00")
    return county.submit(year, at="2026-01-08 10:00")


def accept(county: County, filing: Filing) -> Filing:
    return services.accept_filing(filing_id=filing.pk, by=county.cast["he"], at=moment("2026-01-08 11:00"))


def test_parent_after_children(ordered: County, monkeypatch: pytest.MonkeyPatch) -> None:
    year = submitted_year(ordered)
    with pytest.raises(RuleBroken) as broken:
        accept(ordered, year)
    assert broken.value.code == "children_waiting"
    assert "嵋阳镇" in broken.value.message
    Filing.objects.filter(window__sheet_code="month").update(
        state="accepted", submitted_by=ordered.cast["liu"], submitted_at=moment(AT), first_submitted_at=moment(AT),
    )  # fmt: skip
    last = ordered.filing(period=11, path="140821102")
    Filing.objects.filter(pk=last.pk).update(state="passed")
    with pytest.raises(RuleBroken) as broken:
        accept(ordered, year)
    assert "临晋镇" in broken.value.message and "1" in broken.value.message
    monkeypatch.setattr(services, "_require_children", lambda _filing: None)
    assert accept(ordered, year).state == "accepted"


def test_what_others_rest_on_stays(ordered: County) -> None:
    months = Filing.objects.filter(window__sheet_code="month")
    months.update(state="accepted", submitted_by=ordered.cast["liu"], submitted_at=moment(AT), first_submitted_at=moment(AT))
    year = submitted_year(ordered)
    december = ordered.filing(period=11)

    def send_back(filing: Filing) -> Filing:
        at = moment("2026-01-08 12:00")
        return services.return_filing(filing_id=filing.pk, reason="再核", by=ordered.cast["he"], at=at)

    accept(ordered, year)
    with pytest.raises(RuleBroken) as broken:
        send_back(december)
    assert broken.value.code == "parents_accepted"
    send_back(year)
    assert send_back(december).state == "draft"


def test_where_the_policy_orders_nothing_nobody_waits(county: County) -> None:
    assert accept(county, submitted_year(county)).state == "accepted"


def test_one_page_is_few_queries(county: County, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(3):
        counts(county, "he")
