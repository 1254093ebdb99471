"""NIK, phone numbers, masks, and how often a code may be asked for."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.texts import Text
from backend.identity import rules

TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "born", "female"),
    [
        ("3573011708900001", date(1990, 8, 17), False),
        ("3573015708900002", date(1990, 8, 17), True),
        ("3573054101000003", date(2000, 1, 1), True),
        ("3573017108900004", date(1990, 8, 31), True),
        ("3573012902000012", date(2000, 2, 29), False),
    ],
)
def test_a_right_nik_is_read(text: str, born: date, female: bool) -> None:
    assert rules.read_nik(text, TODAY) == rules.Nik(text, born, female, district_known=True)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("3573018108900005", "birth date"),
        ("3573014008900006", "birth date"),
        ("3573010008900007", "birth date"),
        ("3573013002900008", "birth date"),
        ("3573010108900000", "0000"),
        ("3573012902010011", "birth date"),
        ("9973010108900001", "province"),
        ("0173010108900001", "province"),
        ("3500010108900001", "city or district"),
        ("3573000108900001", "city or district"),
        ("357301170890000", "You wrote 15"),
        ("35730117089000012", "You wrote 17"),
        ("357301170890000a", "16 digits"),
        ("٣٥٧٣٠١١٧٠٨٩٠٠٠٠١", "16 digits"),
        ("", "You wrote 0"),
    ],
)
def test_a_wrong_nik_is_refused_with_what_is_wrong(text: str, says: str) -> None:
    found = rules.read_nik(text, TODAY)
    assert isinstance(found, Text)
    assert says in found.en
    assert found.id
    assert text == "" or text not in found.en + found.id


def test_a_district_that_is_gone_is_only_a_warning() -> None:
    found = rules.read_nik("3573060108900009", TODAY)
    assert isinstance(found, rules.Nik)
    assert not found.district_known


def test_a_nik_may_be_written_with_blanks_dots_and_dashes() -> None:
    found = rules.read_nik(" 3573 0117-0890.0001 ", TODAY)
    assert isinstance(found, rules.Nik)
    assert found.digits == "3573011708900001"


def test_two_digits_of_a_year_mean_this_century_until_today_s_year() -> None:
    young, old = (rules.read_nik(f"35730117{m}0001", TODAY) for m in ("0826", "0827"))
    assert isinstance(young, rules.Nik)
    assert isinstance(old, rules.Nik)
    assert (young.born.year, old.born.year) == (2026, 1927)


@pytest.mark.parametrize(
    ("nik", "mask"),
    [("3573011708900001", "357301******0001"), ("3573054101000003", "357305******0003")],
)
def test_a_nik_is_shown_without_its_birth_date(nik: str, mask: str) -> None:
    assert rules.mask_nik(nik) == mask


@given(st.text(max_size=40))
def test_any_text_is_a_nik_or_a_sentence(text: str) -> None:
    assert isinstance(rules.read_nik(text, TODAY), rules.Nik | Text)


@pytest.mark.parametrize(
    "text", ["081234567890", "6281234567890", "+6281234567890", "+62 812-3456-7890", "(0812) 3456.7890"]
)
def test_a_mobile_number_is_stored_one_way(text: str) -> None:
    assert rules.read_phone(text) == "+6281234567890"


@pytest.mark.parametrize(
    "text",
    [
        *("", "0341123456", "080123456789", "08123456", "0812345678901234", "+1 202 555 0100", "abc"),
        *("٠٨١٢٣٤٥٦٧٨٩٠", "081234567890; DROP", "++6281234567890"),
    ],
)
def test_what_is_no_mobile_number_is_none(text: str) -> None:
    assert rules.read_phone(text) is None


@given(st.text(max_size=30))
def test_any_text_is_a_phone_or_none(text: str) -> None:
    found = rules.read_phone(text)
    assert found is None or found.startswith("+628")


def test_masks_show_just_enough() -> None:
    assert rules.mask_phone("+6281234566789") == "0812****6789"
    assert rules.mask_name("Budi Santoso") == "B*** S******"
    assert rules.mask_name("  Sari   W ") == "S*** W"
    assert rules.mask_name("") == ""


def ago(*minutes: float) -> list[datetime]:
    return [NOW - timedelta(minutes=m) for m in minutes]


def test_a_code_a_minute_and_five_an_hour() -> None:
    assert rules.code_wait([], NOW) is None
    assert rules.code_wait(ago(0.5), NOW) == NOW + timedelta(seconds=30)
    assert rules.code_wait(ago(1), NOW) is None
    assert rules.code_wait(ago(50, 40, 30, 20), NOW) is None
    assert rules.code_wait(ago(50, 40, 30, 20, 10), NOW) == NOW + timedelta(minutes=10)
    assert rules.code_wait(ago(60, 40, 30, 20, 10), NOW) is None
    assert rules.code_wait(ago(55, 40, 30, 20, 0.5), NOW) == NOW + timedelta(seconds=30)


@given(st.lists(st.floats(0, 120), max_size=8).map(lambda m: ago(*m)))
def test_who_waits_as_told_may_ask(asked: list[datetime]) -> None:
    moment = rules.code_wait(asked, NOW)
    for _ in range(3):
        if moment is None:
            break
        assert moment > NOW
        following = rules.code_wait(asked, moment)
        assert following is None or following > moment
        moment = following
    assert moment is None


@pytest.mark.parametrize(
    ("agent", "label"),
    [
        ("Mozilla/5.0 (Linux; Android 13) AppleWebKit/537 Chrome/126 Mobile Safari/537", "Chrome, Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17) Version/17 Safari/604", "Safari, iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/126 Safari/537 Edg/126", "Edge, Windows"),
        ("curl/8", "Aplikasi lain"),
        ("<script>" * 50, "Aplikasi lain"),
    ],
)
def test_a_device_is_called_what_people_call_it(agent: str, label: str) -> None:
    assert rules.device_label(agent) == label
