"""Who was to come to a training and who came, as an office types or pastes it: a line for each, or one line for everybody."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from governance.duties import Duty
from governance.errors import RuleBroken
from governance.models import Post, Trainee

State = Trainee.State
EVERYBODY = "全体"
WORDS = {"到会": State.PRESENT, "出席": State.PRESENT, "参加": State.PRESENT, "请假": State.EXCUSED, "缺席": State.ABSENT, "未到": State.ABSENT}  # fmt: skip
SAID = {State.PRESENT: "到会", State.EXCUSED: "请假", State.ABSENT: "缺席"}
BETWEEN = re.compile(r"[\s,，、]+")
NAMED = 5  # places that a sentence names


@dataclass(frozen=True)
class _Line:
    number: int
    text: str
    words: list[str]  # places, then the name
    state: str


def read_attendance(text: str, posts: Sequence[Post]) -> dict[int, str]:
    """Person → state. A line is "柳林镇 东村 张三 请假", as copied from a workbook: places may be left out where the name is one
    person's, the state where they came. "全体" are all secretaries; a line of somebody's own says otherwise of them.

    posts  village posts of the day with their person, place and the place above
    raises RuleBroken: bad_attendance, with each wrong line and why
    """
    by_name: dict[str, list[Post]] = defaultdict(list)
    for post in posts:
        by_name[_plain(post.person.name)].append(post)
    everybody: dict[int, str] = {}
    single: dict[int, str] = {}
    wrong: list[str] = []
    for line in _lines(text):
        try:
            if line.words == [EVERYBODY]:
                everybody = {post.person_id: line.state for post in posts if post.duty == Duty.SECRETARY}
                continue
            person_id = _person(line, by_name)
            if person_id in single:
                raise ValueError(_("named twice"))
            single[person_id] = line.state
        except ValueError as error:
            wrong.append(_("line %(line)d, “%(text)s”: %(reason)s") % {"line": line.number, "text": line.text, "reason": error})
    if wrong:
        says = _("Nothing was recorded. Correct these lines: %(lines)s.") % {"lines": "；".join(wrong)}
        raise RuleBroken("bad_attendance", says, field="people")
    return everybody | single


def written_attendance(trainees: Iterable[Trainee], posts: Iterable[Post]) -> str:
    """The lines that `read_attendance` reads as these people."""
    places = {post.person_id: f"{post.territory.parent} {post.territory} " for post in posts}
    return "\n".join(f"{places.get(one.person_id, '')}{one.person} {SAID[State(one.state)]}" for one in trainees)


def _lines(text: str) -> Iterable[_Line]:
    for number, line in enumerate(text.splitlines(), start=1):
        words = [word for word in BETWEEN.split(_plain(line)) if word]
        if words:
            state = WORDS.get(words[-1])
            yield _Line(number, line.strip(), words[:-1] if state else words, state or State.PRESENT)


def _person(line: _Line, by_name: dict[str, list[Post]]) -> int:
    """raises ValueError, with what is wrong"""
    if not line.words:
        raise ValueError(_("no name stands before the state"))
    *places, name = line.words
    found = [post for post in by_name.get(name, ()) if {*places} <= {_plain(str(one)) for one in _around(post)}]
    people = {post.person_id for post in found}
    if not found:
        raise ValueError(_("nobody of this name held a village post there on that day; check name, place and day"))
    if len(people) > 1:
        where = "、".join(f"{post.territory.parent}{post.territory}" for post in found[:NAMED])
        raise ValueError(_("several people have this name (%(where)s); write the village before it") % {"where": where})
    return found[0].person_id


def _around(post: Post) -> Iterable[object]:
    return post.territory, post.territory.name, post.territory.parent


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()
