"""A recorded event as it is told to who listens, and the bounded stream it waits in."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

EVERYTHING = "*"
WAITING_MOST = 5000


@dataclass(frozen=True)
class Happened:
    """An event without anything personal: what kind, to what, when, and the offices it concerns.

    `state` is the state it led to, `opd` the office that has the case now, `offices` also those it came from.
    """

    id: int
    subject_kind: str
    subject_id: UUID
    seq: int
    kind: str
    at: datetime
    state: str
    opd: str
    offices: frozenset[str]

    @property
    def topics(self) -> frozenset[str]:
        """What one may subscribe to in order to hear it: `<subject kind>:<id>`, `office:<OPD code>`."""
        own = f"{self.subject_kind}:{self.subject_id}"
        return frozenset((own, EVERYTHING, *(f"office:{o}" for o in self.offices)))

    @staticmethod
    def of_payload(told: Mapping[str, Any]) -> "Happened":
        """Read the trigger's JSON; KeyError, TypeError or ValueError when it is none of ours."""
        return Happened(
            id=int(told["i"]),
            subject_kind=str(told["k"]),
            subject_id=UUID(told["s"]),
            seq=int(told["n"]),
            kind=str(told["e"]),
            at=datetime.fromisoformat(told["a"]),
            state=told["t"] or "",
            opd=told["o"] or "",
            offices=frozenset(o for o in (told["o"], told["c"], told["w"]) if o),
        )

    @staticmethod
    def of_row(row: Mapping[str, Any]) -> "Happened":
        """The same from a row of recorded_events."""
        return Happened(
            id=row["id"],
            subject_kind=row["subject_kind"],
            subject_id=row["subject_id"],
            seq=row["seq"],
            kind=row["kind"],
            at=row["at"],
            state=row["state"] or "",
            opd=row["opd"] or "",
            offices=frozenset(o for o in (row["opd"], row["came_from"], row["actor_office"]) if o),
        )


class Gap(Exception):
    """Events were missed; who follows must read the present state anew."""


class Stream(AsyncIterator[Happened]):
    """Events in order, at most 5,000 waiting; a reader too slow for that gets a Gap instead of them."""

    def __init__(self, topics: frozenset[str]) -> None:
        self._topics = topics
        self._queue: asyncio.Queue[Happened | Gap] = asyncio.Queue()

    @property
    def empty(self) -> bool:
        """True when nothing waits."""
        return self._queue.empty()

    def put(self, item: Happened | Gap) -> None:
        """Take in what concerns this stream; never waits."""
        if isinstance(item, Happened) and not self._topics & item.topics:
            return
        if self._queue.qsize() >= WAITING_MOST:
            while not self._queue.empty():
                self._queue.get_nowait()
            item = Gap()
        self._queue.put_nowait(item)

    async def __anext__(self) -> Happened:
        """The next event; raises Gap where some are missing."""
        item = await self._queue.get()
        if isinstance(item, Gap):
            raise item
        return item
