"""The page to try queries with: there where the setting says so, and within the content policy."""

import re
from dataclasses import replace

import httpx
from starlette.applications import Starlette

from backend.app import create_app
from backend.parts import Parts
from backend.settings import Settings
from backend.web.explorer import FOLDER


def client(app: Starlette) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://localhost:8000")


async def test_the_page_is_there_where_the_setting_says_so(settings: Settings, parts: Parts) -> None:
    async with client(create_app(replace(settings, graphiql=True), parts)) as opened:
        found = {
            p: await opened.get(p) for p in ("/graphiql", "/graphiql/graphiql.js", "/graphiql/graphiql.css")
        }
    assert {a.status_code for a in found.values()} == {200}
    assert [a.headers["content-type"].partition(";")[0] for a in found.values()] == [
        "text/html",
        "text/javascript",
        "text/css",
    ]
    assert "script-src 'self';" in found["/graphiql"].headers["content-security-policy"]


async def test_without_the_setting_there_is_no_such_page(settings: Settings, parts: Parts) -> None:
    async with client(create_app(settings, parts)) as closed:
        answer = await closed.get("/graphiql/graphiql.js")
    assert "text/javascript" not in answer.headers.get("content-type", "")


def test_the_page_loads_only_what_we_serve_and_writes_no_html() -> None:
    page = (FOLDER / "index.html").read_text(encoding="utf-8")
    assert re.findall(r'(?:src|href)="([^"]+)"', page) == [
        "/graphiql/graphiql.css",
        "/graphiql/graphiql.js",
        "/schema.graphql",
    ]
    assert not re.search(r"<script>|<style|\son\w+=|\sstyle=", page)
    assert not re.search(
        r"innerHTML|insertAdjacent|eval|https?:", (FOLDER / "graphiql.js").read_text(encoding="utf-8")
    )


async def test_the_schema_is_served_as_a_file(settings: Settings, parts: Parts) -> None:
    async with client(create_app(settings, parts)) as opened:
        answer = await opened.get("/schema.graphql")
    assert answer.status_code == 200
    assert "directive @scope(name: String!) on FIELD_DEFINITION" in answer.text
