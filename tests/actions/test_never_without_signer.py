"""An office is never without a signer unnoticed: random histories of trips, leaves, stand-ins and early returns.

A plain model says after each step who can sign; the real actions, run on a real database through the same steps,
must open a gap within the minute exactly where the model says that nobody can, and close it again.
"""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.appointing import orders
from backend.core import clock
from backend.core.actors import Actor, Capacity
from backend.core.models import RecordedEvent
from backend.core.problems import Problem
from backend.delegation import absences, actions, handing, queries
from backend.delegation.absences import Away
from backend.delegation.actions import Known
from backend.delegation.models import Absence, Delegation, SignerGap
from backend.delegation.rules import Paper, Reason, Wanted
from backend.identity.models import Person
from backend.identity.queries import actor_of
from tests.city import HADI, City
from tests.standins import DEPUTY, HEAD_PTSP, REGISTRY, SECRETARY

START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
KNOWN = Known(frozenset(), frozenset())


@dataclass
class Model:
    """Who is away and who stands in, as plain stretches of hours from the start."""

    away: dict[str, list[list[int]]] = field(default_factory=dict)
    stands: list[tuple[str, list[int]]] = field(default_factory=list)

    def is_away(self, who: str, at: int) -> bool:
        return any(a <= at < b for a, b in self.away.get(who, []))

    def signer(self, at: int) -> bool:
        """Somebody can sign: a stand-in who is there, or the head, who signs while no stand-in rests the post."""
        live = [who for who, (a, b) in self.stands if a <= at < b]
        if live:
            return any(not self.is_away(who, at) for who in live)
        return not self.is_away("head", at)


@given(
    st.lists(
        st.tuples(st.sampled_from(["head", "deputy"]), st.integers(0, 60), st.integers(1, 20)), max_size=8
    ),
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)), max_size=5),
)
def test_in_the_model_an_office_lacks_a_signer_only_while_head_or_stand_in_is_away(
    absences: list[tuple[str, int, int]], stands: list[tuple[int, int]]
) -> None:
    model = Model()
    for who, start, length in absences:
        model.away.setdefault(who, []).append([start, start + length])
    model.stands = [("deputy", [start, start + length]) for start, length in stands]
    for at in range(85):
        stood = any(a <= at < b for _, (a, b) in model.stands)
        assert model.signer(at) == (not model.is_away("deputy" if stood else "head", at))


class History:
    """One office through random hours: what is done to the real rows is done to the model."""

    def __init__(self, city: City, people: dict[str, UUID], secretary: Actor, seed: int) -> None:
        self.city, self.people, self.secretary = city, people, secretary
        self.draw = random.Random(seed)
        self.model = Model()
        self.rows: list[tuple[UUID, list[int]]] = []
        self.absences: list[tuple[UUID, str, list[int]]] = []
        self.unsigned: list[tuple[UUID, list[int]]] = []
        self.draw_order = orders.drawing(city.parts.keyring)

    def stretch(self, hour: int) -> list[int]:
        start = hour + self.draw.randint(0, 6)
        return [start, start + self.draw.randint(1, 12)]

    async def step(self, hour: int) -> None:
        act = self.draw.choice(
            [
                *(self.leave, self.leave, self.name, self.ask, self.ask, self.sign, self.sign, self.sign),
                *(self.revoke, self.back, self.wait),
            ]
        )
        await act(hour)

    async def wait(self, hour: int) -> None:
        """Nothing happens."""

    async def leave(self, hour: int) -> None:
        who, span = self.draw.choice(["head", "deputy"]), self.stretch(hour)
        actor = Actor(
            person=self.people[who], name=who, posts=(*self.secretary.posts,), scope=f"person:{who}"
        )
        away = Away("leave", START + span[0] * HOUR, START + span[1] * HOUR)
        made = await absences.go_away(actor, uuid4(), away, KNOWN, self.draw_order)
        self.model.away.setdefault(who, []).append(span)
        self.absences.append((made, who, span))

    def wanted(self, span: list[int], paper: Paper | None) -> Wanted:
        return Wanted(
            kind=Capacity.PLH,
            opd=REGISTRY,
            receiver=self.people["deputy"],
            paper=paper,
            starts_at=START + span[0] * HOUR,
            ends_at=START + span[1] * HOUR,
            reason=Reason.LEAVE,
        )

    async def grant(self, span: list[int], paper: Paper | None) -> UUID | None:
        try:
            return await actions.grant(
                self.secretary, uuid4(), self.wanted(span, paper), KNOWN, self.draw_order
            )
        except Problem:
            return None

    async def name(self, hour: int) -> None:
        """By an order on paper, which counts at once."""
        span = self.stretch(hour)
        made = await self.grant(span, Paper("800/0001/SETDA/2026", START.date()))
        if made:
            self.model.stands.append(("deputy", span))
            self.rows.append((made, span))

    async def ask(self, hour: int) -> None:
        """By an order that is drawn: nothing changes yet for who may sign."""
        span = self.stretch(hour)
        made = await self.grant(span, None)
        if made:
            self.unsigned.append((made, span))

    async def sign(self, hour: int) -> None:
        """The order is signed: the stand-in counts from now, unless another took the post or the time is over."""
        if not self.unsigned:
            return
        made, span = self.unsigned.pop(0)
        span[0] = max(span[0], hour)
        row = await Delegation.get(id=made)
        try:
            await actions.require_still(self.secretary, row, KNOWN)
        except Problem:
            return
        assert await actions.come_into_force(self.secretary, row, row.letter_number, START.date())
        self.model.stands.append(("deputy", span))
        self.rows.append((made, span))

    async def revoke(self, hour: int) -> None:
        live = [(row, span) for row, span in self.rows if span[1] > hour]
        if live:
            made, span = self.draw.choice(live)
            version = (await Delegation.get(id=made)).version
            await actions.revoke(self.secretary, uuid4(), made, version)
            span[1] = max(span[0], hour)

    async def back(self, hour: int) -> None:
        live = [one for one in self.absences if one[2][1] > hour]
        if live:
            made, _, span = self.draw.choice(live)
            await absences.returned(self.secretary, await Absence.get(id=made))
            span[1] = max(span[0], hour)


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_happens_a_missing_signer_is_told_within_a_minute(city: City, seed: int) -> None:
    ids = {}
    for name, phone in {"head": HADI, "deputy": DEPUTY, "other": HEAD_PTSP}.items():
        ids[name] = (await Person.get(phone_index=city.parts.keyring.blind_index("phone", phone))).id
    with clock.at(START):
        secretary = await actor_of((await city.login(SECRETARY)).token, None)
    history = History(city, ids, secretary, seed)
    gaps = 0
    for hour in range(60):
        with clock.at(START + hour * HOUR):
            await history.step(hour)
        with clock.at(START + hour * HOUR + timedelta(minutes=1)):
            await handing.turn(_nothing)
            open_ = REGISTRY in await handing.see_to_gaps()
            assert open_ != history.model.signer(hour), f"hour {hour}"
            assert open_ == await SignerGap.filter(opd=REGISTRY, until=None).exists()
            signers = (await queries.signers_of((REGISTRY,)))[REGISTRY]
            assert open_ != any(s.whole for s in signers)
        gaps = await SignerGap.filter(opd=REGISTRY).count()
    told = await RecordedEvent.filter(kind="office_without_signer").count()
    assert told == gaps


async def _nothing(_: str) -> list[str]:
    return []
