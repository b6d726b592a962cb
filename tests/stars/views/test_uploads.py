"""Filling in with Excel: the form down, the workbook up, seen before it counts."""

import io
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from governance.models import Job
from stars.models import Assessment, Upload
from stars.views import uploads
from tests.stars.county import County
from tests.stars.views.conftest import SignIn, Travel

APRIL = "2025-04-08 09:00"


@pytest.fixture
def page(county: County) -> str:
    return f"/filing/{county.rating_year.pk}/140821101/1/"


def downloaded(clerk: Client, page: str) -> Any:
    return openpyxl.load_workbook(io.BytesIO(clerk.get(f"{page}form.xlsx").content))


def with_scores(book: Any, score: object) -> bytes:
    """`score` for the first item of March, in every village."""
    sheet = book.worksheets[2]
    heading = next(row for row in range(1, 10) if "支部建设" in str(sheet.cell(row, 4).value))
    for row in range(heading + 1, sheet.max_row + 1):
        if sheet.cell(row, 1).value:
            sheet.cell(row, 4).value = score
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def send(clerk: Client, page: str, content: bytes, name: str = "三月.xlsx") -> Any:
    return clerk.post(f"{page}upload/", {"workbook": SimpleUploadedFile(name, content)}, follow=True)


def test_seen_first_and_then_saved(page: str, sign_in: SignIn, travel: Travel) -> None:
    travel(APRIL)
    clerk = sign_in("liu")
    response = send(clerk, page, with_scores(downloaded(clerk, page), 50))
    upload = Upload.objects.get()
    assert response.redirect_chain[-1][0] == f"/uploads/{upload.pk}/"
    assert not Assessment.objects.exists()
    assert response.content.decode().count("<del>") == 3
    assert "<b>3</b><span>行将改动" in response.content.decode()
    assert "检查无误，待保存" in response.content.decode() and "待更正" not in response.content.decode()
    clerk.post(f"/uploads/{upload.pk}/", {"act": "apply"})
    assert [row.scores[0] for row in Assessment.objects.all()] == [5000] * 3


def test_mistakes_are_listed_and_marked(page: str, sign_in: SignIn, travel: Travel) -> None:
    travel(APRIL)
    clerk = sign_in("liu")
    html = send(clerk, page, with_scores(downloaded(clerk, page), 61)).content.decode()
    upload = Upload.objects.get()
    assert "3 处错误" in html
    assert 'value="apply"' not in html
    assert clerk.get(f"/uploads/{upload.pk}/marked.xlsx").content[:2] == b"PK"
    refused = clerk.post(f"/uploads/{upload.pk}/", {"act": "apply"})
    assert refused.status_code == 422
    assert not Assessment.objects.exists()


def one_wrong(book: Any) -> bytes:
    """March's second village has too much, the others 50."""
    with_scores(book, 50)
    sheet = book.worksheets[2]
    row = next(row for row in range(1, sheet.max_row) if sheet.cell(row, 4).value == 50)
    sheet.cell(row + 1, 4).value = 61
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def test_two_plain_choices(page: str, sign_in: SignIn, travel: Travel) -> None:
    travel(APRIL)
    clerk = sign_in("liu")
    html = send(clerk, page, one_wrong(downloaded(clerk, page))).content.decode()
    upload = Upload.objects.get()
    assert "1 处错误" in html
    assert "改正后重新上传" in html
    assert "无误 8 行，其中有改动的 2 行将存为草稿" in html and "保存有改动的 2 行" in html
    assert "<b>6</b><span>行现未开放填报" in html
    assert not Assessment.objects.exists()

    shown = clerk.post(f"/uploads/{upload.pk}/", {"act": "apply_accepted"}, follow=True)
    assert shown.redirect_chain[-1][0] == f"/uploads/{upload.pk}/"
    html = shown.content.decode()
    assert "其中有改动的 2 行已存为草稿" in html
    assert "1 行有错误" in html
    assert upload.mistakes[0]["message"] in html
    assert f"/uploads/{upload.pk}/marked.xlsx" in html
    assert 'name="act"' not in html
    assert sorted(row.scores[0] for row in Assessment.objects.all()) == [5000, 5000]
    assert clerk.get(f"/uploads/{upload.pk}/marked.xlsx").content[:2] == b"PK"
    clerk.post(f"/uploads/{upload.pk}/", {"act": "apply_accepted"})
    assert Assessment.objects.count() == 2


def test_no_choice_where_the_sheet_itself_is_wrong(page: str, sign_in: SignIn, travel: Travel) -> None:
    travel(APRIL)
    clerk = sign_in("liu")
    book = downloaded(clerk, page)
    book.create_sheet("底稿")["A1"] = 5
    html = send(clerk, page, one_wrong(book)).content.decode()
    assert 'value="apply_accepted"' not in html
    assert "整张工作表或整个文件" in html
    assert clerk.post(f"/uploads/{Upload.objects.get().pk}/", {"act": "apply_accepted"}).status_code == 422
    assert not Assessment.objects.exists()


def test_a_large_page_shows_what_is_concerned(
    page: str, sign_in: SignIn, travel: Travel, monkeypatch: pytest.MonkeyPatch
) -> None:
    travel(APRIL)
    clerk = sign_in("liu")
    monkeypatch.setattr(uploads, "MOST_ROWS", 2)
    html = send(clerk, page, one_wrong(downloaded(clerk, page))).content.decode()
    assert "共 3 个，显示 2 个" in html
    assert html.count('scope="row" id="w') == 2


def test_the_filing_page_leads_back_to_what_waits(page: str, sign_in: SignIn, travel: Travel) -> None:
    travel(APRIL)
    clerk = sign_in("liu")
    send(clerk, page, one_wrong(downloaded(clerk, page)))
    upload = Upload.objects.get()
    assert f'href="/uploads/{upload.pk}/"' in clerk.get(page).content.decode()
    clerk.post(f"/uploads/{upload.pk}/", {"act": "discard"})
    assert f'href="/uploads/{upload.pk}/"' not in clerk.get(page).content.decode()


def test_thrown_away(page: str, sign_in: SignIn, travel: Travel) -> None:
    travel(APRIL)
    clerk = sign_in("liu")
    send(clerk, page, with_scores(downloaded(clerk, page), 50))
    clerk.post(f"/uploads/{Upload.objects.get().pk}/", {"act": "discard"})
    assert Upload.objects.get().state == Upload.State.DISCARDED
    assert not Assessment.objects.exists()


@pytest.mark.parametrize("content", [b"", b"not a workbook", b"PK\x03\x04 broken"])
def test_what_is_no_workbook_is_said_at_its_place(page: str, sign_in: SignIn, travel: Travel, content: bytes) -> None:
    travel(APRIL)
    response = send(sign_in("liu"), page, content)
    html = response.content.decode()
    assert response.status_code == 422
    assert '<details class="act no-print" open>' in html
    assert not Upload.objects.exists()


def test_whoever_comes_without_a_form_is_led_to_the_page(page: str, sign_in: SignIn, travel: Travel) -> None:
    """As after signing in anew, or by the switch of the language on a refused upload."""
    travel(APRIL)
    response = sign_in("liu").get(f"{page}upload/", follow=True)
    assert response.redirect_chain == [(page, 302)]
    assert "没有提交任何内容" in response.content.decode()
    assert sign_in("liu").put(f"{page}upload/").status_code == 405


def test_one_that_could_not_be_read_is_not_being_read(county: County, page: str, sign_in: SignIn, travel: Travel) -> None:
    at = travel(APRIL)
    cast = county.cast
    job = Job.objects.create(
        operation="stars.read_upload",
        territory=cast.county,
        key="1",
        params={},
        requested_by=cast["liu"],
        requested_at=at,
        state="failed",
        error="太长",
    )
    upload = Upload.objects.create(
        rating_year=county.rating_year, territory=cast.places["140821101"], quarter=0, by=cast["liu"], at=at, file_name="大.xlsx",
        workbook=b"", cells={}, mistakes=[], state="reading", job=job,
    )  # fmt: skip
    for address in (page, f"/uploads/{upload.pk}/"):
        text = sign_in("liu").get(address).content.decode()
        assert "未能读取" in text and "正在读取" not in text


def test_no_file_at_all(page: str, sign_in: SignIn, travel: Travel) -> None:
    travel(APRIL)
    assert "请先选择" in sign_in("liu").post(f"{page}upload/").content.decode()


def test_strangers(page: str, sign_in: SignIn, travel: Travel) -> None:
    travel(APRIL)
    clerk = sign_in("liu")
    send(clerk, page, with_scores(downloaded(clerk, page), 50))
    upload = f"/uploads/{Upload.objects.get().pk}/"
    for address in (upload, f"{upload}marked.xlsx", f"{page}form.xlsx"):
        assert sign_in("zhao").get(address).status_code == 404
        assert sign_in("sun").get(address).status_code == 403
    sign_in("zhao").post(upload, {"act": "apply"})
    assert not Assessment.objects.exists()
