from typing import Any

from django.core.management.base import BaseCommand, CommandError

from governance import clock
from governance.errors import RuleBroken
from governance.policy import PolicyErrors
from governance.policy_words import sentences
from governance.presets import preset_files
from governance.services.policies import load_preset


class Command(BaseCommand):
    help = "Store the policies that the release ships and bring them into force; what is there already stays."

    def handle(self, *args: Any, **options: Any) -> None:
        for file in preset_files():
            try:
                version = load_preset(file, by=None, at=clock.now())
            except PolicyErrors as errors:
                raise CommandError("\n".join([file.name, *sentences(errors)])) from errors
            except RuleBroken as broken:
                raise CommandError(f"{file.name}\n{broken.message}") from broken
            self.stdout.write(f"{version.code} {version.digest[:12]} {version.state}")
