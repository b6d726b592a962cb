"""Sign-in, lockout, language, the own password, and pages for what went wrong."""

from typing import Any

import pytest
from django.test import Client

from tests.cast import Cast, make_cast

WORD = "Sunlit-harbour-9"


@pytest.fixture
def cast(db: None) -> Cast:
    made = make_cast()
    liu = made.people["liu"]
    liu.set_password(WORD)
    liu.save()
    return made


def test_signing_in_leads_to_where_one_wanted(cast: Cast, client: Client) -> None:
    assert "登录" in client.get("/sign-in/").content.decode()
    response = client.post("/sign-in/?next=/policies/", {"username": "liu", "password": WORD, "next": "/policies/"})
    assert response.headers["Location"] == "/policies/"
    assert client.get("/sign-in/").status_code == 302
    assert client.post("/sign-out/").headers["Location"] == "/sign-in/"
    assert client.get("/").status_code == 302


def test_nobody_is_led_to_another_site(cast: Cast, client: Client) -> None:
    response = client.post("/sign-in/", {"username": "liu", "password": WORD, "next": "https://elsewhere.example/"})
    assert response.headers["Location"] == "/"


def test_five_wrong_passwords_lock_the_account_here(cast: Cast, client: Client) -> None:
    for _time in range(5):
        response = client.post("/sign-in/", {"username": "liu", "password": "wrong"})
    assert response.status_code == 429
    assert "登录已锁定" in response.content.decode()
    assert client.post("/sign-in/", {"username": "liu", "password": WORD}).status_code == 429
    elsewhere = Client(REMOTE_ADDR="10.1.1.9")
    assert elsewhere.post("/sign-in/", {"username": "liu", "password": WORD}).status_code == 302


def test_chinese_whatever_the_browser_says_and_english_by_the_switch(cast: Cast, client: Client) -> None:
    assert "登录" in client.get("/sign-in/", headers={"Accept-Language": "en"}).content.decode()
    client.post("/language/", {"language": "en", "next": "/sign-in/"})
    assert "Sign in" in client.get("/sign-in/").content.decode()


def test_the_own_password(cast: Cast, client: Client) -> None:
    client.login(username="liu", password=WORD, request=None) if False else client.post("/sign-in/", {"username": "liu", "password": WORD})
    wrong = client.post("/password/", {"old_password": "x", "new_password1": "a", "new_password2": "b"})
    assert "id_old_password_error" in wrong.content.decode()
    new = "Quiet-lantern-47"
    right = client.post("/password/", {"old_password": WORD, "new_password1": new, "new_password2": new})
    assert right.status_code == 302
    cast.people["liu"].refresh_from_db()
    assert cast.people["liu"].check_password(new)


@pytest.mark.parametrize(("address", "status", "said"), [("/nowhere/", 404, "没有这个页面"), ("/publicity/1/", 404, "没有这个页面")])
def test_what_is_not_there(db: None, client: Client, address: str, status: int, said: str) -> None:
    response = client.get(address)
    assert response.status_code == status
    assert said in response.content.decode()


def test_a_form_that_is_too_old(db: None) -> None:
    strict = Client(enforce_csrf_checks=True)
    response = strict.post("/sign-in/", {"username": "liu", "password": "x"})
    assert response.status_code == 403
    assert "页面已过期" in response.content.decode()


def test_too_much_at_once(cast: Cast, client: Client, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    response = client.post("/sign-in/", {"username": "l" * 200, "password": "x"}, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 413
    assert "一次提交的内容过多" in response.content.decode()


def test_a_fault_of_ours_shows_nothing_of_the_inside(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from stars.models import RatingYear

    def broken(*_args: Any, **_kwargs: Any) -> None:
        raise RuntimeError("SELECT secret FROM inside")

    monkeypatch.setattr(RatingYear.objects, "filter", broken)
    response = Client(raise_request_exception=False).get("/publicity/")
    html = response.content.decode()
    assert response.status_code == 500
    assert "系统出错了" in html
    assert "secret" not in html
    assert "Traceback" not in html
