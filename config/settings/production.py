"""Production: every value comes from the environment, and a weak one stops the start (see also config/guard.py)."""

from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from config.settings import env
from config.settings.base import *  # noqa: F403
from config.settings.services import broker, caches, databases

GUARDED = True
DEBUG = env.flag("DEBUG")
if DEBUG:
    raise ImproperlyConfigured("DEBUG is on: its pages show secrets to strangers. Unset it, or use config.settings.dev.")

SECRET_KEY = env.required("SECRET_KEY", "make one with: python -c 'import secrets; print(secrets.token_urlsafe(64))'")
if len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 20 or "insecure" in SECRET_KEY.lower():
    raise ImproperlyConfigured(
        "SECRET_KEY is weak: at least 50 characters, 20 of them different. "
        "Make one with: python -c 'import secrets; print(secrets.token_urlsafe(64))'"
    )

ALLOWED_HOSTS = env.words("ALLOWED_HOSTS")
if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS must name the site's own hosts, separated by commas, and not be *")

if not env.flag("TLS_IN_FRONT"):
    raise ImproperlyConfigured(
        "TLS_IN_FRONT is not set. Passwords must not travel in the clear: put a TLS proxy in front that sets "
        "X-Forwarded-Proto and X-Forwarded-For (and removes those that a browser sends), then set TLS_IN_FRONT=1."
    )
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
REST_FRAMEWORK = {**REST_FRAMEWORK, "NUM_PROXIES": 1}  # that one
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]  # asked inside, without the proxy
SECURE_HSTS_SECONDS = env.number("HSTS_SECONDS", 31_536_000, low=3600, high=63_072_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
CSRF_TRUSTED_ORIGINS = [f"https://{host.removeprefix('.')}" for host in ALLOWED_HOSTS]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = True
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME, LANGUAGE_COOKIE_NAME = "__Host-session", "__Host-csrf", "__Host-language"

DATABASES = databases(
    env.required("DATABASE_URL", "the application's role, postgresql://role:password@host/database"),
    env.text("DATABASE_OWNER_URL"),  # only where prepare_database and verify_ratings run
)
REDIS_URL = env.required("REDIS_URL", "the broker and cache, redis://:password@host:6379/0")
if not urlsplit(REDIS_URL).password and urlsplit(REDIS_URL).scheme != "unix":
    raise ImproperlyConfigured(
        "REDIS_URL has no password: whoever reaches the broker could start work. Give Redis a requirepass."
    )

VAR = env.folder("XINGHENG_VAR", BASE_DIR / "var")
CACHES = caches(REDIS_URL, VAR)
CELERY_BROKER_URL, CELERY_BROKER_TRANSPORT_OPTIONS = broker(REDIS_URL, VAR)
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "beat-schedule")
CHAIN_ANCHORS = env.folder("CHAIN_ANCHORS", VAR / "chain-anchors.jsonl")  # better on another disk than the database

# reminders stand in the product's own inbox; with a mail server they are mailed as well
EMAIL_HOST = env.text("EMAIL_HOST")
MAIL_DIGESTS = bool(EMAIL_HOST)
if MAIL_DIGESTS:
    EMAIL_PORT = env.number("EMAIL_PORT", 587, low=1, high=65535)
    EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", default=True)
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_USER"), env.text("EMAIL_HOST_PASSWORD")
    EMAIL_TIMEOUT = 20
    DEFAULT_FROM_EMAIL = env.required("EMAIL_FROM", "the address that mails come from, such as xingheng@county.example")

STATIC_ROOT = env.folder("STATIC_ROOT", BASE_DIR / "staticfiles")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
