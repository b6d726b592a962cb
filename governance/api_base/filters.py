"""Filters that refuse what they don't understand: a misspelt name must never answer with everything."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import Filter
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import set_override
from rest_framework import exceptions
from rest_framework.request import Request

if TYPE_CHECKING:
    from rest_framework.generics import GenericAPIView  # which imports this module

PATH = r"[0-9]{2,12}"


class StrictFilters(DjangoFilterBackend):
    def filter_queryset(self, request: Request, queryset: QuerySet, view: GenericAPIView) -> QuerySet:
        filterset = self.get_filterset_class(view, queryset)
        known = set(getattr(view, "other_parameters", ())) | set(getattr(view.paginator, "parameters", ()))
        refuse_unknown(request, known | set(filterset.base_filters if filterset else ()))
        return super().filter_queryset(request, queryset, view)


def refuse_unknown(request: Request, known: set[str]) -> None:
    """raises ValidationError on a parameter that is not known, is empty, or is given twice"""
    mistakes = {}
    for name, values in request.query_params.lists():
        if name not in known:
            mistakes[name] = [exceptions.ErrorDetail(_("There is no such parameter."), "unknown_parameter")]
        elif values == [""]:
            mistakes[name] = [
                exceptions.ErrorDetail(_("This parameter is empty; leave it out or give it a value."), "empty_parameter")
            ]
        elif len(values) > 1:
            mistakes[name] = [exceptions.ErrorDetail(_("This parameter is given more than once."), "repeated_parameter")]
    if mistakes:
        raise exceptions.ValidationError(mistakes)


class Text(forms.CharField):
    """A value of a fixed shape; nothing is stripped or guessed. `says` may name `limits`."""

    limits: dict[str, int] = {}

    def __init__(self, *, shape: str, says: Any, **kwargs: Any) -> None:
        super().__init__(strip=False, **kwargs)
        self.shape, self.says = re.compile(shape), says

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if text in self.empty_values:
            return text
        if not self.shape.fullmatch(text):
            raise self.refused("invalid")
        return self.read(text)

    def read(self, text: str) -> Any:
        return text

    def refused(self, code: str) -> ValidationError:
        return ValidationError(self.says, code=code, params=self.limits)


class Whole(Text):
    def __init__(self, *, low: int, high: int, **kwargs: Any) -> None:
        super().__init__(shape=r"[0-9]{1,18}", says=_("Write a whole number from %(low)s to %(high)s."), **kwargs)
        self.limits = {"low": low, "high": high}

    def read(self, text: str) -> int:
        number = int(text)
        if not self.limits["low"] <= number <= self.limits["high"]:
            raise self.refused("out_of_range")
        return number


class WholeNumber(Filter):
    field_class = Whole

    def __init__(self, *, low: int, high: int, **kwargs: Any) -> None:
        super().__init__(low=low, high=high, **kwargs)
        set_override(self, "field", {"type": "integer", "minimum": low, "maximum": high})


class Word(Filter):
    """One of a few words; `words` says what each means to the database."""

    field_class = forms.ChoiceField

    def __init__(self, *, words: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(choices=[(word, word) for word in words], **kwargs)
        self.words = words
        set_override(self, "field", {"type": "string", "enum": list(words)})

    def filter(self, queryset: QuerySet, value: str) -> QuerySet:
        return super().filter(queryset, self.words[value] if value else value)


class Subtree(Filter):
    """Rows inside a territory, named by its path. Outside of the account's reach it is refused, whether it exists or not."""

    field_class = Text

    def __init__(self, *, seen_by: frozenset[str], **kwargs: Any) -> None:
        super().__init__(
            shape=PATH, says=_("Write the digits of a territory's code, from 2 (province) to 12 (village)."), **kwargs
        )
        self.lookup_expr, self.seen_by = "prefix", seen_by
        set_override(self, "field", {"type": "string", "pattern": f"^{PATH}$"})

    def filter(self, queryset: QuerySet, value: str) -> QuerySet:
        user = self.parent.request.user
        if value and not value.startswith(user.reach(self.seen_by)):
            raise exceptions.PermissionDenied(
                _("Territory %(path)s is outside of what you may see.") % {"path": value}, "outside_reach"
            )
        return super().filter(queryset, value)
