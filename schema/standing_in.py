"""Naming stand-ins, going away and coming back, as the API takes it."""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated
from uuid import UUID

import strawberry

from backend.appointing import orders
from backend.core.actors import Capacity
from backend.core.problems import InvalidInput
from backend.delegation import absences, actions, queries
from backend.delegation.absences import Away, StandIn
from backend.delegation.rules import Paper, Reason, Wanted
from schema.context import Info
from schema.fields import input_type, mutation, object_type
from schema.ids import uuid_of
from schema.problems import Refusal
from schema.scopes import Scope, scoped
from schema.standins import (
    Absence,
    AbsenceReason,
    Delegation,
    absences_of,
    in_city,
)


@input_type
class StandInInput:
    """Who is to act meanwhile."""

    receiver_id: strawberry.ID
    """One of `standInCandidates`."""
    letter_number: str | None = None
    """Number of an order that was issued on paper; left out where Lugas draws the order for the signature."""
    letter_date: date | None = None
    """Its date."""

    def given(self) -> StandIn:
        return StandIn(uuid_of(self.receiver_id, "Official"), self._paper())

    def _paper(self) -> Paper | None:
        if self.letter_number is None and self.letter_date is None:
            return None
        if self.letter_date is None:
            raise InvalidInput.at("letterDate", "Tulis tanggal surat perintah.", "Write the order's date.")
        return Paper(self.letter_number or "", self.letter_date)


@input_type
class GrantDelegationInput:
    """A stand-in to be named."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""
    opd_code: str
    """Whose head."""
    kind: Capacity
    """By what right."""
    stand_in: StandInInput
    """Who, by which order."""
    starts_at: datetime
    """From when."""
    ends_at: datetime
    """Until when; there is no open end."""
    reason: Reason
    """Why."""
    services: list[str] | None = None
    """Keys of the services it covers; left out for the routine list."""
    most: str | None = None
    """Largest amount in whole rupiah; left out for any."""
    parent_id: strawberry.ID | None = None
    """The a.n. that a u.b. rests on."""

    def wanted(self) -> Wanted:
        given = self.stand_in.given()
        return Wanted(
            kind=self.kind,
            opd=self.opd_code,
            receiver=given.receiver,
            paper=given.paper,
            starts_at=in_city(self.starts_at),
            ends_at=in_city(self.ends_at),
            reason=self.reason,
            services=tuple(self.services or ()),
            most=rupiah_of(self.most),
            parent=uuid_of(self.parent_id, "Delegation") if self.parent_id else None,
        )


def rupiah_of(text: str | None, path: str = "most") -> Decimal | None:
    """An amount in rupiah; InvalidInput for anything else."""
    if text is None:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or abs(value) >= Decimal(10) ** 18:
        raise InvalidInput.at(path, "Tulis jumlah rupiah dengan angka.", "Write the rupiah in digits.")
    return value


@input_type
class RevokeDelegationInput:
    """A stand-in to be ended now."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""
    delegation_id: strawberry.ID
    """Which one."""
    version: int
    """The version that was seen."""


@input_type
class GoAwayInput:
    """Leave or illness of the asking official."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""
    reason: AbsenceReason
    """Leave or illness; a trip is asked for with its own request."""
    starts_at: datetime
    """From when."""
    ends_at: datetime
    """Until when."""
    stand_in: StandInInput | None = None
    """Who acts meanwhile; a head who names nobody sends the question to the regional secretary."""


@input_type
class ComeBackInput:
    """Back earlier than said."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""
    absence_id: strawberry.ID
    """One of the own absences."""


@scoped(Scope.OFFICE)
@object_type
class DelegationChanged:
    """The delegation as it stands now."""

    delegation: Delegation
    """With its new version."""


@scoped(Scope.OFFICE)
@object_type
class AbsenceChanged:
    """One's own absences as they stand now."""

    absences: list[Absence]
    """Those that are not over."""


GrantDelegationResult = Annotated[DelegationChanged | Refusal, strawberry.union("GrantDelegationResult")]
RevokeDelegationResult = Annotated[DelegationChanged | Refusal, strawberry.union("RevokeDelegationResult")]
GoAwayResult = Annotated[AbsenceChanged | Refusal, strawberry.union("GoAwayResult")]
ComeBackResult = Annotated[AbsenceChanged | Refusal, strawberry.union("ComeBackResult")]


async def _changed(info: Info, delegation: UUID) -> DelegationChanged:
    row = await queries.by_id(info.context.actor, delegation)
    assert row is not None, "who acted on it may see it"
    context = info.context
    return DelegationChanged(
        delegation=Delegation.of(row, context.actor, await context.city(), context.locale)
    )


@scoped(Scope.OFFICE)
@strawberry.type
class StandInsMutation:
    """Naming stand-ins, going away, coming back."""

    @mutation
    async def grant_delegation(self, info: Info, input: GrantDelegationInput) -> GrantDelegationResult:
        """Name a stand-in: by an order that is drawn for one's signature, or by one that was issued on paper."""
        context = info.context
        draw = orders.drawing(context.parts.keyring)
        key, wanted = input.idempotency_key, input.wanted()
        made = await actions.grant(context.actor, key, wanted, await orders.known(), draw)
        return await _changed(info, made)

    @mutation
    async def revoke_delegation(self, info: Info, input: RevokeDelegationInput) -> RevokeDelegationResult:
        """End a stand-in now, or before it begins; the head has the queue back at once."""
        wanted = uuid_of(input.delegation_id, "Delegation")
        await actions.revoke(info.context.actor, input.idempotency_key, wanted, input.version)
        return await _changed(info, wanted)

    @mutation
    async def go_away(self, info: Info, input: GoAwayInput) -> GoAwayResult:
        """Record one's own leave or illness, and who stands in meanwhile."""
        given = input.stand_in
        stand_in = given.given() if given else None
        away = Away(input.reason.value, in_city(input.starts_at), in_city(input.ends_at), stand_in)
        context = info.context
        draw = orders.drawing(context.parts.keyring)
        await absences.go_away(context.actor, input.idempotency_key, away, await orders.known(), draw)
        return AbsenceChanged(absences=await absences_of(info))

    @mutation
    async def come_back(self, info: Info, input: ComeBackInput) -> ComeBackResult:
        """Be back early: the absence ends, and the stand-ins of one's own posts with it."""
        wanted = uuid_of(input.absence_id, "Absence")
        await absences.come_back(info.context.actor, input.idempotency_key, wanted)
        return AbsenceChanged(absences=await absences_of(info))
