from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GovernanceConfig(AppConfig):
    name = "governance"
    verbose_name = _("Governance")

    def ready(self) -> None:
        from governance import checks  # noqa: F401  registers them
        from governance.coordination.kinds import register_kinds
        from governance.docket.reminders import docket_reminders
        from governance.services.inbox import remind_of

        register_kinds()
        remind_of("docket", docket_reminders)
