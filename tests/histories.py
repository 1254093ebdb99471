"""A city with three phones, and what may befall them: a model of the submit protocol that checks itself.

Two phones are Sari's and one is Budi's. They fill forms, send files in parts, keep drafts and submit; what they send
is lost, arrives twice or in another order, or its answer is lost; days pass and the sweep runs. After each step the
world knows what must be true, and `check` compares it with the database and the file store.
"""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

from backend.applications import actions, drafts
from backend.applications.actions import Ask
from backend.applications.draft_rules import DraftFile
from backend.applications.drafts import DraftGiven
from backend.applications.models import Application, CaseDocument, DraftDocument, Upload, UploadPart
from backend.applications.paperwork import PageGiven
from backend.applications.rules import ReturnItem
from backend.core import clock
from backend.core.pages import Window
from backend.core.problems import Conflict, Problem
from tests.phones import (
    LAST,
    PICTURES,
    REQUIRED,
    SERVICE,
    VERSION,
    WAITS,
    Answered,
    Form,
    Kept,
    Phone,
    Sending,
    Step,
    attempt,
    pages_of,
)


class World(Sending):
    """Phones, drafts, the office, the clock and the sweep; `check` compares with database and file store."""

    async def live(self, history: Sequence[Step]) -> None:
        """Everything that happens, then every phone comes back to good signal, then time passes."""
        for step in history:
            with clock.at(self.now):
                phone = self.phones[step.phone % len(self.phones)]
                await getattr(self, f"_{step.kind}")(phone, step)
        with clock.at(self.now):
            for phone in self.phones:
                for form in phone.forms:
                    assert form.case or await self._arrives(phone, form), "an application was lost"
            await self.check()
            await self._in_vain()
        with clock.at(self.now + timedelta(days=32)):
            await self.work.sweep()
        with clock.at(self.now + timedelta(days=34)):
            await self.work.sweep()
            await self._again()
            await self.check()
            await self._check_clean()

    async def _in_vain(self) -> None:
        """Every picture is asked for once more and then not used: cases that hold the same bytes keep them."""
        for phone in self.phones:
            letter = Form([("", n) for n in range(PICTURES)])
            for place in range(PICTURES):
                await self._ask_for(phone, letter, place, "ok")

    async def _again(self) -> None:
        """Phones that missed every answer send everything again, a month later."""
        for key, (owner, number, pages, kelurahan) in list(self.sent.items()):
            got = await self._ask_case(owner, key, number, pages, "twice", kelurahan)
            assert got == self.answers[key].case

    # Drafts

    def _kept(self, owner: int, draft: UUID) -> int:
        """The version of the draft that must stand now, 0 for none."""
        kept = self.drafts.get((owner, draft))
        return kept.version if kept and kept.until > self.now else 0

    async def _save(self, phone: Phone, step: Step) -> None:
        form = self._form(phone, step)
        if form is None:
            return
        files = [DraftFile(form.files[p][0], u, "x") for p, u in sorted(form.uploads.items())]
        given = DraftGiven(
            form.draft, form.draft_version, SERVICE, VERSION, "", {}, step.which, files, self.now
        )
        current, key, actor = self._kept(phone.owner, form.draft), uuid4(), self.people[phone.owner]

        async def send() -> int:
            row = await drafts.save(actor, key, given, self.parts.keyring)
            self.drafts[phone.owner, form.draft] = Kept(row.version, self.now + timedelta(days=30))
            return int(row.version)

        got = await self._travel(step.fate, send)
        if isinstance(got, Conflict):
            assert got.version == current != form.draft_version
            form.draft_version = current
        elif isinstance(got, Problem):
            assert got.code == "upload_missing", got
            form.forget_files()
        elif got is not None:
            assert got == form.draft_version + 1 == current + 1
            form.draft_version = got

    async def _drop(self, phone: Phone, step: Step) -> None:
        form = self._form(phone, step)
        if form is None:
            return
        current, key, actor = self._kept(phone.owner, form.draft), uuid4(), self.people[phone.owner]

        async def send() -> None:
            await drafts.drop(actor, key, form.draft, form.draft_version)
            self.drafts.pop((phone.owner, form.draft), None)

        got = await self._travel(step.fate, send)
        if isinstance(got, Conflict):
            assert got.version == current != form.draft_version
            form.draft_version = current

    async def _fetch(self, phone: Phone, _: Step) -> None:
        """A phone reads its person's drafts and goes on with those it has not."""
        found = await drafts.mine(self.people[phone.owner], Window(50, None))
        must = {d: k.version for (o, d), k in self.drafts.items() if o == phone.owner and k.until > self.now}
        assert {r.draft_id: r.version for r in found.rows} == must
        had = {f.draft for f in phone.forms}
        hashes = [hashlib.sha256(p).hexdigest() for p in self.pictures[phone.owner]]
        for row in found.rows:
            if row.draft_id not in had:
                files = [(f.requirement, hashes.index(f.sha256)) for f in row.files]
                held = dict(enumerate(f.upload_id for f in row.files))
                files += [(r, 0) for r in REQUIRED if r not in {f[0] for f in files}]
                form = Form(files, uploads={n: UUID(str(u)) for n, u in held.items()})
                form.draft, form.draft_version = row.draft_id, row.version
                phone.forms.append(form)

    # The office, the clock and the sweep

    async def _hand_back(self, phone: Phone, step: Step) -> None:
        form = self._form(phone, step)
        case = await Application.get(id=form.case) if form and form.case else None
        if case is None or case.state_kind == "waiting_resident":
            return
        await attempt(lambda: actions.take(self.officer, Ask(case.id, case.version, uuid4())))
        ask = Ask(case.id, (await Application.get(id=case.id)).version, uuid4())
        items = [ReturnItem(REQUIRED[step.which % 2], "Fotonya tidak terbaca.")]
        await attempt(lambda: actions.return_(self.officer, ask, items))

    async def _mend(self, phone: Phone, step: Step) -> None:
        """The resident answers with a new page, perhaps a month later, perhaps twice."""
        form = self._form(phone, step)
        if form is None or form.case is None:
            return
        if form.answer is None:
            form.answer = await self._new_page(phone, form, step.which)
        if form.answer is None:
            return
        ask, pages = form.answer
        actor, keyring = self.people[phone.owner], self.parts.keyring
        known = self.answers.get(ask.key)

        async def send() -> UUID:
            case = await actions.answer(actor, ask, pages, None, keyring)
            self.answers[ask.key] = Answered((ask.version, tuple(pages)), case)
            return case

        got = await self._travel(step.fate, send)
        assert known is None or got in (None, form.case), "an answer that was taken is refused"
        if got is not None:
            form.answer = None

    async def _new_page(self, phone: Phone, form: Form, which: int) -> tuple[Ask, list[PageGiven]] | None:
        case = await Application.get(id=form.case)
        if case.state_kind != "waiting_resident":
            return None
        letter = Form([(REQUIRED[n], (which + n) % PICTURES) for n in (0, 1)])
        for place in range(2):
            await self._ask_for(phone, letter, place, "ok")
            for number in letter.tickets[place][1]:
                await self._send(phone, letter, place, number, "ok")
            await self._confirm_at(phone, letter, place, "ok")
        return Ask(case.id, case.version, uuid4()), [pages_of(letter)[which % 2]]

    async def _wait(self, phone: Phone, step: Step) -> None:
        """Time passes; the sweep runs every hour, unless the worker was down."""
        self.now = min(self.now + WAITS[step.which % len(WAITS)], LAST)
        if step.fate != "lost":
            with clock.at(self.now):
                await self._sweep(phone, step)

    async def _sweep(self, _: Phone, __: Step) -> None:
        await self.work.sweep()
        await self.check()

    # What must be true at any time

    async def check(self) -> None:
        """One case per number and key, every file of every case and of every live draft where it should be."""
        people = [p.person for p in self.people]
        cases = {c.number: c.id for c in await Application.filter(applicant_id__in=people)}
        assert cases == self.numbers, "cases that nobody sent, or that are gone"
        held = await CaseDocument.filter(application_id__in=list(cases.values()))
        for case in cases.values():
            there = {d.requirement for d in held if d.application_id == case and d.replaced_at is None}
            assert there == set(REQUIRED), "a case without all its files"
        for document in held:
            await self._check_bytes(document.key, document.sha256)
        for kept in await DraftDocument.all():
            upload = await Upload.get_or_none(id=kept.upload_id, stored=True)
            assert upload is not None, "a file of a draft was swept"
            await self._check_bytes(upload.key, kept.sha256)

    async def _check_bytes(self, key: str, sha256: str) -> None:
        stored = await self.parts.documents.stat(key)
        assert stored is not None, "a file was swept that is still needed"
        assert stored.sha256 == sha256

    async def _check_clean(self) -> None:
        """A month later nothing is left but what cases hold."""
        assert await Upload.filter(taken=False).count() == 0
        assert await UploadPart.all().count() == await DraftDocument.all().count() == 0
        assert [k for k in self.parts_seen if await self.parts.documents.stat(k) is not None] == []
