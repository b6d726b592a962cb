from pathlib import Path

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from governance import policy, policy_words, village_types
from governance.presets import register_presets
from stars.engine.compile import compile_policy
from stars.engine.vocabulary import GRAMMAR
from stars.policy_messages import spoken


class StarsConfig(AppConfig):
    name = "stars"
    verbose_name = _("Star ratings")

    def ready(self) -> None:
        from stars.plans import words_in_force

        policy.register(GRAMMAR, compile_policy)
        policy_words.speak_with(spoken)
        village_types.known_by(lambda: words_in_force("village_type"))
        register_presets(Path(__file__).parent / "policies")
        from governance.proof import prove_with
        from governance.services.calendar import follow_calendar
        from governance.services.inbox import remind_of
        from stars.policy_proof import RatingProof
        from stars.selectors.reminders import reminders
        from stars.services import objection_matters, rectification
        from stars.services.windows import move_windows

        rectification.register_kind()
        objection_matters.register_kind()
        prove_with(GRAMMAR, RatingProof())
        remind_of("stars", reminders)
        follow_calendar("stars", move_windows)
