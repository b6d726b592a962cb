import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import translation

from config.middleware import LanguageByCookie


def language_of(**headers: str) -> str:
    request = RequestFactory().get("/", headers=headers)
    seen = LanguageByCookie(lambda request: HttpResponse(translation.get_language()))(request)
    assert seen.headers["Content-Language"] == seen.content.decode()
    return seen.content.decode()


@pytest.mark.parametrize("browser", ["", "en-US,en;q=0.9", "de", "zh-TW,zh;q=0.5", "*"])
def test_chinese_whatever_the_browser_says(browser):
    assert language_of(accept_language=browser) == "zh-hans"


@pytest.mark.parametrize(("cookie", "language"), [("en", "en"), ("zh-hans", "zh-hans"), ("fr", "zh-hans"), ("../x", "zh-hans")])
def test_only_the_switch_counts(cookie, language):
    assert language_of(cookie=f"{settings.LANGUAGE_COOKIE_NAME}={cookie}", accept_language="fr") == language


def test_the_switch_keeps_the_choice(client, db):
    client.post("/language/", {"language": "en", "next": "/sign-in/"})
    assert client.get("/sign-in/").headers["Content-Language"] == "en"


def test_nothing_of_one_request_is_left_for_the_next():
    before = translation.get_language()
    language_of(cookie=f"{settings.LANGUAGE_COOKIE_NAME}=en")
    assert translation.get_language() == before
