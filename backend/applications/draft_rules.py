"""What a half-filled form may hold, how long it is kept, and which of two phones was faster."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from backend.core.problems import Conflict, FieldFault, InvalidInput, TooLarge
from backend.core.texts import Text
from backend.services.definition import Definition, RequirementKind

KEPT = timedelta(days=30)
MOST = 50
NAME_MOST, ANSWER_MOST, FILE_NAME_MOST, STEP_MOST, FILES_MOST = 80, 2000, 200, 100, 100

TOO_MANY = Text(
    f"Paling banyak {MOST} draf. Kirim atau hapus yang lama dulu.",
    f"At most {MOST} drafts. Send or delete an old one first.",
)
TOO_MANY_FILES = Text("Terlalu banyak berkas dalam draf ini.", "Too many files in this draft.")
STALE = Text(
    "Draf ini sudah diubah di HP lain. Pilih yang mana yang dipakai.",
    "This draft was changed on another phone. Choose which one to keep.",
)
GONE = Text(
    "Draf ini sudah dikirim atau dihapus di HP lain.", "This draft was sent or deleted on another phone."
)


@dataclass(frozen=True)
class DraftFile:
    """One stored file of a draft: for which requirement, its upload, and what it is called on the phone."""

    requirement: str
    upload: UUID
    name: str


def require_form(
    definition: Definition, name: str, answers: Mapping[str, str], step: int, files: Sequence[DraftFile]
) -> None:
    """InvalidInput for what this form does not ask, TooLarge for too many files; half-filled is fine."""
    if len(files) > FILES_MOST:
        raise TooLarge("too_many_files", TOO_MANY_FILES, limit=FILES_MOST)
    faults = [*_of_head(name, step), *_of_answers(definition, answers), *_of_files(definition, files)]
    if faults:
        raise InvalidInput(*faults)


def _of_head(name: str, step: int) -> list[FieldFault]:
    faults = []
    if len(name) > NAME_MOST:
        faults.append(
            FieldFault("name", Text(f"Paling banyak {NAME_MOST} huruf.", f"At most {NAME_MOST} letters."))
        )
    if not 0 <= step <= STEP_MOST:
        faults.append(FieldFault("step", Text("Langkah ini tidak ada.", "No such step.")))
    return faults


def _of_answers(definition: Definition, answers: Mapping[str, str]) -> list[FieldFault]:
    known = {f.name for f in definition.fields}
    unknown = Text("Pertanyaan ini tidak ada di formulir.", "No such question in the form.")
    long = Text(f"Paling banyak {ANSWER_MOST} huruf.", f"At most {ANSWER_MOST} letters.")
    faults = [FieldFault(f"answers.{n}", unknown) for n in answers if n not in known]
    return faults + [
        FieldFault(f"answers.{n}", long) for n, text in answers.items() if len(text) > ANSWER_MOST
    ]


def _of_files(definition: Definition, files: Sequence[DraftFile]) -> list[FieldFault]:
    asked = {r.code for r in definition.requirements if r.kind is RequirementKind.DOCUMENT}
    unknown = Text("Berkas ini tidak diminta.", "This document is not asked for.")
    long = Text(f"Nama berkas paling banyak {FILE_NAME_MOST} huruf.", "The file's name is too long.")
    faults = [FieldFault(f"documents.{f.requirement}", unknown) for f in files if f.requirement not in asked]
    return faults + [
        FieldFault(f"documents.{f.requirement}", long) for f in files if len(f.name) > FILE_NAME_MOST
    ]


def require_version(seen: int, current: int) -> None:
    """The phone must have seen the newest version (0: none stands); else Conflict that carries it."""
    if seen == current:
        return
    if current == 0:
        raise Conflict("draft_gone", GONE, version=0)
    raise Conflict("stale_draft", STALE, version=current)
