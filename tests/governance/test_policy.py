"""Policy documents: exact numbers, nothing of YAML's own ideas, and a digest of what they say."""

from datetime import date
from decimal import Decimal

import pytest

from governance.policy import PolicyErrors, canonical, load, plain_number


def test_numbers_and_days_arrive_exactly_and_words_stay_words():
    body = load(
        "a: 87.35\nb: 12\nc: 2025-01-31\nd: yes\ne: ~\nf: true\ng: '12'\nh: 1e3\ni: 0x10\nj: 007\nk: -0.50\nl: 12:30\n"
    ).body
    assert body == {
        "a": Decimal("87.35"), "b": 12, "c": date(2025, 1, 31), "d": "yes", "e": None, "f": True, "g": "12", "h": "1e3",
        "i": "0x10", "j": "007", "k": Decimal("-0.50"), "l": "12:30",
    }  # fmt: skip
    assert type(body["f"]) is bool
    assert type(body["a"]) is Decimal


def test_what_a_document_says_has_one_digest():
    plain = load("title: 办法\nrows: {a: 90.00, b: [1, 2]}\n").digest
    spelt_otherwise = "# 说明\n\"title\":   '办法'\nrows:\n  a: 90\n  b:\n    - 1\n    - 2.0\n"
    assert load(spelt_otherwise).digest == plain
    assert load(spelt_otherwise.encode("utf-8-sig")).digest == plain


@pytest.mark.parametrize(
    "other",
    [
        "rows: {a: 90.00, b: [1, 2]}\ntitle: 办法\n",
        "title: 办法\nrows: {b: [1, 2], a: 90.00}\n",
        "title: 办法\nrows: {a: 90.00, b: [2, 1]}\n",
        "title: 办法\nrows: {a: 90.01, b: [1, 2]}\n",
        "title: 办法\nrows: {a: '90', b: [1, 2]}\n",
        "title: 办法\nrows: {a: 90.00, b: [1, 2], c: ~}\n",
    ],
)
def test_another_order_or_value_is_another_digest(other):
    assert load(other).digest != load("title: 办法\nrows: {a: 90.00, b: [1, 2]}\n").digest


def test_letters_that_look_alike_are_one_letter():
    assert load("a: e\u0301").digest == load("a: \u00e9").digest


def test_the_canonical_form_to_the_letter():
    body = load("a: 90.50\n9: [x, true, ~, 2025-01-31, -0.0]\n").body
    assert canonical(body) == b'{"m":[["a",{"n":"90.5"}],[{"n":"9"},["x",true,null,{"d":"2025-01-31"},{"n":"0"}]]]}'


@pytest.mark.parametrize(
    ("value", "text"), [(Decimal("90.00"), "90"), (Decimal("0.10"), "0.1"), (100, "100"), (Decimal("-0"), "0"), (-5, "-5")]
)
def test_numbers_without_ornament(value, text):
    assert plain_number(value) == text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: &x 1", "yaml_feature"), ("a: *x", "yaml_feature"), ("a: !!str 1", "yaml_feature"), ("!x a: 1", "yaml_feature"),
        ("a: 1\n---\nb: 2", "yaml_feature"), ("<<: {a: 1}", "yaml_feature"), ("? [1]\n: 2", "yaml_feature"),
        ("a: 1\na: 2", "duplicate_key"), ("1: a\n1.0: b", "duplicate_key"), ("a: {b: 1, 'b': 2}", "duplicate_key"),
        ("a: [", "yaml_syntax"), ("a: \x07", "yaml_syntax"), ("\ta: 1", "yaml_syntax"), ("a: 2025-13-01", "bad_date"),
        ("a: " + "[" * 40, "too_deep"), ("a: " + "{b: " * 40, "too_deep"), ("just words", "not_a_mapping"),
    ],
)  # fmt: skip
def test_refused(text, code):
    with pytest.raises(PolicyErrors) as refused:
        load(text)
    assert [one.code for one in refused.value.problems] == [code]


def test_a_refusal_names_line_and_key():
    with pytest.raises(PolicyErrors) as refused:
        load("a:\n  b: 1\n  c: 2\n  b: 3\n")
    assert (refused.value.problems[0].path, refused.value.problems[0].params) == ("a.b", {"line": 4})
