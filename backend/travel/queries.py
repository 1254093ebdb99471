"""Reading trips: what can be read of them, who may read which, the day rates, and who signs."""

from collections.abc import Mapping
from uuid import UUID

from backend.core.actors import Actor, StaffRole
from backend.core.conditions import EVERY_ROW, NO_ROW, All, Condition, Either, Is, OneOf, q_of
from backend.core.pages import Page, Window, moment
from backend.core.problems import NotFound
from backend.core.reads import Order, Reads, Row, Table, columns_of, fetch, first, page
from backend.core.texts import Text
from backend.delegation.policy import SECRETARIAT, is_mayor, is_secretary
from backend.travel.models import Trip
from backend.travel.rules import MAYOR, Rate, Signer

UNKNOWN = Text("Perjalanan ini tidak ditemukan.", "There is no such trip.")
INSPECTORATE = "INSPEKTORAT"
TRIPS = Table(
    "trips",
    columns_of(
        "id person_id person_name person_title opd level purpose place region kind transport starts_at ends_at days"
        " daily representation other ceiling budget_code signs_for state version reason requested_at report_due"
        " report costs cost_total reported_at"
    ),
    json=columns_of("costs"),
)
EVERY_COLUMN = Reads(TRIPS.columns)
_NEWEST: Order = (("requested_at", True), ("id", True))


def _signing(actor: Actor) -> list[str]:
    """The offices whose orders this actor signs."""
    heads = sorted({p.opd for p in actor.posts if p.role is StaffRole.HEAD})
    return [*heads, MAYOR] if is_mayor(actor) else heads


def rows_for(actor: Actor) -> Condition:
    """The own trips, those of the offices one heads or signs for; secretary, mayor and inspectorate see all."""
    if actor.is_system or is_secretary(actor) or is_mayor(actor):
        return EVERY_ROW
    if actor.person is None:
        return NO_ROW
    if any(p.opd == INSPECTORATE for p in actor.posts):
        return EVERY_ROW
    heads = sorted({p.opd for p in actor.posts if p.role in (StaffRole.HEAD, StaffRole.AWAY)})
    own = Is("person_id", actor.person)
    return Either((own, OneOf("opd", heads), OneOf("signs_for", heads))) if heads else own


async def visible_to(actor: Actor, which: str, window: Window) -> Page[Row]:
    """Trips, the last asked for first. `which`: mine, to_approve (they wait for this actor), or all."""
    also: dict[str, Condition] = {
        "mine": Is("person_id", actor.person),
        "to_approve": All((OneOf("signs_for", _signing(actor)), OneOf("state", ("requested", "approved")))),
        "all": EVERY_ROW,
    }
    where = All((rows_for(actor), also[which]))
    return await page(TRIPS, EVERY_COLUMN, where, _NEWEST, window.read(moment, UUID))


async def by_id(actor: Actor, trip: UUID) -> Row | None:
    """One trip, if the actor may read it."""
    return await first(TRIPS, EVERY_COLUMN, All((Is("id", trip), rows_for(actor))))


async def lock(actor: Actor, trip: UUID) -> Trip:
    """The trip for update; NotFound when it is absent or not the actor's to see."""
    row = await Trip.filter(q_of(rows_for(actor))).filter(id=trip).select_for_update().get_or_none()
    if row is None:
        raise NotFound(UNKNOWN)
    return row


async def rates() -> Mapping[str, Rate]:
    """The day rates by region, in the order in which people see them."""
    rows = await fetch(
        "SELECT code, name, out_of_town, in_town, training, inside FROM travel_rates ORDER BY inside DESC, name"
        " LIMIT 100",
        [],
    )
    return {r[0]: Rate(*r) for r in rows}


async def signer_of(level: int, *, outside: bool) -> Signer:
    """Who signs the orders of officials of a level; the own head where the table says nothing."""
    rows = await fetch(
        "SELECT signer FROM travel_signatories WHERE level = $1 AND outside = $2 LIMIT 1", [level, outside]
    )
    return Signer(rows[0][0]) if rows else Signer.OWN


def head_office(signs_for: str) -> str:
    """The OPD under whose name and number an order goes out: the mayor's go out under the secretariat's."""
    return SECRETARIAT if signs_for == MAYOR else signs_for
