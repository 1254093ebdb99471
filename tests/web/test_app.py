"""The app's own pages, health, and the headers that every answer carries."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from backend.app import create_app
from backend.parts import Parts
from backend.settings import Settings
from backend.web.middleware import security_headers
from tests.city import City


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built app of three files, and a secret beside it."""
    folder = tmp_path_factory.mktemp("app") / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>Lugas</title>")
    (folder / "assets" / "index-abc.js").write_text("plain")
    (folder / "assets" / "index-abc.js.br").write_bytes(b"brotli")
    (folder / "assets" / "index-abc.js.gz").write_bytes(b"gzip")
    (folder / "sw.js").write_text("worker")
    (folder / "ahead.json").write_text(
        '[{"pattern": "/layanan/:code", "link": "</assets/Service-abc.js>; rel=modulepreload"}]'
    )
    (folder / "notes.py").write_text("secret")
    (folder.parent / "secret.txt").write_text("secret")
    (folder / "leak.txt").symlink_to(folder.parent / "secret.txt")
    return folder


@pytest_asyncio.fixture(loop_scope="session")
async def web(settings: Settings, parts: Parts, built: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(replace(settings, pwa_folder=built), parts)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        yield client


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/masuk", "/permohonan/0123456789", "/v/ABC", "/a/b/c", "/%00", "/" + "a" * 5000),
        *("/anggaran/2026/DLH/2.11.11", "/anggaran/2026/DLH/2.11.11.2.01.0012"),
    ],
)
async def test_every_address_of_the_app_gets_its_shell(web: httpx.AsyncClient, path: str) -> None:
    answer = await web.get(path)
    assert answer.status_code == 200
    assert answer.text == "<!doctype html><title>Lugas</title>"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("path", "link"),
    [
        ("/layanan/DUK-KK-BARU", "</assets/Service-abc.js>; rel=modulepreload"),
        *(("/layanan", None), ("/layanan/", None), ("/layanan/A/ajukan", None), ("/", None)),
    ],
)
async def test_the_shell_names_the_files_that_its_screen_will_ask_for(
    web: httpx.AsyncClient, path: str, link: str | None
) -> None:
    answer = await web.get(path)
    assert answer.headers.get("link") == link


@pytest.mark.parametrize(
    "path",
    [
        *("/assets/gone.js", "/assets/", "/gone.png", "/notes.py", "/leak.txt", "/index.html/x.js"),
        *("/../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt", "/..%5csecret.txt"),
        *("//etc/passwd.txt", "/assets/%00.js", "/assets/" + "a" * 5000),
    ],
)
async def test_an_unknown_file_is_a_404_and_nothing_outside_is_read(
    web: httpx.AsyncClient, path: str
) -> None:
    answer = await web.get(path)
    assert answer.status_code == 404
    assert answer.json() == {"code": "not_found"}


async def test_a_code_with_dots_is_an_address_of_the_app(web: httpx.AsyncClient) -> None:
    answer = await web.get("/anggaran/2026/DLH/2.11.11.2.01.0012")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")


@pytest.mark.parametrize(
    ("accepted", "content", "encoding"),
    [("br, gzip", b"brotli", "br"), ("gzip", b"gzip", "gzip"), ("identity", b"plain", None)],
)
async def test_a_file_with_a_hash_is_kept_for_ever_and_sent_compressed(
    web: httpx.AsyncClient, accepted: str, content: bytes, encoding: str | None
) -> None:
    request = web.build_request("GET", "/assets/index-abc.js", headers={"Accept-Encoding": accepted})
    answer = await web.send(request, stream=True)
    assert b"".join([part async for part in answer.aiter_raw()]) == content
    assert answer.headers.get("content-encoding") == encoding
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["content-type"].startswith("text/javascript")


async def test_the_service_worker_is_never_kept(web: httpx.AsyncClient) -> None:
    assert (await web.get("/sw.js")).headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_pages_are_only_read(web: httpx.AsyncClient, method: str) -> None:
    assert (await web.request(method, "/masuk")).status_code == 405


async def test_an_app_that_was_not_built_says_so(city: City) -> None:
    answer = await city.client.get("/")
    assert (answer.status_code, answer.json()["code"]) == (503, "app_not_built")


@pytest.mark.parametrize(
    "path", ["/", "/assets/gone.js", "/health/live", "/graphql", "/documents/x", "/documents/upload"]
)
async def test_every_answer_carries_the_guards(web: httpx.AsyncClient, path: str) -> None:
    headers = (await web.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "default-src" in headers["content-security-policy"]
    assert "geolocation=()" in headers["permissions-policy"]


def test_pages_load_nothing_from_elsewhere_and_run_nothing_inline(settings: Settings) -> None:
    headers = security_headers(settings)
    policy: dict[str, str] = {}
    for part in headers["Content-Security-Policy"].split("; "):
        name, _, value = part.partition(" ")
        policy[name] = value
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "Strict-Transport-Security" not in headers


def test_in_production_https_is_demanded_and_uploads_may_go_to_the_store(settings: Settings) -> None:
    given = replace(
        settings,
        public_url="https://lugas.malang.example",
        storage_url="s3:https://key:word@files.example:9000/bucket",
    )
    headers = security_headers(given)
    assert headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert "connect-src 'self' https://files.example:9000;" in headers["Content-Security-Policy"]
    assert "word" not in headers["Content-Security-Policy"]


async def test_health_tells_what_answers(city: City) -> None:
    live, ready = await city.client.get("/health/live"), await city.client.get("/health/ready")
    assert live.json() == {"live": True}
    assert ready.json() == {"ready": True, "database": True, "documents": True}


async def test_the_code_of_a_phone_is_shown_in_development_only(
    city: City, settings: Settings, parts: Parts, built: Path
) -> None:
    await parts.gateway.send("+6281100000001", "123456 adalah kode masuk.")
    shown = await city.client.get("/dev/codes", params={"phone": "081100000001"})
    other = await city.client.get("/dev/codes", params={"phone": "081100000009"})
    assert shown.json()["code"] == "123456"
    assert other.status_code == 404

    app = create_app(replace(settings, show_codes=False, pwa_folder=built), parts)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://localhost:8000"
    ) as client:
        hidden = await client.get("/dev/codes", params={"phone": "081100000001"})
    assert "123456" not in hidden.text
