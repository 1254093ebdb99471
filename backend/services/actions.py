"""Keeping the city's data: publish a service definition, set offices, places, holidays and office hours."""

import hashlib
from collections.abc import Iterable

import orjson
from tortoise.connection import get_connection

from backend.core import clock
from backend.core.ids import uuid7
from backend.core.problems import FieldFault, InvalidInput
from backend.core.texts import Text
from backend.database import transaction
from backend.services import queries, rules
from backend.services.definition import Definition, Role
from backend.services.models import Service, ServiceVersion


async def publish(definition: Definition) -> bool:
    """Publish a definition as a new version; True when something changed, False when it already stands.

    Raises InvalidInput naming every fault: dead ends, unreachable states, missing roles and the like.
    """
    faults = rules.check(definition, frozenset(r.value for r in Role))
    if faults:
        raise InvalidInput(
            *(FieldFault(f.path, Text(f.message.id, f.message.en)) for f in faults), code="bad_definition"
        )
    body = definition.model_dump(mode="json", exclude={"version"})
    digest = hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()
    async with transaction():
        service = await Service.filter(code=definition.code).select_for_update().get_or_none()
        if service is not None:
            newest = await ServiceVersion.get(service_code=definition.code, version=service.current_version)
            if newest.digest == digest:
                return False
        version = service.current_version + 1 if service else 1
        await ServiceVersion.create(
            id=uuid7(),
            service_code=definition.code,
            version=version,
            definition={**body, "version": version},
            digest=digest,
            published_at=clock.now(),
        )
        await _save_service(definition, version)
    queries.forget()
    return True


async def _save_service(definition: Definition, version: int) -> None:
    names = [definition.name.id, definition.name.en, *definition.synonyms]
    rest = [
        definition.summary.id,
        definition.product.title.id,
        *(r.title.id for r in definition.requirements),
    ]
    await get_connection("default").execute_query(
        """
        INSERT INTO services (code, opd, current_version, category, popular, name, search_text, search)
        VALUES ($1, $2, $3, $4, $5, $6, lower($7),
                setweight(to_tsvector('indonesian', $7), 'A') || setweight(to_tsvector('simple', $7), 'A')
                || setweight(to_tsvector('indonesian', $8), 'C'))
        ON CONFLICT (code) DO UPDATE SET opd = excluded.opd, current_version = excluded.current_version,
            category = excluded.category, popular = excluded.popular, name = excluded.name,
            search_text = excluded.search_text, search = excluded.search
        """,
        [
            definition.code,
            None if definition.opd == "KEC-*" else definition.opd,
            version,
            definition.category,
            definition.popular,
            definition.name.id,
            " ".join(names),
            " ".join(rest),
        ],
    )


async def keep(table: str, key: str, rows: Iterable[dict[str, object]]) -> int:
    """Insert or update plain reference rows (offices, places, holidays, office hours); returns how many."""
    count = 0
    async with transaction() as tx:
        for row in rows:
            columns = list(row)
            marks = ", ".join(f"${i + 1}" for i in range(len(columns)))
            sets = ", ".join(f"{c} = excluded.{c}" for c in columns if c != key)
            await tx.execute_query(
                f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - names from our code
                f" ON CONFLICT ({key}) DO UPDATE SET {sets}",
                [row[c] for c in columns],
            )
            count += 1
    queries.forget()
    return count
