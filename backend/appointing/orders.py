"""The order of a delegation: drawn when a stand-in is named, opened, and signed by who names them."""

from datetime import datetime
from uuid import UUID

from backend.core import clock
from backend.core.actors import Actor, Capacity, Post
from backend.core.commands import Command, once
from backend.core.problems import Conflict, NotFound
from backend.core.secrets import Keyring
from backend.core.texts import Locale
from backend.core.words import plain_day, rupiah
from backend.delegation import actions as delegation
from backend.delegation import policy, queries
from backend.delegation.actions import CHANGED, UNKNOWN, Draw, Known
from backend.delegation.events import SUBJECT, DelegationKind
from backend.delegation.models import Delegation
from backend.delegation.policy import MAYOR_LEVEL, SECRETARIAT
from backend.delegation.rules import Reason
from backend.identity.policy import require_signed_in
from backend.services import queries as services
from backend.services.reference import reference
from backend.signing import actions as signing
from backend.signing import openings
from backend.signing.actions import Request, Signatory
from backend.signing.approvals import Approval
from backend.signing.models import Letter
from backend.signing.rules import LetterStatus

CLASSIFICATION = "800"  # archive code of staffing
TEMPLATE = "pelimpahan"
TITLES = {
    Capacity.PLT: "Surat Perintah Pelaksana Tugas",
    Capacity.PLH: "Surat Perintah Pelaksana Harian",
    Capacity.AN: "Surat Pelimpahan Wewenang",
    Capacity.UB: "Surat Pelimpahan Wewenang",
    Capacity.PJ: "Surat Perintah Penjabat",
}
REASONS = {
    Reason.TRAVEL: "perjalanan dinas",
    Reason.LEAVE: "cuti",
    Reason.SICK: "sakit",
    Reason.VACANT: "jabatan kosong",
    Reason.OTHER: "kebutuhan dinas",
    Reason.LADDER: "surat yang terlalu lama menunggu",
}
FROM_SIGNATURE = (
    "Perintah ini berlaku sejak tanggal mulai, dan paling awal sejak surat ini ditandatangani."
    " Penerima menandatangani dengan sertifikatnya sendiri."
)


async def known() -> Known:
    """What the catalogue knows: all services, and those whose letters nobody may pass on."""
    city = await reference()
    definitions = await services.currents(city.services, city)
    strategic = {c for c, d in definitions.items() if d.product.letter.strategic is not None}
    return Known(frozenset(city.services), frozenset(strategic))


def drawing(keyring: Keyring) -> Draw:
    """How an order is drawn in the act that names a stand-in."""

    async def draw(actor: Actor, row: Delegation) -> None:
        post = policy.granting_post(actor, Capacity(row.kind), row.opd, row.giver_id)
        assert post is not None, "who names a stand-in may, by the policy of the act"
        letter = await signing.prepare(await _request(row, _signatory(actor, post), post), keyring)
        row.letter_number, row.letter_date = letter.number, letter.date
        await row.save()

    return draw


def _signatory(actor: Actor, post: Post) -> Signatory:
    assert actor.person is not None, "who names a stand-in has signed in"
    return Signatory.of(actor.person, actor.name, post)


async def _request(row: Delegation, signatory: Signatory, post: Post) -> Request:
    # The mayor's orders go out under the secretariat's name and number.
    office = await services.opd(SECRETARIAT if post.level == MAYOR_LEVEL else post.opd)
    assert office is not None, "orders go out under an OPD of the city"
    receiver = await queries.official(row.receiver_id, row.opd)
    title = TITLES[Capacity(row.kind)]
    return Request(
        subject_kind=SUBJECT,
        subject_id=row.id,
        kind=TEMPLATE,
        title=title,
        classification=CLASSIFICATION,
        opd=office.code,
        opd_name=office.name,
        opd_address=office.address,
        holder_name=row.receiver_name,
        # Who may sign in whose post is public, as on the board at the town hall's door.
        holder_masked=f"{row.receiver_name}, {row.title}"[:160],
        rows=_rows(row, receiver.title if receiver else ""),
        paragraphs=(f"Sebab: {REASONS[Reason(row.reason)]}.", FROM_SIGNATURE),
        signatory=signatory,
        # To fill a vacant post is a decision on staffing: no stand-in takes it (UU 30/2014 art. 14(7)).
        strategic=row.kind in policy.FILLS_POST,
        template=TEMPLATE,
        data={
            "title": row.title,
            "giver": row.giver_name if row.giver_id else "Jabatan yang kosong",
            "starts": _moment(row.starts_at),
            "ends": _moment(row.ends_at),
            "scope": await _scope(row),
        },
    )


def _rows(row: Delegation, title: str) -> tuple[tuple[str, str], ...]:
    said = (("NIP", row.receiver_nip), ("Pangkat/golongan", row.receiver_rank), ("Jabatan", title))
    return tuple(pair for pair in said if pair[1])


def _moment(at: datetime) -> str:
    local = at.astimezone(clock.CITY_ZONE)
    return f"{plain_day(local.date(), Locale.ID)} pukul {local:%H.%M} WIB"


async def _scope(row: Delegation) -> str:
    names = (await reference()).services
    codes: list[str] = row.services or []
    said = "; ".join(names[c].name if c in names else c for c in codes)
    scope = f"Layanan {said}" if codes else "Semua tugas rutin"
    return scope if row.most is None else f"{scope}, sampai {rupiah(int(row.most))} untuk tiap surat"


async def letter_of(delegation_id: UUID) -> Letter | None:
    """The order that Lugas drew; None where it was issued on paper."""
    return await Letter.get_or_none(subject_kind=SUBJECT, subject_id=delegation_id)


async def opened(actor: Actor, key: UUID, letter: Letter) -> Letter:
    """The order of a visible delegation; who may sign it has it drawn anew when its draft is of another day or hand.

    Raises NotFound, and NotNow("drawing") until it is drawn.
    """
    row = await queries.by_id(actor, letter.subject_id)
    if row is None or letter.status == LetterStatus.VOID:
        raise NotFound(UNKNOWN)
    post = policy.granting_post(actor, Capacity(row.kind), row.opd, row.giver_id)
    return await openings.open_(actor, key, letter, _signatory(actor, post) if post else None)


async def sign_order(
    actor: Actor, key: UUID, letter: Letter, version: int, sha256: str, approval: Approval
) -> UUID:
    """Sign an order exactly as it was seen and approved; the worker applies the key, and from then on it counts.

    What was asked for is checked once more: the receiver may be away by now, or another one stand in.
    """
    require_signed_in(actor)

    async def act() -> UUID:
        row = await delegation.lock(actor, letter.subject_id)
        post = policy.require_grant(actor, Capacity(row.kind), row.opd, row.giver_id)
        if row.version != version:
            raise Conflict("stale_version", CHANGED, version=row.version)
        await delegation.require_still(actor, row, await known())
        locked = await Letter.filter(id=letter.id).select_for_update().get()
        await signing.ask(locked, sha256, _signatory(actor, post), approval)
        await delegation.step(actor, row, DelegationKind.SIGNING)
        return row.id

    body = [str(letter.id), version, sha256]
    return UUID((await once(Command(actor.scope, key, "sign_order", body), act)).result)
