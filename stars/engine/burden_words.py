"""What the burden rules forbid a policy to ask for, with the clause. The words are looked for in titles and names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from governance.policy import key_text
from stars.engine.place import Place

FINGERTIP = "国办函〔2026〕12号"
RELIEF = "《整治形式主义为基层减负若干规定》（2024年）"
RANKING = "《山东省乡镇人民政府工作条例》第十八条、第十九条"


@dataclass(frozen=True)
class Ban:
    code: str
    words: re.Pattern[str]
    clause: str


def _words(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


BANS = (
    Ban("burden_check_in", _words("打卡", "签到", r"\bcheck[ _-]?ins?\b"), FINGERTIP),
    Ban("burden_online_time", _words("在线时[长间]", "学习时长", "浏览时长", r"\bonline[ _-](hours|time)\b"), FINGERTIP),
    Ban("burden_likes", _words("点赞", "转发[量数次]", r"\blikes\b"), FINGERTIP),
    Ban("burden_photos", _words("(拍照|照片|截图|视频)留痕", "留痕(照片|截图|视频)", r"\bphoto[ _-]traces?\b"), RELIEF),
    Ban("burden_log_in", _words("登[录陆](次数|率|天数)", "日活", r"\blog[ _-]?ins?\b"), FINGERTIP),
)
RANKED = Ban("ranking_unauthorised", _words("排名", "排行", r"\branking\b"), RANKING)


def refuse(root: Place) -> None:
    """Notes every title and name that asks for what is forbidden; a ranking with `authorised_by` beside it is allowed."""
    for holder, place, text in _texts(root):
        for ban in BANS:
            if ban.words.search(text):
                place.fail(ban.code, text=text, clause=ban.clause)
        if RANKED.words.search(text) and not (isinstance(holder, dict) and holder.get("authorised_by")):
            place.fail(RANKED.code, text=text, clause=RANKED.clause)


def _texts(place: Place) -> Iterator[tuple[object, Place, str]]:
    """Each title with the mapping in which it stands, and each name with the mapping that it names."""
    if isinstance(place.value, dict):
        for key, value in place.value.items():
            below = place.below(key, value)
            if isinstance(value, dict) and "title" in value:
                yield value, below, key_text(key).replace("_", " ")
            if key == "title" and isinstance(value, str):
                yield place.value, below, value
            yield from _texts(below)
    elif isinstance(place.value, list):
        for i, value in enumerate(place.value):
            yield from _texts(place.below(i, value))
