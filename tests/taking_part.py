"""Taking part, for tests: the people, a budget in force, following, and what somebody is told."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from backend.budget.models import BudgetImport
from backend.budget.rules import ImportKind
from backend.core.models import IdempotencyKey, RecordedEvent
from backend.parts import Parts
from tests import treasury
from tests.city import Visitor

DLH_OFFICER, DLH_HEAD, PLANNER = "+6281100010006", "+6281100020006", "+6281100000035"
SUKUN_OFFICER, KLOJEN_OFFICER, INSPECTOR = "+6281100010016", "+6281100010014", "+6281100000034"
SUKUN = "35.73.04.1001"
FOLLOWS = "... on BudgetFollowsChanged { follows { opdCode code kelurahanCode name } }"


async def bring(
    parts: Parts, path: Path, *, stage: str = "murni", since: date = date(2026, 1, 1), total: Decimal
) -> BudgetImport:
    """Put an export in force."""
    return await treasury.bring(parts, path, ImportKind.EXPENDITURE, stage, total, since)


async def follow(who: Visitor, **what: Any) -> dict[str, Any]:
    """Follow a place or a kelurahan; the answer as it is."""
    return await who.act("followBudget", FOLLOWS, year=2026, **what)


async def nothing_recorded_by(act: Any) -> dict[str, Any]:
    """The answer of an act that must leave neither an event nor a key."""
    before = await RecordedEvent.all().count(), await IdempotencyKey.all().count()
    answer: dict[str, Any] = await act
    assert (await RecordedEvent.all().count(), await IdempotencyKey.all().count()) == before
    return answer


async def notices(who: Visitor) -> list[tuple[str, str, str]]:
    """Title, body and address of what somebody was told, the newest first."""
    found = await who.ask("{ notices { edges { node { title body url } } } }")
    return [(n["node"]["title"], n["node"]["body"], n["node"]["url"]) for n in found["notices"]["edges"]]
