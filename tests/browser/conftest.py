"""A real browser on the whole site: Debian's Chromium, which `make test-browser` needs."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, ViewportSize, sync_playwright
from pytest_django.fixtures import Settings

from tests.cast import make_cast
from tests.stars.county import County, open_county

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # the browser's driver keeps a loop in the thread that also sets up rows

WORD = "Sunlit-harbour-9"
WIDE, NARROW = ViewportSize(width=1440, height=900), ViewportSize(width=390, height=844)
Open = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    assert chromium, "no Chromium; on Debian: apt-get install chromium fonts-noto-cjk"
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def day(settings: Settings, tmp_path: Path) -> Callable[[str], None]:
    """Puts the site on a day, as the demo does."""
    settings.DEMO_CLOCK_FILE = tmp_path / "demo_day"

    def stand_on(text: str) -> None:
        settings.DEMO_CLOCK_FILE.write_text(date.fromisoformat(text).isoformat(), "ascii")

    return stand_on


@pytest.fixture
def county(live_site: str, settings: Settings, tmp_path: Path) -> County:
    settings.CHAIN_ANCHORS = tmp_path / "chain.jsonl"
    made = open_county(make_cast())
    for user in made.cast.people.values():
        user.set_password(WORD)
        user.save()
    return made


@pytest.fixture
def sign_in(browser: Browser, live_site: str) -> Iterator[Open]:
    """A page of somebody's own browser. Whatever it logs as an error or asks of another site fails the test."""
    wrong: list[str] = []
    contexts = []

    def opened(name: str, viewport: ViewportSize = WIDE) -> Page:
        context = browser.new_context(base_url=live_site, viewport=viewport, locale="en-US")
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" and not _is_of_the_page(said) else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda asked: wrong.append(f"foreign: {asked.url}") if _is_foreign(asked, live_site) else None)
        if name:
            page.goto("/sign-in/")
            page.fill("#id_username", name)
            page.fill("#id_password", WORD)
            page.click("main button[type=submit]:has-text('登录')")
            page.wait_for_url("**/")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert wrong == []


def _is_of_the_page(said: ConsoleMessage) -> bool:
    """The browser notes every page that is a refusal or an error, wanted or not."""
    return "Failed to load resource" in said.text and "/static/" not in said.location["url"]


def _is_foreign(asked: Request, site: str) -> bool:
    parts = urlsplit(asked.url)
    return parts.scheme in ("http", "https") and parts.netloc != urlsplit(site).netloc
