import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")

application = get_wsgi_application()

from config.guard import refuse_unsafe_start  # noqa: E402  needs the apps
from governance.checks import refuse_unruled_start  # noqa: E402

refuse_unsafe_start()
refuse_unruled_start()
