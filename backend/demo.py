"""`make demo`: the main job over HTTP against a running server, each step with its time."""

import asyncio
import hashlib
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import uuid4

import aiohttp

from backend import database, embedded
from backend.core.secrets import Keyring
from backend.identity import recovery
from backend.identity.sessions import COOKIE
from backend.identity.soft_key import SoftKey
from backend.seeds.samples import answer_to, photo
from backend.settings import Settings

SERVICE, SEARCH = "DUK-KTP-HILANG", "ktp hilang"
RESIDENT, OFFICER, HEAD = "081100000001", "081100010001", "081100020001"
OFFICIALS = (OFFICER, "081100010002")
RESET = f"lugas passkey reset {HEAD} --by {OFFICIALS[0]} --and {OFFICIALS[1]}"
START_SECONDS = 180
WAIT_SECONDS = 30
PROBLEM = "__typename ... on Problem { code message } ... on InvalidInput { fields { path message } }"
CASE = "id number numberText version state { name title } due { headline } letter { status verifyId sha256 number }"
T = TypeVar("T")


class DemoFailed(Exception):
    """A step did not do what it should; the message says which and what came instead."""


@dataclass
class Person:
    """Someone at the API with a session of their own."""

    http: aiohttp.ClientSession
    url: str
    token: str = ""
    key: SoftKey = field(init=False)

    def __post_init__(self) -> None:
        self.key = SoftKey(self.url)

    async def ask(self, document: str, **variables: Any) -> dict[str, Any]:
        """The data of one request."""
        headers = {"Origin": self.url} | ({"Cookie": f"{COOKIE}={self.token}"} if self.token else {})
        body = {"query": document, "variables": variables}
        async with self.http.post(f"{self.url}/graphql", json=body, headers=headers) as answer:
            said = await answer.json()
            if "errors" in said:
                raise DemoFailed(str(said["errors"]))
            cookie = answer.cookies.get(COOKIE)
            if cookie is not None:
                self.token = cookie.value
            data: dict[str, Any] = said["data"]
            return data

    async def act(
        self, name: str, fields: str, /, *, kind: str | None = None, **given: Any
    ) -> dict[str, Any]:
        """One mutation; a refusal fails the demo."""
        kind = kind or name[0].upper() + name[1:] + "Input"
        document = f"mutation M($input: {kind}!) {{ {name}(input: $input) {{ {PROBLEM} {fields} }} }}"
        result: dict[str, Any] = (await self.ask(document, input={"idempotencyKey": str(uuid4())} | given))[
            name
        ]
        if "code" in result:
            raise DemoFailed(f"{name}: {result}")
        return result

    async def log_in(self, phone: str) -> str:
        """Phone number and one-time code; the development server tells the code."""
        sent = await self.act("requestCode", "... on CodeSent { challenge }", phone=phone)
        async with self.http.get(f"{self.url}/dev/codes", params={"phone": phone}) as answer:
            if answer.status != 200:
                raise DemoFailed("this server does not tell codes (LUGAS_DEV_CODES=1 in development)")
            code = (await answer.json())["code"]
        await self.act(
            "verifyCode", "... on LoggedIn { viewer { name } }", challenge=sent["challenge"], code=code
        )
        return f"{(await self.ask('{ me { name } }'))['me']['name']} ({phone})"

    async def add_passkey(self) -> str:
        """A passkey in software, as a phone would make it with a finger."""
        fields = "... on PasskeyAsked { challengeId options }"
        asked = await self.act("askPasskey", fields, kind="AskPasskeyInput")
        made = self.key.register(asked["options"]) | {"challengeId": asked["challengeId"]}
        await self.act("addPasskey", "... on PasskeysChanged { passkeys { id } }", **made, name="Peragaan")
        return "satu jari, tanpa kata sandi"

    async def approve(self, letter: dict[str, Any]) -> dict[str, Any]:
        """Sign one letter: the passkey signs the hash of what is signed."""
        fields = "... on SigningPrepared { intentId options }"
        seen = {k: letter[k] for k in ("letterId", "sha256")}
        prepared = await self.act("prepareSigning", fields, letters=[seen])
        given: dict[str, Any] = {"intentId": prepared["intentId"], "letters": [letter]}
        given["assertion"] = self.key.answer(prepared["options"])
        fields = "... on LettersSigned { outcomes { problem { code message } } }"
        return await self.act("signLetters", fields, **given)

    async def case(self, number: str) -> dict[str, Any]:
        data = await self.ask(f"query Q($n: String!) {{ application(number: $n) {{ {CASE} }} }}", n=number)
        if data["application"] is None:
            raise DemoFailed(f"{number} is not visible")
        found: dict[str, Any] = data["application"]
        return found

    async def move(self, name: str, case: dict[str, Any]) -> dict[str, Any]:
        """One act on a case."""
        done = await self.act(
            name,
            f"... on ApplicationChanged {{ application {{ {CASE} }} }}",
            kind="CaseActionInput",
            applicationId=case["id"],
            version=case["version"],
        )
        found: dict[str, Any] = done["application"]
        return found


class Demo:
    """The main job, step by step."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self.http = http
        self.url = url
        self.sari, self.officer, self.head = (Person(http, url) for _ in range(3))
        self.added = False
        self.case: dict[str, Any] = {}
        self.service: dict[str, Any] = {}
        self.pages: list[dict[str, str]] = []

    @property
    def steps(self) -> list[tuple[str, Callable[[], Awaitable[str]]]]:
        return [
            ("warga mencari layanan", self.find),
            ("warga masuk", lambda: self.sari.log_in(RESIDENT)),
            ("warga mengunggah foto berkas", self.upload),
            ("warga mengirim permohonan", self.submit),
            ("siapa pun melacak dengan nomor", self.track),
            ("petugas masuk", lambda: self.officer.log_in(OFFICER)),
            ("petugas memeriksa dan menyetujui", self.check),
            ("kepala masuk", lambda: self.head.log_in(HEAD)),
            ("kepala menambah kunci sandi", self.add_passkey),
            ("kepala membuka dan menandatangani", self.sign),
            ("warga mengunduh surat", self.download),
            ("warga membaca pemberitahuan", self.notices),
            ("siapa pun memeriksa keaslian", self.verify),
        ]

    async def find(self) -> str:
        found = await self.sari.ask(
            "query S($s: String!) { services(search: $s, first: 3) { edges { node { code } } } }", s=SEARCH
        )
        if found["services"]["edges"][0]["node"]["code"] != SERVICE:
            raise DemoFailed(f"the search found {found}")
        data = await self.sari.ask(
            "query Q($c: String!) { service(code: $c) { version name promise { text } fee { text }"
            " requirements { code kind required }"
            " fields { name kind required minimum profile choices { value } } } }",
            c=SERVICE,
        )
        self.service = data["service"]
        return f"{self.service['name']}, {self.service['promise']['text']}, {self.service['fee']['text']}"

    async def upload(self) -> str:
        total = 0
        for requirement in self.service["requirements"]:
            if requirement["kind"] == "DOCUMENT" and requirement["required"]:
                data = await asyncio.to_thread(photo, requirement["code"])
                total += len(data)
                self.pages.append({"requirement": requirement["code"], "uploadId": await self._send(data)})
        return f"{len(self.pages)} foto, {total // 1000} kB"

    async def _send(self, data: bytes) -> str:
        ticket = await self.sari.act(
            "requestUpload",
            "... on UploadTicket { uploadId url fields { name value } }",
            mediaType="JPEG",
            size=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
        )
        form = aiohttp.FormData()
        for part in ticket["fields"]:
            form.add_field(part["name"], part["value"])
        form.add_field("file", data, content_type="image/jpeg", filename="foto.jpg")
        address = ticket["url"] if ticket["url"].startswith("http") else self.url + ticket["url"]
        async with self.http.post(address, data=form) as answer:
            if answer.status >= 300:
                raise DemoFailed(f"upload: {answer.status} {await answer.text()}")
        done = await self.sari.act(
            "confirmUpload", "... on UploadConfirmed { uploadId }", uploadId=ticket["uploadId"]
        )
        upload_id: str = done["uploadId"]
        return upload_id

    async def submit(self) -> str:
        answers = [
            {"name": f["name"], "value": answer_to(f)} for f in self.service["fields"] if f["required"]
        ]
        done = await self.sari.act(
            "submitApplication",
            f"... on ApplicationChanged {{ application {{ {CASE} }} }}",
            serviceCode=SERVICE,
            serviceVersion=self.service["version"],
            answers=answers,
            documents=self.pages,
        )
        self.case = done["application"]
        return f"nomor {self.case['numberText']}. {self.case['due']['headline']}"

    async def track(self) -> str:
        data = await Person(self.http, self.url).ask(
            "query T($n: String!) { track(number: $n) { state { title } serviceName } }",
            n=self.case["number"],
        )
        return f"{data['track']['serviceName']}: {data['track']['state']['title']}"

    async def check(self) -> str:
        case = await self.officer.move("takeApplication", await self.officer.case(self.case["number"]))
        case = await self.officer.move("approveApplication", case)
        self.case = case
        return str(case["state"]["title"])

    async def add_passkey(self) -> str:
        """Only once for each person: whoever has one logs in with it."""
        me = (await self.head.ask("{ me { passkeyAdvice } }"))["me"]
        if me["passkeyAdvice"] == "USE":
            raise DemoFailed(f"kepala sudah punya kunci sandi; {RESET} melepasnya")
        self.added = True
        return await self.head.add_passkey()

    async def forget_passkey(self, settings: Settings) -> None:
        """The demonstration's key goes again, so that people may log in as its head by code."""
        if self.added and not os.environ.get("LUGAS_URL"):
            own = settings.database_url or (await asyncio.to_thread(embedded.start, settings.home)).dsn
            await database.connect(own, pool=2)
            await recovery.reset(HEAD, OFFICIALS, Keyring.load_or_make(settings.key_file))
            await database.disconnect()

    async def sign(self) -> str:
        case = await eventually(self._letter_ready, "the letter is drawn")
        opened = await self.head.act(
            "openLetter",
            "... on LetterOpened { ticket { url } letter { id sha256 number } }",
            applicationId=case["id"],
        )
        draft = await self._get(opened["ticket"]["url"])
        if hashlib.sha256(draft).hexdigest() != opened["letter"]["sha256"]:
            raise DemoFailed("the draft is not the one that was promised")
        seen = {"letterId": opened["letter"]["id"], "sha256": opened["letter"]["sha256"]}
        done = await self.head.approve(seen | {"version": case["version"]})
        if done["outcomes"][0]["problem"]:
            raise DemoFailed(str(done["outcomes"][0]))
        return str(opened["letter"]["number"])

    async def _letter_ready(self) -> dict[str, Any] | None:
        case = await self.head.case(self.case["number"])
        return case if case["letter"] and case["letter"]["status"] == "READY" else None

    async def download(self) -> str:
        self.case = await eventually(self._issued, "the letter is issued")
        opened = await self.sari.act(
            "openLetter", "... on LetterOpened { ticket { url } }", applicationId=self.case["id"]
        )
        file = await self._get(opened["ticket"]["url"])
        if not file.startswith(b"%PDF-") or hashlib.sha256(file).hexdigest() != self.case["letter"]["sha256"]:
            raise DemoFailed("the file is not the letter that was signed")
        return f"{len(file) // 1000} kB PDF bertanda tangan"

    async def _issued(self) -> dict[str, Any] | None:
        case = await self.sari.case(self.case["number"])
        return case if case["state"]["name"] == "issued" else None

    async def notices(self) -> str:
        found = await eventually(self._told, "the notice of the letter")
        return f"{len(found)} pemberitahuan, terbaru: {found[0]['node']['title']}"

    async def _told(self) -> list[dict[str, Any]] | None:
        data = await self.sari.ask("{ notices { edges { node { title } } } }")
        edges: list[dict[str, Any]] = data["notices"]["edges"]
        return edges if edges and "terbit" in edges[0]["node"]["title"] else None

    async def verify(self) -> str:
        data = await Person(self.http, self.url).ask(
            "query V($i: String!) { verifyLetter(id: $i) { verdict holderMasked sha256 certified } }",
            i=self.case["letter"]["verifyId"],
        )
        found = data["verifyLetter"]
        if found["verdict"] != "VALID" or found["sha256"] != self.case["letter"]["sha256"]:
            raise DemoFailed(str(found))
        return f"SAH, atas nama {found['holderMasked']}, {self.url}/v/{self.case['letter']['verifyId']}"

    async def _get(self, path: str) -> bytes:
        async with self.http.get(self.url + path) as answer:
            if answer.status != 200:
                raise DemoFailed(f"download: {answer.status}")
            return await answer.read()


async def eventually(look: Callable[[], Awaitable[T | None]], what: str) -> T:
    """Ask until the worker has done its part, at most half a minute."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        found = await look()
        if found is not None:
            return found
        await asyncio.sleep(0.2)
    raise DemoFailed(f"{what}: not within {WAIT_SECONDS} s; does the worker run?")


def main(settings: Settings) -> int:
    """Run every step; 0 only when all did what they should."""
    return asyncio.run(_main(settings))


async def _main(settings: Settings) -> int:
    url = os.environ.get("LUGAS_URL", "").rstrip("/") or f"http://localhost:{settings.port}"
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as http,
        running(http, url, settings),
    ):
        print(f"Lugas di {url}\n")
        demo, began, name = Demo(http, url), time.monotonic(), ""
        try:
            for name, step in demo.steps:
                start = time.monotonic()
                said = await step()
                print(f"{(time.monotonic() - start) * 1000:6.0f} ms  {name:34} {said}")
        except (DemoFailed, aiohttp.ClientError, TimeoutError) as problem:
            print(f"GAGAL  {name}: {problem}")
            return 1
        finally:
            await demo.forget_passkey(settings)
        print(f"\nSelesai dalam {time.monotonic() - began:.1f} detik, {len(demo.steps)} langkah.")
    return 0


@asynccontextmanager
async def running(http: aiohttp.ClientSession, url: str, settings: Settings) -> AsyncIterator[None]:
    """The server at `url`, or one of our own for the time of the demo when none answers there."""
    if await answers(http, url):
        yield
        return
    if os.environ.get("LUGAS_URL"):
        raise SystemExit(f"no Lugas answers at {url}")
    print("Belum ada server, menyalakan satu ...", flush=True)
    log = settings.home / "demo.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        server = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "backend", "run"), stdout=output, stderr=output
        )
        try:
            await _until_up(http, url, server)
            yield
        finally:
            server.send_signal(signal.SIGINT)
            await asyncio.wait_for(server.wait(), 60)


async def _until_up(http: aiohttp.ClientSession, url: str, server: asyncio.subprocess.Process) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not await answers(http, url):
        if server.returncode is not None or time.monotonic() > deadline:
            raise SystemExit("the server did not start; see demo.log in LUGAS_HOME")
        await asyncio.sleep(0.3)


async def answers(http: aiohttp.ClientSession, url: str) -> bool:
    """True when a ready Lugas answers."""
    try:
        async with http.get(f"{url}/health/ready") as answer:
            return answer.status == 200 and "ready" in await answer.json()
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return False
