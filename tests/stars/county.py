"""A small county's rating year, ready to be walked: a short policy, and the acts of its people in one word each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from governance.models import PolicyVersion, Post
from governance.services import policies
from stars.cases.document import Case, Subject
from stars.models import Assessment, DeadlineRequest, Filing, Publication, RatingYear
from stars.plans import plan_for
from stars.selectors.answering import answering_in, applies, sheet_of
from stars.services import deadlines, stages
from stars.services import filing as filings
from stars.services.cases import save_case
from stars.services.rating import recompute_years
from stars.services.years import close_year, open_year
from tests.cast import Cast

POLICY = """
grammar: rating/1
code: small-county
title: 小县书记星级评定办法
dated: 2025-01-01
subject: secretary
every: year
eligible: {at_least: {roster.full_months_in_post: $months_in_post}}
settled_by:
  - {stage: review, body: county_staff, title: 县委组织部复核}
  - {stage: decide, body: county_leader, title: 县委组织部部务会审定}
publicity: {working_days: 5}
scales:
  grade: {title: 等次, words: {poor: 差, fair: 中, good: 好}}
  village_type: {title: 村庄类型, words: {farming: 农业型, industry: 产业型}}
  tier: {title: 奖励档次, words: {no_reward: 不奖励, reward_two: 二等, reward_one: 一等}}
parameters:
  months_in_post: {title: 任职满月数, value: 12, unit: count, date: 2025-01-01, source: 样例, evidence: default}
  pay_three: {title: 三星月补贴, value: 333.33, unit: money, date: 2025-01-01, source: 样例, evidence: default}
tenure: {posts: [secretary], merge_gap_months: 12, gaps_count: false, drop_before_removal: true, as_of: period_end}
roster:
  village_type: {title: 村庄类型, scale: village_type}
  full_months_in_post: {title: 任职满月数, unit: count}
  full_decades_in_post: {title: 任职满十年数, unit: count}
  county_awards: {title: 县级表彰, unit: count, max: 3}
history:
  star: {title: 上年星级, unit: star, max: 5, years_back: 1}
sheets:
  month:
    title: 月考核
    every: month
    filed_by: township
    reviewed_by: [township, county]
    opens: {after: start, days: 0}
    due: {after: end, working_days: 5}
    locks: {after: end, working_days: 10}
    indicators:
      party: {title: 支部建设, max: 60}
      order: {title: 平安稳定, max: 30}
      industry: {title: 产业发展, max: 10, part: {village_type: [industry]}}
  year:
    title: 年终考核
    every: year
    filed_by: county
    reviewed_by: [county]
    opens: {after: end, days: 1}
    due: {after: end, working_days: 8}
    locks: {after: end, working_days: 12}
    indicators:
      report: {title: 述职评议, max: 100}
events:
  merit: {title: 加分, filed_by: township, year_cap: 5.00, items: {praise: {title: 表彰, points: 3}, practice: {title: 经验推广, up_to: 2.00}}}
  discipline: {title: 处分, filed_by: county, authorised_by: 《中国共产党纪律处分条例》, items: {warning: {title: 警告以上处分}}}
steps:
  monthly: {title: 月均分, mean: month, at_least: 10}
  evaluated: {title: 综合, weigh: {monthly: 60, year: 40}}
  score: {title: 得分, sum: [evaluated, events.merit], cap: 105}
  grade: {title: 等次, band: score, rows: [{from: 90, gives: good}, {from: 60, gives: fair}, {from: 0, gives: poor}]}
  by_grade: {title: 等次得星, table: grade, unit: star, rows: {good: 2, fair: 1, poor: none}}
  first_star: {title: 基础星, sum: [by_grade, roster.full_decades_in_post, roster.county_awards], floor: 0, cap: 5}
  change: {title: 变动, table: grade, unit: star, rows: {good: 1, fair: 0, poor: none}}
  moved: {title: 调星, move: history.star, by: change, first: first_star, from_none: first_star, from_disqualified: first_star, at_most: 1, floor: 0, cap: 5}
  vetoed: {title: 受处分, test: {any: [events.discipline]}}
  star: {title: 星级, override: moved, when: vetoed, becomes: disqualified, authorised_by: 《中国共产党纪律处分条例》}
  pay: {title: 月补贴, table: star, unit: money, rows: {5: 500, 4: 400, 3: $pay_three, 2: 200.05, 1: 100, 0: 0, none: 0, disqualified: 0}}
  tier: {title: 奖励档次, table: star, rows: {5: reward_one, 4: reward_one, 3: reward_two, 2: no_reward, 1: no_reward, 0: no_reward, none: no_reward, disqualified: no_reward}}
  reward: {title: 奖励, table: tier, unit: money, rows: {reward_one: 5000, reward_two: 1000.01, no_reward: 0}}
outputs: {result: star, grade: grade, score: score, base: first_star, pay: pay, tier: tier, reward: reward}
"""
NEWCOMER = Case("没有任职的不参评", (Subject(expect={"outcome": "not_eligible"}),))
LONG_AFTER = "2026-02-01 09:00"
CLOSING = "2026-02-02 09:00"


def moment(text: str) -> datetime:
    """ "2025-04-08 10:00" in Shanghai, seconds and their parts if need be."""
    return timezone.make_aware(datetime.fromisoformat(text), timezone.get_default_timezone())


@dataclass
class County:
    """`cast` and their county-year; every act is by whoever does it in the story unless said."""

    cast: Cast
    policy: PolicyVersion
    rating_year: RatingYear

    @property
    def plan(self):
        return plan_for(self.policy)

    def filing(self, sheet: str = "month", period: int = 0, path: str = "140821101") -> Filing:
        found = Filing.objects.select_related("window__rating_year__policy", "territory")
        place = self.cast.county.path if self.plan.sheets[sheet].filed_by == "county" else path
        return found.get(
            window__rating_year=self.rating_year, window__sheet_code=sheet, window__period=period, territory__path=place
        )

    def rows(self, filing: Filing, share: int = 90, shares: Mapping[str, int] | None = None) -> dict[int, list[int]]:
        """`share` percent of every maximum, or the village's own of `shares`, for everybody who answers."""
        sheet = sheet_of(self.plan, filing.window)
        return {
            post: [
                indicator.max * (shares or {}).get(one.post.territory.path, share) // 100
                if applies(indicator, self.plan, one.facts)
                else -32768
                for indicator in sheet.indicators
            ]
            for post, one in answering_in(filing, sheet).items()
        }

    def people_of(self, filing: Filing) -> tuple[str, str, str]:
        """Who files, passes and accepts it."""
        return {"140821": ("chen", "", "he"), "140821101": ("liu", "lei", "he"), "140821102": ("zhao", "kong", "he")}[
            filing.territory.path
        ]

    def save(self, filing: Filing, rows: Mapping[int, list[int]], *, at: str, by: str = "", version: int | None = None) -> Filing:
        who = self.cast[by or self.people_of(filing)[0]]
        return filings.save_scores(filing_id=filing.pk, rows=rows, version=version, by=who, at=moment(at), door="page")

    def submit(self, filing: Filing, *, at: str, by: str = "") -> Filing:
        return filings.submit_filing(filing_id=filing.pk, by=self.cast[by or self.people_of(filing)[0]], at=moment(at))

    def accept(self, filing: Filing, *, at: str) -> Filing:
        """Through all its reviews."""
        _clerk, leader, county = self.people_of(filing)
        if leader:
            filings.pass_filing(filing_id=filing.pk, by=self.cast[leader], at=moment(at))
        return filings.accept_filing(filing_id=filing.pk, by=self.cast[county], at=moment(at))

    def unlock(
        self, filing: Filing, *, at: str, paths: Sequence[str] = (), asked: str = "chen", granted: str = "qin"
    ) -> DeadlineRequest:
        """For a week, the villages of `paths`, or all that answer."""
        answering = answering_in(filing, sheet_of(self.plan, filing.window)).values()
        villages = [one.post.territory_id for one in answering if not paths or one.post.territory.path in paths]
        request = deadlines.ask_unlock(
            filing_id=filing.pk, villages=villages, until=(moment(at) + timedelta(days=7)).date(), reason="核对原始材料",
            by=self.cast[asked], at=moment(at),
        )  # fmt: skip
        return deadlines.decide_request(request_id=request.pk, grant=True, reason="属实", by=self.cast[granted], at=moment(at))

    def file(self, filing: Filing, *, share: int = 90, shares: Mapping[str, int] | None = None) -> Filing:
        """Saved, submitted, passed and accepted in the window's last hours."""
        before = (timezone.localtime(filing.window.locks_at) - timedelta(hours=2)).strftime("%Y-%m-%d %H:%M")
        self.save(filing, self.rows(filing, share, shares), at=before)
        self.submit(filing, at=before)
        return self.accept(filing, at=before)

    def file_all(self, *, share: int = 90, shares: Mapping[str, int] | None = None, months: int = 12) -> None:
        """Every window that ends in the first `months` filed and accepted, written past the services: a year of clicks is slow, and
        tested elsewhere."""
        filings_ = Filing.objects.filter(window__rating_year=self.rating_year, window__ends_on__month__lte=months).select_related(
            "window__rating_year__policy", "territory"
        )
        now, scored = moment("2026-01-16 12:00"), []
        for filing in filings_:
            clerk, leader, county = (self.cast.people.get(name) for name in self.people_of(filing))
            filing.state, filing.version = Filing.State.ACCEPTED, 1
            filing.submitted_by, filing.passed_by, filing.accepted_by = clerk, leader, county
            filing.submitted_at = filing.first_submitted_at = filing.passed_at = filing.accepted_at = now
            filing.township_saw = filing.county_saw = 0
            scored += [
                Assessment(
                    post_id=post, county=140821, year=self.rating_year.year, sheet=filing.window.sheet, period=filing.window.period,
                    status=Assessment.Status.ACCEPTED, filed_at=now, scores=scores,
                )
                for post, scores in self.rows(filing, share, shares).items()
            ]  # fmt: skip
        Filing.objects.bulk_update(
            filings_,
            [f"{act}_{what}" for act in ("submitted", "passed", "accepted") for what in ("by", "at")]
            + ["state", "version", "first_submitted_at", "township_saw", "county_saw"],
        )
        Assessment.objects.bulk_create(scored)

    def close(self, at: str = CLOSING) -> RatingYear:
        return close_year(rating_year_id=self.rating_year.pk, by=self.cast["chen"], at=moment(at))

    def compute(self, at: str = "2026-02-02 10:00") -> RatingYear:
        recompute_years([self.rating_year.pk], at=moment(at))
        return self.now()

    def review(self, at: str = "2026-02-03 09:00", by: str = "he") -> RatingYear:
        return stages.review_year(rating_year_id=self.rating_year.pk, by=self.cast[by], at=moment(at))

    def decide(self, at: str = "2026-02-04 09:00", by: str = "qin") -> RatingYear:
        return stages.decide_year(rating_year_id=self.rating_year.pk, by=self.cast[by], at=moment(at))

    def publicise(self, at: str = "2026-02-05 09:00", by: str = "chen") -> RatingYear:
        return stages.open_publicity(rating_year_id=self.rating_year.pk, by=self.cast[by], at=moment(at))

    def publish(self, at: str = "2026-02-13 00:00", by: str = "he") -> Publication:
        return stages.publish_year(rating_year_id=self.rating_year.pk, by=self.cast[by], at=moment(at))

    def settle(self) -> Publication:
        """From the closed year to its publication."""
        self.compute()
        self.review()
        self.decide()
        self.publicise()
        return self.publish()

    def now(self) -> RatingYear:
        """As it stands in the database."""
        return RatingYear.objects.select_related("policy", "territory").get(pk=self.rating_year.pk)

    def post(self, path: str) -> Post:
        return self.cast.secretaries[path]


def open_county(cast: Cast, year: int = 2025, text: str = POLICY) -> County:
    at = moment(f"{year - 1}-12-10 09:00")
    policy = policies.store_policy(text, by=None, at=at)
    save_case(policy.pk, NEWCOMER, by=None, at=at)
    policies.bring_into_force(policy.pk, by=None, at=at)
    policies.adopt(policy.pk, territory=cast.county, year_from=year, document_no="", by=None, at=at)
    rating_year = open_year(territory=cast.county, year=year, by=cast["chen"], at=moment(f"{year}-01-02 09:00"))
    return County(cast, PolicyVersion.objects.get(pk=policy.pk), rating_year)
