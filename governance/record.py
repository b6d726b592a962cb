"""The language of what is stored."""

from __future__ import annotations

from contextlib import AbstractContextManager

from django.conf import settings
from django.utils import translation


def language_of_record() -> AbstractContextManager[None]:
    """Sentences that are kept and that others read later are in the site's language, whatever the screen of whoever causes them is in."""
    return translation.override(settings.LANGUAGE_CODE)
