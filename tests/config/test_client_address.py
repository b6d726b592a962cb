import pytest
from django.test import RequestFactory

from config.middleware import client_address


def asked(forwarded: str | None) -> str:
    headers = {} if forwarded is None else {"x-forwarded-for": forwarded}
    return client_address(RequestFactory().get("/", headers=headers, REMOTE_ADDR="10.0.0.9"))


def test_without_a_proxy_the_header_is_the_strangers_own_word():
    assert asked("203.0.113.7") == "10.0.0.9"


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [("203.0.113.7", "203.0.113.7"), ("1.1.1.1, 203.0.113.7", "203.0.113.7"), (None, "10.0.0.9")],
)
def test_behind_the_proxy_its_last_word_counts(settings, forwarded, address):
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": 1}
    assert asked(forwarded) == address


def test_the_lockout_of_one_address_leaves_another_free(client, db, settings):
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": 1}
    for _ in range(settings.AXES_FAILURE_LIMIT + 1):
        refused = client.post("/sign-in/", {"username": "liu", "password": "guess"}, headers={"x-forwarded-for": "203.0.113.7"})
    assert refused.status_code == 429
    other = client.post("/sign-in/", {"username": "liu", "password": "guess"}, headers={"x-forwarded-for": "203.0.113.8"})
    assert other.status_code == 200
