"""Two versions in words: nothing that the digest covers changes unseen, and nothing is said that did not change."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation
from django.utils.translation import pgettext

import stars
from governance.policy import canonical, load
from stars.engine.vocabulary import (
    BODIES,
    EVIDENCE,
    FILERS,
    GIVEN_UNITS,
    MONTHS,
    POSTS,
    ROUNDINGS,
    SCOPES,
    STAGES,
    SUBJECTS,
    WORDS,
)
from stars.redline import Change, redline
from tests.stars.county import POLICY

PRESETS = sorted((Path(stars.__file__).parent / "policies").glob("*.yaml"))


@pytest.fixture(autouse=True)
def in_chinese() -> Iterator[None]:
    with translation.override("zh-hans"):
        yield


def body(text: str | bytes) -> dict[str, Any]:
    return load(text).body


def changes(*swaps: tuple[str, str]) -> list[Change]:
    new = POLICY
    for one, other in swaps:
        assert one in new
        new = new.replace(one, other)
    return redline(body(POLICY), body(new))


@pytest.mark.parametrize("swap, wanted", [
    (("value: 333.33", "value: 350"), [Change("三星月补贴 · 数值", "333.33", "350")]),
    (("party: {title: 支部建设, max: 60}", "party: {title: 支部建设, max: 50}"), [Change("月考核 · 支部建设 · 满分", "60", "50")]),
    (("due: {after: end, working_days: 5}", "due: {after: end, working_days: 7}"), [Change("月考核 · 应报日 · 工作日", "5", "7")]),
    (("title: 警告以上处分", "title: 受到党纪处分"), [Change("处分 · 受到党纪处分 · 名称", "警告以上处分", "受到党纪处分")]),
    (("      order: {title: 平安稳定, max: 30}\n", ""), [Change("月考核 · 平安稳定", "平安稳定（满分：30）", "")]),
    (("weigh: {monthly: 60, year: 40}", "weigh: {monthly: 70, year: 30}"),
     [Change("综合 · 加权平均 · 月均分", "60", "70"), Change("综合 · 加权平均 · 年终考核", "40", "30")]),
    (("{farming: 农业型, industry: 产业型}", "{industry: 产业型, farming: 农业型}"),
     [Change("村庄类型 · 次序", "农业型、产业型", "产业型、农业型")]),
    (("publicity: {working_days: 5}", "publicity: {working_days: 7}"), [Change("公示 · 工作日", "5", "7")]),
    (("when: vetoed, ", ""), [Change("星级 · 条件", "受处分", "")]),
])  # fmt: skip
def test_a_change_in_words(swap: tuple[str, str], wanted: list[Change]) -> None:
    assert changes(swap) == wanted


def test_shipped_policies_are_compared_without_codes_and_in_full() -> None:
    one, other = (body(preset.read_bytes()) for preset in PRESETS)
    found = [*redline(one, other), *redline(other, one)]
    coded = [line for line in found if line.where != "代码" and re.search(r"[a-z]{2}", f"{line.where}{line.before}{line.after}")]
    assert coded == [] and not any("……" in line.before + line.after for line in found)
    months = next(line for line in redline(one, other) if line.where == "月考核评价").after
    assert months.startswith("月考核评价（周期：月；") and "产业发展（满分：20；适用范围：村庄类型：产业引领型）" in months


def test_a_parameter_is_named_with_its_value() -> None:
    assert changes(("{roster.full_months_in_post: $months_in_post}", "{roster.full_months_in_post: 6}")) == [
        Change("参评条件 · 不低于 · 任职满月数", "任职满月数 12", "6")
    ]


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    yield path
    for key, one in items:
        yield from leaves(one, (*path, key))


def mutated(document: dict[str, Any], path: tuple[Any, ...]) -> Iterator[dict[str, Any]]:
    """Changed, taken away, moved to the end."""
    for how in ("change", "remove", "last"):
        made = copy.deepcopy(document)
        place: Any = made
        for key in path[:-1]:
            place = place[key]
        value = place[path[-1]]
        if how == "change":
            place[path[-1]] = value + 1 if isinstance(value, int | Decimal) and not isinstance(value, bool) else "另一个"
        else:
            del place[path[-1]]
            if how == "last":
                if not isinstance(place, dict):
                    continue
                place[path[-1]] = value
        yield made


@pytest.mark.parametrize("preset", [*PRESETS, None], ids=lambda one: one.stem if one else "small")
def test_what_the_digest_sees_is_said_and_nothing_else(preset: Path | None) -> None:
    """Every key and value of a policy, of shipped ones every sixth, changed, taken away and put last (of words of the grammar no order counts)."""
    document = body(preset.read_bytes() if preset else POLICY)
    assert redline(document, copy.deepcopy(document)) == []
    count = 0
    for path in [*leaves(document)][1 :: 6 if preset else 1]:
        for made in mutated(document, path):
            if canonical(made) != canonical(document) and not (made == document and path[-1] in WORDS):
                assert redline(document, made), path
            count += 1
    assert count > 100


def test_the_same_number_written_otherwise_is_no_change() -> None:
    assert changes(("value: 12", "value: 12.00"), ("year_cap: 5.00", "year_cap: 5")) == []


def test_every_word_of_the_grammar_is_said_in_chinese() -> None:
    values = {*SUBJECTS, *MONTHS, *BODIES, *STAGES, *EVIDENCE, *FILERS, *POSTS, *SCOPES, *ROUNDINGS, *GIVEN_UNITS, "start", "end"}
    values |= {"secretary", "new_term", "not_filed", "not_applicable", "none", "disqualified", "period_end", "period_start"}
    assert [word for word in sorted(WORDS | values) if pgettext("policy", word) == word] == []
