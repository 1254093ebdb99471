"""Amounts and codes of the public money, in every way they are written."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.budget import codes
from backend.budget.amounts import Amount, Style, read_amount
from backend.core.texts import Text

NOW = codes.CLASSIFICATIONS[-1]
BEFORE = codes.CLASSIFICATIONS[2]


@pytest.mark.parametrize(
    ("text", "scale", "rupiah"),
    [
        ("2250.89", 10**9, "2250890000000"),
        ("2.076,98 M", 1, "2076980000000"),
        (" 0,36 M", 1, "360000000"),
        ("7443475000.06", 1, "7443475000.06"),
        ("1.062.550.166.326,96", 1, "1062550166326.96"),
        ("Rp 1.250.000", 1, "1250000"),
        ("1,250,000.50", 1, "1250000.50"),
        ("1.250", 1, "1250"),
        ("12,5", 1, "12.5"),
        ("-3.000,00", 1, "-3000"),
        ("0", 1, "0"),
        ("999999999999999999.99", 1, "999999999999999999.99"),
    ],
)
def test_an_amount_is_read_as_offices_write_it(text: str, scale: int, rupiah: str) -> None:
    read = read_amount(text, scale=scale)
    assert isinstance(read, Amount)
    assert read.value == Decimal(rupiah)


@pytest.mark.parametrize(
    "text",
    ["", "-", "dua", "1.23.456", "1.234.56", "1,2,3", "1.2345", "1e9", "--1", "NaN", "12.345,678", "٣"],
)
def test_what_cannot_be_an_amount_is_said_so(text: str) -> None:
    assert isinstance(read_amount(text), Text)


def test_an_amount_of_nineteen_digits_is_too_large() -> None:
    assert isinstance(read_amount("1000000000000000000"), Text)
    assert isinstance(read_amount("1.000.000.000,00 M"), Text)


@given(st.decimals(min_value=0, max_value=Decimal("999999999999.99"), places=2))
def test_both_styles_give_the_same_amount(value: Decimal) -> None:
    grouped = f"{value:,.2f}"
    other = grouped.replace(",", " ").replace(".", ",").replace(" ", ".")
    assert read_amount(grouped) == Amount(value, Style.DOT)
    assert read_amount(other) == Amount(value, Style.COMMA)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1.01.02.2.01.0001", "1.01.02.2.01.0001"),
        ("1.1.2.02.1.1", "1.01.02.2.01.0001"),
        (" 2.11.11.2.01.12. ", "2.11.11.2.01.0012"),
    ],
)
def test_both_paddings_are_one_code(text: str, code: str) -> None:
    assert codes.sub_activity(text, NOW) == code


def test_older_decrees_have_two_digits_at_the_end() -> None:
    assert codes.sub_activity("1.01.02.2.01.01", BEFORE) == "1.01.02.2.01.01"
    assert isinstance(codes.sub_activity("1.01.02.2.01.0101", BEFORE), Text)


@pytest.mark.parametrize(
    "text", ["", "1.01.02.2.01", "1.01.02.2.01.0001.1", "9.01.02.2.01.0001", "1.07.02.2.01.0001"]
)
def test_a_code_outside_its_decree_is_refused(text: str) -> None:
    assert isinstance(codes.sub_activity(text, NOW), Text)


def test_an_account_begins_with_a_kind_that_exists() -> None:
    assert codes.account("5.1.2.1.1.25", NOW) == "5.1.02.01.01.0025"
    assert isinstance(codes.account("5.9.02.01.01.0025", NOW), Text)
    assert isinstance(codes.account("5.1.02", NOW), Text)
