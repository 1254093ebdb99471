"""Parts of the budget to take away: made once, kept as they were made, with their hash and the city's signature."""

import asyncio
import hashlib
import tempfile
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from backend.budget import fiscal, sipd
from backend.budget.models import BudgetExport, BudgetImport
from backend.budget.rules import ImportKind, ImportState
from backend.budget.sipd import Where
from backend.core import clock
from backend.core.problems import NotFound
from backend.core.reads import fetch
from backend.core.secrets import Keyring
from backend.database import transaction
from storage.documents import AlreadyThere, Documents, save
from storage.keys import export

MOST_BYTES = 4 * 1024**3
_PIECE = 64 * 1024
# Entries of an archive carry no clock: the same lines are the same bytes.
_NO_TIME = (1980, 1, 1, 0, 0, 0)
# A city's million lines keep a core and a connection busy for seconds: a process makes one file at a time.
_making = asyncio.Semaphore(1)


class ExportForm(StrEnum):
    """csv: the lines under SIPD's headings; zip: the same with what describes them (Fiscal Data Package)."""

    CSV = "csv"
    ZIP = "zip"


MEDIA_TYPES = {ExportForm.CSV: "text/csv; charset=utf-8; header=present", ExportForm.ZIP: "application/zip"}


@dataclass(frozen=True)
class Export:
    """One file as it is given away: bytes under their hash in the store, DER signature over that hash."""

    name: str
    form: ExportForm
    size: int
    sha256: str
    signature: bytes

    @property
    def key(self) -> str:
        return export(self.sha256)


class Signer:
    """The city's key for what it publishes: ECDSA on P-256 with SHA-256, from the root key."""

    def __init__(self, keyring: Keyring) -> None:
        self._key = keyring.p256("exports/es256/1")

    def sign(self, digest: bytes) -> bytes:
        """A DER signature over a SHA-256 digest: what `openssl dgst -sha256 -verify` checks."""
        return self._key.sign(digest, ec.ECDSA(Prehashed(SHA256())))

    @property
    def public(self) -> bytes:
        """The public half as PEM."""
        return self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


async def of_place(where: Where, form: ExportForm, documents: Documents, signer: Signer) -> Export:
    """The file of a place; made now if nobody asked for it before. NotFound for a place that is not there.

    What an import says never changes, so neither does its file: a name that changes later changes no file.
    """
    row = await _released(where)
    kept = await _kept(where, form)
    if kept is None:
        async with _making:
            kept = await _kept(where, form) or await _make(row, where, form, documents, signer)
    return Export(file_name(row, where, form), form, kept.size, kept.sha256, kept.signature)


async def make_ready(import_id: UUID, documents: Documents, signer: Signer) -> None:
    """Make the files of a whole import before anybody asks: a city's lines take longer than people wait.

    May raise Unavailable.
    """
    for form in ExportForm:
        await of_place(Where(import_id), form, documents, signer)


def file_name(row: BudgetImport, where: Where, form: ExportForm) -> str:
    """apbd-2026-murni-DLH-2.11.11.csv"""
    return "-".join(part for part in ("apbd", str(row.year), row.stage, where.opd, where.code) if part) + (
        f".{form.value}"
    )


async def _released(where: Where) -> BudgetImport:
    states = (ImportState.IN_FORCE, ImportState.SUPERSEDED)
    row = await BudgetImport.get_or_none(
        id=where.import_id, kind=ImportKind.EXPENDITURE.value, state__in=[s.value for s in states]
    )
    if row is None or (where.code and not where.opd) or not await _has_lines(where):
        raise NotFound
    return row


async def _has_lines(where: Where) -> bool:
    found = await fetch(
        "SELECT EXISTS (SELECT FROM budget_totals WHERE import_id = $1 AND ($2 = '' OR opd = $2)) AND ($3 = '' OR EXISTS"
        " (SELECT FROM budget_nodes WHERE import_id = $1 AND opd = $2 AND code = $3"
        " AND level = CASE length($3) WHEN 7 THEN 1 WHEN 12 THEN 2 ELSE 3 END))",
        [where.import_id, where.opd, where.code],
    )
    return bool(found[0][0])


async def _kept(where: Where, form: ExportForm) -> BudgetExport | None:
    return await BudgetExport.get_or_none(
        import_id=where.import_id, opd=where.opd, code=where.code, form=form.value
    )


async def _make(
    row: BudgetImport, where: Where, form: ExportForm, documents: Documents, signer: Signer
) -> BudgetExport:
    """Write, hash, sign and keep; of two processes that make the same, the first one's file counts.

    A package holds the very file that is given away as CSV.
    """
    with tempfile.TemporaryDirectory(prefix="lugas-export-") as folder:
        path = Path(folder) / fiscal.DATA
        if form is ExportForm.CSV:
            sha256 = await _write(path, where)
        else:
            csv = ExportForm.CSV
            lines = await _kept(where, csv) or await _make(row, where, csv, documents, signer)
            await save(documents, export(lines.sha256), path)
            async with transaction() as tx:
                coded = await sipd.is_coded(tx, where)
            said = _described(row, where, path.stat().st_size, lines.sha256, coded=coded)
            path, sha256 = await asyncio.to_thread(_pack, path, said)
        size = path.stat().st_size
        try:
            media_type = MEDIA_TYPES[form]
            await documents.put(export(sha256), _pieces(path), media_type=media_type, limit=MOST_BYTES)
        except AlreadyThere:
            pass  # another place with the very same lines, or a try whose row was lost
    made = BudgetExport(
        import_id=where.import_id,
        opd=where.opd,
        code=where.code,
        form=form.value,
        size=size,
        sha256=sha256,
        signature=signer.sign(bytes.fromhex(sha256)),
        at=clock.now(),
    )
    await BudgetExport.bulk_create([made], ignore_conflicts=True)
    return await _kept(where, form) or made


async def _write(path: Path, where: Where) -> str:
    """Write the lines to disk as they come; their SHA-256."""
    digest = hashlib.sha256()
    with path.open("wb") as file:

        async def take(piece: bytes) -> None:
            digest.update(piece)
            file.write(piece)

        async with transaction() as tx:
            await sipd.write(tx, where, take)
    return digest.hexdigest()


def _described(row: BudgetImport, where: Where, size: int, sha256: str, *, coded: bool) -> fiscal.Described:
    name = file_name(row, where, ExportForm.ZIP).removesuffix(".zip")
    return fiscal.Described(
        name=name.lower(),
        title=f"APBD Kota Malang {row.year}, {row.stage}"
        + "".join(f", {p}" for p in (where.opd, where.code) if p),
        year=row.year,
        phase="approved" if row.stage == "murni" else "adjusted",
        source=row.file_name,
        source_sha256=row.sha256,
        size=size,
        sha256=sha256,
        coded=coded,
    )


def _pack(data: Path, said: fiscal.Described) -> tuple[Path, str]:
    """An archive of the lines and what describes them, beside them; its path and SHA-256."""
    packed = data.with_name("package.zip")
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        text = orjson.dumps(fiscal.descriptor(said), option=orjson.OPT_INDENT_2)
        archive.writestr(zipfile.ZipInfo("datapackage.json", _NO_TIME), text, zipfile.ZIP_DEFLATED)
        entry = zipfile.ZipInfo(fiscal.DATA, _NO_TIME)
        entry.compress_type, entry.file_size = zipfile.ZIP_DEFLATED, said.size
        with archive.open(entry, "w") as into, data.open("rb") as lines:
            while piece := lines.read(_PIECE):
                into.write(piece)
    with packed.open("rb") as file:
        return packed, hashlib.file_digest(file, "sha256").hexdigest()


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    file: BinaryIO
    with path.open("rb") as file:
        while piece := await asyncio.to_thread(file.read, _PIECE):
            yield piece
