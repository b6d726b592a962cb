"""A newcomer's machine and the demo: servers under var/ unless DATABASE_URL or REDIS_URL name others."""

import warnings

from celery.exceptions import SecurityWarning

from config import embedded, translations
from config.settings import env
from config.settings.base import *  # noqa: F403
from config.settings.base import BASE_DIR, LOCALE_PATHS
from config.settings.services import broker, caches, databases

translations.compile_all(LOCALE_PATHS)  # Django keeps the catalogue that it finds while it loads the apps

VAR = env.folder("XINGHENG_VAR", BASE_DIR / "var")
INSTANCE = embedded.Instance(VAR)

DEBUG = env.flag("DEBUG")
SECRET_KEY = INSTANCE.secret("secret_key")
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
PORT = env.number("PORT", 8000, low=1, high=65535)

EMBEDDED = None if env.text("DATABASE_URL") else INSTANCE.postgres
if EMBEDDED:
    DATABASES = databases(EMBEDDED.url(embedded.APPLICATION), EMBEDDED.url(embedded.OWNER))
else:
    DATABASES = databases(env.text("DATABASE_URL"), env.text("DATABASE_OWNER_URL"))
REDIS_URL = env.text("REDIS_URL")
CACHES = caches(REDIS_URL, VAR, f"xingheng_{INSTANCE.id}")
CELERY_BROKER_URL, CELERY_BROKER_TRANSPORT_OPTIONS = broker(REDIS_URL, VAR)
CELERY_TASK_DEFAULT_QUEUE = f"xingheng_{INSTANCE.id}"  # two checkouts may share one Redis
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "beat-schedule")

# two demos side by side on one host share the browser's cookie jar: ports don't separate cookies
SESSION_COOKIE_NAME = f"xingheng_{INSTANCE.id}_session"
CSRF_COOKIE_NAME = f"xingheng_{INSTANCE.id}_csrf"
LANGUAGE_COOKIE_NAME = f"xingheng_{INSTANCE.id}_language"

DEMO_CLOCK_FILE = VAR / "demo_day"
CHAIN_ANCHORS = VAR / "chain-anchors.jsonl"
DEMO_LOGINS_FILE = VAR / "demo_logins.json"
STATIC_ROOT = None  # served from where they lie
WHITENOISE_USE_FINDERS = True
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

# a newcomer may be root in a container of his own; production's worker is not, and is warned
warnings.filterwarnings("ignore", category=SecurityWarning)
