"""Sentences about the mistakes of a policy document: the app that understands a grammar also has the words."""

from collections.abc import Callable

from governance.policy import PolicyErrors

Speaker = Callable[[PolicyErrors], list[str]]
_speakers: list[Speaker] = []


def speak_with(speaker: Speaker) -> None:
    _speakers[:] = [speaker]


def sentences(errors: PolicyErrors) -> list[str]:
    """One for each mistake; keys and codes where no app has words."""
    return _speakers[0](errors) if _speakers else [str(errors)]
