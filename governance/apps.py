from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GovernanceConfig(AppConfig):
    name = "governance"
    verbose_name = _("Governance")

    def ready(self) -> None:
        from governance import checks  # noqa: F401  registers them
        from governance.coordination.kinds import register_kinds

        register_kinds()
