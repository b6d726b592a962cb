from pathlib import Path

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from governance import policy
from governance.presets import register_presets
from stars.engine.compile import compile_policy
from stars.engine.vocabulary import GRAMMAR


class StarsConfig(AppConfig):
    name = "stars"
    verbose_name = _("Star ratings")

    def ready(self) -> None:
        policy.register(GRAMMAR, compile_policy)
        register_presets(Path(__file__).parent / "policies")
        from stars.services.rectification import register_kind

        register_kind()
