"""Numbers that people copy by hand: a slip is caught, other ways of writing are understood."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core import ids

bodies = st.text(ids.ALPHABET, min_size=ids.NUMBER_LENGTH - 1, max_size=ids.NUMBER_LENGTH - 1)
numbers = bodies.map(lambda body: body + ids.check_digit(body))
FOLDED = str.maketrans({"0": "O", "1": "L"})


@given(numbers)
def test_every_single_wrong_character_is_caught(number: str) -> None:
    for place, right in enumerate(number):
        for wrong in ids.ALPHABET:
            if wrong != right:
                assert ids.read_number(number[:place] + wrong + number[place + 1 :]) is None


@given(numbers)
def test_every_swap_of_neighbours_is_caught(number: str) -> None:
    for place in range(len(number) - 1):
        first, second = number[place], number[place + 1]
        if first != second:
            assert ids.read_number(number[:place] + second + first + number[place + 2 :]) is None


@given(numbers, st.sampled_from(["{}", " {} ", "{}\n"]), st.booleans())
def test_a_number_is_understood_in_every_way_people_write_it(number: str, around: str, lower: bool) -> None:
    written = ids.number_text(number).translate(FOLDED)
    written = around.format(written.lower() if lower else written)
    assert ids.read_number(written) == number
    assert ids.read_number(number) == number
    assert ids.read_number(" ".join(number)) == number


def test_i_and_l_are_one_and_o_is_zero() -> None:
    number = "010101010" + ids.check_digit("010101010")
    assert ids.read_number("oIoLoioLo" + number[-1]) == number


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_none(text: str) -> None:
    found = ids.read_number(text)
    assert found is None or (len(found) == ids.NUMBER_LENGTH and set(found) <= set(ids.ALPHABET))


@pytest.mark.parametrize("text", ["", "ABC", "U" * 10, "0" * 11, "0" * 9, "٠" * 10, "ß" * 5])
def test_what_cannot_be_a_number_is_none(text: str) -> None:
    assert ids.read_number(text) is None


def test_new_numbers_carry_their_check_digit_and_do_not_repeat() -> None:
    made = {ids.new_number() for _ in range(500)}
    assert len(made) == 500
    assert all(ids.read_number(number) == number for number in made)
    assert ids.number_text("0123456789") == "0123-4567-89"


def test_a_verification_id_has_ninety_bits_and_forgives_writing() -> None:
    made = ids.new_verify_id()
    assert len(made) == 18
    assert ids.read_verify_id(ids.in_fours(made).lower()) == made
    assert ids.read_verify_id(made.translate(FOLDED)) == made
    assert ids.read_verify_id(made[:-1]) is None
    assert ids.read_verify_id(made[:-1] + "U") is None


def test_machine_ids_are_version_seven_and_grow_with_time() -> None:
    made = [ids.uuid7() for _ in range(50)]
    assert all(isinstance(i, UUID) and i.version == 7 for i in made)
    assert [i.int >> 80 for i in made] == sorted(i.int >> 80 for i in made)
    assert len(set(made)) == 50
