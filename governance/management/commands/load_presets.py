from typing import Any

from django.core.management.base import BaseCommand, CommandError

from governance import clock
from governance.models import PolicyVersion
from governance.policy import PolicyErrors
from governance.policy_words import sentences
from governance.presets import preset_files
from governance.services.policies import bring_into_force, store_policy


class Command(BaseCommand):
    help = "Store the policies that the release ships and bring them into force; what is there already stays."

    def handle(self, *args: Any, **options: Any) -> None:
        for file in preset_files():
            try:
                version = store_policy(file.read_text(encoding="utf-8"), by=None, at=clock.now())
            except PolicyErrors as errors:
                raise CommandError("\n".join([file.name, *sentences(errors)])) from errors
            if version.state == PolicyVersion.State.DRAFT:
                version = bring_into_force(version.pk, by=None, at=clock.now())
            self.stdout.write(f"{version.code} {version.digest[:12]} {version.state}")
