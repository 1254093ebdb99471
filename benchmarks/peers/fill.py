"""Fills a migrated database with a city's year: deterministic rows, valid for the product, loaded by COPY."""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

import asyncpg
import orjson

from backend.applications.events import SUBJECT, Kind
from backend.applications.paperwork import seal_answers
from backend.applications.promise import due_at
from backend.applications.queries import NO_PROMISE
from backend.core.calendar import WorkCalendar
from backend.core.clock import CITY_ZONE
from backend.core.ids import ALPHABET, NUMBER_LENGTH, check_digit
from backend.core.secrets import Keyring
from backend.identity.sessions import session_token, token_hash
from backend.seeds import plant
from backend.seeds.load import City, load_city
from backend.services import actions as catalogue
from backend.services import queries as reference
from backend.services.definition import Definition

OPDS, SERVICES, PEOPLE = 22, 200, 2_000
CASES, EVENTS_A_CASE, LINES = 100_000, 5, 5_000
YEAR, STAGE = 2026, "murni"
FIRST_DAY, LAST_DAY = date(2026, 1, 5), date(2026, 11, 20)
FOREVER = datetime(2099, 1, 1, tzinfo=UTC)
OPEN = (("submitted", "start"), ("checking", "working"), ("waiting_signature", "waiting_signer"))
WAYS: Mapping[str, Sequence[Kind]] = {
    "submitted": (Kind.SUBMITTED, Kind.TAKEN, Kind.RELEASED, Kind.TAKEN, Kind.RELEASED),
    "checking": (Kind.SUBMITTED, Kind.TAKEN, Kind.RELEASED, Kind.TAKEN, Kind.FORWARDED),
    "waiting_signature": (Kind.SUBMITTED, Kind.TAKEN, Kind.APPROVED, Kind.SENT_BACK, Kind.APPROVED),
    "issued": (Kind.SUBMITTED, Kind.TAKEN, Kind.APPROVED, Kind.SIGNING, Kind.ISSUED),
    "rejected": (Kind.SUBMITTED, Kind.TAKEN, Kind.RELEASED, Kind.TAKEN, Kind.REJECTED),
}


@dataclass(frozen=True)
class Filled:
    """What a generator of load needs to know: case numbers, OPD codes, and each OPD's officer's session."""

    numbers: list[str]
    opds: list[str]
    tokens: dict[str, str]


@dataclass(frozen=True)
class Case:
    """A case before it is a row."""

    id: UUID
    number: str
    service: Definition
    opd: str
    state: str
    state_kind: str
    submitted: datetime
    due: datetime | None
    closed: datetime | None


async def fill(libpq: str, keyring: Keyring, scale: int) -> Filled:
    """Fill an empty, migrated database; Tortoise is connected to it. Returns what the load needs."""
    dice = random.Random(20261120)
    city = load_city()
    await plant.plant_city()
    opds = chosen_opds(city)
    definitions = await publish_services(city, opds)
    calendar = await reference.calendar()
    connection = await asyncpg.connect(libpq)
    try:
        # Triggers count and notify row by row; here everything is counted once, at the end.
        await connection.execute("SET session_replication_role = replica")
        await connection.execute("DELETE FROM opds WHERE code <> ALL($1::text[])", opds)
        await connection.execute("DELETE FROM services WHERE opd IS NULL")
        people = [uuid(dice, FIRST_DAY) for _ in range(PEOPLE)]
        await copy(connection, "people", residents(people, keyring, city, dice))
        tokens = await add_officers(connection, opds, keyring, dice)
        numbers = await add_cases(connection, definitions, people, calendar, keyring, dice, CASES * scale)
        await add_budget(connection, opds, city, dice, LINES * scale)
        await count(connection)
        await connection.execute("SET session_replication_role = DEFAULT")
        await connection.execute("VACUUM (ANALYZE)")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
    return Filled(numbers, opds, tokens)


def chosen_opds(city: City) -> list[str]:
    """22 of the city's OPDs: those with services first, then in the order of the list; by code."""
    with_services = {d.opd for d in city.definitions}
    ordered = sorted((o.code for o in city.opds), key=lambda code: code not in with_services)
    return sorted(ordered[:OPDS])


async def publish_services(city: City, opds: Sequence[str]) -> list[Definition]:
    """200 services that belong to an OPD: the real ones, then copies of them under new codes."""
    real = [d for d in city.definitions if d.opd in opds]
    made = list(real)
    while len(made) < SERVICES:
        number = len(made)
        base = real[number % len(real)]
        title = base.name.model_copy(update={"id": f"{base.name.id} {number:03}"})
        changes = {
            "code": f"{base.code}-{number:03}",
            "opd": opds[number % len(opds)],
            "name": title,
            "popular": None,
        }
        made.append(base.model_copy(update=changes))
    for definition in made[len(real) :]:
        await catalogue.publish(definition)
    return made


async def copy(connection: asyncpg.Connection, table: str, rows: Iterable[Mapping[str, object]]) -> None:
    """COPY rows that all have the same columns."""
    found = iter(rows)
    first = next(found)
    columns = list(first)

    def records() -> Iterator[tuple[object, ...]]:
        yield tuple(first.values())
        for row in found:
            yield tuple(row.values())

    await connection.copy_records_to_table(table, records=records(), columns=columns, timeout=3600)


def uuid(dice: random.Random, day: date, at: datetime | None = None) -> UUID:
    """A version 7 id of a moment, the same at every run."""
    moment = at or datetime.combine(day, time(8), CITY_ZONE)
    stamp = int(moment.timestamp() * 1000)
    value = (stamp << 80) | (0x7 << 76) | (dice.getrandbits(12) << 64) | (0b10 << 62) | dice.getrandbits(62)
    return UUID(int=value)


def residents(
    people: Sequence[UUID], keyring: Keyring, city: City, dice: random.Random
) -> Iterator[dict[str, object]]:
    """People with every field a case needs, sealed to their row."""
    villages = city.kelurahan
    for number, person in enumerate(people):
        nik = f"3573{dice.randint(1, 5):02}{dice.randint(1, 28):02}{dice.randint(1, 12):02}70{number + 1:04}"
        phone = f"+628120{number:06}"
        yield {
            "id": person,
            "name": f"Warga {number:04}",
            "phone_sealed": keyring.seal(f"people:{person}:phone", phone),
            "phone_index": keyring.blind_index("phone", phone),
            "nik_sealed": keyring.seal(f"people:{person}:nik", nik),
            "nik_index": keyring.blind_index("nik", nik),
            "address_sealed": keyring.seal(f"people:{person}:address", f"Jl. Contoh {number}"),
            "kelurahan": dice.choice(villages).code,
            "locale": "id",
            "version": 0,
            "created_at": datetime.combine(FIRST_DAY, time(8), CITY_ZONE),
        }


async def add_officers(
    connection: asyncpg.Connection, opds: Sequence[str], keyring: Keyring, dice: random.Random
) -> dict[str, str]:
    """One officer in each OPD with a session that does not end; returns OPD -> token."""
    began = datetime.combine(FIRST_DAY, time(8), CITY_ZONE)
    tokens: dict[str, str] = {}
    people, posts, sessions = [], [], []
    for number, opd in enumerate(opds):
        person, session = uuid(dice, FIRST_DAY), uuid(dice, FIRST_DAY)
        phone = f"+628130{number:06}"
        tokens[opd] = session_token(keyring, session)
        people.append(
            {
                "id": person,
                "name": f"Petugas {number:02}",
                "phone_sealed": keyring.seal(f"people:{person}:phone", phone),
                "phone_index": keyring.blind_index("phone", phone),
                "locale": "id",
                "version": 0,
                "created_at": began,
            }
        )
        post = {"id": uuid(dice, FIRST_DAY), "person_id": person, "opd": opd, "role": "officer"}
        posts.append(post | {"title": "Petugas", "rank": "", "nip": "", "level": 4, "since": FIRST_DAY})
        row = {"id": session, "person_id": person, "token_hash": token_hash(tokens[opd]), "label": "bench"}
        sessions.append(
            row | {"created_at": began, "seen_at": FOREVER, "expires_at": FOREVER, "opened_by": "code"}
        )
    for table, rows in (("people", people), ("posts_held", posts), ("sessions", sessions)):
        await copy(connection, table, rows)
    return tokens


def cases(
    definitions: Sequence[Definition], calendar: WorkCalendar, dice: random.Random, total: int
) -> Iterator[Case]:
    """Cases over a year of office days: of ten, three open, six issued, one refused; none waits for a resident."""
    days = (LAST_DAY - FIRST_DAY).days
    for _ in range(total):
        service = dice.choice(definitions)
        day = FIRST_DAY + timedelta(days=dice.randint(0, days))
        at = time(dice.randint(8, 15), dice.randint(0, 59), dice.randint(0, 59), dice.randint(0, 999) * 1000)
        submitted = datetime.combine(day, at, CITY_ZONE)
        body = "".join(dice.choices(ALPHABET, k=NUMBER_LENGTH - 1))
        luck = dice.random()
        state, kind = dice.choice(OPEN) if luck < 0.3 else ("issued" if luck < 0.9 else "rejected", "final")
        closed = submitted + timedelta(minutes=dice.randint(60, 5 * 24 * 60)) if kind == "final" else None
        yield Case(
            id=uuid(dice, day, submitted),
            number=body + check_digit(body),
            service=service,
            opd=service.opd,
            state=state,
            state_kind=kind,
            submitted=submitted,
            due=due_at(service.promise, submitted, (), calendar, submitted),
            closed=closed,
        )


async def add_cases(
    connection: asyncpg.Connection,
    definitions: Sequence[Definition],
    people: Sequence[UUID],
    calendar: WorkCalendar,
    keyring: Keyring,
    dice: random.Random,
    total: int,
) -> list[str]:
    """Cases and their five events each, in parts, so that a million fit in memory; returns the numbers."""
    numbers: list[str] = []
    stream = cases(definitions, calendar, dice, total)
    while part := [case for _, case in zip(range(20_000), stream, strict=False)]:
        await copy(connection, "applications", (case_row(c, dice.choice(people), keyring) for c in part))
        await copy(connection, "recorded_events", (e for c in part for e in event_rows(c, dice)))
        numbers += (c.number for c in part)
    return numbers


def case_row(case: Case, applicant: UUID, keyring: Keyring) -> dict[str, object]:
    return {
        "id": case.id,
        "number": case.number,
        "service_code": case.service.code,
        "service_version": 1,
        "home_opd": case.opd,
        "opd": case.opd,
        "applicant_id": applicant,
        "kelurahan": "35.73.05.1004",
        "state": case.state,
        "state_kind": case.state_kind,
        "version": EVENTS_A_CASE,
        "answers_sealed": seal_answers(case.id, {"name": "Warga"}, keyring),
        "submitted_at": case.submitted,
        "due_at": case.due,
        "order_at": case.due or NO_PROMISE,
        "taken_name": "",
        "closed_at": case.closed,
    }


def event_rows(case: Case, dice: random.Random) -> Iterator[dict[str, object]]:
    """Five events from submission on, as the product records them."""
    data = {"number": case.number, "service": case.service.code, "state": case.state, "opd": case.opd}
    text = orjson.dumps(data | {"due": case.due and case.due.isoformat()}).decode()
    at = case.submitted
    for seq, kind in enumerate(WAYS[case.state], 1):
        yield {
            "subject_kind": SUBJECT,
            "subject_id": case.id,
            "seq": seq,
            "kind": kind.value,
            "at": at,
            "actor_role": "resident" if seq == 1 else "officer",
            "actor_office": "" if seq == 1 else case.opd,
            "data": text,
        }
        at += timedelta(milliseconds=dice.randint(60_000, 7_200_000))


async def add_budget(
    connection: asyncpg.Connection, opds: Sequence[str], city: City, dice: random.Random, total: int
) -> None:
    """Lines over OPDs and fund sources: every OPD has four to eight sources."""
    sources = [s.code for s in city.fund_sources]
    of_opd = {opd: dice.sample(sources, dice.randint(4, 8)) for opd in opds}
    import_id, whole = uuid(dice, FIRST_DAY), Decimal(0)
    rows = []
    for number in range(total):
        opd = opds[number % len(opds)]
        amount = Decimal(dice.randint(1_000_000_00, 9_000_000_000_00)) / 100
        whole += amount
        account = (
            f"5.{dice.randint(1, 3)}.{dice.randint(1, 6):02}.{dice.randint(1, 9):02}.{number % 10000:04}"
        )
        line = {
            "import_id": import_id,
            "row": number + 2,
            "year": YEAR,
            "stage": STAGE,
            "opd": opd,
            "fund_source": dice.choice(of_opd[opd]),
        }
        line |= {"unit": "", "sub_activity": "", "written": ""}
        rows.append(line | {"account": account, "name": f"Belanja contoh {number:05}", "amount": amount})
    await connection.execute(
        """
        INSERT INTO budget_imports (id, kind, year, stage, classification, effective_on, file_name, sha256, size, key,
            control_total, state, lines, skipped, total, fault_count, faults, note_count, notes, changes,
            person_name, at)
        VALUES ($1, 'expenditure', $2, $3, '', make_date($2, 1, 1), '', '', 0, '', $4, 'in_force', $5, 0, $4, 0,
            '[]', 0, '[]', '[]', '', now())
        """,
        *(import_id, YEAR, STAGE, whole, total),
    )
    await copy(connection, "budget_lines", rows)


async def count(connection: asyncpg.Connection) -> None:
    """The summaries that the product's transactions keep."""
    await connection.execute(
        """
        INSERT INTO budget_totals (import_id, year, stage, opd, fund_source, amount, lines)
            SELECT import_id, year, stage, opd, fund_source, sum(amount), count(*) FROM budget_lines
            GROUP BY 1, 2, 3, 4, 5
        """
    )
    await connection.execute(
        "INSERT INTO budget_stages (year, stage, import_id, effective_on)"
        " SELECT year, stage, id, effective_on FROM budget_imports"
    )
    await connection.execute(
        """
        INSERT INTO case_counts
            SELECT opd, service_code, state, state_kind, taken_by IS NOT NULL, count(*) FROM applications
            GROUP BY 1, 2, 3, 4, 5
        """
    )
