import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from governance.duties import Duty
from governance.models import User


class Command(BaseCommand):
    help = "Prints one sign-in for each role of the demo."

    def handle(self, *args: Any, **options: Any) -> None:
        kept = settings.DEMO_LOGINS_FILE
        if not kept or not kept.exists():
            raise CommandError(_("There is no demo here; `make demo` loads one."))
        words = json.loads(kept.read_text(encoding="utf-8"))
        users = {user.username: user for user in User.objects.filter(username__in=words).select_related("person__territory")}
        for name, word in words.items():
            self.stdout.write(f"  {name:<17} {word:<13} {_role(users[name]) if name in users else _('API token')}")


def _role(user: User) -> str:
    duties = "、".join(dict.fromkeys(str(Duty(duty).label) for duty, _path in user.duties))
    return f"{duties} · {user.person.territory}" if user.person else duties
