"""Acts of the audit trail and operations of the job ledger, as people read them."""

from django.utils.translation import pgettext


def act_title(act: str) -> str:
    """The catalogue holds a name for each act in the context "act"; one it doesn't know shows as it is stored."""
    return pgettext("act", act)
