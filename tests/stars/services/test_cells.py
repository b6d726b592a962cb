"""Cells that save themselves: based on what the page showed, kept as typed, done once."""

from uuid import UUID

import pytest

from governance.errors import RuleBroken
from stars.cells import NOT_APPLICABLE, NOT_FILED
from stars.models import Assessment, AssessmentChange, CellEdit
from stars.selectors.drafts import changes_since, open_edits
from stars.services import cells as services
from stars.services.filing import Unsettled
from tests.cast import appoint
from tests.stars.county import moment

HUO, SECOND = "140821101201", "140821101202"
IN_TIME, LATE = "2025-02-05 10:00", "2025-03-20 10:00"
FIRST_KEY = UUID(int=1)


@pytest.fixture
def january(county):
    return county.filing()


@pytest.fixture
def save(county, january):
    """One cell of 甲村, by liu unless said; keys count up."""
    count = iter(range(1, 1000))

    def saved(text, base=NOT_FILED, *, place=0, by="liu", at=IN_TIME, key=None, village=HUO):
        edit = services.Edit(key or UUID(int=next(count)), county.post(village).pk, place, text, base)
        return services.save_cells(filing_id=january.pk, edits=[edit], by=county.cast[by], at=moment(at))[0]

    return saved


@pytest.fixture
def ma(county):
    """A second clerk of the township."""
    county.cast.people["ma"] = appoint("马嵋阳", "township_clerk", county.cast.township, account="ma")
    return county.cast["ma"]


def stored(place=0):
    return Assessment.objects.get().scores[place]


def test_a_score_is_stored_with_its_ledger_and_its_edit(save):
    edit = save("５４.5")
    assert (edit.outcome, edit.score, edit.text) == ("saved", 5450, "５４.5")
    assert stored() == 5450
    line = AssessmentChange.objects.get()
    assert (line.before, line.after[0]) == (None, 5450)


def test_zero_not_applicable_and_not_filed_stay_three_things(county, january, save):
    save("0")
    assert stored() == 0
    save("", 0)
    assert stored() == NOT_FILED
    assert save("/").code == "not_applicable_refused", "the item applies to every village"
    assert save("不适用", place=2).outcome == "saved", "an item for some kinds of village may be said not to apply"
    assert Assessment.objects.get().scores == [NOT_FILED, NOT_FILED, NOT_APPLICABLE]


@pytest.mark.parametrize(
    ("text", "place", "code"),
    [("abc", 0, "not_a_number"), ("61", 0, "out_of_range"), ("1.234", 0, "too_many_decimals"), ("-1", 0, "out_of_range"), ("5", 2, "other_village_type")],
)  # fmt: skip
def test_a_mistake_is_kept_as_it_was_typed(county, january, save, text, place, code):
    edit = save(text, place=place)
    assert (edit.outcome, edit.code, edit.text) == ("refused", code, text)
    assert edit.message
    assert not Assessment.objects.exists()
    assert [one.text for one in open_edits([january], county.cast["liu"])] == [text]


@pytest.mark.parametrize(("place", "is_offered"), [(0, False), (2, True)])
def test_not_applicable_is_offered_only_where_it_is_taken(january, save, place, is_offered):
    assert ("不适用" in save("abc", place=place).message) == is_offered


def test_the_edit_that_arrives_late_changes_nothing_and_hears_who_was_first(county, january, save, ma):
    save("50")
    late = save("40", by="ma")
    assert (late.outcome, late.theirs, str(late.theirs_by)) == ("conflict", 5000, "刘嵋阳")
    assert late.theirs_at == moment(IN_TIME)
    assert stored() == 5000
    assert [one.text for one in open_edits([january], ma)] == ["40"]


def test_its_author_decides(county, january, save, ma):
    save("50")
    save("40", by="ma")
    assert save("40", 5000, by="ma").outcome == "saved"
    assert stored() == 4000
    assert not open_edits([january], ma)
    save("45", 5000)
    assert save("40", 4000).outcome == "saved", "taking theirs settles it"
    assert not open_edits([january], county.cast["liu"])
    assert AssessmentChange.objects.count() == 2


def test_without_the_base_the_late_edit_would_overwrite(monkeypatch, save, ma):
    """The twin: what keeps 50 is the comparison and nothing else."""
    monkeypatch.setattr(services, "outcome_of", lambda stored, base, score: CellEdit.Outcome.SAVED)
    save("50")
    assert save("40", by="ma").outcome == "saved"
    assert stored() == 4000


def test_two_who_write_the_same_are_at_odds_with_nobody(save, ma):
    save("50")
    assert save("50.00", by="ma").outcome == "saved"
    assert AssessmentChange.objects.count() == 1


def test_cells_of_one_row_do_not_disturb_each_other(save, ma):
    save("50")
    assert save("20", place=1, by="ma").outcome == "saved"
    assert Assessment.objects.get().scores == [5000, 2000, NOT_FILED]


def test_an_edit_that_is_sent_again_does_nothing_again(save, ma):
    save("50", key=FIRST_KEY)
    save("60", 5000, by="ma", key=UUID(int=500))
    again = save("50", key=FIRST_KEY)
    assert again.outcome == "saved"
    assert stored() == 6000
    assert (CellEdit.objects.count(), AssessmentChange.objects.count()) == (2, 2)


def test_keys_are_each_persons_own(save, ma):
    save("50", key=FIRST_KEY)
    assert save("40", by="ma", key=FIRST_KEY).outcome == "conflict"


def test_edits_of_one_cell_in_one_request_follow_each_other(county, january):
    post = county.post(HUO).pk
    edits = [services.Edit(UUID(int=1), post, 0, "5", NOT_FILED), services.Edit(UUID(int=2), post, 0, "55", 500)]
    done = services.save_cells(filing_id=january.pk, edits=edits, by=county.cast["liu"], at=moment(IN_TIME))
    assert [one.outcome for one in done] == ["saved", "saved"]
    assert stored() == 5500


def test_after_the_lock_what_was_typed_is_still_kept(county, january, save):
    edit = save("50", at=LATE)
    assert (edit.outcome, edit.code) == ("refused", "window_locked")
    assert not Assessment.objects.exists()


@pytest.mark.parametrize("who", ["zhao", "lei", "he", "sun"])
def test_strangers_write_nothing(save, who):
    with pytest.raises(RuleBroken) as broken:
        save("50", by=who)
    assert broken.value.code == "not_your_duty"
    assert not CellEdit.objects.exists()


def test_a_village_of_others_is_not_kept_either(save):
    with pytest.raises(RuleBroken) as broken:
        save("50", village="140821102201")
    assert broken.value.code == "not_your_village"


def test_what_others_changed_is_told_cell_by_cell(county, january, save, ma):
    save("50")
    before = AssessmentChange.objects.get().pk
    save("20", place=1, by="ma")
    told = changes_since(january, before, by_others_than=county.cast["liu"])
    assert [(one.place, one.score, str(one.by)) for one in told] == [(1, 2000, "马嵋阳")]
    assert changes_since(january, 0, by_others_than=ma) != told


def test_submitting_waits_for_what_could_not_be_saved(county, january, save):
    county.save(january, county.rows(january), at=IN_TIME)
    save("abc", 5400)
    with pytest.raises(Unsettled) as broken:
        county.submit(january, at=IN_TIME)
    assert list(broken.value.cells) == [f"0/0/{county.post(HUO).pk}/0"]
    save("54", 5400)
    assert county.submit(january, at=IN_TIME).state == "submitted"
