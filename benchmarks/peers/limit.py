"""The limit: one Starlette route a question with hand-written SQL that answers JSON; no GraphQL at all."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

CATALOGUE = """
SELECT json_build_object('opds', json_agg(row_to_json(o) ORDER BY o.name)) FROM (
    SELECT o.code, o.name, coalesce(s.services, '[]'::json) AS services
    FROM opds o LEFT JOIN (
        SELECT opd, json_agg(json_build_object('code', code, 'name', name, 'category', category)
                             ORDER BY popular NULLS LAST, name, code) AS services
        FROM services GROUP BY opd) s ON s.opd = o.code) o
"""
_EVENTS = """
(SELECT coalesce(json_agg(row_to_json(e)), '[]'::json) FROM (
    SELECT at, kind FROM recorded_events
    WHERE subject_kind = 'application' AND subject_id = a.id ORDER BY seq DESC LIMIT {most}) e) AS timeline
"""
_CASE = """
a.number, a.submitted_at AS "submittedAt", a.due_at AS "dueAt",
json_build_object('name', a.state, 'kind', a.state_kind) AS state
"""
TRACK = f"""
SELECT json_build_object('track', row_to_json(t)) FROM (
    SELECT {_CASE}, s.name AS "serviceName", o.name AS "opdName", {_EVENTS.format(most=50)}
    FROM applications a JOIN services s ON s.code = a.service_code JOIN opds o ON o.code = a.opd
    WHERE a.number = $1) t
"""  # noqa: S608 - our own text
INBOX = f"""
WITH page AS (
    SELECT * FROM applications WHERE opd = $1 AND closed_at IS NULL ORDER BY order_at, submitted_at, id LIMIT 21)
SELECT json_build_object('inbox', json_build_object(
    'edges', (SELECT coalesce(json_agg(json_build_object('node', row_to_json(n))), '[]'::json) FROM (
        SELECT {_CASE}, json_build_object('code', s.code, 'name', s.name) AS service, {_EVENTS.format(most=3)}
        FROM (SELECT * FROM page LIMIT 20) a JOIN services s ON s.code = a.service_code
        ORDER BY a.order_at, a.submitted_at, a.id) n),
    'pageInfo', json_build_object(
        'hasNextPage', (SELECT count(*) > 20 FROM page),
        'endCursor', (SELECT json_build_array(order_at, submitted_at, id)::text FROM page OFFSET 19 LIMIT 1))))
"""  # noqa: S608 - our own text
BUDGET = """
SELECT json_build_object('budget', json_build_object('opds', json_agg(json_build_object(
    'opd', json_build_object('code', o.code, 'name', o.name), 'total', t.total::text,
    'bySource', t.sources, 'topLines', l.lines) ORDER BY o.name)))
FROM budget_years y
JOIN (SELECT t.year, t.stage, t.opd, sum(t.amount) AS total,
             json_agg(json_build_object('source', json_build_object('code', s.code, 'name', s.name),
                                        'total', t.amount::text) ORDER BY s.code) AS sources
      FROM budget_totals t JOIN fund_sources s ON s.code = t.fund_source
      WHERE t.year = $1 GROUP BY 1, 2, 3) t USING (year, stage)
JOIN opds o ON o.code = t.opd
CROSS JOIN LATERAL (
    SELECT json_agg(row_to_json(l)) AS lines FROM (
        SELECT account, name, amount::text AS amount FROM budget_lines
        WHERE year = y.year AND stage = y.stage AND opd = t.opd ORDER BY budget_lines.amount DESC, id LIMIT 10) l) l
WHERE y.year = $1
"""


class NoReset(asyncpg.Connection):
    """A pooled connection on which nothing is ever set, so nothing needs a reset."""

    def get_reset_query(self) -> str:
        return ""


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    url = os.environ["DATABASE_URL"]
    settings = {"jit": "off"}
    async with asyncpg.create_pool(
        url, min_size=1, max_size=8, connection_class=NoReset, server_settings=settings
    ) as pool:
        app.state.pool = pool
        yield


def answer(sql: str, *names: str) -> Callable[[Request], Any]:
    """A route: variables in, the data of the statement out."""

    async def handle(request: Request) -> Response:
        given = orjson.loads(await request.body())["variables"]
        async with request.app.state.pool.acquire() as connection:
            data = await connection.fetchval(sql, *(given[name] for name in names))
        return Response('{"data":' + data + "}", media_type="application/json")

    return handle


app = Starlette(
    routes=[
        Route("/catalogue", answer(CATALOGUE), methods=["POST"]),
        Route("/track", answer(TRACK, "number"), methods=["POST"]),
        Route("/inbox", answer(INBOX, "opd"), methods=["POST"]),
        Route("/budget", answer(BUDGET, "year"), methods=["POST"]),
    ],
    lifespan=lifespan,
)
