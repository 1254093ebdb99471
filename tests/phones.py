"""Phones that send forms and files: what they know, what befalls their messages, what must come of a submission."""

import hashlib
import io
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, TypeVar
from uuid import UUID, uuid4

from PIL import Image

from backend.applications import actions, file_parts, uploads
from backend.applications.actions import Ask, Submission
from backend.applications.paperwork import PageGiven
from backend.applications.uploads import Announced
from backend.core.actors import Actor
from backend.core.ids import new_number
from backend.core.problems import InvalidInput, NotFound, Problem
from backend.worker import Work

SERVICE, VERSION = "DUK-KTP-HILANG", 1
REQUIRED = ("loss_or_damaged", "family_card")
START = datetime(2026, 2, 2, 3, tzinfo=UTC)
LAST = START + timedelta(days=270)  # the holiday table ends with the year
WAITS = (
    *(timedelta(minutes=10), timedelta(hours=3), timedelta(hours=23), timedelta(hours=25)),
    *(timedelta(days=31), timedelta(days=31)),
)
HOME, AWAY = "35.73.05.1004", "35.73.01.1005"
PICTURES = 3
T = TypeVar("T")


@dataclass(frozen=True)
class Step:
    """One thing that happens; the numbers choose a phone, a form on it, and what of it."""

    kind: str
    phone: int
    form: int
    which: int
    fate: str


@dataclass
class Form:
    """A filled form in the outbox of a phone, as far as this phone knows."""

    files: list[tuple[str, int]]
    key: UUID = field(default_factory=uuid4)
    number: str = field(default_factory=new_number)
    tickets: dict[int, tuple[UUID, list[int]]] = field(default_factory=dict)
    uploads: dict[int, UUID] = field(default_factory=dict)
    case: UUID | None = None
    draft: UUID = field(default_factory=uuid4)
    draft_version: int = 0
    answer: tuple[Ask, list[PageGiven]] | None = None

    def forget_files(self) -> None:
        self.tickets.clear()
        self.uploads.clear()


@dataclass
class Phone:
    """Whose phone it is, and its outbox."""

    owner: int
    forms: list[Form] = field(default_factory=list)


@dataclass(frozen=True)
class Answered:
    """What a key was answered with, and what had been asked for."""

    body: object
    case: UUID


@dataclass(frozen=True)
class Kept:
    """A draft as the server must have it."""

    version: int
    until: datetime


def picture(seed: str) -> bytes:
    """A JPEG of some three parts that no other history has."""
    buffer = io.BytesIO()
    Image.frombytes("RGB", (40, 40), Random(seed).randbytes(4800)).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


class Sending:
    """The phones, what they were told, and what the server must therefore hold."""

    def __init__(self, work: Work, people: Sequence[Actor], officer: Actor) -> None:
        self.work, self.parts = work, work._parts
        self.people, self.officer = people, officer
        self.phones = [Phone(0), Phone(0), Phone(1)]
        self.now = START
        self.answers: dict[UUID, Answered] = {}
        self.numbers: dict[str, UUID] = {}
        self.sent: dict[UUID, tuple[int, str, list[PageGiven], str]] = {}
        self.drafts: dict[tuple[int, UUID], Kept] = {}
        history = uuid4().hex
        self.pictures = [[picture(f"{history}{who}{n}") for n in range(PICTURES)] for who in (0, 1)]
        self.parts_seen: set[str] = set()

    # What is sent, and what becomes of it on its way

    async def _travel(self, fate: str, act: Callable[[], Awaitable[T]]) -> T | Problem | None:
        """What the phone hears: nothing when request or answer is lost; sent twice, both answers are the same."""
        if fate == "lost":
            return None
        got = await attempt(act)
        if fate == "twice":
            again = await attempt(act)
            assert said_of(got) == said_of(again), f"{said_of(got)} and then {said_of(again)}"
        return None if fate == "answer_lost" else got

    def _form(self, phone: Phone, step: Step) -> Form | None:
        return phone.forms[step.form % len(phone.forms)] if phone.forms else None

    def _bytes(self, phone: Phone, form: Form, place: int) -> bytes:
        return self.pictures[phone.owner][form.files[place][1]]

    async def _fill(self, phone: Phone, step: Step) -> None:
        files = [(r, (step.which + n) % PICTURES) for n, r in enumerate(REQUIRED)]
        if step.form % 3 == 0:  # the same picture for both
            files[1] = (REQUIRED[1], files[0][1])
        if step.form % 2:  # a second page
            files.append((REQUIRED[0], (step.which + 2) % PICTURES))
        phone.forms.append(Form(files))

    async def _ask(self, phone: Phone, step: Step) -> None:
        form = self._form(phone, step)
        if form:
            await self._ask_for(phone, form, step.which % len(form.files), step.fate)

    async def _ask_for(self, phone: Phone, form: Form, place: int, fate: str) -> None:
        data, key = self._bytes(phone, form, place), uuid4()
        file = Announced("image/jpeg", len(data), hashlib.sha256(data).hexdigest())
        actor, parts = self.people[phone.owner], self.parts
        got = await self._travel(
            fate, lambda: uploads.request(actor, key, file, parts.documents, parts.tickets)
        )
        assert not isinstance(got, Problem), got
        if got is not None:
            form.tickets[place] = (got.upload, got.missing)

    async def _part(self, phone: Phone, step: Step) -> None:
        form = self._form(phone, step)
        if form and form.tickets:
            place = sorted(form.tickets)[step.which % len(form.tickets)]
            count = file_parts.parts_of(len(self._bytes(phone, form, place)))
            await self._send(phone, form, place, step.which % count, step.fate)

    async def _send(self, phone: Phone, form: Form, place: int, number: int, fate: str) -> None:
        data, size = self._bytes(phone, form, place), file_parts.PART
        part = data[number * size : (number + 1) * size]
        digest = hashlib.sha256(part).hexdigest()
        if fate == "damaged":
            part = bytes([part[0] ^ 1]) + part[1:]

        async def put() -> None:
            where = await file_parts.place(self.people[phone.owner], form.tickets[place][0], number)
            self.parts_seen.add(where.key)
            await file_parts.keep(where, digest, part, self.parts.documents)

        got = await self._travel(fate, put)
        if isinstance(got, NotFound):  # swept while the phone was away
            form.tickets.pop(place)
        else:
            assert got is None or (fate == "damaged" and isinstance(got, InvalidInput)), got

    async def _confirm(self, phone: Phone, step: Step) -> None:
        form = self._form(phone, step)
        if form and form.tickets:
            place = sorted(form.tickets)[step.which % len(form.tickets)]
            await self._confirm_at(phone, form, place, step.fate)

    async def _confirm_at(self, phone: Phone, form: Form, place: int, fate: str) -> None:
        key, upload, actor, parts = uuid4(), form.tickets[place][0], self.people[phone.owner], self.parts
        got = await self._travel(
            fate, lambda: uploads.confirm(actor, key, upload, parts.documents, parts.inspector)
        )
        if isinstance(got, Problem):
            assert got.code in ("not_arrived", "not_found"), got
            form.tickets.pop(place)
        elif got is not None:
            form.uploads[place] = got.id

    # Submitting

    async def _submit(self, phone: Phone, step: Step) -> None:
        form = self._form(phone, step)
        if form:
            await self._submit_form(phone, form, step.fate)

    async def _submit_form(self, phone: Phone, form: Form, fate: str, kelurahan: str = HOME) -> None:
        whole = len(form.uploads) == len(form.files)
        got = await self._ask_case(phone.owner, form.key, form.number, pages_of(form), fate, kelurahan)
        if isinstance(got, UUID):
            assert whole, "a case without all its files"
            form.case = got
        elif isinstance(got, Problem) and got.code == "upload_missing":
            form.forget_files()
        elif isinstance(got, Problem) and got.code == "number_taken":
            # The person is told, and sends again under a new number.
            form.key, form.number = uuid4(), new_number()
        elif isinstance(got, Problem) and got.code == "key_reused":
            form.case = self.answers[form.key].case

    async def _ask_case(
        self, owner: int, key: UUID, number: str, pages: list[PageGiven], fate: str, kelurahan: str = HOME
    ) -> UUID | Problem | None:
        """Submit, and compare what comes of it with what was answered before."""
        body = (number, kelurahan, tuple(pages))
        form = Submission(SERVICE, VERSION, number, kelurahan, {"cause": "lost"}, pages)

        async def send() -> UUID:
            case = await actions.submit(self.people[owner], key, form, self.parts.keyring)
            known = self.answers.setdefault(key, Answered(body, case))
            assert known == Answered(body, case), "another answer for the same key"
            assert self.numbers.setdefault(number, case) == case, "two cases under one number"
            self.sent[key] = (owner, number, pages, kelurahan)
            return case

        got = await self._travel(fate, send)
        known = self.answers.get(key)
        if isinstance(got, Problem):
            assert known is None or (known.body != body and got.code == "key_reused"), got
            assert got.code in ("upload_missing", "number_taken", "key_reused"), got
            assert got.code != "number_taken" or number in self.numbers
        return got

    async def _other_body(self, phone: Phone, step: Step) -> None:
        form = self._form(phone, step)
        if form:
            await self._ask_case(phone.owner, form.key, form.number, pages_of(form), step.fate, AWAY)

    async def _steal(self, phone: Phone, step: Step) -> None:
        """Another person sends an application of their own under a number that is somebody else's."""
        others = [f for p in self.phones if p.owner != phone.owner for f in p.forms]
        form = self._form(phone, step)
        if form and others:
            number = others[step.which % len(others)].number
            await self._ask_case(phone.owner, uuid4(), number, pages_of(form), step.fate)

    async def _arrive(self, phone: Phone, step: Step) -> None:
        form = self._form(phone, step)
        if form and form.case is None:
            await self._arrives(phone, form)

    async def _arrives(self, phone: Phone, form: Form) -> bool:
        """With good signal the phone goes on until the server has answered; at most five rounds."""
        for _ in range(5):
            for place in range(len(form.files)):
                if place not in form.uploads:
                    await self._ask_for(phone, form, place, "ok")
                    for number in form.tickets[place][1]:
                        await self._send(phone, form, place, number, "ok")
                    await self._confirm_at(phone, form, place, "ok")
            await self._submit_form(phone, form, "ok")
            if form.case is not None:
                return True
        return False


def pages_of(form: Form) -> list[PageGiven]:
    """All files of the form; one that is not with the server yet by an id that nobody has."""
    return [PageGiven(r, form.uploads.get(n, UUID(int=n))) for n, (r, _) in enumerate(form.files)]


async def attempt(act: Callable[[], Awaitable[T]]) -> T | Problem:
    try:
        return await act()
    except Problem as problem:
        return problem


def said_of(got: Any) -> object:
    """What tells one answer from another."""
    return got.code if isinstance(got, Problem) else getattr(got, "upload", getattr(got, "id", got))
