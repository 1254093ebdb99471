"""Sending files in parts, as the phone does."""

import hashlib
import io
from random import Random
from typing import Any

import httpx
from PIL import Image

from backend.applications.file_parts import PART
from tests.city import Visitor

TICKET = "... on UploadTicket { uploadId url fields { name value } parts { url size missing } }"
DONE = "... on UploadConfirmed { uploadId mediaType size sha256 }"


def grainy(side: int, seed: int = 1) -> bytes:
    """A JPEG that hardly compresses: about a byte a pixel."""
    buffer = io.BytesIO()
    noise = Random(seed).randbytes(3 * side * side)
    Image.frombytes("RGB", (side, side), noise).save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def part(data: bytes, number: int) -> bytes:
    return data[number * PART : (number + 1) * PART]


async def ask(visitor: Visitor, data: bytes, media: str = "JPEG") -> dict[str, Any]:
    made = await visitor.act("requestUpload", TICKET, mediaType=media, size=len(data), sha256=sha(data))
    assert made["__typename"] == "UploadTicket", made
    return made


async def put(visitor: Visitor, url: str, data: bytes, **headers: str) -> httpx.Response:
    sent = {"Content-Type": "application/octet-stream", "X-Part-SHA256": sha(data)} | visitor.headers()
    return await visitor.client.put(url, content=data, headers=sent | headers)


async def send(visitor: Visitor, made: dict[str, Any], data: bytes, *numbers: int) -> None:
    for number in numbers:
        answer = await put(visitor, f"{made['parts']['url']}/{number}", part(data, number))
        assert answer.status_code == 204, answer.text


async def confirm(visitor: Visitor, made: dict[str, Any]) -> dict[str, Any]:
    return await visitor.act("confirmUpload", DONE, uploadId=made["uploadId"])
