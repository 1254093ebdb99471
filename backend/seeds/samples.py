"""What an invented resident of the demonstration sends: a photo of a paper, and plain answers."""

import io
from typing import Any

from PIL import Image, ImageDraw


def photo(words: str) -> bytes:
    """A picture of a paper, as a phone would send it."""
    picture = Image.new("RGB", (1200, 900), (176, 150, 110))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((150, 100, 1050, 800), fill=(250, 248, 240))
    draw.text((220, 200), f"CONTOH {words}", fill=(40, 40, 40), font_size=48)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


def answer_to(field: dict[str, Any]) -> str:
    """A plain answer to a question of the form."""
    plain = {
        "NIK": "3573015708900002",
        "PHONE": "081234567890",
        "DATE": "2026-11-24",
        "EMAIL": "sari@contoh.id",
    }
    if field["profile"] == "name":
        return "Sari Wulandari"
    if field["kind"] == "CHOICE":
        return str(field["choices"][0]["value"])
    if field["kind"] == "KELURAHAN":
        return "35.73.05.1004"
    if field["kind"] == "NUMBER":
        return str(field["minimum"] or 1)
    return plain.get(field["kind"], "Isian contoh")
