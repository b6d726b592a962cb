"""What the system knows beforehand, and the checks of stars/checks.yaml, over a county under the Shanxi preset."""

from datetime import date
from pathlib import Path
from uuid import UUID

import pytest

from governance import attendance
from governance.errors import RuleBroken
from governance.services.trainings import record_training
from stars.cells import NOT_FILED
from stars.models import CellRemark, Event
from stars.selectors import checks, prefill
from stars.selectors.checks import findings, is_far
from stars.selectors.prefill import known_cells
from stars.services import cells as cell_services
from stars.services.filing import Blocked
from stars.services.remarks import add_remark
from tests.stars.county import County, moment, open_county

HUO = "140821101201"
APRIL = "2025-04-08 10:00"
PRESET = (Path(prefill.__file__).parents[1] / "policies/shanxi-secretary-2025.yaml").read_text("utf-8")


@pytest.fixture
def county(cast) -> County:
    """Its villages are of farming."""
    for place in cast.places.values():
        place.village_type = "farming"
        place.save()
    return open_county(cast, text=PRESET)


@pytest.fixture
def quarter(county):
    return county.filing("quarter", 0)


@pytest.fixture
def tasks(county):
    return next(place for place, one in enumerate(county.plan.sheets["quarter"].indicators) if one.name == "tasks")


def overdue(county, path=HUO, day="2025-02-20", state=Event.State.CONFIRMED):
    post = county.post(path)
    return Event.objects.create(
        person=post.person, post=post, list_code="demerit", item_code="overdue_task", happened_on=day, evidence="台账", state=state,
        recorded_by=county.cast["chen"], recorded_at=moment(APRIL), confirmed_by=county.cast["he"], confirmed_at=moment(APRIL),
    )  # fmt: skip


def filed(county, filing, **scores):
    """Everything at 80 % of its maximum, and some items of 甲村 otherwise."""
    rows = county.rows(filing, 80)
    sheet = county.plan.sheets[filing.window.sheet_code]
    for name, score in scores.items():
        rows[county.post(HUO).pk][[one.name for one in sheet.indicators].index(name)] = score
    county.save(filing, rows, at=APRIL)
    return rows


def names_of(filing, at=APRIL):
    return sorted(one.rule.name for one in findings(filing, moment(at)))


# ---- prefilled


def test_the_preset_names_sources_that_exist(county):
    sourced = [one.fact for sheet in county.plan.sheets.values() for one in sheet.indicators if one.fact]
    assert sorted(sourced) == ["governance.training_attended", "stars.no_sanction", "stars.tasks_on_time"]
    assert not prefill.unknown_sources(county.plan)


def test_a_policy_that_names_an_unknown_source_opens_no_year(cast):
    with pytest.raises(RuleBroken) as broken:
        open_county(cast, text=PRESET.replace("stars.tasks_on_time", "stars.wishes"))
    assert broken.value.code == "unknown_source"
    assert "stars.wishes" in broken.value.message


def test_full_marks_are_known_once_the_period_is_over_and_nothing_was_confirmed(county, quarter, tasks):
    assert not known_cells(quarter, moment("2025-03-31 10:00"))
    known = known_cells(quarter, moment(APRIL))
    assert set(known) == {(county.post(f"14082110120{n}").pk, tasks) for n in (1, 2, 3)}
    one = known[county.post(HUO).pk, tasks]
    assert (one.score, one.source) == (2500, "stars.tasks_on_time")
    assert "重点任务逾期" in one.text


def test_what_speaks_against_it_gives_no_score_but_is_told(county, quarter, tasks):
    overdue(county)
    overdue(county, day="2025-04-01")
    overdue(county, "140821101202", state=Event.State.RECORDED)
    known = known_cells(quarter, moment(APRIL))
    one = known[county.post(HUO).pk, tasks]
    assert (one.score, one.found) == (NOT_FILED, 1)
    assert "1 次" in one.text
    assert known[county.post("140821101202").pk, tasks].score == 2500, "not confirmed, and so not known"


def train(county, people, day="2025-02-18", title="书记轮训"):
    return record_training(
        territory=county.cast.county, title=title, held_on=date.fromisoformat(day), hours=8, place="", document_no="", people=people,
        by=county.cast["chen"], at=moment(APRIL),
    )  # fmt: skip


def known_of_training(county, quarter, at=APRIL):
    """By the last digit of the village."""
    place = next(n for n, one in enumerate(county.plan.sheets["quarter"].indicators) if one.name == "training")
    found = known_cells(quarter, moment(at))
    return {n: found.get((county.post(f"14082110120{n}").pk, place)) for n in (1, 2, 3)}


def test_a_training_is_known_of_those_who_were_invited(county, quarter):
    assert set(known_of_training(county, quarter).values()) == {None}, "nobody was trained: nothing is known"
    second, third = (county.post(f"14082110120{n}") for n in (2, 3))
    train(county, f"全体 到会\n嵋阳镇 {second.person} 缺席\n嵋阳镇 {third.person} 请假")
    train(county, f"嵋阳镇 {county.post(HUO).person}\n嵋阳镇 {second.person}", day="2025-03-31", title="信访业务培训")
    train(county, "全体 缺席", day="2025-04-01", title="下季度的培训")
    came, missed, excused = known_of_training(county, quarter).values()
    assert (came.score, came.source, came.found) == (1000, "governance.training_attended", 0)
    assert "2次培训" in came.text
    assert "书记轮训、信访业务培训" in came.text
    assert (missed.score, missed.found) == (NOT_FILED, 1)
    assert "应参加2次培训，到会1次" in missed.text
    assert "缺席：书记轮训" in missed.text
    assert (excused.score, excused.found) == (NOT_FILED, 0)
    assert set(known_of_training(county, quarter, at="2025-03-31 10:00").values()) == {None}, "the period still runs"


def test_without_its_place_a_name_of_two_would_be_one_persons(county, monkeypatch):
    """The twin: which place was written narrows whom the name means."""
    first, second = county.post(HUO).person, county.post("140821102201").person
    second.name = first.name
    second.save()
    with pytest.raises(RuleBroken) as broken:
        train(county, f"{first.name} 缺席")
    assert "嵋阳镇" in broken.value.message
    assert "临晋镇" in broken.value.message
    trainees = train(county, f"临晋镇 {first.name} 缺席").trainees
    assert trainees.get().person == second
    monkeypatch.setattr(attendance, "_around", lambda post: [*county.cast.places.values()])
    with pytest.raises(RuleBroken):
        train(county, f"临晋镇 {first.name} 缺席", title="另一次")


def confirm(county, quarter, tasks, text="25", key=1):
    edit = cell_services.Edit(UUID(int=key), county.post(HUO).pk, tasks, text, NOT_FILED, "confirmed")
    return cell_services.save_cells(filing_id=quarter.pk, edits=[edit], by=county.cast["liu"], at=moment(APRIL))[0]


def test_confirmed_is_stored_as_confirmed(county, quarter, tasks):
    edit = confirm(county, quarter, tasks)
    assert (edit.outcome, edit.origin, edit.score) == ("saved", "confirmed", 2500)


def test_nobody_confirms_what_the_system_no_longer_says(county, quarter, tasks):
    overdue(county)
    edit = confirm(county, quarter, tasks)
    assert (edit.outcome, edit.code) == ("refused", "prefill_changed")


def test_last_times_scores_are_suggestions_and_not_known(county):
    january, february = county.filing("month", 0), county.filing("month", 1)
    county.save(january, county.rows(january, 80), at="2025-02-05 10:00")
    desk = checks.desk_of(february, moment("2025-03-05 10:00"))
    assert desk.last[county.post(HUO).pk, 0] == 1600
    assert not desk.known


# ---- checks


def test_an_ordinary_filing_has_no_finding_but_what_differs_from_the_known(county, quarter):
    filed(county, quarter, tasks=2500)
    assert names_of(quarter) == ["prefill_unanswered"] * 2, "80 % where the system knows full marks"


def test_another_score_than_the_known_one_needs_a_contest(county, quarter, tasks):
    rows = county.rows(quarter, 80)
    for scores in rows.values():
        scores[tasks] = 2500
    rows[county.post(HUO).pk][tasks] = 2000
    county.save(quarter, rows, at=APRIL)
    with pytest.raises(Blocked) as broken:
        county.submit(quarter, at=APRIL)
    assert list(broken.value.cells) == [f"1/0/{county.post(HUO).pk}/{tasks}"]
    said = {
        "filing_id": quarter.pk,
        "post_id": county.post(HUO).pk,
        "place": tasks,
        "by": county.cast["liu"],
        "at": moment(APRIL),
    }
    add_remark(**said, key=UUID(int=1), text="一般性备注")
    with pytest.raises(Blocked):
        county.submit(quarter, at=APRIL)
    known = known_cells(quarter, moment(APRIL))[county.post(HUO).pk, tasks]
    add_remark(**said, key=UUID(int=2), text="有一项任务验收不合格，登记簿尚未录入", contests=known)
    assert county.submit(quarter, at=APRIL).state == "submitted"


def test_full_marks_against_the_record_block(county, quarter):
    overdue(county)
    filed(county, quarter, tasks=2500)
    assert "full_marks_against_record" in names_of(quarter)
    with pytest.raises(Blocked) as broken:
        county.submit(quarter, at=APRIL)
    assert "满分" in broken.value.cells[f"1/0/{county.post(HUO).pk}/0"]


def test_without_the_checks_it_would_go_through(monkeypatch, county, quarter):
    """The twin."""
    overdue(county)
    filed(county, quarter, tasks=2500)
    monkeypatch.setattr(checks, "rules", lambda: ())
    assert county.submit(quarter, at=APRIL).state == "submitted"


def test_far_from_the_villages_own_past_is_said_and_does_not_block(county):
    for period in range(4):
        county.save(
            county.filing("month", period),
            county.rows(county.filing("month", period), 80 + period),
            at=f"2025-0{period + 2}-05 10:00",
        )
    may, at = county.filing("month", 4), "2025-06-05 10:00"
    rows = county.rows(may, 80)
    rows[county.post(HUO).pk][0] = 300
    county.save(may, rows, at=at)
    [one] = findings(may, moment(at))
    assert (one.rule.name, one.rule.blocking, one.place) == ("far_from_usual", False, 0)
    assert "16.3" in one.text
    assert county.submit(may, at=at).state == "submitted"


def test_three_earlier_values_are_too_few_to_judge_by(county):
    for period in range(3):
        county.save(
            county.filing("month", period), county.rows(county.filing("month", period), 80), at=f"2025-0{period + 2}-05 10:00"
        )
    rows = county.rows(county.filing("month", 3), 80)
    rows[county.post(HUO).pk][0] = 0
    county.save(county.filing("month", 3), rows, at="2025-05-06 10:00")
    assert not findings(county.filing("month", 3), moment("2025-05-06 10:00"))


@pytest.mark.parametrize(
    ("score", "earlier", "far"),
    [(1600, [1600] * 4, False), (1250, [1600] * 4, False), (1249, [1600] * 4, True), (1951, [1600] * 4, True), (0, [0, 2000, 0, 2000], False), (900, [1500, 1600, 1700, 1600, 20], True)],
)  # fmt: skip
def test_how_far_is_far(score, earlier, far):
    assert is_far(score, earlier, 3.5, 100) == far


@pytest.mark.parametrize(
    ("scores", "name"),
    [
        ({"disputes": 0, "order": 1500}, "disputes_zero_order_full"),
        ({"disputes": 0, "order": 1400}, ""),
        ({"disputes": 1000, "order": 1500}, ""),
    ],
)
def test_contradictions(county, scores, name):
    march = county.filing("month", 2)
    filed(county, march, **scores)
    assert names_of(march) == [name] * bool(name)


def test_sums_see_rows_that_are_all_full_or_all_zero(county):
    march = county.filing("month", 2)
    rows = county.rows(march, 80)
    first, second = county.post(HUO).pk, county.post("140821101202").pk
    rows[first] = county.rows(march, 100)[first]
    rows[second] = county.rows(march, 0)[second]
    county.save(march, rows, at=APRIL)
    assert names_of(march) == ["row_all_full", "row_all_zero"]


def test_a_remark_answers_advice(county):
    march = county.filing("month", 2)
    filed(county, march, disputes=0, order=1500)
    [before] = findings(march, moment(APRIL))
    add_remark(
        filing_id=march.pk, post_id=before.post_id, place=before.place, key=UUID(int=1), text="已核实", by=county.cast["liu"], at=moment(APRIL)
    )  # fmt: skip
    [after] = findings(march, moment(APRIL))
    assert (before.answered, after.answered) == (False, True)


def test_an_item_that_no_longer_applies_blocks(county, cast):
    march = county.filing("month", 2)
    sheet = [one.name for one in county.plan.sheets["month"].indicators]
    filed(county, march)
    rows = county.rows(march, 80)
    post = county.post(HUO).pk
    rows[post][sheet.index("industry")] = 500
    with pytest.raises(RuleBroken):
        county.save(march, rows, at=APRIL)
    from stars.models import Assessment

    row = Assessment.objects.get(post_id=post, period=2, sheet=0)
    Assessment.objects.filter(pk=row.pk).update(scores=rows[post])
    assert names_of(march) == ["limits"]


def test_the_same_remark_twice_is_one(county, quarter, tasks):
    for _time in range(2):
        add_remark(
            filing_id=quarter.pk, post_id=county.post(HUO).pk, place=tasks, key=UUID(int=9), text="已核实", by=county.cast["liu"], at=moment(APRIL)
        )  # fmt: skip
    assert CellRemark.objects.count() == 1


@pytest.mark.parametrize("who", ["zhao", "sun", "an", "huo", "tang"])
def test_strangers_and_auditors_say_nothing(county, quarter, tasks, who):
    with pytest.raises(RuleBroken) as broken:
        add_remark(
            filing_id=quarter.pk, post_id=county.post(HUO).pk, place=tasks, key=UUID(int=9), text="x", by=county.cast[who], at=moment(APRIL)
        )  # fmt: skip
    assert broken.value.code == "not_your_duty"
