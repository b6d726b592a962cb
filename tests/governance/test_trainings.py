"""Trainings and who came: lines as an office types or pastes them, all or nothing, corrected with a trace."""

from datetime import date, datetime
from typing import Any

import pytest

from governance.attendance import read_attendance, written_attendance
from governance.errors import RuleBroken
from governance.models import AuditEntry, Trainee, Training
from governance.services import trainings
from governance.services.trainings import correct_training, record_training
from tests.cast import Cast

AT = datetime.fromisoformat("2025-03-20 09:00+08:00")
DAY = date(2025, 3, 18)
HUO = "140821101201"


def record(cast: Cast, people: str = "全体 到会", by: str = "chen", **changes: Any) -> Training:
    given = {"territory": cast.county, "title": "书记轮训", "held_on": DAY, "hours": 16, "place": "县委党校", "document_no": ""}
    return record_training(**{**given, **changes}, people=people, by=cast[by], at=AT)


def came(training: Training) -> dict[str, str]:
    return {one.person.name: one.state for one in training.trainees.select_related("person")}


def name(cast: Cast, path: str) -> str:
    return cast.secretaries[path].person.name


def test_everybody_and_those_who_were_not_there(cast: Cast) -> None:
    huo, second = name(cast, HUO), name(cast, "140821101202")
    training = record(cast, f"全体\t到会\n嵋阳镇\t{huo}\t请假\n{cast.places['140821101202']}、{second}，缺席\n")
    states = came(training)
    assert (states.pop(huo), states.pop(second)) == ("excused", "absent")
    assert set(states.values()) == {"present"}
    assert len(states) + 2 == sum(path.startswith("140821") for path in cast.secretaries)
    line = AuditEntry.objects.get(act="training.record")
    assert (line.by, line.territory, line.detail) == (cast["chen"], cast.county, {"people": len(states) + 2})


def test_a_townships_own_training_is_for_its_own(cast: Cast) -> None:
    training = record(cast, territory=cast.places["140821101"])
    assert {one.person.territory.path[:9] for one in training.trainees.all()} == {"140821101"}
    with pytest.raises(RuleBroken) as broken:
        record(cast, name(cast, "140821102201"), territory=cast.places["140821101"], title="另一次")
    assert broken.value.code == "bad_attendance"


def test_one_wrong_line_and_nothing_is_recorded(cast: Cast) -> None:
    with pytest.raises(RuleBroken) as broken:
        record(cast, f"全体\n无此人 缺席\n缺席\n{name(cast, HUO)}\n{name(cast, HUO)} 请假")
    assert broken.value.field == "people"
    for number in (2, 3, 5):
        assert f"第{number}行" in broken.value.message
    assert "第4行" not in broken.value.message
    assert not Training.objects.exists()


@pytest.mark.parametrize(
    "by, changes, code",
    [
        ("tang", {}, "not_your_duty"),
        ("liu", {"territory": "140821101"}, "not_your_duty"),
        ("qin", {}, "not_your_duty"),
        ("chen", {"territory": HUO}, "not_a_holder_of_trainings"),
        ("chen", {"held_on": date(2025, 3, 21)}, "not_held_yet"),
        ("chen", {"people": " \n"}, "nobody_named"),
    ],
)
def test_refused(cast: Cast, by: str, changes: dict[str, Any], code: str) -> None:
    if "territory" in changes:
        changes = {**changes, "territory": cast.places[changes["territory"]]}
    with pytest.raises(RuleBroken) as broken:
        record(cast, by=by, **changes)
    assert broken.value.code == code


def test_without_the_question_a_stranger_would_record(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin."""
    monkeypatch.setattr(trainings, "require", lambda *_asked: None)
    assert record(cast, by="tang").pk


def test_a_correction_keeps_what_stands_and_says_what_it_changed(cast: Cast) -> None:
    huo, second = name(cast, HUO), name(cast, "140821101202")
    training = record(cast, f"{huo}\n{second}")
    kept = training.trainees.get(person__name=huo)
    third = name(cast, "140821101203")
    correct_training(training_id=training.pk, people=f"{huo} 缺席\n{third}", title="书记轮训（第一期）", by=cast["he"], at=AT)
    assert came(training) == {huo: "absent", third: "present"}
    assert training.trainees.get(person__name=huo).pk == kept.pk
    line = AuditEntry.objects.get(act="training.correct")
    removed = [cast.secretaries["140821101202"].person_id]
    assert line.detail == {"people": 2, "changed": 1, "added": 1, "removed": removed}
    assert [one.title for one in training.history.order_by("pgh_id")] == ["书记轮训", "书记轮训（第一期）"]
    correct_training(training_id=training.pk, people="", by=cast["he"], at=AT)
    assert not Trainee.objects.exists(), "taken back"


def test_what_is_written_reads_as_the_same(cast: Cast) -> None:
    training = record(cast, f"全体\n{name(cast, HUO)} 请假")
    posts = list(trainings.posts_on(cast.county, DAY))
    text = written_attendance(training.trainees.select_related("person"), posts)
    assert f"嵋阳镇 {cast.places[HUO]} {name(cast, HUO)} 请假" in text
    assert read_attendance(text, posts) == dict(training.trainees.values_list("person", "state"))
