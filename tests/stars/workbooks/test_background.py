"""A workbook too large for a request: kept at once, read by a worker, and whatever befalls the worker, read once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError
from django.test import Client

from governance import clock, jobs
from governance.errors import RuleBroken
from governance.models import AuditEntry, Job, Post
from governance.sandbox import package, values
from stars.models import Assessment, Upload
from stars.workbooks import apply_upload, discard_upload, recheck_upload, uploads
from tests.cast import make_cast
from tests.databases import Fresh
from tests.stars.county import POLICY, open_county
from tests.stars.workbooks import hostile
from tests.stars.workbooks.desk import Desk, File, changed, found
from tests.stars.workbooks.large import ITEMS, open_page, workbook_of
from tests.stars.workbooks.many import add_villages

RIGHT = {"D5": 50, "E5": 25.5, "D6": 0, "E6": 30}
ROWS, SECONDS, MEGABYTES = 50_000, 30, 300


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    calls: list[int] = []
    monkeypatch.setattr(jobs, "wake", calls.append)
    return calls


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every workbook is."""
    monkeypatch.setattr(uploads, "IN_REQUEST", 100)


@pytest.fixture
def at_the_desk(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The worker's clock shows what the desk's does."""
    monkeypatch.setattr(clock, "now", lambda: desk.now)
    return desk


def work(upload: Upload) -> str:
    return jobs.run_job(upload.job_id, worker="here", clock=clock.now)


def now(upload: Upload) -> Upload:
    return Upload.objects.select_related("job").get(pk=upload.pk)


def test_kept_at_once_and_read_by_a_worker(at_the_desk: Desk, large: None, woken: list[int]) -> None:
    desk = at_the_desk
    content = desk.filled(RIGHT | {"D7": "八十"})
    upload = desk.store(content)
    assert (now(upload).state, now(upload).cells, bytes(now(upload).workbook)) == ("reading", {}, content)
    assert work(upload) == "done"
    read = now(upload)
    assert read.state == "pending"
    assert [(one["cell"], one["code"]) for one in read.mistakes] == [("D7", "not_a_number")]
    assert read.job.counts == {"rows": 9, "accepted": 8, "listed": 1, "mistakes": 1}
    assert (read.job.done, read.job.total) == (34, 34)  # of all sheets that are seen, with the lines above the villages
    assert [*AuditEntry.objects.filter(subject=f"stars.Upload:{upload.pk}").values_list("act", flat=True).order_by("pk")] == [
        "stars.store_upload", "stars.read_upload",
    ]  # fmt: skip
    apply_upload(upload_id=upload.pk, by=desk.county.cast["liu"], at=desk.now, accepted_only=True)
    assert now(upload).state == "in_part"


def test_the_same_as_in_a_request(at_the_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    content = at_the_desk.filled(RIGHT | {"D7": "八十", "A6": "999"})
    at_once = now(at_the_desk.store(content))
    monkeypatch.setattr(uploads, "IN_REQUEST", 100)
    later = at_the_desk.store(content)
    work(later)
    assert [getattr(now(later), name) for name in ("cells", "mistakes", "checked")] == [
        getattr(at_once, name) for name in ("cells", "mistakes", "checked")
    ]


def test_an_ordinary_form_stays_in_the_request(desk: Desk) -> None:
    assert len(desk.form()) < uploads.IN_REQUEST // 10
    assert desk.store(desk.form()).state == "pending"


def test_progress_is_told_row_by_row(at_the_desk: Desk, large: None, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, int]] = []
    plain = jobs.Progress.__call__
    monkeypatch.setattr(uploads, "ROWS_A_BEAT", 2)
    monkeypatch.setattr(
        jobs.Progress, "__call__", lambda self, done, total: (told.append((done, total)), plain(self, done, total))
    )
    work(at_the_desk.store(at_the_desk.filled(RIGHT)))
    assert told == [(0, 34), (2, 34), (4, 34), (6, 34), (8, 34)]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (hostile.with_sheet(b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), "已放弃；请重新下载"),
        (hostile.ordinary()[:-200] + bytes(200), "损坏"),
    ],
    ids=["too heavy", "damaged"],
)  # fmt: skip
def test_a_refusal_is_said_on_its_page_and_loses_nothing(at_the_desk: Desk, large: None, content: bytes, says: str) -> None:
    desk = at_the_desk
    upload = desk.store(content)
    assert work(upload) == "failed"
    assert (now(upload).state, bytes(now(upload).workbook)) == ("reading", content)
    assert says in now(upload).job.error
    first = now(upload).job_id
    again = recheck_upload(upload_id=upload.pk, grid=desk.grid(), by=desk.county.cast["liu"], at=desk.now)
    assert (again.state, again.job_id > first) == ("reading", True)
    discard_upload(upload_id=upload.pk, by=desk.county.cast["liu"], at=desk.now)
    assert now(upload).state == "discarded"


@pytest.mark.parametrize("size", [package.MAX_FILE + 1])
def test_what_is_beyond_all_limits_is_refused_before_it_is_kept(desk: Desk, size: int) -> None:
    with pytest.raises(RuleBroken) as broken:
        desk.store(package.ZIP_MAGIC + bytes(size - 4))
    assert broken.value.code == "too_large"
    assert Upload.objects.count() == 0


def test_sixty_thousand_rows_are_refused_before_they_are_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    said = hostile.with_member(
        hostile.SHEET, b"<worksheet " + hostile.MAIN + b'><dimension ref="A1:R60001"/>' + b" " * 1000 + b"</worksheet>"
    )
    monkeypatch.setattr(package.zipfile.ZipFile, "read", lambda *_asked: pytest.fail("unpacked"))
    with pytest.raises(package.Refused) as refused:
        values.read(said)
    assert (refused.value.code, refused.value.detail) == ("sheet_too_long", {"rows": 60_001, "limit": 60_000})
    monkeypatch.setattr(package, "_refuse_by_dimensions", lambda *_package: None)
    with pytest.raises(pytest.fail.Exception):  # the twin
        values.read(said)


def test_thrown_away_while_it_is_read(at_the_desk: Desk, large: None) -> None:
    desk = at_the_desk
    upload = desk.store(desk.filled(RIGHT))
    discard_upload(upload_id=upload.pk, by=desk.county.cast["liu"], at=desk.now)
    assert work(upload) == "done"
    assert (now(upload).state, now(upload).cells) == ("discarded", {})


def test_not_applied_before_it_is_read(at_the_desk: Desk, large: None) -> None:
    upload = at_the_desk.store(at_the_desk.filled(RIGHT))
    with pytest.raises(RuleBroken) as broken:
        apply_upload(upload_id=upload.pk, by=at_the_desk.county.cast["liu"], at=at_the_desk.now)
    assert broken.value.code == "still_read"


def test_asked_twice_it_is_one_job(at_the_desk: Desk, large: None) -> None:
    desk = at_the_desk
    upload = desk.store(desk.filled(RIGHT))
    again = recheck_upload(upload_id=upload.pk, grid=desk.grid(), by=desk.county.cast["liu"], at=desk.now)
    assert again.job_id == upload.job_id
    assert Job.objects.count() == 1


def test_a_worker_that_dies_is_followed_by_another(at_the_desk: Desk, large: None, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = at_the_desk
    upload = desk.store(desk.filled(RIGHT))
    with monkeypatch.context() as broken_off:
        broken_off.setattr(jobs.Progress, "finish", lambda *_counts: (_ for _ in ()).throw(OperationalError("killed")))
        assert work(upload) == "running"
    assert now(upload).state == "reading"
    desk.at = "2025-02-07 10:05"
    assert jobs.sweep(desk.now) == [upload.job_id]
    assert work(upload) == "done"
    assert (now(upload).state, now(upload).job.attempts) == ("pending", 2)
    assert AuditEntry.objects.filter(act="stars.read_upload").count() == 1


def test_one_that_lost_its_lease_writes_nothing(at_the_desk: Desk, large: None, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = at_the_desk
    upload = desk.store(desk.filled(RIGHT))
    check = uploads.check_upload

    def overtaken(*asked: Any) -> Any:
        Job.objects.filter(pk=upload.job_id).update(lease=None, state="queued")
        return check(*asked)

    monkeypatch.setattr(uploads, "check_upload", overtaken)
    assert work(upload) == "elsewhere"
    assert now(upload).state == "reading"
    monkeypatch.setattr(jobs.Progress, "finish", lambda *_counts: None)  # the twin: nobody asks whose the job is
    Job.objects.filter(pk=upload.job_id).update(state="queued")
    work(upload)
    assert now(upload).state == "pending"


def test_who_may_no_longer_file_gets_nothing_read(at_the_desk: Desk, large: None) -> None:
    """The page closed, or she left the post, while the workbook waited."""
    desk = at_the_desk
    upload = desk.store(desk.filled(RIGHT))
    Post.objects.filter(person=desk.county.cast["liu"].person).update(until_on=date(2025, 2, 6))
    assert work(upload) == "failed"
    assert (now(upload).state, now(upload).cells) == ("reading", {})


def test_its_page(at_the_desk: Desk, large: None, client: Client) -> None:
    desk = at_the_desk
    client.force_login(desk.county.cast["liu"], backend="django.contrib.auth.backends.ModelBackend")
    upload = desk.store(desk.filled(RIGHT))
    page = client.get(f"/uploads/{upload.pk}/").content.decode()
    assert f'hx-get="/uploads/{upload.pk}/progress/"' in page
    assert "正在排队等候读取" in page
    assert f"/uploads/{upload.pk}/" in client.get(f"/filing/{desk.county.rating_year.pk}/140821101/1/").content.decode()
    Job.objects.filter(pk=upload.job_id).update(state="running", done=8_000, total=50_000, heartbeat_at=desk.now)
    bar = client.get(f"/uploads/{upload.pk}/progress/")
    assert "HX-Refresh" not in bar.headers
    assert 'value="8000" max="50000"' in bar.content.decode()
    Job.objects.filter(pk=upload.job_id).update(state="queued", done=0, total=0)
    work(upload)
    assert client.get(f"/uploads/{upload.pk}/progress/").headers["HX-Refresh"] == "true"
    assert 'value="apply"' in client.get(f"/uploads/{upload.pk}/").content.decode()


def test_its_page_after_a_refusal(at_the_desk: Desk, large: None, client: Client) -> None:
    desk = at_the_desk
    client.force_login(desk.county.cast["liu"], backend="django.contrib.auth.backends.ModelBackend")
    upload = desk.store(hostile.ordinary()[:-200] + bytes(200))
    work(upload)
    page = client.get(f"/uploads/{upload.pk}/").content.decode()
    assert now(upload).job.error in page
    assert 'value="recheck"' in page
    assert "hx-get" not in page
    client.post(f"/uploads/{upload.pk}/", {"act": "recheck"})
    assert now(upload).job.state == "queued"
    client.post(f"/uploads/{upload.pk}/", {"act": "discard"})
    assert client.get(f"/uploads/{upload.pk}/").status_code == 200


@pytest.mark.parametrize("who", ["zhao", "tang"])
def test_strangers_see_no_bar(at_the_desk: Desk, large: None, client: Client, who: str) -> None:
    upload = at_the_desk.store(at_the_desk.filled(RIGHT))
    client.force_login(at_the_desk.county.cast[who], backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(f"/uploads/{upload.pk}/progress/").status_code == 404


# ---- fifty thousand rows


@pytest.fixture
def crowd(fresh_db: Fresh, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Three hundred villages and fifteen items, and an open window by the machine's own clock."""
    cast = make_cast()
    add_villages(cast, [f"霍村{number}" for number in range(297)], [f"霍{number}" for number in range(297)])
    year = clock.today().year
    more = "\n".join(f"      item{number}: {{title: 项目{number}, max: 10}}" for number in range(3, ITEMS))
    text = POLICY.replace(
        "industry: {title: 产业发展, max: 10, part: {village_type: [industry]}}\n",
        "industry: {title: 产业发展, max: 10}\n" + more + "\n",
        1,
    )
    text = text.replace("dated: 2025-01-01", f"dated: {year}-01-01")
    desk = Desk(open_county(cast, year, text), quarter=(clock.today().month - 1) // 3, at=clock.now().strftime("%Y-%m-%d %H:%M"))
    yield desk


@pytest.mark.soak
def test_fifty_thousand_rows(crowd: Desk, fresh_db: Fresh, tmp_path: Path) -> None:
    content = workbook_of(crowd.grid(), ROWS, tmp_path / "large.xlsx")
    assert uploads.IN_REQUEST < len(content) < package.MAX_FILE
    upload = crowd.store(content)
    done = subprocess.run(
        [sys.executable, "-m", "tests.stars.workbooks.reading_process", str(upload.job_id)],
        cwd=settings.BASE_DIR, env=os.environ | fresh_db.env, capture_output=True, text=True, check=True,
    )  # fmt: skip
    measured = json.loads(done.stdout.splitlines()[-1])
    print(f"{len(content) / 1e6:.1f} MB: {measured}")
    assert measured["state"] == "done"
    assert measured["seconds"] < SECONDS
    assert max(measured["worker"], measured["child"]) < MEGABYTES
    read = now(upload)
    assert (read.checked["rows"], read.checked["accepted"], read.checked["listed"]) == (ROWS, 300, ROWS - 300)
    assert len(read.mistakes) + read.checked["more_mistakes"] == ROWS - 300

    client = Client()
    client.force_login(crowd.county.cast["liu"], backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(f"/uploads/{upload.pk}/")
    assert page.status_code == 200
    assert len(page.content) < 6_000_000
    client.post(f"/uploads/{upload.pk}/", {"act": "apply_accepted"})
    assert now(upload).state == "in_part"
    assert Assessment.objects.count() == 300


def test_the_whole_form_of_a_county_stays_in_the_request(crowd: Desk) -> None:
    scores = {f"{column}{row}": 5 for row in range(5, 305) for column in "DEFGHIJKLMNOPQR"}
    form = crowd.filled(scores, sheet=open_page(crowd.grid()))
    assert len(form) < uploads.IN_REQUEST
    assert found(crowd.check(changed(form, lambda book: None))) == set()
    assert crowd.store(form).state == "pending"
    assert File(form).size < 400_000
