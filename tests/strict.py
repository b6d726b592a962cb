"""What every test runs under: mistakes that Django or Python would pass over in silence fail."""

import socket
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import django.db.models.manager
import pytest
from django.conf import settings
from django.db.models import QuerySet
from django.template import Template, engines
from django.template.base import Origin

HERE = {"localhost", "127.0.0.1", "::1", "0.0.0.0", ""}


class Undefined(str):
    """Stands for `string_if_invalid`: a name that one of our own templates uses and nobody defined."""

    def __contains__(self, key: object) -> bool:
        return key == "%s"

    def __mod__(self, name: Any) -> str:
        origin = _template_above(sys._getframe(1))
        if origin and _is_ours(origin.name):
            pytest.fail(f"{origin.template_name} uses {{{{ {name} }}}}, which nobody defined")
        return ""


def undefined_template_variables_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines["django"].engine, "string_if_invalid", Undefined("%s"))


def row_locks_name_their_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """select_for_update() over a join locks the joined rows as well, and the second clerk waits for a stranger."""
    plain = QuerySet.select_for_update

    def named(self: QuerySet, *args: Any, of: tuple[str, ...] = (), **kwargs: Any) -> QuerySet:
        caller = sys._getframe(1)
        if caller.f_code.co_filename == django.db.models.manager.__file__:  # objects.select_for_update()
            caller = caller.f_back or caller
        if not of and _is_ours(caller.f_code.co_filename):
            pytest.fail("select_for_update() without of=")
        return plain(self, *args, of=of, **kwargs)

    monkeypatch.setattr(QuerySet, "select_for_update", named)


def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("connect", "connect_ex"):
        plain = getattr(socket.socket, name)

        def near(self: socket.socket, address: Any, _plain: Any = plain) -> Any:
            if self.family != socket.AF_UNIX and address[0] not in HERE:
                pytest.fail(f"a test reached for the network: {address}")
            return _plain(self, address)

        monkeypatch.setattr(socket.socket, name, near)


def _template_above(frame: FrameType | None) -> Origin | None:
    """The template being rendered when a variable turned out to be unknown: the nearest node's, not the page's."""
    while frame:
        holder = frame.f_locals.get("self")
        if isinstance(origin := getattr(holder, "origin", None), Origin):
            return origin
        if isinstance(holder, Template):
            return holder.origin
        frame = frame.f_back
    return None


def _is_ours(filename: str) -> bool:
    path = Path(filename)
    return path.is_relative_to(settings.BASE_DIR) and "site-packages" not in path.parts
