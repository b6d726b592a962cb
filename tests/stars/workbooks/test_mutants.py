"""T-X1: ten thousand spoilt forms. Each is a sentence or a preview; nothing is filed by halves, nothing takes long or much memory."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable

import pytest
from django.apps import apps
from django.db import connection, transaction

from governance.errors import RuleBroken
from governance.sandbox import values
from stars.cells import NOT_FILED
from stars.models import Assessment, Upload
from stars.workbooks import apply_upload, uploads
from tests.stars.workbooks.desk import Desk, fill
from tests.stars.workbooks.memory import held_by_the_reader
from tests.stars.workbooks.mutants import mutated

SECONDS, MEGABYTES = 10, 256
CHINESE = re.compile(r"[一-鿿].*[。；]?")
KEPT_BESIDE = {"stars_upload", "governance_auditentry", "governance_job"}  # what an upload that is not filed leaves behind
FILLED = {"D5": 50, "E5": 25.5, "F5": "不适用", "D6": 0, "E6": 30}


def forms(desk: Desk) -> list[bytes]:
    """As downloaded, filled in, and with mistakes in one row of two."""

    def february(book):
        fill(book, FILLED)
        fill(book, FILLED | {"D6": "八十"}, sheet=1)

    return [desk.form(), desk.filled(FILLED), desk.form(february)]


def digest(besides: set[str]) -> str:
    """Of every row of every table of ours."""
    labels = ("governance", "stars", "grids", "burden")
    tables = sorted({m._meta.db_table for label in labels for m in apps.get_app_config(label).get_models()} - besides)
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(
                f"SELECT '{t}', md5(coalesce(string_agg(r::text, ',' ORDER BY r::text), '')) FROM {t} r" for t in tables
            )
        )
        return repr(sorted(cursor.fetchall()))


def apply_it(desk: Desk, upload: Upload) -> None:
    """As a clerk who takes what she can get; what is filed is what the check said."""
    wanted = {
        (int(filing), int(post)): scores
        for filing, rows in Upload.objects.get(pk=upload.pk).checked["scores"].items()
        for post, scores in rows.items()
    }
    done = apply_upload(upload_id=upload.pk, by=desk.county.cast[desk.who], at=desk.now, accepted_only=True)
    assert done.state in ("applied", "in_part")
    stored = {(row.post_id, row.period): row.scores for row in Assessment.objects.all()}
    periods = {desk.county.filing(period=period).pk: period for period in range(3)}
    for (filing, post), scores in wanted.items():
        assert stored.get((post, periods[filing]), [NOT_FILED] * len(scores)) == scores


def walk(desk: Desk, seeds: range, spoilt: Callable[[bytes, int], bytes] = mutated) -> Counter[str]:
    """How each ended: a code, or what became of the upload. Whatever is written is taken back."""
    whole = forms(desk)
    at_first, ends = (digest(set()), digest(KEPT_BESIDE)), Counter[str]()
    for seed in seeds:
        content, began = spoilt(whole[seed % len(whole)], seed), time.monotonic()
        with transaction.atomic():
            ends[_end(desk, content, at_first, seed)] += 1
            transaction.set_rollback(True)
        assert time.monotonic() - began < SECONDS, seed
        assert held_by_the_reader() < MEGABYTES, seed
    assert digest(set()) == at_first[0]
    return ends


def _end(desk: Desk, content: bytes, at_first: tuple[str, str], seed: int) -> str:
    try:
        upload = desk.store(content)
    except RuleBroken as broken:
        assert CHINESE.search(broken.message), seed
        assert seed % 20 or digest(set()) == at_first[0], seed
        return broken.code
    except Exception as error:
        raise AssertionError(f"{seed}: {error!r}") from error
    checked = upload.checked
    assert checked["rows"] == checked["accepted"] + checked["listed"], seed
    assert all(CHINESE.search(one["message"]) for one in upload.mistakes), seed
    assert seed % 20 or digest(KEPT_BESIDE) == at_first[1], seed
    try:
        apply_it(desk, upload)
    except RuleBroken as broken:
        assert broken.code == "mistakes_left", seed
        assert Assessment.objects.count() == 0, seed
        return "all rows refused"
    return "in part" if upload.mistakes else "applied"


@pytest.mark.parametrize("count", [300, pytest.param(10_000, marks=pytest.mark.soak)])
def test_no_spoilt_form_does_harm(desk: Desk, count: int, record_property: Callable[[str, object], None]) -> None:
    began = time.monotonic()
    ends = walk(desk, range(count))
    record_property("ends", dict(ends))
    print(f"{count} mutants in {time.monotonic() - began:.0f} s, child's peak {held_by_the_reader():.0f} MB: {dict(ends)}")
    assert len(ends) >= 8, "all kinds of ends occur"
    assert min(ends["applied"], ends["in part"], ends["damaged"]) > 0


def test_without_the_child_a_parser_would_fall_over_one(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: nothing stands between the parsers and the request."""
    monkeypatch.setattr("governance.workbooks.reading.reader.ask", values.read)
    with pytest.raises(AssertionError, match=r"^\d+: \w+\("):
        walk(desk, range(60))


def test_without_the_transaction_a_half_would_be_filed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: the second window refuses, the first was written."""

    def february_is_gone(**asked):
        if asked["filing_id"] != desk.county.filing().pk:
            raise RuleBroken("mistakes_left", "二月已锁定。")
        return save(**asked)

    save = uploads.save_scores
    monkeypatch.setattr(uploads, "save_scores", february_is_gone)
    content = desk.form(lambda book: (fill(book, FILLED), fill(book, FILLED, sheet=1)))
    assert walk(desk, range(1), lambda _form, _seed: content) == {"all rows refused": 1}
    monkeypatch.setitem(globals(), "apply_upload", apply_upload.__wrapped__)
    with pytest.raises(AssertionError):
        walk(desk, range(1), lambda _form, _seed: content)
