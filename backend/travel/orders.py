"""The letters of a trip: the assignment order (SPT) and the travel sheet (SPPD), drawn, opened and issued."""

from datetime import datetime, timedelta
from uuid import UUID

from backend.core import clock
from backend.core.actors import Actor
from backend.core.commands import Command, once
from backend.core.problems import NotFound, NotNow
from backend.core.secrets import Keyring
from backend.core.texts import Locale, Text
from backend.core.words import plain_day, rupiah
from backend.identity.policy import require_signed_in
from backend.services import queries as services
from backend.signing import actions as signing
from backend.signing import intents
from backend.signing.actions import Request, Signatory
from backend.signing.models import Letter
from backend.signing.rules import LetterStatus
from backend.travel import queries
from backend.travel.events import SHEET, SUBJECT
from backend.travel.models import Trip

CLASSIFICATION = "094"  # archive code of official travel
DRAWING = Text(
    "Surat sedang disiapkan. Coba lagi sebentar.", "The letter is being drawn. Try again in seconds."
)


def _day(moment: datetime) -> str:
    return plain_day(moment.astimezone(clock.CITY_ZONE).date(), Locale.ID)


async def prepare(trip: Trip, signatory: Signatory, keyring: Keyring) -> None:
    """Number and draw both letters of a trip, for whoever approved it."""
    code = queries.head_office(trip.signs_for)
    office = await services.opd(code)
    assert office is not None, "orders go out under an OPD of the city"
    for kind, title, template in (
        (SUBJECT, "Surat Perintah Tugas", "spt"),
        (SHEET, "Surat Perintah Perjalanan Dinas", "sppd"),
    ):
        await signing.prepare(
            Request(
                subject_kind=kind,
                subject_id=trip.id,
                kind=template,
                title=title,
                classification=CLASSIFICATION,
                opd=office.code,
                opd_name=office.name,
                opd_address=office.address,
                holder_name=trip.person_name,
                holder_masked=trip.person_name,
                rows=_rows(trip),
                paragraphs=_duties(trip),
                signatory=signatory,
                template=template,
                data=_sheet(trip),
            ),
            keyring,
        )


def _rows(trip: Trip) -> tuple[tuple[str, str], ...]:
    return tuple(
        row
        for row in (
            ("NIP", trip.person_nip),
            ("Pangkat/golongan", trip.person_rank),
            ("Jabatan", trip.person_title),
        )
        if row[1]
    )


def _duties(trip: Trip) -> tuple[str, ...]:
    return (
        trip.purpose,
        f"Tempat: {trip.place}. Tanggal: {_day(trip.starts_at)} sampai {_day(trip.ends_at)}, {trip.days} hari.",
        "Laporan tertulis paling lambat 5 hari kerja setelah kembali.",
    )


def _sheet(trip: Trip) -> dict[str, object]:
    """What the travel sheet prints beyond the order."""
    return {
        "purpose": trip.purpose,
        "transport": trip.transport,
        "from": "Kota Malang",
        "to": trip.place,
        "days": f"{trip.days} hari",
        "departs": _day(trip.starts_at),
        "returns": _day(trip.ends_at),
        "budget": trip.budget_code,
        "daily": rupiah(int(trip.daily)),
        "representation": rupiah(int(trip.representation)),
        "other": rupiah(int(trip.other)),
        "ceiling": rupiah(int(trip.ceiling)),
    }


async def letters_of(trip: UUID) -> list[Letter]:
    """The order and the sheet of a trip, the order first."""
    found = await Letter.filter(subject_id=trip, subject_kind__in=[SUBJECT, SHEET]).limit(2)
    return sorted(found, key=lambda row: row.subject_kind != SUBJECT)


async def opened(actor: Actor, key: UUID, letter_id: UUID) -> Letter:
    """A letter of a visible trip, opened by who may sign it; drawn anew first when its draft is of another day.

    Raises NotFound, and NotNow("drawing") until it is drawn.
    """
    require_signed_in(actor)
    letter = await Letter.get_or_none(id=letter_id, subject_kind__in=[SUBJECT, SHEET])
    trip = await queries.by_id(actor, letter.subject_id) if letter else None
    if letter is None or trip is None or letter.status == LetterStatus.VOID:
        raise NotFound(queries.UNKNOWN)
    if letter.status in (LetterStatus.READY, LetterStatus.FAILED) and letter.date != clock.today():
        letter = await signing.redraw(letter.id)
    if letter.signed_key is None and letter.draft_key is None:
        raise NotNow("drawing", DRAWING, retry_at=clock.now() + timedelta(seconds=2))
    seen = letter

    async def act() -> UUID:
        if seen.signed_key is None:
            await intents.opened(actor, seen, ahead=False)
        return seen.id

    await once(Command(actor.scope, key, "open_trip_letter", [str(letter_id), letter.draft_sha256]), act)
    return letter
