"""A stage that counted is put off to a later day: followers hear what counts now, and what will, in one message."""

from datetime import date
from pathlib import Path

import pytest

from backend.core import clock
from backend.core.models import RecordedEvent
from backend.core.texts import Locale
from backend.notifications import participants
from backend.notifications.models import Notice
from backend.participation import movements
from backend.parts import Parts
from tests.api.test_movements import AUGUST, MURNI, PERUBAHAN, PROGRAMME, followed
from tests.city import City
from tests.taking_part import notices

pytestmark = pytest.mark.usefixtures("db")

OCTOBER = date(2026, 10, 1)
WITHOUT = ("murni", date(2026, 1, 1), 0)


@pytest.mark.parametrize(
    ("before", "came", "indonesian", "english"),
    [
        (
            *([MURNI, PERUBAHAN], ("perubahan", OCTOBER, 8_000_000)),
            "Sekarang Rp 5.000.000, sebelumnya Rp 7.000.000. Mulai 1 Oktober 2026: Rp 8.000.000. Tahun 2026.",
            "Now Rp 5.000.000, before that Rp 7.000.000. From 1 October 2026: Rp 8.000.000. Year 2026.",
        ),
        (
            *([MURNI, PERUBAHAN], ("perubahan", OCTOBER, 7_000_000)),
            "Sekarang Rp 5.000.000, sebelumnya Rp 7.000.000. Mulai 1 Oktober 2026: Rp 7.000.000. Tahun 2026.",
            "Now Rp 5.000.000, before that Rp 7.000.000. From 1 October 2026: Rp 7.000.000. Year 2026.",
        ),
        (
            *([MURNI, PERUBAHAN], ("perubahan", OCTOBER, 0)),
            "Sekarang Rp 5.000.000, sebelumnya Rp 7.000.000. Mulai 1 Oktober 2026: tidak ada. Tahun 2026.",
            "Now Rp 5.000.000, before that Rp 7.000.000. From 1 October 2026: none. Year 2026.",
        ),
        (
            *([WITHOUT, PERUBAHAN], ("perubahan", OCTOBER, 7_000_000)),
            "Sekarang tidak ada, sebelumnya Rp 7.000.000. Mulai 1 Oktober 2026: Rp 7.000.000. Tahun 2026.",
            "Now none, before that Rp 7.000.000. From 1 October 2026: Rp 7.000.000. Year 2026.",
        ),
        (
            *([MURNI], ("murni", OCTOBER, 5_000_000)),
            "Sekarang tidak ada, sebelumnya Rp 5.000.000. Mulai 1 Oktober 2026: Rp 5.000.000. Tahun 2026.",
            "Now none, before that Rp 5.000.000. From 1 October 2026: Rp 5.000.000. Year 2026.",
        ),
    ],
)
async def test_followers_hear_that_today_falls_back_and_what_the_day_brings(
    city: City,
    parts: Parts,
    tmp_path: Path,
    before: list[tuple[str, date, int]],
    came: tuple[str, date, int],
    indonesian: str,
    english: str,
) -> None:
    """Given a follower of a programme, on 14 August 2026 a correction moves the start of what counts to October."""
    with clock.at(AUGUST):
        sari, file = await followed(city, parts, tmp_path, before, came)
        assert await movements.heard(file.id) == 0
        # then one message says both, and leads to what counts now
        title = "Anggaran berubah: Program 2.11.11"
        assert await notices(sari) == [(title, indonesian, f"/anggaran/2026/DLH/{PROGRAMME}")]
        assert await Notice.all().count() == 1
        event = await RecordedEvent.get(kind="place_budget_back")
        (told,) = participants.PARTICIPANTS[event.kind]
        assert participants.filled(told.body, event.data, "", Locale.EN) == english


async def test_who_has_the_same_today_hears_only_of_the_day(city: City, parts: Parts, tmp_path: Path) -> None:
    """Given a programme that both stages give the same, when the later one is put off with another amount,
    then today's figure is what it was, and only the day is told."""
    with clock.at(AUGUST):
        before = [MURNI, ("perubahan", date(2026, 8, 1), 5_000_000)]
        sari, _ = await followed(city, parts, tmp_path, before, ("perubahan", OCTOBER, 8_000_000))
        assert [(title, body) for title, body, _ in await notices(sari)] == [
            (
                "Anggaran akan berubah: Program 2.11.11",
                "Rp 5.000.000 menjadi Rp 8.000.000, tahun 2026. Berlaku mulai 1 Oktober 2026.",
            )
        ]
