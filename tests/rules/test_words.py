"""Every event has its sentences in both languages, and missing data leaves a gap, never a traceback."""

import string
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.applications.events import Kind
from backend.core import clock
from backend.core.texts import Locale, Text
from backend.logs import masked
from backend.notifications import messages, words
from backend.notifications.messages import MESSAGES, SILENT, Facts
from backend.services.definition import Fee, Mark, Promise, Unit
from tests.rules.cities import DEFINITIONS, wib

FACTS = Facts(
    service=Text("Surat Keterangan", "Certificate"),
    opd="Dinas Sosial",
    requirements={"id_card": Text("KTP", "ID card")},
    unit_cost=Text("Mundur 2 hari kerja.", "Moved by 2 working days."),
)
FULL = {
    "number": "0123456789",
    "reason": "Foto buram, ulangi.",
    "matter": "staffing",
    "due": "2026-11-24T09:00:00+00:00",
    "returns": [{"requirement": "id_card", "reason": "Foto buram"}],
}
HOLES = {"service", "number", "due_sentence", "reason", "returns", "opd", "moved", "matter"}
TEXTS = [
    (kind, text)
    for kind, message in MESSAGES.items()
    for text in (message.line, message.detail, *(t for n in message.notices for t in (n.title, n.body)))
    if text is not None
]


@pytest.mark.parametrize("kind", Kind)
def test_every_event_has_its_sentences_or_is_listed_silent(kind: Kind) -> None:
    message = MESSAGES[kind]
    assert bool(message.notices) != (kind in SILENT)
    assert {n.audience for n in message.notices} <= {"resident", "officer", "head", "secretary"}
    assert len({n.audience for n in message.notices}) == len(message.notices)


def test_no_sentence_is_for_an_event_that_does_not_exist() -> None:
    assert set(MESSAGES) == set(Kind)


@pytest.mark.parametrize(("kind", "text"), TEXTS)
def test_every_sentence_is_said_in_both_languages_with_its_names(kind: str, text: Text) -> None:
    for locale in Locale:
        holes = {name for _, name, _, _ in string.Formatter().parse(text.said(locale)) if name}
        assert holes <= HOLES
        said = messages.said(text, FULL, FACTS, locale)
        assert said
        assert "{" not in said
    holes_in_both = [{n for _, n, _, _ in string.Formatter().parse(t) if n} for t in (text.id, text.en)]
    assert holes_in_both[0] == holes_in_both[1]


@pytest.mark.parametrize(("kind", "text"), TEXTS)
@pytest.mark.parametrize("data", [{}, {"returns": "x", "due": 5, "number": None, "reason": None}])
def test_missing_data_leaves_a_gap_and_no_traceback(kind: str, text: Text, data: dict[str, object]) -> None:
    bare = Facts(service=Text("", ""), opd="", requirements={})
    for locale in Locale:
        said = messages.said(text, data, bare, locale)
        assert "{" not in said
        assert "None" not in said


def test_a_return_says_which_requirement_and_why() -> None:
    body = MESSAGES[Kind.RETURNED].notices[0].body
    assert messages.said(body, FULL, FACTS, Locale.ID) == (
        "KTP: Foto buram. Waktu berhenti dihitung sampai Anda menjawab."
    )


def test_the_date_has_its_weekday_and_the_year_only_when_it_is_another() -> None:
    with clock.at(wib("2026-11-21 09:00")):
        assert messages.due_sentence(FULL, Locale.ID) == "Selesai paling lambat Selasa, 24 November."
        assert messages.due_sentence(FULL, Locale.EN) == "Done by Tuesday, 24 November at the latest."
        other = {"due": "2027-01-04T09:00:00+00:00"}
        assert messages.due_sentence(other, Locale.ID) == "Selesai paling lambat Senin, 4 Januari 2027."


@pytest.mark.parametrize(
    ("minutes", "long", "short"),
    [
        (0, "0 menit", "0 m"),
        (40, "40 menit", "40 m"),
        (60, "1 jam", "1 j"),
        (100, "1 jam 40 menit", "1 j 40 m"),
        (300, "5 jam", "5 j"),
        (450, "7 jam 30 menit", "1 hr"),
        (900, "2 hari kerja", "2 hr"),
        (-5, "0 menit", "0 m"),
    ],
)
def test_office_time_in_words(minutes: int, long: str, short: str) -> None:
    assert words.minutes(minutes, Locale.ID) == long
    assert words.short_minutes(minutes, Locale.ID) == short


@given(st.integers(-10_000, 100_000), st.sampled_from(Locale))
def test_any_number_of_minutes_has_words(minutes: int, locale: Locale) -> None:
    assert words.minutes(minutes, locale)
    assert words.short_minutes(minutes, locale)


def test_promises_fees_and_ages_in_words() -> None:
    def promise(
        unit: Unit,
        value: int | None = None,
        locale: Locale = Locale.ID,
        opens: date | None = None,
        closes: date | None = None,
    ) -> str:
        made = Promise(unit=unit, value=value, mark=Mark.VERIFIED, opens=opens, closes=closes)
        return words.promise(made, locale)

    assert promise(Unit.WORKING_DAY, 1) == "1 hari kerja"
    assert promise(Unit.WORKING_DAY, 1, Locale.EN) == "1 working day"
    assert promise(Unit.MINUTE, 30, Locale.EN) == "30 minutes"
    assert promise(Unit.QUEUE) == "menurut antrean"
    assert promise(Unit.WINDOW) == "menurut jadwal"
    assert (
        promise(Unit.WINDOW, opens=date(2026, 6, 10), closes=date(2026, 6, 12))
        == "10 Juni 2026 - 12 Juni 2026"
    )
    assert words.fee(Fee(amount_idr=1_250_000, mark=Mark.VERIFIED), Locale.ID) == "Rp 1.250.000"
    assert words.fee(Fee(mark=Mark.VERIFIED), Locale.ID) == "menurut tarif"
    assert words.clock_time(datetime.fromisoformat("2026-11-21T04:02:00+00:00")) == "11.02"
    assert (words.in_days(0, Locale.ID), words.in_days(2, Locale.ID)) == ("Hari ini.", "2 hari kerja lagi.")


@pytest.mark.parametrize("code", sorted(DEFINITIONS))
def test_every_service_says_its_promise_and_fee(code: str) -> None:
    for locale in Locale:
        assert words.promise(DEFINITIONS[code].promise, locale)
        assert words.fee(DEFINITIONS[code].fee, locale)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("nik=3573015708900002 gagal", "nik=[nik] gagal"),
        ("to +6281234567890", "to [phone]"),
        ("hp 081234567890.", "hp [phone]."),
        ("sari.w@contoh.id", "[e-mail]"),
        ("/documents/eyJhbGci.eyJpc3Mi.abc-_1", "/documents/[token]"),
        ("nomor 0123456789", "nomor 0123456789"),
    ],
)
def test_personal_data_never_reaches_the_log(text: str, written: str) -> None:
    assert masked(text) == written
