"""What people are told where they take part: a followed place moved, a question has its answer, a proposal its step."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from backend.budget import exploring
from backend.budget.events import PlaceKind
from backend.core import clock
from backend.core.actors import StaffRole
from backend.core.models import RecordedEvent
from backend.core.texts import Locale, Text
from backend.core.words import rupiah
from backend.identity.queries import holders
from backend.notifications import words
from backend.notifications.offices import Told
from backend.participation import following, queries
from backend.participation.carrying import decree_of
from backend.participation.events import MovementKind, ProposalKind, QuestionKind
from backend.participation.following import Around
from backend.participation.models import Question
from backend.participation.rules import HiddenWhy, ProposalState, is_told_progress

# A place may have many followers: they are told page by page, each page a job of its own.
PAGE = 500
PLACE, STAGE, ASK, PROPOSAL, INBOX, FOLLOWS = "place", "stage", "ask", "proposal", "/pertanyaan", "/diikuti"

# Audiences: followers (of exactly this place), lookers (those of them who look at its year), around (lookers of this
# place, of what lies above it, and of its kelurahan), asker, officers and heads (of the OPD), people (proposer,
# supporters).
PARTICIPANTS: Mapping[str, tuple[Told, ...]] = {
    MovementKind.BUDGET: (
        Told(
            "followers",
            Text("Anggaran berubah: {name}", "Budget changed: {name}"),
            Text("{before} menjadi {after}, tahun {year}.", "{before} became {after}, year {year}."),
            PLACE,
        ),
    ),
    MovementKind.LATER: (
        Told(
            "followers",
            Text("Anggaran akan berubah: {name}", "The budget will change: {name}"),
            Text(
                "{before} menjadi {after}, tahun {year}. Berlaku mulai {since}.",
                "{before} becomes {after}, year {year}. It counts from {since}.",
            ),
            STAGE,
        ),
    ),
    MovementKind.BACK: (
        Told(
            "followers",
            Text("Anggaran berubah: {name}", "Budget changed: {name}"),
            Text(
                "Sekarang {now}, sebelumnya {before}. Mulai {since}: {after}. Tahun {year}.",
                "Now {now}, before that {before}. From {since}: {after}. Year {year}.",
            ),
            PLACE,
        ),
    ),
    MovementKind.NEW_YEAR: (
        Told(
            "followers",
            Text("Anggaran {year}: {name}", "Budget {year}: {name}"),
            Text(
                "{after}, berlaku mulai {since}. Tahun {before_year}: {before}.",
                "{after}, counts from {since}. In {before_year}: {before}.",
            ),
            STAGE,
        ),
    ),
    MovementKind.GONE: (
        Told(
            "followers",
            Text("Tidak ada lagi di anggaran {year}: {name}", "No longer in the budget {year}: {name}"),
            Text(
                "Sebelumnya {before}, tahun {before_year}. Berlaku mulai {since}. Lihat yang paling mirip.",
                "It had {before} in {before_year}. It counts from {since}. See what is most like it.",
            ),
            FOLLOWS,
        ),
    ),
    MovementKind.REALISATION: (
        Told(
            "lookers",
            Text("Pembayaran berubah: {name}", "Payments changed: {name}"),
            Text("{before} menjadi {after}, sampai {until}.", "{before} became {after}, up to {until}."),
            PLACE,
        ),
    ),
    PlaceKind.MILESTONE_MOVED: (
        Told(
            "around",
            Text("Pekerjaan berjalan: {name}", "The work goes on: {name}"),
            Text("{milestone}, {percent} %.", "{milestone}, {percent} %."),
            PLACE,
        ),
    ),
    PlaceKind.MILESTONE_DONE: (
        Told(
            "around",
            Text("Tahap selesai: {name}", "A step is done: {name}"),
            Text("{milestone}, selesai {due}.", "{milestone}, done on {due}."),
            PLACE,
        ),
    ),
    QuestionKind.ASKED: (
        Told(
            "officers",
            Text("Pertanyaan warga: {name}", "A resident asks: {name}"),
            Text("Jawab paling lambat {due}.", "Answer by {due}."),
            INBOX,
        ),
    ),
    QuestionKind.ANSWERED: (
        Told(
            "asker",
            Text("Pertanyaan Anda dijawab", "Your question has an answer"),
            Text("{name}. Dijawab {opd}.", "{name}. Answered by {opd}."),
            ASK,
        ),
    ),
    QuestionKind.ASKED_AGAIN: (
        Told(
            "officers",
            Text("Warga bertanya lagi: {name}", "A resident asks again: {name}"),
            Text("Jawab paling lambat {due}.", "Answer by {due}."),
            INBOX,
        ),
    ),
    QuestionKind.MENDED: (
        Told(
            "asker",
            Text("Jawaban diperbaiki", "An answer was mended"),
            Text("{name}. Diperbaiki {opd}.", "{name}. Mended by {opd}."),
            ASK,
        ),
    ),
    QuestionKind.HIDDEN: (
        Told(
            "asker",
            Text("Pertanyaan Anda tidak ditampilkan", "Your question is not shown"),
            Text("Alasan: {why}.", "Reason: {why}."),
            ASK,
        ),
    ),
    QuestionKind.LATE: (
        Told(
            "heads",
            Text("Pertanyaan warga belum dijawab: {name}", "A resident still waits for an answer: {name}"),
            Text("Seharusnya dijawab {due}.", "It was due on {due}."),
            INBOX,
        ),
    ),
    ProposalKind.MADE: (
        Told(
            "officers",
            Text("Usulan warga: {name}", "A proposal: {name}"),
            Text("Untuk tahun {year}. Bawa ke musrenbang.", "For {year}. Take it to the meeting."),
            PROPOSAL,
        ),
    ),
    ProposalKind.MOVED: (
        Told(
            "people",
            Text("Usulan {state}: {name}", "Proposal {state}: {name}"),
            Text("{place} {reason}", "{place} {reason}"),
            PROPOSAL,
        ),
    ),
}

HIDDEN_WORDS = {
    HiddenWhy.PERSONAL: Text("memuat data pribadi", "it holds personal data"),
    HiddenWhy.INSULT: Text("memuat hinaan", "it holds an insult"),
    HiddenWhy.NOT_BUDGET: Text("bukan tentang anggaran", "it is not about the budget"),
}
# What a place has in a budget that does not have it.
NO_AMOUNT = Text("tidak ada", "none")
STATE_WORDS = {
    ProposalState.PROPOSED: Text("kembali diusulkan", "is proposed again"),
    ProposalState.ACCEPTED: Text("diterima", "was accepted"),
    ProposalState.IN_BUDGET: Text("masuk anggaran", "is in the budget"),
    ProposalState.UNDER_WAY: Text("dikerjakan", "is under way"),
    ProposalState.DONE: Text("selesai", "is done"),
    ProposalState.REFUSED: Text("tidak diterima", "was not accepted"),
}


async def audience(told: Told, event: RecordedEvent, after: UUID) -> list[UUID]:
    """Who is told, by id after `after`, at most a PAGE; who did it is not told of it."""
    data = event.data
    match told.audience:
        case "followers":
            return await following.followers(await _around(data), after, PAGE)
        case "lookers":
            lookers = replace(await _around(data), seen_by=data["year"])
            return await following.followers(lookers, after, PAGE)
        case "around":
            if not is_told_progress(data["year"], clock.today()):
                return []
            around = await _around(data)
            wide = replace(around, above=True, kelurahan=data["kelurahan"], seen_by=data["year"])
            return await following.followers(wide, after, PAGE)
        case "people":
            return await queries.supporters(event.subject_id, after, PAGE, but=event.actor_id)
        case "asker":
            found = [(await Question.get(id=event.subject_id)).person_id]
        case "officers":
            found = await holders(str(data["opd"]), StaffRole.OFFICER)
        case _:
            found = await holders(str(data["opd"]), StaffRole.HEAD)
    return [person for person in found if person > after and person != event.actor_id]


async def _around(data: Mapping[str, Any]) -> Around:
    """Who follows exactly the place that an event tells of; its code is meant as it says, or as in its year's budget."""
    decree = data.get("classification") or await decree_of(await exploring.standing(data["year"]))
    return Around(data["opd"], data["code"], decree)


def filled(text: Text, data: Mapping[str, object], opd: str, locale: Locale) -> str:
    """A sentence with its names, amounts and days filled in; unknown parts stay empty."""
    state, why = (str(data.get(key, "")) for key in ("state", "why"))
    values = {
        "opd": opd,
        "name": str(data.get("name") or opd),
        "year": str(data.get("year", "")),
        "until": _day(data.get("until"), locale),
        "since": _day(data.get("since"), locale),
        "before_year": str(data.get("before_year", "")),
        "place": str(data.get("place", "")),
        "reason": str(data.get("reason", "")),
        "milestone": str(data.get("milestone", "")),
        "percent": str(data.get("percent", "")),
        **{key: _amount(data.get(key), locale) for key in ("before", "now", "after")},
        "state": STATE_WORDS[ProposalState(state)].said(locale) if state in _STATES else "",
        "why": HIDDEN_WORDS[HiddenWhy(why)].said(locale) if why in _WHYS else "",
        "due": _day(data.get("due"), locale),
    }
    return " ".join(text.said(locale).format_map(values).split())


_STATES, _WHYS = frozenset(s.value for s in STATE_WORDS), frozenset(w.value for w in HIDDEN_WORDS)


def _day(value: object, locale: Locale) -> str:
    return words.plain_day(date.fromisoformat(value), locale) if isinstance(value, str) and value else ""


def _amount(value: object, locale: Locale) -> str:
    if value == "":
        return NO_AMOUNT.said(locale)
    return rupiah(int(Decimal(value))) if isinstance(value, str) else ""


def url_of(told: Told, data: Mapping[str, object]) -> str:
    """Where a notice leads: the place (in the stage it tells of), the questions there, the proposal, or a list."""
    if told.url == PROPOSAL:
        return f"/usulan/{data['proposal']}"
    if told.url in (INBOX, FOLLOWS):
        return told.url
    place = "/".join(str(part) for part in (data["year"], data["opd"], data["code"]) if part)
    tail = {ASK: "#tanya", STAGE: f"?tahap={data.get('stage')}"}
    return f"/anggaran/{place}{tail.get(told.url, '')}"
