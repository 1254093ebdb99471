"""The worker: takes jobs that committed with their acts, announces, draws, signs and pushes."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import asdict
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import structlog
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver
from pgqueuer.errors import RetryRequested
from pgqueuer.models import Job, Schedule

from backend import database
from backend.applications import counts, drafts, handing, held_up
from backend.applications.events import LASTING, SUBJECT, TELL_RESIDENT
from backend.applications.handing import Round
from backend.applications.issuing import CaseLetters
from backend.applications.sweeping import sweep_uploads
from backend.appointing import settling
from backend.appointing.issuing import DelegationLetters
from backend.budget import arriving, exports, reading
from backend.budget.events import EXPORT, MOVES
from backend.core import commands, rates
from backend.core.outbox import ANNOUNCE
from backend.core.problems import Conflict
from backend.delegation.events import SUBJECT as DELEGATION
from backend.identity import actions as identity
from backend.identity.gateways import GatewayDown
from backend.notifications import listeners
from backend.notifications.events import PUSH
from backend.participation import movements, questions
from backend.partners import actions as partners
from backend.parts import Parts, open_parts
from backend.settings import Settings
from backend.signing import intents, work
from backend.signing.desk import Behind, Desk, Subject
from backend.signing.events import RENDER, SIGN
from backend.signing.open import open_signer
from backend.signing.signer import Signer, SignerUnavailable
from backend.signing.work import Tools
from backend.travel.events import SHEET
from backend.travel.events import SUBJECT as TRIP
from backend.travel.issuing import TripLetters
from backend.travel.orders import follow_the_post
from backend.travel.reminding import remind
from storage.documents import Unavailable

log = structlog.get_logger()

RETRIES = 8
# How many of a job a worker does at once, where it is not 8: a large file of the budget takes 300 MB to read.
AT_ONCE = {arriving.READ: 1}
QUIET = Round([], 0, [], 0)
Handler = Callable[[dict[str, Any]], Awaitable[None]]


class Later(Exception):
    """The job should run again after a while, as long as it takes, unless somebody is told that it was given up."""

    def __init__(self, after: timedelta, reason: str) -> None:
        super().__init__(reason)
        self.after = after


class Work:
    """What each job does; the queue runs it, tests call it."""

    def __init__(self, parts: Parts, signer: Signer) -> None:
        self._parts = parts
        self._signer = signer
        tools = Tools(parts.documents, signer, parts.keyring, parts.passphrases, parts.finish.roots)
        # What a letter may be about.
        subjects: dict[str, Subject] = {
            SUBJECT: CaseLetters(),
            TRIP: TripLetters(),
            SHEET: TripLetters(),
            DELEGATION: DelegationLetters(),
        }
        self._desk = Desk(tools, subjects)
        self.handlers: dict[str, Handler] = {
            ANNOUNCE: self._announce,
            EXPORT: self._export_budget,
            MOVES: self._moves,
            PUSH: self._push,
            arriving.READ: self._read_budget,
            RENDER: self._render,
            SIGN: self._sign,
            TELL_RESIDENT: self._tell_resident,
        }
        # Who is to know that a job was given up: people wait for what comes of it.
        self.given_up: dict[str, Handler] = {arriving.READ: self._give_budget_up}

    async def _announce(self, job: dict[str, Any]) -> None:
        event = int(job["event"])
        await listeners.announce(event, UUID(job["after"]) if "after" in job else listeners.FIRST)

    async def _moves(self, job: dict[str, Any]) -> None:
        await movements.heard(UUID(job["import"]))

    async def _tell_resident(self, job: dict[str, Any]) -> None:
        parts = self._parts
        try:
            await listeners.tell_resident(UUID(job["application"]), parts.gateway, parts.keyring)
        except GatewayDown as down:
            raise Later(timedelta(seconds=30), "message gateway") from down

    async def _push(self, job: dict[str, Any]) -> None:
        wait = await listeners.deliver(UUID(job["delivery"]), self._parts.push)
        if wait is not None:
            raise Later(wait, "push service")

    async def _render(self, job: dict[str, Any]) -> None:
        parts = self._parts
        try:
            await work.draw(
                UUID(job["letter"]), parts.keyring, parts.documents, parts.settings.public_url, self._signer
            )
        except Unavailable as problem:
            raise Later(timedelta(seconds=5), "file store") from problem

    async def _sign(self, job: dict[str, Any]) -> None:
        try:
            await self._desk.sign(UUID(job["letter"]))
        except Behind as behind:
            raise Later(timedelta(minutes=10), "signer away") from behind
        except (SignerUnavailable, Unavailable) as problem:
            raise Later(timedelta(seconds=20), type(problem).__name__) from problem

    async def _read_budget(self, job: dict[str, Any]) -> None:
        try:
            await reading.read_file(UUID(job["import"]), self._parts.documents)
        except Unavailable as problem:
            raise Later(timedelta(seconds=5), "file store") from problem
        except Conflict as problem:
            raise Later(timedelta(seconds=5), "another worker reads it") from problem

    async def _give_budget_up(self, job: dict[str, Any]) -> None:
        await arriving.give_up(UUID(job["import"]))

    async def _export_budget(self, job: dict[str, Any]) -> None:
        parts = self._parts
        try:
            await exports.make_ready(UUID(job["import"]), parts.documents, exports.Signer(parts.keyring))
        except Unavailable as problem:
            raise Later(timedelta(seconds=20), "file store") from problem

    async def sweep(self) -> int:
        """Clear away what has served its time; returns how many unused files went."""
        await commands.sweep(LASTING)
        await identity.sweep()
        await intents.sweep()
        await rates.sweep()
        await counts.fold()
        await partners.sweep()
        await drafts.sweep()
        await arriving.sweep(self._parts.documents)
        return await sweep_uploads(self._parts.documents)

    async def hand_over(self) -> Round:
        """The minute's round: queues to stand-ins and back, offices without a signer, letters that wait too long."""
        also = {
            "held up": held_up.tell,
            "orders": settling.settle,
            "trips": follow_the_post,
            "reports": remind,
        }
        return await handing.hand_over(self._parts.settings.ladder, also)

    async def tell_late(self) -> int:
        """Tell the heads of residents' questions whose day has passed; returns how many."""
        return await questions.tell_late()


def wait_for(attempts: int, wished: timedelta) -> timedelta:
    """The wish, doubled with each failed attempt, at most an hour."""
    doubled: int = 2 ** min(attempts, 8)
    return min(wished * doubled, timedelta(hours=1))


def register(queue: PgQueuer, jobs: Work) -> None:
    """Give every handler its entrypoint; a job that fails for good is held where an operator sees it."""
    for name, handler in jobs.handlers.items():
        most = AT_ONCE.get(name, 8)
        queue.entrypoint(name, concurrency_limit=most, on_failure="hold")(
            _runner(name, handler, jobs.given_up.get(name))
        )


def keep_house(queue: PgQueuer, jobs: Work) -> None:
    """Hand queues over each minute, look for late answers every ten, clear away each hour; whichever worker is first."""

    @queue.schedule("hand_over", "* * * * *")
    async def hand_over(_: Schedule) -> None:
        done = await jobs.hand_over()
        if done != QUIET:
            log.info("handed over", **asdict(done))

    @queue.schedule("late_questions", "*/10 * * * *")
    async def late_questions(_: Schedule) -> None:
        if late := await jobs.tell_late():
            log.info("questions are late", number=late)

    @queue.schedule("sweep", "17 * * * *")
    async def sweep(_: Schedule) -> None:
        try:
            log.info("swept", unused_files=await jobs.sweep())
        except Unavailable:
            log.warning("the file store did not answer, sweeping again in an hour")


def _runner(name: str, handler: Handler, given_up: Handler | None) -> Callable[[Job], Awaitable[None]]:
    async def run(job: Job) -> None:
        payload = orjson.loads(job.payload or b"{}")
        try:
            await handler(payload)
        except Exception as problem:
            waits = isinstance(problem, Later) and given_up is None
            if job.attempts < RETRIES or waits:
                raise _again(name, job, problem) from problem
            log.exception("job given up", job=name, payload=payload)
            await _tell(given_up, name, job)
            raise

    return run


def _again(name: str, job: Job, problem: Exception) -> RetryRequested:
    if isinstance(problem, Later):
        # A push and a signature say themselves when to come back; the others back off here.
        delay = problem.after if name in (PUSH, SIGN) else wait_for(job.attempts, problem.after)
        return RetryRequested(delay=delay, reason=str(problem))
    log.warning("job failed, trying again", job=name, attempt=job.attempts, problem=repr(problem))
    return RetryRequested(delay=wait_for(job.attempts, timedelta(seconds=2)), reason=repr(problem))


async def _tell(given_up: Handler | None, name: str, job: Job) -> None:
    """Tell whoever waits for it; when even that fails, the job runs once more, and is given up then."""
    try:
        if given_up is not None:
            await given_up(orjson.loads(job.payload or b"{}"))
    except Exception as problem:
        raise _again(name, job, problem) from problem


def _passphrases(parts: Parts) -> AbstractAsyncContextManager[None]:
    """Only a signer who asks for one makes the worker listen for passphrases."""
    return parts.passphrases.listening() if parts.method.passphrase_needed else nullcontext()


async def run(settings: Settings) -> None:
    """Work until SIGINT or SIGTERM; running jobs are finished first."""
    url = database.url_of(settings)
    await database.connect(url, pool=settings.database_pool)
    credentials = database.configuration(url)["connections"]["default"]["credentials"]
    listener = await asyncpg.connect(
        **{k: credentials[k] for k in ("host", "port", "user", "password", "database")}
    )
    try:
        async with open_parts(settings) as parts, _passphrases(parts):
            queue = PgQueuer(AsyncpgDriver(listener))
            jobs = Work(parts, open_signer(settings.signer, settings.signing_keys, parts.finish))
            register(queue, jobs)
            keep_house(queue, jobs)
            loop = asyncio.get_running_loop()
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, queue.shutdown.set)
            log.info("worker ready")
            await queue.run(dequeue_timeout=timedelta(seconds=5), batch_size=8)
    finally:
        await listener.close()
        await database.disconnect()
