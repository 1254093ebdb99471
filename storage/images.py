"""Reads the outer structure of JPEG and PNG: where the image ends, and what tells where it was taken."""

import struct
from collections.abc import Iterator

_PNG = b"\x89PNG\r\n\x1a\n"
_SOI, _EOI, _SOS, _APP0, _APP1, _APP2, _APP14, _COM = 0xD8, 0xD9, 0xDA, 0xE0, 0xE1, 0xE2, 0xEE, 0xFE
_STANDALONE = {0x01, *range(0xD0, 0xD8)}
_KEPT_PNG = {
    b"IHDR",
    b"PLTE",
    b"IDAT",
    b"IEND",
    b"tRNS",
    b"gAMA",
    b"cHRM",
    b"sRGB",
    b"iCCP",
    b"sBIT",
    b"pHYs",
    b"bKGD",
}
_ORIENTATION = 0x0112


def end_of_image(data: bytes) -> int:
    """The offset just after the image; raises ValueError when the structure is broken."""
    pieces = _png(data) if data.startswith(_PNG) else _jpeg(data)
    return max(end for _, _, end in pieces)


def is_phone_trailer(data: bytes, end: int) -> bool:
    """Tell whether what follows a JPEG is what phones put there.

    That is a second picture announced in an MPF segment (CIPA DC-007: Ultra HDR, bokeh, preview), or
    Samsung's block that ends in SEFT. `without_location` drops both.
    """
    tail = data[end:]
    return tail.endswith(b"SEFT") or (tail.startswith(b"\xff\xd8\xff") and b"MPF\0" in data[:end])


def without_location(data: bytes) -> bytes:
    """Drop what tells where, when and by whom a photo was taken; the pixels keep every bit.

    JPEG: all application segments and comments go, except JFIF, the colour profile and Adobe's colour
    transform; of the EXIF block only the orientation stays. PNG: all chunks go that do not change the
    picture. Whatever stands after the image goes too. Other bytes come back as they are. Raises
    ValueError for a broken image.
    """
    if data.startswith(_PNG):
        return _PNG + b"".join(data[start:end] for name, start, end in _png(data) if name in _KEPT_PNG)
    if not data.startswith(b"\xff\xd8\xff"):
        return data
    kept = [b"\xff\xd8"]
    orientation = 1
    for marker, start, end in _jpeg(data):
        body = data[start:end]
        if marker == _APP1 and body[4:10] == b"Exif\0\0":
            orientation = _orientation(body[10:])
        elif _belongs_to_the_picture(marker, body):
            kept.append(body)
    if orientation != 1:
        place = 2 if len(kept) > 1 and kept[1].startswith(b"\xff\xe0") else 1
        kept.insert(place, _exif(orientation))
    return b"".join(kept)


def _belongs_to_the_picture(marker: int, body: bytes) -> bool:
    if marker == _APP0:
        return body[4:9] == b"JFIF\0"
    if marker == _APP2:
        return body[4:16] == b"ICC_PROFILE\0"
    return marker == _APP14 or not (_APP0 <= marker <= 0xEF or marker == _COM)


def _jpeg(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Give marker, start and end of every segment after SOI; a scan's bytes belong to its SOS."""
    place = 2
    while True:
        while data[place : place + 2] == b"\xff\xff":
            place += 1
        if place + 2 > len(data) or data[place] != 0xFF:
            raise ValueError("a JPEG segment does not start with a marker")
        marker = data[place + 1]
        if marker == _EOI:
            yield marker, place, place + 2
            return
        end = place + 2 if marker in _STANDALONE else _segment_end(data, place)
        if marker == _SOS:
            end = _scan_end(data, end)
        yield marker, place, end
        place = end


def _segment_end(data: bytes, place: int) -> int:
    if place + 4 > len(data):
        raise ValueError("a JPEG segment is cut off")
    length = int.from_bytes(data[place + 2 : place + 4])
    end = place + 2 + length
    if length < 2 or end > len(data):
        raise ValueError("a JPEG segment is cut off")
    return end


def _scan_end(data: bytes, place: int) -> int:
    """Find the marker that ends a scan: 0xFF followed by neither a stuffed zero nor a restart marker."""
    while True:
        place = data.find(b"\xff", place)
        if place < 0 or place + 1 >= len(data):
            raise ValueError("a JPEG scan does not end")
        following = data[place + 1]
        if following != 0 and not 0xD0 <= following <= 0xD7 and following != 0xFF:
            return place
        place += 1 if following == 0xFF else 2


def _png(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Give name, start and end of every chunk up to IEND."""
    place = len(_PNG)
    while True:
        if place + 12 > len(data):
            raise ValueError("a PNG chunk is cut off")
        length = int.from_bytes(data[place : place + 4])
        name, end = data[place + 4 : place + 8], place + 12 + length
        if end > len(data):
            raise ValueError("a PNG chunk is cut off")
        yield name, place, end
        if name == b"IEND":
            return
        place = end


def _orientation(tiff: bytes) -> int:
    """Read tag 0x0112 of the first directory (EXIF 2.3, 4.6.4); 1, upright, when it cannot be read."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None:
        return 1
    try:
        (directory,) = struct.unpack_from(f"{order}I", tiff, 4)
        (entries,) = struct.unpack_from(f"{order}H", tiff, directory)
        for index in range(entries):
            tag, kind, count, value = struct.unpack_from(f"{order}HHIH", tiff, directory + 2 + 12 * index)
            if (tag, kind, count) == (_ORIENTATION, 3, 1):
                return value if 1 <= value <= 8 else 1
    except struct.error:
        return 1
    return 1


def _exif(orientation: int) -> bytes:
    """An EXIF segment that holds the orientation and nothing else."""
    tiff = struct.pack(">4sIHHHIHHI", b"MM\0*", 8, 1, _ORIENTATION, 3, 1, orientation, 0, 0)
    body = b"Exif\0\0" + tiff
    return struct.pack(">BBH", 0xFF, _APP1, len(body) + 2) + body
