"""Bringing files into the budget, for tests: as the command line does, and through the web as the treasury does."""

import hashlib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

from backend.budget import actions, imports
from backend.budget.actions import Announced
from backend.budget.arriving import PART
from backend.budget.models import BudgetImport
from backend.budget.rules import ImportKind
from backend.core.actors import SYSTEM
from backend.parts import Parts
from tests.city import ORIGIN, City, Visitor

DECREE = "Kepmendagri 900.1-2850/2025"
ENDAH = "+6281100010050"
FIELDS = """
id kind year stage state trial fileName size sha256 controlTotal lines total faultCount faultsUrl linesRead personName
faultReasons { code count } parts { url size missing } changes { opd { code } before after }
faults { edges { node { line column code reason value } } pageInfo { hasNextPage endCursor } }
"""
CHANGED = f"... on BudgetFileChanged {{ budgetImport {{ {FIELDS} }} }}"


async def load(parts: Parts, path: Path, said: Announced) -> BudgetImport:
    """Bring a file into the budget as the command line does; whatever comes of it."""
    waiting = await actions.receive(SYSTEM, uuid4(), said, path, parts.documents)
    return await imports.bring(SYSTEM, waiting, path)


async def bring(
    parts: Parts, path: Path, kind: ImportKind, stage: str, total: Decimal, since: date
) -> BudgetImport:
    """Bring a good file into force."""
    row = await load(parts, path, Announced(kind, since.year, stage, DECREE, since, total, path.name))
    assert (row.state, row.faults) == ("in_force", [])
    return row


def hashes(data: bytes) -> list[str]:
    return [hashlib.sha256(data[n : n + PART]).hexdigest() for n in range(0, len(data), PART)]


def said(data: bytes, total: Decimal | str, **other: Any) -> dict[str, Any]:
    return {
        "kind": "EXPENDITURE",
        "year": 2026,
        "stage": "murni",
        "effectiveOn": "2026-01-01",
        "controlTotal": str(total),
        "fileName": "apbd.csv",
        "size": len(data),
        "parts": hashes(data),
    } | other


async def announce(who: Visitor, data: bytes, total: Decimal | str, **other: Any) -> dict[str, Any]:
    answer = await who.act("announceBudgetFile", CHANGED, **said(data, total, **other))
    found: dict[str, Any] = answer.get("budgetImport") or answer
    return found


async def put(who: Visitor, made: dict[str, Any], data: bytes, number: int, *, sha: str = "") -> int:
    part = data[number * PART : (number + 1) * PART]
    headers = who.headers() | {
        "Content-Type": "application/octet-stream",
        "X-Part-SHA256": sha or hashlib.sha256(part).hexdigest(),
        "Origin": ORIGIN,
    }
    sent = await who.client.put(f"{made['parts']['url']}/{number}", content=part, headers=headers)
    return sent.status_code


async def act(who: Visitor, name: str, made: dict[str, Any]) -> dict[str, Any]:
    answer = await who.act(name, CHANGED, importId=made["id"])
    found: dict[str, Any] = answer.get("budgetImport") or answer
    return found


async def send(city: City, who: Visitor, data: bytes, total: Decimal | str, **other: Any) -> dict[str, Any]:
    """The whole way; what the import says in the end."""
    made = await announce(who, data, total, **other)
    for number in made["parts"]["missing"]:
        assert await put(who, made, data, number) == 204
    assert (await act(who, "readBudgetFile", made))["state"] == "WAITING"
    await city.drain()
    return await look(who, made)


async def look(who: Visitor, made: dict[str, Any]) -> dict[str, Any]:
    data = await who.ask(f"query Q($i: ID!) {{ budgetImport(id: $i) {{ {FIELDS} }} }}", i=made["id"])
    found: dict[str, Any] = data["budgetImport"]
    return found
