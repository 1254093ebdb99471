"""`lugas verify`: recompute every summary and compare it; `lugas verify FILE...`: what these letters are to us."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from backend import database
from backend.applications import counts
from backend.budget import verify as money
from backend.core.texts import Text
from backend.settings import SettingError, Settings
from backend.signing.open import open_signer
from backend.signing.timestamp import finish
from backend.signing.verdict import Judged, Verdict, judge, trust_for

MOST_BYTES = 20 * 1024 * 1024
_SAID = {
    Verdict.SAME: Text("SAH: sama persis dengan surat yang kami terbitkan", "the very file that was issued"),
    Verdict.REVOKED: Text(
        "DICABUT: surat yang kami terbitkan, tidak berlaku lagi",
        "revoked: the letter that was issued, out of force",
    ),
    Verdict.REPLACED: Text(
        "DIGANTI: surat yang kami terbitkan, sudah ada gantinya",
        "replaced: the letter that was issued, another stands in its place",
    ),
    Verdict.OTHER_FILE: Text(
        "BERKAS LAIN: bertanda tangan kami, tetapi bukan berkas yang kami terbitkan",
        "our signature, but another file than the one that was issued",
    ),
    Verdict.NOT_OURS: Text("BUKAN DARI KAMI", "not ours"),
}


async def differences() -> list[str]:
    """One line for each sum that does not say what the rows say."""
    cases = [f"cases {d.where}: {d.summary}, counted {d.counted}" for d in await counts.differences()]
    return cases + [f"{d.table} {d.where}: {d.kept}, counted {d.counted}" for d in await money.differences()]


async def _summaries() -> int:
    found = await differences()
    for line in found:
        print(line)
    print("every summary is right" if not found else f"{len(found)} sums are wrong")
    return 1 if found else 0


async def letters(settings: Settings, files: Sequence[Path]) -> int:
    """One line a file; 1 when one of them is not the letter that was issued."""
    signer = open_signer(settings.signer, settings.signing_keys)
    stamps = finish(settings.signature_level, settings.timestamp_url, settings.timestamp_roots).roots
    same = True
    for file in files:
        data = _read(file)
        trust, asked = await trust_for(data, signer, stamps)
        judged = await judge(data, trust)
        print(f"{file}: {said(judged)}" + ("" if asked else "; not checked for revocation"))
        same = same and judged.verdict is Verdict.SAME
    return 0 if same else 1


def said(judged: Judged) -> str:
    """The verdict in words, with what it rests on."""
    words = _SAID[judged.verdict]
    parts = [f"{words.id} ({words.en})"]
    if judged.letter is not None:
        letter = judged.letter
        parts.append(f"{letter.number}, {letter.title}, {letter.signer_name}, PAdES {letter.level}")
        parts += _ended(judged)
    elif judged.checked.reason:
        parts.append(f"reason: {judged.checked.reason}")
    return "; ".join(parts)


def _ended(judged: Judged) -> list[str]:
    found = judged.found
    if found is None or found.mark is None:
        return []
    after = [f"replaced by {found.successor.number}"] if found.successor else []
    return [f"{found.mark.at:%Y-%m-%d}: {found.mark.reason}", *after]


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(MOST_BYTES)
    except OSError as problem:
        raise SettingError(f"{file}: {problem.strerror}") from problem


async def _run(settings: Settings, files: Sequence[Path]) -> int:
    await database.connect(database.url_of(settings), pool=2, long=True)
    try:
        return await (letters(settings, files) if files else _summaries())
    finally:
        await database.disconnect()


def main(settings: Settings, arguments: Sequence[str]) -> int:
    """Compare and say so."""
    return asyncio.run(_run(settings, [Path(a) for a in arguments]))
