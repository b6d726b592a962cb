import unicodedata

import pytest

from governance.errors import RuleBroken
from stars.cells import NOT_APPLICABLE, NOT_FILED, format_score, parse_score


@pytest.mark.parametrize(
    "text, score",
    [
        ("86.5", 8650), ("86", 8600), ("0", 0), ("0.00", 0), ("-0", 0), ("100", 10000), ("100.000", 10000), (".5", 50), ("5.", 500),
        (" 86.50 ", 8650), ("８６．５", 8650), ("0086.5", 8650), ("", NOT_FILED), ("　", NOT_FILED), ("不适用", NOT_APPLICABLE),
        ("/", NOT_APPLICABLE), ("／", NOT_APPLICABLE),
    ],
)  # fmt: skip
def test_read(text, score):
    assert parse_score(text, maximum=10000) == score


@pytest.mark.parametrize(
    "text, code",
    [
        ("八十六", "not_a_number"), ("86分", "not_a_number"), ("8 6", "not_a_number"), (".", "not_a_number"), ("-", "not_a_number"),
        ("1e2", "not_a_number"), ("86,5", "not_a_number"), ("٨٦", "not_a_number"), ("1.2.3", "not_a_number"), ("=A1", "not_a_number"), ("nan", "not_a_number"),
        ("86.555", "too_many_decimals"), ("0.001", "too_many_decimals"),
        ("100.01", "out_of_range"), ("-1", "out_of_range"), ("-0.01", "out_of_range"), ("9" * 5000, "out_of_range"),
    ],
)  # fmt: skip
def test_refused(text, code):
    with pytest.raises(RuleBroken) as broken:
        parse_score(text, maximum=10000)
    assert broken.value.code == code
    assert unicodedata.normalize("NFKC", text)[:20] in broken.value.message
    assert "100" in broken.value.message
    assert len(broken.value.message) < 160


def test_every_score_survives_the_round_trip():
    for score in (*range(30001), NOT_FILED, NOT_APPLICABLE):
        assert parse_score(format_score(score), maximum=30000) == score
