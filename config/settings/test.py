"""Tests: the owner migrates a template, the application's role runs the code (tests/conftest.py)."""

import hashlib
from urllib.parse import urlsplit, urlunsplit

from config import embedded, translations
from config.settings import env
from config.settings.base import *  # noqa: F403
from config.settings.base import BASE_DIR, LOCALE_PATHS, TEMPLATES
from config.settings.services import databases

translations.compile_all(LOCALE_PATHS)  # Django keeps the catalogue that it finds while it loads the apps

VAR = env.folder("XINGHENG_VAR", BASE_DIR / "var" / "test")
INSTANCE = embedded.Instance(VAR)
TEST_DB_SUFFIX = env.text("TEST_DB_SUFFIX", "main")
OWNER_URL = env.text("TEST_DATABASE_OWNER_URL")
WORKER = int(env.text("PYTEST_XDIST_WORKER", "gw0")[2:])  # where several processes share the work
EMBEDDED = None if OWNER_URL else INSTANCE.postgres
TEST_ROLE, TEST_PASSWORD = "xingheng_test_app", hashlib.sha256(OWNER_URL.encode()).hexdigest()


def application_url(owner_url: str) -> str:
    """The same server, as the role without rights that the tests make for themselves."""
    parts = urlsplit(owner_url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{TEST_ROLE}:{TEST_PASSWORD}@{place}"))


def redis_url(first: str) -> str:
    """`first` names the first worker's numbered database; the others take those behind it."""
    parts = urlsplit(first)
    return first and urlunsplit(parts._replace(path=f"/{int(parts.path.strip('/') or 0) + WORKER}"))


if EMBEDDED:
    DATABASES = databases(EMBEDDED.url(embedded.APPLICATION), EMBEDDED.url(embedded.OWNER))
else:
    DATABASES = databases(env.text("TEST_DATABASE_URL") or application_url(OWNER_URL), OWNER_URL)
REDIS_URL = redis_url(env.text("TEST_REDIS_URL"))  # for tests that start the real worker
# of this process alone: several runs stand side by side, and a message that nobody reads stays nowhere
CACHES = {name: {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": name} for name in ("default", "shared")}
CELERY_BROKER_URL = "memory://"
CHAIN_ANCHORS = VAR / f"chain-anchors-{WORKER}.jsonl"

DEBUG = False
SECRET_KEY = INSTANCE.secret("secret_key")
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STATIC_ROOT = None  # served from where they lie
WHITENOISE_USE_FINDERS = True
TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = "%s"  # tests/conftest.py makes it fail
API_REQUESTS_A_MINUTE = {"token": 1_000_000, "account": 1_000_000, "anonymous": 1_000_000}  # its own test sets lower ones
CERTIFICATE_LOOKUPS_A_MINUTE = 1_000_000
