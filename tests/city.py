"""The city as tests use it: people who log in, files they send, and the worker's jobs run on demand."""

import hashlib
import io
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import orjson
from PIL import Image
from tortoise.connection import get_connection

from backend.applications.models import Upload
from backend.core import clock
from backend.core.ids import uuid7
from backend.core.texts import Locale
from backend.identity import actions as identity
from backend.identity.models import Person
from backend.identity.queries import actor_of
from backend.identity.rules import BY_PASSKEY
from backend.identity.sessions import COOKIE, session_token
from backend.identity.soft_key import SoftKey
from backend.parts import Parts
from backend.seeds.people import DemoPerson, load_people
from backend.signing.signer import Signer
from backend.worker import Later, Work
from schema.ids import encode
from storage import keys
from storage.documents import AlreadyThere

ORIGIN = "http://localhost:8000"
SARI, BUDI = "+6281100000001", "+6281100000002"
RINA, HADI = "+6281100010001", "+6281100020001"
AGUS_PTSP = "+6281100010002"

CASE = """
id number numberText version state { name title kind good } opd { code } dueAt closedAt
due { headline explanation short late dueToday paused workingMinutesLeft strip { date kind label } }
queuePlace applicant { name nikMasked phoneMasked kelurahan { name } }
answers { name value text } documents { id requirement page mediaType replaced }
openReturns { requirement { code } reason } returns { requirement { code } reason by answeredAt costText }
timeline { kind title detail by waiting bad } reads { by what } actions takenBy takenByMe
returnable { code } letter { id status number sha256 verifyId verifyUrl signedBy problem }
"""
PROBLEM = """
__typename ... on Problem { code message } ... on InvalidInput { fields { path message } }
... on Conflict { currentState currentVersion } ... on NotNow { notBefore: retryAt } ... on TooLarge { limit }
"""


def photo(colour: tuple[int, int, int] = (120, 90, 60)) -> bytes:
    """A small JPEG."""
    buffer = io.BytesIO()
    Image.new("RGB", (320, 240), colour).save(buffer, "JPEG")
    return buffer.getvalue()


@dataclass
class Visitor:
    """Someone with or without a session, asking the API over HTTP."""

    client: httpx.AsyncClient
    token: str | None = None
    locale: str = "id"
    key: SoftKey | None = None

    def headers(self) -> dict[str, str]:
        headers = {"X-Lugas-Locale": self.locale}
        if self.token:
            headers |= {"Cookie": f"{COOKIE}={self.token}", "Origin": ORIGIN}
        return headers

    async def post(self, document: str, **variables: Any) -> httpx.Response:
        body = {"query": document, "variables": variables}
        return await self.client.post("/graphql", json=body, headers=self.headers())

    async def ask(self, document: str, **variables: Any) -> dict[str, Any]:
        """The data of an answer without errors."""
        answer = (await self.post(document, **variables)).json()
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    async def errors(self, document: str, **variables: Any) -> list[dict[str, Any]]:
        """The errors of an answer that has some."""
        found: list[dict[str, Any]] = (await self.post(document, **variables)).json()["errors"]
        return found

    async def act(self, name: str, fields: str, /, **given: Any) -> dict[str, Any]:
        """Run one mutation with an idempotency key of its own unless one is given."""
        given.setdefault("idempotencyKey", str(uuid4()))
        kind = name[0].upper() + name[1:] + "Input"
        kind = _INPUTS.get(name, kind)
        document = f"mutation Act($input: {kind}!) {{ {name}(input: $input) {{ {PROBLEM} {fields} }} }}"
        result: dict[str, Any] = (await self.ask(document, input=given))[name]
        return result

    async def case(self, number: str) -> dict[str, Any] | None:
        data = await self.ask(f"query Q($n: String!) {{ application(number: $n) {{ {CASE} }} }}", n=number)
        found: dict[str, Any] | None = data["application"]
        return found

    async def move(self, name: str, case: Mapping[str, Any], /, **given: Any) -> dict[str, Any]:
        """One act on a case; the answer is the case, or the refusal with its __typename."""
        given = {"applicationId": case["id"], "version": case["version"]} | given
        kind = "LetterEnded" if name in ("revokeLetter", "replaceLetter") else "ApplicationChanged"
        answer = await self.act(name, f"... on {kind} {{ application {{ {CASE} }} }}", **given)
        found: dict[str, Any] = answer.get("application") or answer
        return found

    async def send_file(self, data: bytes, media_type: str = "image/jpeg") -> str:
        """Upload one file as a phone would; returns the upload id."""
        ticket = await self.act(
            "requestUpload",
            "... on UploadTicket { uploadId url fields { name value } }",
            mediaType={"image/jpeg": "JPEG", "image/png": "PNG", "application/pdf": "PDF"}[media_type],
            size=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
        )
        assert ticket["__typename"] == "UploadTicket", ticket
        fields = {f["name"]: f["value"] for f in ticket["fields"]}
        sent = await self.client.post(ticket["url"], data=fields, files={"file": ("x", data, media_type)})
        assert sent.status_code in (200, 204), sent.text
        done = await self.act(
            "confirmUpload", "... on UploadConfirmed { uploadId }", uploadId=ticket["uploadId"]
        )
        assert done["__typename"] == "UploadConfirmed", done
        upload_id: str = done["uploadId"]
        return upload_id


_CASE_ACTION = ("take", "release", "approve", "withdraw")
_INPUTS = {f"{n}Application": "CaseActionInput" for n in _CASE_ACTION} | {
    "askPasskey": "AskPasskeyInput",
    "askPasskeyLogIn": "AskPasskeyInput",
    "rejectApplication": "ReasonedCaseActionInput",
    "sendBackApplication": "ReasonedCaseActionInput",
    "revokeLetter": "ReasonedCaseActionInput",
    "replaceLetter": "ReasonedCaseActionInput",
    "revokeOrder": "EndOrderInput",
    "replaceOrder": "EndOrderInput",
    "unfollowBudget": "FollowBudgetInput",
}


class City:
    """The whole house in one rolled-back transaction."""

    def __init__(self, client: httpx.AsyncClient, parts: Parts, signer: Signer) -> None:
        self.client = client
        self.parts = parts
        self.work = Work(parts, signer)

    @property
    def people(self) -> tuple[DemoPerson, ...]:
        """The invented people that are planted."""
        return load_people()

    @property
    def nobody(self) -> Visitor:
        return Visitor(self.client)

    async def login(self, phone: str) -> Visitor:
        """A session as the log-in with a passkey would open it (tests/api/test_passkeys.py, test_login.py log in)."""
        index = self.parts.keyring.blind_index("phone", phone)
        person = await Person.get(phone_index=index)
        session = await identity.open_session(person.id, "tests", self.parts.keyring, by=BY_PASSKEY)
        return Visitor(self.client, session_token(self.parts.keyring, session))

    async def actor(self, visitor: Visitor) -> Any:
        return await actor_of(visitor.token, Locale.ID)

    async def drain(self, *, most: int = 200) -> list[str]:
        """Run every queued job that is due, oldest first, as the worker would; returns their names."""
        ran: list[str] = []
        while len(ran) < most:
            rows = await get_connection("default").execute_query_dict(
                "DELETE FROM pgqueuer WHERE id = (SELECT id FROM pgqueuer WHERE execute_after <= clock_timestamp()"
                " ORDER BY id LIMIT 1) RETURNING entrypoint, payload"
            )
            if not rows:
                return ran
            try:
                await self.work.handlers[rows[0]["entrypoint"]](orjson.loads(rows[0]["payload"]))
                ran.append(rows[0]["entrypoint"])
            except Later:
                ran.append(rows[0]["entrypoint"] + " later")
        raise AssertionError("the queue does not end")

    async def placed(self, visitor: Visitor, data: bytes) -> str:
        """An upload that has already been examined and kept; test_uploads.py walks the whole way."""
        digest = hashlib.sha256(data).hexdigest()
        key = keys.document(digest)

        async def once() -> AsyncIterator[bytes]:
            yield data

        with suppress(AlreadyThere):
            await self.parts.documents.put(key, once(), media_type="image/jpeg", limit=len(data))
        row = await Upload.create(
            id=uuid7(),
            person_id=(await self.actor(visitor)).person,
            media_type="image/jpeg",
            size=len(data),
            sha256=digest,
            key=key,
            stored=True,
            asked_at=clock.now(),
            expires_at=clock.now(),
        )
        return str(encode("Upload", row.id))

    async def apply(self, visitor: Visitor, service: str = "KEC-SKTM", **over: Any) -> dict[str, Any]:
        """Fill and send a whole application; returns the case or the refusal."""
        data = await visitor.ask(
            "query Q($c: String!) { service(code: $c) { version requirements { code kind required }"
            " fields { name kind required minimum maxLength profile choices { value } } } }",
            c=service,
        )
        found = data["service"]
        documents = over.pop("documents", None)
        if documents is None:
            documents = [
                {"requirement": r["code"], "uploadId": await self.placed(visitor, photo((n, 90, 60)))}
                for n, r in enumerate(found["requirements"])
                if visitor.token and r["kind"] == "DOCUMENT" and r["required"]
            ]
        chosen, left_out = over.pop("answers_over", {}), over.pop("leave_out", set())
        given = {
            "serviceCode": service,
            "serviceVersion": found["version"],
            "answers": [
                {"name": f["name"], "value": chosen.get(f["name"]) or answer_to(f)}
                for f in found["fields"]
                if (f["required"] or f["name"] in chosen) and f["name"] not in left_out
            ],
            "documents": documents,
        } | over
        answer = await visitor.act(
            "submitApplication", f"... on ApplicationChanged {{ application {{ {CASE} }} }}", **given
        )
        case: dict[str, Any] = answer.get("application") or answer
        return case


PLAIN_ANSWERS = {
    "NIK": "3573015708900002",
    "PHONE": "081234567890",
    "EMAIL": "sari@contoh.id",
    "DATE": "2026-11-24",
    "KELURAHAN": "35.73.05.1004",
}


def answer_to(field: Mapping[str, Any]) -> str:
    """A plain right answer to a question."""
    if field.get("profile") == "name":
        return "Sari Wulandari"
    if field["kind"] == "CHOICE":
        return str(field["choices"][0]["value"])
    if field["kind"] == "NUMBER":
        return str(field["minimum"] or 1)
    return PLAIN_ANSWERS.get(field["kind"], "Isian percobaan"[: field["maxLength"]])
