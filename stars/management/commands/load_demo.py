import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.utils.translation import gettext as _

from governance import clock
from governance.models import Territory
from stars.demo.office import draw_passwords, give_passwords
from stars.demo.places import SHOWN
from stars.demo.story import tell


class Command(BaseCommand):
    help = "Loads the demo county: real places, synthetic people, a published year and the current one up to today."

    def handle(self, *args: Any, **options: Any) -> None:
        kept = settings.DEMO_LOGINS_FILE
        if not kept:
            raise CommandError(_("The demo is for a newcomer's machine; production has none."))
        if Territory.objects.exists():
            raise CommandError(_("There are territories here already; `make demo-reset` starts over."))
        (settings.VAR / "demo_begun").touch()  # from here on a break leaves half a demo, which the next start may throw away
        self.start = time.monotonic()
        with ThreadPoolExecutor(1) as beside:
            passwords = beside.submit(draw_passwords, SHOWN)
            tell(clock.today(), self.say, analyze)
        give_passwords(passwords.result(), kept)
        self.say("done")

    def say(self, what: str) -> None:
        self.stdout.write(f"  {time.monotonic() - self.start:5.1f} s  {what}")
        self.stdout.flush()


def analyze() -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE")
