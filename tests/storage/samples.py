"""Small files of every kind that residents send, and of the kinds that attackers send."""

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import pikepdf
from PIL import Image

WIDTH, HEIGHT = 48, 32


def picture() -> Image.Image:
    """A gradient: every pixel differs, so a lost bit shows."""
    image = Image.new("RGB", (WIDTH, HEIGHT))
    image.putdata([(x * 5, y * 7, x ^ y) for y in range(HEIGHT) for x in range(WIDTH)])
    return image


def jpeg(**options: Any) -> bytes:
    """A JPEG; `options` go to the encoder."""
    out = io.BytesIO()
    picture().save(out, "JPEG", **options)
    return out.getvalue()


def png(**options: Any) -> bytes:
    """A PNG; `options` go to the encoder."""
    out = io.BytesIO()
    picture().save(out, "PNG", **options)
    return out.getvalue()


def photo_from_a_phone(*, orientation: int = 6, little_endian: bool = False) -> bytes:
    """A JPEG as a phone makes it: orientation, camera, place and time in EXIF, the place again in XMP."""
    exif = Image.Exif()
    exif.endian = "<" if little_endian else ">"
    exif[0x0112] = orientation
    exif[0x010F] = "MerekKamera"
    exif.get_ifd(0x8825).update({1: "S", 2: (7.0, 58.0, 42.5), 3: "E", 4: (112.0, 37.0, 57.2)})
    xmp = b"<x:xmpmeta><exif:GPSLatitude>7,58.7S</exif:GPSLatitude></x:xmpmeta>"
    return jpeg(exif=exif, xmp=xmp, comment=b"Jalan Ijen 1", icc_profile=b"a colour profile", quality=90)


def with_segment(data: bytes, marker: int, body: bytes) -> bytes:
    """A JPEG with one more segment right after its start."""
    return data[:2] + struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body + data[2:]


def huge_png(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that claims to be enormous."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in chunks)


def png_with_chunk(name: bytes, body: bytes) -> bytes:
    """A PNG with one more chunk after its header."""
    data = png()
    return data[:33] + _chunk(name, body) + data[33:]


def pdf(change: Callable[[pikepdf.Pdf], None] | None = None, **options: Any) -> bytes:
    """A PDF of one page, after `change`; `options` go to the writer."""
    document = pikepdf.new()
    document.add_blank_page(page_size=(595, 842))
    if change is not None:
        change(document)
    out = io.BytesIO()
    document.save(out, **options)
    return out.getvalue()


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
