from itertools import pairwise

import pytest

from stars.certificates import certificate_number, check_character, is_certificate_number, serial_of


def test_the_check_character_is_that_of_identity_cards():
    assert check_character("11010519491231002") == "X"  # the specimen of GB 11643-1999
    assert check_character("44052418800101001") == "4"


def test_a_number_and_its_parts():
    number = certificate_number("140821", 2025, 1)
    assert number.startswith("140821-2025-0001-")
    assert is_certificate_number(number)
    assert serial_of(number) == 1


def test_one_wrong_or_two_swapped_digits_are_noticed():
    number = certificate_number("140821", 2025, 1234)
    digits = [place for place, sign in enumerate(number) if sign.isdigit()][:14]
    for place in digits:
        for other in "0123456789":
            if other != number[place]:
                assert not is_certificate_number(number[:place] + other + number[place + 1 :])
    for first, second in pairwise(digits):
        if number[first] != number[second]:
            swapped = list(number)
            swapped[first], swapped[second] = swapped[second], swapped[first]
            assert not is_certificate_number("".join(swapped))


@pytest.mark.parametrize(
    "text", ["", "140821-2025-0001", "140821-2025-0001-", "１40821-2025-0001-9", "140821-2025-00001-9", "140821-2025-0001-x\n"]
)
def test_what_is_no_number(text):
    assert not is_certificate_number(text)


@pytest.mark.parametrize(
    "county, year, serial", [("14082", 2025, 1), ("140821", 2025, 0), ("140821", 2025, 10000), ("140821", 25000, 1)]
)
def test_what_no_number_can_hold(county, year, serial):
    with pytest.raises(ValueError, match="no certificate number"):
        certificate_number(county, year, serial)
