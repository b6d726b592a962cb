"""What a village is called on a screen: 霍村, where the state's list says 霍村村委会."""

from __future__ import annotations

import re

VILLAGE, COMMUNITY = "village", "community"
# 村民委员会 村委会 居民委员会 居委会, and as the list also writes them: 村民委会 村委 居委 委员会会 村民居委会 …
COMMITTEE = re.compile(r"(?:村民|居民)?(?P<kind>[村居])民?委(?:员会|会|员)?(?:会|员)*$")
BARE = re.compile(r"(?<=嘎查|社区)委员?会$")
REMARK = re.compile(r"[（(][^（）()]*[）)]$")
LEAVES = {VILLAGE: ("村", "嘎查", "社区"), COMMUNITY: ("社区",)}  # what a name may end in without another word
WORD = {VILLAGE: "村", COMMUNITY: "社区"}


def short_name(name: str) -> str:
    """A name that names no committee, such as a state farm's, stays whole. A remark in brackets stays behind the name."""
    plain, remark = _without_remark(name)
    committee = COMMITTEE.search(plain)
    if not committee or committee.start() == 0:
        return BARE.sub("", plain) + remark
    kind = VILLAGE if committee["kind"] == "村" else COMMUNITY
    stem = plain[: committee.start()]
    return (stem if stem.endswith(LEAVES[kind]) else stem + WORD[kind]) + remark


def kind_of(name: str, code: str) -> str:
    """Village or community, by the committee that it has; without one, by the code: 001-199 and 400-499 are residents'."""
    plain, _remark = _without_remark(name)
    if committee := COMMITTEE.search(plain):
        return VILLAGE if committee["kind"] == "村" else COMMUNITY
    if plain.endswith("社区"):
        return COMMUNITY
    return COMMUNITY if code[9:] < "200" or "400" <= code[9:] < "500" else VILLAGE


def _without_remark(name: str) -> tuple[str, str]:
    remark = REMARK.search(name)
    return (name[: remark.start()], remark[0]) if remark else (name, "")
