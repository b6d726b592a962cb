"""Does what is published still follow, to the byte, from what was decided? Reads, compares, writes nothing.

Checked for each publication of a county, oldest first: its number, its link in the chain and its anchor outside the
database; the policy's text against its digest; the decided block against its digest; the result recomputed from block
and policy against the decided digest, and every published row in force then, with its trace, against that result;
certificate numbers; the pay list against the same steps. Beside them the packed assessments of every year against their rows.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from django.db.models import Max, QuerySet

from governance import policy as documents
from governance.models import PolicyVersion
from stars import packs, results
from stars.block import digest_of, inputs_of
from stars.certificates import certificate_number, is_certificate_number, serial_of
from stars.chain import link, pay_digest, rows_digest
from stars.engine.burden_words import CHECKED_ALREADY
from stars.engine.compile import compile_policy
from stars.engine.inputs import WrongInputs
from stars.engine.plan import Plan
from stars.models import Outcome, PayLine, PayList, Publication, PublishedRating, RatingYear
from stars.services.anchors import Anchor, anchor_of, read_anchors
from stars.services.computed import Computed
from stars.services.pay import pay_lines

RESULT = ("outcome", *results.NULLABLE)
PAY = ("tier", "monthly_cents", "months", "reward_cents", "amount_cents")


@dataclass(frozen=True)
class Difference:
    """`where` names the publication and row, `what` says what was expected and what is there."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass
class Verification:
    """What was looked at, and the first thing that is wrong with each publication."""

    publications: int = 0
    ratings: int = 0
    differences: list[Difference] = field(default_factory=list)


def verify_all(*, county: str = "", year: int | None = None) -> Verification:
    """The whole database, or the chain of one county, or one year of it. Numbers and anchors are always looked at whole."""
    found = Verification()
    found.differences += list(_verify_numbers_and_anchors(county))
    chains = Publication.objects.filter(rating_year__territory__path__prefix=county).values_list(
        "rating_year__territory__path", flat=True
    )
    for path in sorted(set(chains)):
        _verify_chain(path, year, found)
    found.differences += [
        Difference(f"packed assessments of {pack}", "are not the accepted rows; DELETE them and recompute")
        for pack in packs.stale(county, year)
    ]
    return found


def verify_county_year(rating_year: RatingYear) -> Verification:
    return verify_all(county=rating_year.territory.path, year=rating_year.year)


def _verify_numbers_and_anchors(county: str) -> Iterator[Difference]:
    """A cut tail, a removed or doubled publication, a chain that was forged anew."""
    publications = {one.number: one for one in Publication.objects.select_related("rating_year__territory")}
    last = Publication.objects.aggregate(number=Max("number"))["number"] or 0
    for number in range(1, last + 1):
        if number not in publications:
            yield Difference(f"publication {number}", "is missing: the numbers have a gap")
    try:
        anchors = read_anchors()
    except ValueError as error:
        yield Difference("anchors", str(error))
        return
    yield from _against_anchors(publications, anchors, county)


def _against_anchors(publications: Mapping[int, Publication], anchors: Iterable[Anchor], county: str) -> Iterator[Difference]:
    anchored = set()
    for anchor in anchors:
        anchored.add(anchor["number"])
        if not str(anchor["county"]).startswith(county):
            continue
        publication = publications.get(int(str(anchor["number"])))
        if publication is None:
            yield Difference(
                f"publication {anchor['number']}", f"is anchored for {anchor['county']} {anchor['year']} and no longer there"
            )
        elif anchor_of(publication) != anchor:
            yield Difference(
                _name(publication), f"its link {publication.hash[:12]}… is not the anchored {str(anchor['hash'])[:12]}…"
            )
    for number in sorted(set(publications) - anchored):
        if publications[number].rating_year.territory.path.startswith(county):
            yield Difference(_name(publications[number]), "has no anchor outside the database")


def _verify_chain(path: str, year: int | None, found: Verification) -> None:
    """A county's publications in their order; what each year has in force is carried along."""
    previous = ""
    in_force: dict[int, dict[int, PublishedRating]] = {}
    for publication in _publications(path):
        rows = list(publication.ratings.select_related("supersedes").order_by("pk"))
        of_year = in_force.setdefault(publication.rating_year_id, {})
        if year in (None, publication.rating_year.year):
            found.publications += 1
            found.ratings += len(rows)
            first = next(_differences(publication, rows, of_year, previous), None)
            found.differences += [first] if first else []
        of_year.update({row.person_id: row for row in rows})
        previous = publication.hash


def _publications(path: str) -> QuerySet[Publication]:
    related = Publication.objects.select_related("decision__policy", "rating_year__territory", "rating_year__policy")
    return related.filter(rating_year__territory__path=path).order_by("number")


def _differences(
    publication: Publication, rows: list[PublishedRating], earlier: Mapping[int, PublishedRating], previous: str
) -> Iterator[Difference]:
    where = _name(publication)
    yield from _verify_link(publication, rows, previous, where)
    plan = yield from _verify_policy(publication, where)
    if plan is None:
        return
    computed = yield from _verify_block(publication, plan, where)
    if computed is None:
        return
    yield from _verify_rows(computed, rows, earlier, where)
    yield from _verify_certificates(publication, rows, earlier, where)
    yield from _verify_pay(publication, where)


def _verify_link(publication: Publication, rows: list[PublishedRating], previous: str, where: str) -> Iterator[Difference]:
    if publication.previous_hash != previous:
        yield Difference(
            where, f"follows {publication.previous_hash[:12] or 'nothing'}, but {previous[:12] or 'nothing'} comes before it"
        )
    if rows_digest(rows) != publication.rows_digest:
        yield Difference(where, _altered_row(publication, rows) or "its rows are not those that were published")
    if link(publication) != publication.hash:
        yield Difference(where, "its own fields are not those of its link")


def _altered_row(publication: Publication, rows: list[PublishedRating]) -> str:
    """The row that a recomputation contradicts, if that names one: people want a name, not a digest."""
    try:
        computed = Computed.of(_plan_of(publication.decision.policy), inputs_of(bytes(publication.decision.block)))
    except (ValueError, KeyError):
        return ""
    expected = _expected(computed)
    for row in rows:
        if row.person_id not in expected:
            return f"{_who(row)} is published and was not on the roster"
        if difference := _row_difference(row, expected[row.person_id]):
            return f"{_who(row)}: {difference}"
    return ""


def _verify_policy(publication: Publication, where: str) -> Generator[Difference, None, Plan | None]:
    policy, decision = publication.decision.policy, publication.decision
    try:
        plan = _plan_of(policy)
    except ValueError as error:
        yield Difference(where, f"the text of policy {policy.code} can't be read: {error}")
        return None
    if not plan.digest == policy.digest == decision.policy_digest:
        yield Difference(
            where, f"the text of policy {policy.code} has digest {plan.digest[:12]}…, decided was {decision.policy_digest[:12]}…"
        )
        return None
    return plan


def _plan_of(policy: PolicyVersion) -> Plan:
    """From the text itself, past every cache."""
    return compile_policy(documents.load(policy.text), CHECKED_ALREADY)


def _verify_block(publication: Publication, plan: Plan, where: str) -> Generator[Difference, None, Computed | None]:
    decision = publication.decision
    block = bytes(decision.block)
    if digest_of(block) != decision.inputs_digest:
        yield Difference(where, "the decided inputs are not those of their digest")
        return None
    try:
        computed = Computed.of(plan, inputs_of(block))
    except (ValueError, KeyError, WrongInputs) as error:
        yield Difference(where, f"the decided inputs can't be read: {error}")
        return None
    if computed.result_digest != decision.result_digest:
        yield Difference(where, "the policy gives another result for the decided inputs")
    return computed


def _verify_rows(
    computed: Computed, rows: list[PublishedRating], earlier: Mapping[int, PublishedRating], where: str
) -> Iterator[Difference]:
    """After this publication everybody on the roster has exactly one row in force, and it is what the block gives."""
    in_force = dict(earlier)
    for row in rows:
        before = in_force.get(row.person_id)
        if row.supersedes_id != (before.pk if before else None):
            yield Difference(
                where, f"{_who(row)}: takes the place of row {row.supersedes_id}, in force was {before.pk if before else None}"
            )
        in_force[row.person_id] = row
    expected = _expected(computed)
    for person in sorted(set(in_force) | set(expected)):
        if person not in in_force:
            yield Difference(where, f"person {person} was decided and is not published")
        elif person not in expected:
            yield Difference(where, f"{_who(in_force[person])} is published and was not on the roster")
        elif difference := _row_difference(in_force[person], expected[person]):
            yield Difference(where, f"{_who(in_force[person])}: {difference}")


def _expected(computed: Computed) -> dict[int, tuple[tuple[int | None, ...], bytes]]:
    """By person: outcome, star, grade, score, pay, and the trace."""
    ratings = computed.ratings
    columns = [getattr(ratings, name).tolist() for name in RESULT]
    values = [tuple(None if value == results.NOTHING else value for value in row) for row in zip(*columns, strict=True)]
    traces = (trace.tobytes() for trace in ratings.trace)
    return dict(zip(computed.inputs.key.tolist(), zip(values, traces, strict=True), strict=True))


def _row_difference(row: PublishedRating, expected: tuple[tuple[int | None, ...], bytes]) -> str:
    for name, wanted in zip(RESULT, expected[0], strict=True):
        if (there := getattr(row, name)) != wanted:
            return f"published {name} is {there}, recomputed {wanted}"
    return "" if bytes(row.trace) == expected[1] else "the published trace is not the recomputed one"


def _verify_certificates(
    publication: Publication, rows: list[PublishedRating], earlier: Mapping[int, PublishedRating], where: str
) -> Iterator[Difference]:
    county, year = publication.rating_year.territory.path, publication.rating_year.year
    for row in rows:
        number = row.certificate_no
        if (number is not None) != (row.outcome == Outcome.RATED):
            yield Difference(where, f"{_who(row)}: a certificate goes with a star and nothing else")
        elif number is not None and not (
            is_certificate_number(number) and number == certificate_number(county, year, serial_of(number))
        ):
            yield Difference(where, f"{_who(row)}: {number} is no certificate number of {county} {year}")


def _verify_pay(publication: Publication, where: str) -> Iterator[Difference]:
    pay_list = PayList.objects.filter(publication=publication).first()
    if pay_list is None:
        yield Difference(where, "has no pay list")
        return
    stored = {line.rating_id: line for line in pay_list.lines.all()}
    expected = {line.rating_id: line for line in pay_lines(publication)}
    for rating in sorted(set(stored) | set(expected)):
        if difference := _pay_difference(stored.get(rating), expected.get(rating)):
            yield Difference(f"{where}, pay list {pay_list.number}", f"rating {rating}: {difference}")
    if pay_list.digest != pay_digest(publication, stored.values()) or pay_list.total_cents != sum(
        x.amount_cents for x in stored.values()
    ):
        yield Difference(f"{where}, pay list {pay_list.number}", "its digest or total is not that of its lines")


def _pay_difference(stored: PayLine | None, expected: PayLine | None) -> str:
    if stored is None or expected is None:
        return "a line is missing" if stored is None else "a line too many"
    for name in PAY:
        if (there := getattr(stored, name)) != (wanted := getattr(expected, name)):
            return f"{name} is {there}, by the policy {wanted}"
    return ""


def _name(publication: Publication) -> str:
    rating_year = publication.rating_year
    return f"publication {publication.number} ({rating_year.territory.path} {rating_year.year} v{publication.version})"


def _who(row: PublishedRating) -> str:
    return f"{row.person_name} · {row.village_name} ({row.village_code})"
