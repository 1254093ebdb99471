"""The right that a deputy gets when a letter has waited too long: a.n., for a short while, under the standing rule."""

from datetime import datetime

from backend.core import clock
from backend.core.actors import SYSTEM, Capacity
from backend.core.events import Event
from backend.core.ids import uuid7
from backend.core.outbox import record
from backend.delegation import queries, rules
from backend.delegation.events import SUBJECT, DelegationKind
from backend.delegation.models import Delegation

# The city's own rule that lets a deputy act, in place of a written order for each case.
STANDING_RULE = "Aturan batas waktu tanda tangan"


async def deputy(opd: str, starts: datetime, ends: datetime) -> str:
    """Let the office's deputy sign a.n. its head between two moments; returns the name, "" when nobody can.

    In the caller's transaction. An a.n. that stands already, or one that is to begin meanwhile, is left as it is.
    """
    holder = await queries.holder_of(opd)
    found = [
        c
        for c in await queries.candidates(opd, starts, ends)
        if c.opd == opd and c.level == rules.DEPUTY_LEVEL and c.away_until is None
    ]
    taken = any(
        s.kind is Capacity.AN and rules.overlap(s.starts_at, s.stops_at, starts, ends)
        for s in await queries.spans_of(opd, starts)
    )
    if holder is None or not found or taken or found[0].person == holder[0]:
        return ""
    one = found[0]
    row = await Delegation.create(
        id=uuid7(),
        kind=Capacity.AN,
        opd=opd,
        post_title=holder[2],
        title=rules.title_of(Capacity.AN, holder[2], one.title)[:200],
        giver_id=holder[0],
        giver_name=holder[1],
        receiver_id=one.person,
        receiver_name=one.name,
        receiver_rank=one.rank,
        receiver_nip=one.nip,
        receiver_level=one.level,
        letter_number=STANDING_RULE,
        letter_date=starts.astimezone(clock.CITY_ZONE).date(),
        starts_at=starts,
        ends_at=ends,
        stops_at=ends,
        reason=rules.Reason.LADDER,
        begun_at=starts,
        signed_at=clock.now(),
        created_at=clock.now(),
    )
    data = {"opd": opd, "kind": row.kind, "title": row.title, "receiver": one.name, "ends": ends.isoformat()}
    await record(Event(DelegationKind.GRANTED, SUBJECT, row.id, row.version, data), SYSTEM, silent=True)
    return one.name
