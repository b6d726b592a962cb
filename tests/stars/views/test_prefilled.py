"""A cell that the register of trainings fills in: its value and source on the desk, confirmed by one clerk, contested by another."""

from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest

import stars
from governance.services.trainings import record_training
from stars.models import CellEdit, CellRemark
from tests.cast import Cast
from tests.stars.county import County, moment, open_county
from tests.stars.views.conftest import SignIn, Travel

PRESET = Path(stars.__file__).parent / "policies/shanxi-secretary-2025.yaml"
APRIL = "2025-04-08 09:00"
TRAINING = 1  # its place on the quarter's sheet


@pytest.fixture
def trained(cast: Cast) -> County:
    """All secretaries came, but for one."""
    for place in cast.places.values():
        place.village_type = "farming"
        place.save()
    county = open_county(cast, text=PRESET.read_text("utf-8"))
    absent = county.post("140821101202").person
    record_training(
        territory=cast.county, title="书记集中轮训", held_on=date(2025, 3, 18), hours=16, place="", document_no="",
        people=f"全体 到会\n嵋阳镇 {absent} 缺席", by=cast["chen"], at=moment("2025-03-20 09:00"),
    )  # fmt: skip
    return county


def test_it_is_shown_with_its_source_confirmed_or_contested(trained: County, sign_in: SignIn, travel: Travel) -> None:
    travel(APRIL)
    clerk, page = sign_in("liu"), f"/filing/{trained.rating_year.pk}/140821101/1/"
    came, missed = (trained.post(f"14082110120{n}").pk for n in (1, 2))
    cell, other = (f"1/0/{post}/{TRAINING}" for post in (came, missed))
    html = clerk.get(page).content.decode()
    drawn = {key: html.partition(f'name="{key}"')[2].partition(">")[0] for key in (cell, other)}
    assert 'data-known="10"' in drawn[cell]
    assert "data-known" not in drawn[other], "whoever missed one is judged by a person"
    panel, missing = (clerk.get(f"{page}cell/{key}/").content.decode() for key in (cell, other))
    assert "书记集中轮训；培训登记" in panel
    assert 'data-confirm="10"' in panel
    assert "缺席：书记集中轮训" in missing
    assert "data-confirm" not in missing
    edit = {"key": uuid4().hex, "cell": cell, "text": "10", "base": "", "origin": "confirmed"}
    sent = {"as": trained.cast["liu"].pk, "seen": {}, "edits": [edit]}
    reply = clerk.post(f"{page}cells/", sent, content_type="application/json")
    assert reply.status_code == 200, reply.content.decode()
    assert CellEdit.objects.get().origin == "confirmed"
    assert "data-confirm" not in clerk.get(f"{page}cell/{cell}/").content.decode(), "what is confirmed asks for nothing more"
    assert clerk.post(f"{page}cell/{cell}/", {"text": "实际只到会半天", "kind": "contest"}).status_code == 200
    contest = CellRemark.objects.get()
    assert (contest.kind, contest.subject, contest.score) == ("contest", "governance.training_attended", 1000)


def test_before_the_periods_end_the_panel_says_when_it_is_prefilled(trained: County, sign_in: SignIn, travel: Travel) -> None:
    travel("2025-03-31 09:00")
    clerk, page = sign_in("liu"), f"/filing/{trained.rating_year.pk}/140821101/1/"
    post = trained.post("140821101201").pk
    sourced, typed = (clerk.get(f"{page}cell/1/0/{post}/{place}/").content.decode() for place in (TRAINING, TRAINING + 1))
    assert "本项在本期结束（2025年3月31日）后由系统预填" in sourced
    assert "系统预填" not in typed
    travel("2025-04-01 09:00")
    assert "后由系统预填" not in sign_in("liu").get(f"{page}cell/1/0/{post}/{TRAINING}/").content.decode()
