"""The letters of a trip: the assignment order (SPT) and the travel sheet (SPPD), drawn, opened and issued."""

from datetime import datetime
from uuid import UUID

from backend.core import clock
from backend.core.actors import Actor
from backend.core.problems import NotFound
from backend.core.reads import fetch
from backend.core.secrets import Keyring
from backend.core.texts import Locale
from backend.core.words import plain_day, rupiah
from backend.services import queries as services
from backend.signing import actions as signing
from backend.signing import openings
from backend.signing.actions import Request, Signatory
from backend.signing.models import Letter
from backend.signing.redrawing import Waits, to_who_signs
from backend.signing.rules import LetterStatus
from backend.travel import policy, queries
from backend.travel.events import SHEET, SUBJECT
from backend.travel.models import Trip
from backend.travel.rules import MAYOR

CLASSIFICATION = "094"  # archive code of official travel
MOST = 200


def _day(moment: datetime) -> str:
    return plain_day(moment.astimezone(clock.CITY_ZONE).date(), Locale.ID)


LETTERS = {
    SUBJECT: ("Surat Perintah Tugas", "spt"),
    SHEET: ("Surat Perintah Perjalanan Dinas", "sppd"),
}


async def prepare(trip: Trip, signatory: Signatory, keyring: Keyring) -> None:
    """Number and draw both letters of a trip, for whoever approved it."""
    for kind in LETTERS:
        await draw(trip, kind, signatory, keyring)


async def draw(trip: Trip, kind: str, signatory: Signatory, keyring: Keyring) -> Letter:
    """Number and draw one letter of a trip, the assignment order or the sheet."""
    title, template = LETTERS[kind]
    office = await services.opd(queries.head_office(trip.signs_for))
    assert office is not None, "orders go out under an OPD of the city"
    request = Request(
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
    )
    return await signing.prepare(request, keyring)


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


async def opened(actor: Actor, key: UUID, letter: Letter) -> Letter:
    """A letter of a visible trip; who may sign it has it drawn anew when its draft is of another day or hand.

    Raises NotFound, and NotNow("drawing") until it is drawn.
    """
    trip = await queries.by_id(actor, letter.subject_id)
    if trip is None or letter.status == LetterStatus.VOID:
        raise NotFound(queries.UNKNOWN)
    post = None if trip.person_id == actor.person else policy.approving_post(actor, trip.signs_for)
    signatory = Signatory.of(actor.person, actor.name, post) if post and actor.person else None
    return await openings.open_(actor, key, letter, signatory)


_WAITING = """
SELECT l.id, t.signs_for, t.person_id FROM trips t JOIN letters l ON l.subject_id = t.id AND l.subject_kind = ANY($1)
WHERE t.state IN ('approved', 'ordered') AND t.signs_for <> $2 AND l.status IN ('preparing', 'ready', 'failed')
ORDER BY l.id LIMIT $3
"""


async def follow_the_post() -> int:
    """Draw the waiting orders anew whose signer's post passed to another; returns how many. The mayor's pass to nobody."""
    return await to_who_signs([Waits(*r) for r in await fetch(_WAITING, [[SUBJECT, SHEET], MAYOR, MOST])])
