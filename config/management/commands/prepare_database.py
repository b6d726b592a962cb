from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from config import grants

ONE_AT_A_TIME = 7_211_001  # an advisory lock's number


class Command(BaseCommand):
    help = "Migrate as the owner, then give the application's role its rights. Run before each new release starts."

    def handle(self, *args: Any, **options: Any) -> None:
        if "owner" not in settings.DATABASES:
            raise CommandError("DATABASE_OWNER_URL is not set: only the owner's role may change tables.")
        role = connections["default"].settings_dict["USER"]
        if role == connections["owner"].settings_dict["USER"]:
            raise CommandError("DATABASE_URL and DATABASE_OWNER_URL name the same role; the application needs one of its own.")
        owner = connections["owner"]
        with owner.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [ONE_AT_A_TIME])
            try:
                call_command("migrate", database="owner", interactive=False, verbosity=options["verbosity"])
                grants.grant(owner, role)
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [ONE_AT_A_TIME])
