import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from governance.models import User


class Command(BaseCommand):
    help = "Prints one sign-in for each role of the demo."

    def handle(self, *args: Any, **options: Any) -> None:
        kept = getattr(settings, "DEMO_LOGINS_FILE", None)
        if kept is None or not kept.exists():
            raise CommandError(_("There is no demo here; `make demo` loads one."))
        words = json.loads(kept.read_text(encoding="utf-8"))
        users = {user.username: user for user in User.objects.filter(username__in=words).select_related("person")}
        for name, word in words.items():
            user = users.get(name)
            role = user.duties_shown() if user else _("API token")
            self.stdout.write(f"  {name:<16} {word:<14} {role}")
