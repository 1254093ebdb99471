"""Draws a letter as PDF/A-2a and PDF/UA-1 with typst: the same letter always gives the same bytes."""

import io
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import segno
import typst

_HERE = Path(__file__).parent
_TEMPLATES = _HERE / "templates"
PLAIN = "surat"
_NOTICE = "TANDA TANGAN PENGEMBANGAN - bukan sertifikat BSrE"
_MONTHS = (
    *("Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli"),
    *("Agustus", "September", "Oktober", "November", "Desember"),
)


@dataclass(frozen=True)
class LetterContent:
    """Everything that stands in a letter; all of it is plain text and is printed letter for letter.

    `signer_capacity` is "" or the word before the post, such as "Plh."; `verify_id` is printed in groups
    of four; `development` prints that the signature is not one of the state's certificates. `template` names a
    file of `templates`; `data` is what that one prints beyond the rest, as JSON.
    """

    kind_title: str
    number: str
    date: date
    opd_name: str
    opd_address: tuple[str, ...]
    holder_name: str
    holder_rows: tuple[tuple[str, str], ...]
    paragraphs: tuple[str, ...]
    signer_name: str
    signer_position: str
    signer_rank: str
    signer_nip: str
    verify_url: str
    verify_id: str
    host: str
    development: bool
    signer_capacity: str = ""
    place: str = "Malang"
    opening: str = "Yang bertanda tangan di bawah ini menerangkan bahwa:"
    template: str = PLAIN
    data: Mapping[str, Any] = field(default_factory=dict)


class Unprintable(Exception):
    """The letter holds a character that its fonts do not have, or that is no character at all."""


class _Press:
    """A kept typst compiler a template; none is safe for two threads at once, and a letter takes milliseconds."""

    def __init__(self) -> None:
        self._fonts = typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=False, font_paths=[_HERE / "fonts"]
        )
        self._turn = threading.Lock()
        self._compilers: dict[str, typst.Compiler] = {}
        self._compiler(PLAIN)

    def _compiler(self, template: str) -> typst.Compiler:
        if template not in self._compilers:
            path = _TEMPLATES / f"{template}.typ"
            if not template.isidentifier() or not path.is_file():
                raise Unprintable(f"there is no template {template!r}")
            self._compilers[template] = typst.Compiler(path, root=_TEMPLATES, font_paths=self._fonts)
        return self._compilers[template]

    def print(self, template: str, data: str, at: datetime) -> bytes:
        # PDF/UA asks for language, title, tags and alternative texts; typst refuses to make it without them.
        with self._turn:
            pdf = self._compiler(template).compile(
                format="pdf", sys_inputs={"data": data}, pdf_standards=["a-2a", "ua-1"], timestamp=at
            )
        if not isinstance(pdf, bytes):
            raise TypeError("typst gave no PDF")
        return pdf


_press = _Press()


def render(letter: LetterContent) -> bytes:
    """Draw the letter; raises `Unprintable`, with the compiler's own words, rather than drop a character."""
    try:
        data = json.dumps(_inputs(letter), ensure_ascii=False)
        return _press.print(letter.template, data, datetime.combine(letter.date, time(), UTC))
    except (typst.TypstError, UnicodeEncodeError) as problem:
        raise Unprintable(str(problem)) from problem


def date_in_words(day: date) -> str:
    """A date as letters write it: 21 November 2026."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def grouped(verify_id: str) -> str:
    """The id of a letter in groups of four, as people read it aloud."""
    return " ".join(verify_id[start : start + 4] for start in range(0, len(verify_id), 4))


def _inputs(letter: LetterContent) -> dict[str, object]:
    return {
        "kind_title": letter.kind_title,
        "number": letter.number,
        "date": date_in_words(letter.date),
        "place": letter.place,
        "opd_name": letter.opd_name,
        "opd_address": letter.opd_address,
        "opening": letter.opening,
        "rows": (("Nama", letter.holder_name), *letter.holder_rows),
        "paragraphs": letter.paragraphs,
        "position": " ".join(filter(None, (letter.signer_capacity, letter.signer_position))),
        "signer_name": letter.signer_name,
        "signer_rank": letter.signer_rank,
        "signer_nip": f"NIP {letter.signer_nip}" if letter.signer_nip else "",
        "verify_url": letter.verify_url,
        "verify_groups": grouped(letter.verify_id),
        "host": letter.host,
        "qr": _qr(letter.verify_url),
        "development": letter.development,
        "notice": _NOTICE,
        "data": letter.data,
    }


def _qr(url: str) -> str:
    """The address as an SVG; error correction M, so that a fold or a stain does no harm."""
    out = io.BytesIO()
    segno.make(url, error="m", micro=False).save(out, kind="svg", border=0, dark="#1D1B18", xmldecl=False)
    return out.getvalue().decode()
