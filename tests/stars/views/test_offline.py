"""Filling in without a network: the file down, what it saves up, seen and decided before it counts."""

import json
import re
from datetime import date
from typing import Any
from urllib.parse import unquote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from governance.models import Post
from stars.models import Assessment, AssessmentChange, OfflineUpload
from tests.stars.county import County
from tests.stars.offline.clerk import said_in
from tests.stars.views.conftest import SignIn, Travel

APRIL = "2025-04-08 09:00"
VILLAGES = ("140821101201", "140821101202", "140821101203")


@pytest.fixture
def page(county: County) -> str:
    return f"/filing/{county.rating_year.pk}/140821101/1/"


def march(county: County, village: str, place: int = 0) -> str:
    return f"0/2/{county.post(village).pk}/{place}"


def typed(clerk: Client, page: str, cells: dict[str, str], base: str = "") -> bytes:
    """What the downloaded form saves."""
    about = said_in(clerk.get(f"{page}offline.html").content.decode(), "offline-page")
    at = "2025-04-01T02:00:00.000Z"
    edits = [{"cell": cell, "base": base, "typed": text, "at": at} for cell, text in cells.items()]
    data = {"kind": about["kind"], "format": about["format"], "page": about["page"], "saved_at": at, "cells": edits}
    return json.dumps(data).encode()


def send(clerk: Client, page: str, content: bytes, name: str = "三月.json") -> Any:
    return clerk.post(f"{page}upload/", {"workbook": SimpleUploadedFile(name, content)}, follow=True)


@pytest.fixture
def sent(county: County, page: str, sign_in: SignIn, travel: Travel) -> str:
    """Three scores for March, kept and not yet applied; a colleague wrote one of them meanwhile."""
    travel(APRIL)
    clerk = sign_in("liu")
    content = typed(clerk, page, {march(county, village): "50" for village in VILLAGES})
    county.save(county.filing(period=2), {county.post(VILLAGES[0]).pk: [4000, -32768, -32768]}, at=APRIL)
    response = send(clerk, page, content)
    upload = OfflineUpload.objects.get()
    assert response.redirect_chain[-1][0] == f"/offline/{upload.pk}/"
    return f"/offline/{upload.pk}/"


def test_the_filing_page_offers_it(page: str, sign_in: SignIn, travel: Travel) -> None:
    travel(APRIL)
    text = sign_in("liu").get(page).content.decode()
    assert f'href="{page}offline.html"' in text
    assert 'accept=".xlsx,.json"' in text


def test_down_as_one_file(page: str, sign_in: SignIn, travel: Travel) -> None:
    travel(APRIL)
    response = sign_in("liu").get(f"{page}offline.html")
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert unquote(response.headers["Content-Disposition"]).endswith("离线表.html")
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert "no-store" in response.headers["Cache-Control"]


def test_seen_first_then_decided_then_saved(county: County, sent: str, sign_in: SignIn) -> None:
    clerk = sign_in("liu")
    text = clerk.get(sent).content.decode()
    assert [int(one) for one in re.findall(r'class="figure"><b>(\d+)</b>', text)] == [3, 3, 0, 2, 1, 0]
    assert "离线表：" in text and "刘嵋阳" in text
    cell = march(county, VILLAGES[0])
    undecided = clerk.post(sent, {"act": "apply", f"seen {cell}": "40"})
    assert undecided.status_code == 422
    assert Assessment.objects.count() == 1
    county.save(county.filing(period=2), {county.post(VILLAGES[0]).pk: [4100, -32768, -32768]}, at=APRIL)
    moved = clerk.post(sent, {"act": "apply", f"seen {cell}": "40", f"choice {cell}": "mine"})
    assert moved.status_code == 422
    assert "又有改动" in moved.content.decode()
    assert f'name="seen {cell}" value="41"' in moved.content.decode()
    done = clerk.post(sent, {"act": "apply", f"seen {cell}": "41", f"choice {cell}": "mine"}, follow=True)
    assert done.redirect_chain[-1][0].startswith("/filing/")
    assert [row.scores[0] for row in Assessment.objects.all()] == [5000] * 3
    assert AssessmentChange.objects.filter(door="offline").count() == 3
    assert clerk.get(sent).status_code == 200
    assert 'value="apply"' not in clerk.get(sent).content.decode()


def test_a_choice_stays_where_another_is_missing(county: County, page: str, sign_in: SignIn, travel: Travel) -> None:
    travel(APRIL)
    clerk = sign_in("liu")
    content = typed(clerk, page, {march(county, village): "50" for village in VILLAGES[:2]}, base="1")
    scores = {county.post(village).pk: [4000, -32768, -32768] for village in VILLAGES}
    county.save(county.filing(period=2), scores, at=APRIL)
    response = send(clerk, page, content)
    first, second = (march(county, village) for village in VILLAGES[:2])
    body = {"act": "apply", f"seen {first}": "40", f"choice {first}": "theirs", f"seen {second}": "40"}
    text = clerk.post(response.redirect_chain[-1][0], body).content.decode()
    assert re.findall(r'name="choice ([\d/]+)" value="(\w+)" data-side="\w+" checked', text) == [(first, "theirs")]


def test_mistakes_stop_it_unless_their_rows_are_left_out(county: County, page: str, sign_in: SignIn, travel: Travel) -> None:
    travel(APRIL)
    clerk = sign_in("liu")
    content = typed(clerk, page, {march(county, VILLAGES[0]): "61", march(county, VILLAGES[1]): "50"})
    address = send(clerk, page, content).redirect_chain[-1][0]
    text = clerk.get(address).content.decode()
    assert "1 格不能填报" in text
    assert 'value="apply"' not in text
    assert clerk.post(address, {"act": "apply"}).status_code == 422
    done = clerk.post(address, {"act": "apply_accepted"}, follow=True)
    assert done.redirect_chain[-1][0] == address
    assert "1 格没有按离线表保存" in done.content.decode() and '<td class="num">61</td>' in done.content.decode()
    assert [row.post for row in Assessment.objects.all()] == [county.post(VILLAGES[1])]


def test_what_was_decided_for_the_system_is_told_afterwards(county: County, sent: str, sign_in: SignIn) -> None:
    clerk, cell = sign_in("liu"), march(county, VILLAGES[0])
    clerk.post(sent, {"act": "apply", f"seen {cell}": "40", f"choice {cell}": "theirs"})
    text = clerk.get(sent).content.decode()
    assert "您选择保留系统中的得分：40" in text and "待选择" not in text


def test_the_filing_page_leads_back_to_what_waits(page: str, sent: str, sign_in: SignIn) -> None:
    assert f'href="{sent}"' in sign_in("liu").get(page).content.decode()
    sign_in("liu").post(sent, {"act": "discard"})
    assert f'href="{sent}"' not in sign_in("liu").get(page).content.decode()


def test_thrown_away(sent: str, sign_in: SignIn) -> None:
    sign_in("liu").post(sent, {"act": "discard"})
    assert OfflineUpload.objects.get().state == "discarded"
    assert Assessment.objects.count() == 1


@pytest.mark.parametrize("name", ["三月.json", "三月.xlsx", "三月", "三月.json.txt"])
def test_a_renamed_file_is_known_by_how_it_begins(county: County, page: str, sign_in: SignIn, travel: Travel, name: str) -> None:
    travel(APRIL)
    clerk = sign_in("liu")
    send(clerk, page, typed(clerk, page, {march(county, VILLAGES[0]): "50"}), name)
    assert OfflineUpload.objects.get().file_name == name


@pytest.mark.parametrize(
    "content, says",
    [
        (b"{}", "不是离线表保存的文件"),
        (b"<!DOCTYPE html>", "是离线表本身"),
        (b"{" + b" " * 2**20, "超过 1 MB"),
        (b"{" * 9999, "不是离线表保存的文件"),
    ],
)
def test_what_is_no_data_file_is_said_at_its_place(page: str, sign_in: SignIn, travel: Travel, content: bytes, says: str) -> None:
    travel(APRIL)
    response = send(sign_in("liu"), page, content)
    assert response.status_code == 422
    assert says in response.content.decode()
    assert '<details class="act no-print" open>' in response.content.decode()
    assert not OfflineUpload.objects.exists()


def test_strangers(sent: str, page: str, sign_in: SignIn) -> None:
    for address in (sent, f"{page}offline.html"):
        assert sign_in("zhao").get(address).status_code == 404
        assert sign_in("tang").get(address).status_code == 404
        assert sign_in("sun").get(address).status_code == 403
        assert Client().get(address).status_code == 302
    assert sign_in("zhao").post(sent, {"act": "apply"}).status_code == 404
    assert sign_in("zhao").post(f"{page}upload/", {"workbook": SimpleUploadedFile("a.json", b"{}")}).status_code == 404
    assert sign_in("lei").post(sent, {"act": "apply"}).status_code == 422
    assert Assessment.objects.count() == 1


def test_who_may_only_look_is_told_so(page: str, sign_in: SignIn, travel: Travel) -> None:
    travel(APRIL)
    leader = sign_in("lei")
    response = leader.get(f"{page}offline.html", follow=True)
    assert response.redirect_chain[-1][0] == page
    assert "无需离线填报" in response.content.decode()
    assert "没有您可以填报的内容" in send(leader, page, b"{}").content.decode()


def test_once_the_post_has_ended(county: County, sent: str, page: str, sign_in: SignIn) -> None:
    Post.objects.filter(person=county.cast["liu"].person).update(until_on=date(2025, 3, 31))
    clerk = sign_in("liu")
    for address in (sent, f"{page}offline.html"):
        assert clerk.get(address).status_code in (403, 404)
    assert clerk.post(sent, {"act": "apply"}).status_code in (403, 404)
    assert Assessment.objects.count() == 1
