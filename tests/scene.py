"""The scene of the access table: cases of Sari's, a draft, help for a resident, and a caller of every kind."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
from tortoise.transactions import in_transaction

from backend.applications.models import Assistance
from backend.core import clock
from schema.ids import uuid_of
from tests.apps import App, with_token
from tests.assisted import for_resident
from tests.authenticator import sign, wish
from tests.city import AGUS_PTSP, BUDI, HADI, RINA, SARI, City, Visitor, photo

PEOPLE = {"owner": SARI, "stranger": BUDI, "officer": RINA, "other_officer": AGUS_PTSP, "head": HADI}
GIVEN = ("catalogue", "statistics", "track", "verify", "budget")
SERVICE = "DUK-KK-HILANG"
WHY = "Alasan yang cukup panjang."


@dataclass
class Scene:
    """A finished and a fresh case of Sari's, and a caller of every kind."""

    city: City
    done: Mapping[str, Any]
    fresh: Mapping[str, Any]
    verify_id: str
    people: dict[str, Visitor]
    draft: str
    apps: dict[str, App] = field(default_factory=dict)

    async def post(self, who: str, document: str, variables: Mapping[str, Any]) -> httpx.Response:
        """One request; what it did is taken back."""
        headers = (
            {"Authorization": f"Bearer {self.apps[who].token}"}
            if who in self.apps
            else self.people[who].headers()
        )
        asked = {"query": document, "variables": variables}
        answers: list[httpx.Response] = []
        with suppress(_TakenBack):
            async with in_transaction():
                answers.append(await self.city.client.post("/graphql", json=asked, headers=headers))
                raise _TakenBack
        return answers[0]


class _TakenBack(Exception):
    pass


async def make_scene(city: City) -> Scene:
    """Everything that the table asks about."""
    people = {"nobody": city.nobody} | {who: await city.login(phone) for who, phone in PEOPLE.items()}
    owner, officer, head = people["owner"], people["officer"], people["head"]
    case = await officer.move("takeApplication", await city.apply(owner, SERVICE))
    page = case["documents"][0]["id"]
    await officer.act("openDocument", "... on DownloadTicket { url }", documentId=page)
    case = await officer.move(
        "returnApplication", case, returns=[{"requirement": "loss_or_damaged", "reason": WHY}]
    )
    new = {"requirement": "loss_or_damaged", "uploadId": await city.placed(owner, photo((1, 2, 3)))}
    case = await officer.move("approveApplication", await owner.move("answerReturn", case, documents=[new]))
    await city.drain()
    opened = await head.act(
        "openLetter", "... on LetterOpened { letter { sha256 } }", applicationId=case["id"]
    )
    await sign(head, wish(case, opened["letter"]["sha256"]))
    fresh = await city.apply(owner, SERVICE)
    await city.drain()
    done = await owner.case(case["number"])
    assert done is not None
    helped = await for_resident(city, people["stranger"], SERVICE)
    assert helped["__typename"] == "AssistedSubmitted", helped
    await Assistance.create(
        id=uuid4(),
        application_id=uuid_of(case["id"], "Application"),
        helper_id=uuid4(),
        helper_name="Ibu RT",
        relation="rt",
        in_week=1,
        at=clock.now(),
    )
    made = Scene(city, done, fresh, done["letter"]["verifyId"], people, await draft_of(city, owner))
    made.apps = {"app_with": await with_token(city, *GIVEN), "app_without": await with_token(city, "budget")}
    return made


async def draft_of(city: City, owner: Visitor) -> str:
    """A half-filled form of Sari's with one answer and one file."""
    draft = str(uuid4())
    page = {
        "requirement": "loss_or_damaged",
        "uploadId": await city.placed(owner, photo((4, 2, 3))),
        "name": "x",
    }
    form = await owner.ask(
        "query Q($c: String!) { service(code: $c) { version fields { name } } }", c=SERVICE
    )
    saved = await owner.act(
        "saveDraft",
        "... on DraftSaved { draft { version } }",
        id=draft,
        version=0,
        serviceCode=SERVICE,
        serviceVersion=form["service"]["version"],
        answers=[{"name": form["service"]["fields"][0]["name"], "value": "x"}],
        step=1,
        documents=[page],
        changedAt="2026-11-22T08:00:00Z",
    )
    assert saved["__typename"] == "DraftSaved", saved
    return draft
