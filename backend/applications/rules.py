"""What may follow what in a case, and what an answer, a document and a return must be like."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from backend.core.problems import Conflict, FieldFault, InvalidInput, NotNow
from backend.core.texts import Text
from backend.core.words import on_day
from backend.identity.rules import Nik, read_nik, read_phone
from backend.services.definition import (
    Action,
    ActionName,
    Definition,
    FieldKind,
    FormField,
    Promise,
    RequirementKind,
    Unit,
)

REASON_LEAST, REASON_MOST = 10, 600
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s.]{2,24}")


def move(definition: Definition, state: str, action: ActionName, version: int) -> Action:
    """The arrow of the workflow for this act in this state, or Conflict that tells the state it is in."""
    for arrow in definition.workflow.actions:
        if arrow.name is action and state in arrow.sources:
            return arrow
    title = definition.state(state).title
    raise Conflict(
        "moved_on",
        Text(
            f"Berkas ini sekarang: {title.id}. Tindakan itu tidak berlaku lagi.",
            f"This case is now: {title.en}. That act no longer applies.",
        ),
        state=state,
        version=version,
    )


def require_version(seen: int, current: int, state: str, title: Text) -> None:
    """The caller must have seen the newest version; else Conflict with the new state."""
    if seen != current:
        raise Conflict(
            "stale_version",
            Text(
                f"Berkas ini sudah diubah orang lain. Sekarang: {title.id}.",
                f"Someone else has changed this case. It is now: {title.en}.",
            ),
            state=state,
            version=current,
        )


def require_reason(text: str, path: str = "reason") -> str:
    """A written reason of 10 to 600 characters, in one line of plain text."""
    reason = " ".join(text.split())
    if not REASON_LEAST <= len(reason) <= REASON_MOST:
        raise InvalidInput.at(
            path,
            f"Tulis alasan {REASON_LEAST} sampai {REASON_MOST} huruf, dalam kalimat yang dimengerti pemohon.",
            f"Write a reason of {REASON_LEAST} to {REASON_MOST} letters that the applicant understands.",
        )
    return reason


def require_open(promise: Promise, today: date) -> None:
    """A window service takes applications only between its dates."""
    if promise.unit is not Unit.WINDOW:
        return
    if promise.opens and today < promise.opens:
        raise NotNow("not_open_yet", on_day("Pendaftaran dibuka {day}.", "Opens on {day}.", promise.opens))
    if promise.closes and today > promise.closes:
        raise NotNow("closed", on_day("Pendaftaran ditutup {day}.", "Closed on {day}.", promise.closes))


@dataclass(frozen=True)
class ReturnItem:
    """One requirement that the officer asks for again, and why."""

    requirement: str
    reason: str


def require_returnable(definition: Definition, already: Collection[str], items: Sequence[ReturnItem]) -> None:
    """Only published requirements, each at most once in the life of a case."""
    faults = []
    seen: set[str] = set()
    for n, item in enumerate(items):
        path = f"returns.{n}.requirement"
        if definition.requirement(item.requirement) is None:
            faults.append(
                FieldFault(path, Text("Syarat ini tidak diumumkan.", "This requirement is not published."))
            )
        elif item.requirement in already or item.requirement in seen:
            faults.append(
                FieldFault(
                    path,
                    Text(
                        "Syarat ini sudah pernah dikembalikan. Hanya boleh sekali.",
                        "Already returned once for this requirement.",
                    ),
                )
            )
        seen.add(item.requirement)
    if not items:
        faults.append(FieldFault("returns", Text("Pilih syarat yang kurang.", "Choose what is missing.")))
    if faults:
        raise InvalidInput(*faults)


def with_profile(
    definition: Definition, given: Mapping[str, str], profile: Mapping[str, str]
) -> dict[str, str]:
    """The answers, with what was left out taken from the person's own profile: nobody types a NIK twice."""
    known = {f.name: profile[f.profile] for f in definition.fields if f.profile and profile.get(f.profile)}
    return known | {name: text for name, text in given.items() if text.strip()}


def read_answers(
    definition: Definition, given: Mapping[str, str], kelurahan: Collection[str], today: date
) -> dict[str, str]:
    """The answers in their stored form; InvalidInput names every wrong or missing one."""
    faults: list[FieldFault] = []
    known = {f.name for f in definition.fields}
    faults += [
        FieldFault(
            f"answers.{name}", Text("Pertanyaan ini tidak ada di formulir.", "No such question in the form.")
        )
        for name in given
        if name not in known
    ]
    answers: dict[str, str] = {}
    for field in definition.fields:
        text = given.get(field.name, "").strip()
        if not text:
            if field.required:
                faults.append(FieldFault(f"answers.{field.name}", _missing(field)))
            continue
        value = _read(field, text, kelurahan, today)
        if isinstance(value, Text):
            faults.append(FieldFault(f"answers.{field.name}", value))
        else:
            answers[field.name] = value
    if faults:
        raise InvalidInput(*faults)
    return answers


def _missing(field: FormField) -> Text:
    verb = (
        ("Pilih", "Choose") if field.kind in (FieldKind.CHOICE, FieldKind.KELURAHAN) else ("Isi", "Fill in")
    )
    return Text(f"{verb[0]} {field.label.id.lower()}.", f"{verb[1]} {field.label.en.lower()}.")


def _read(field: FormField, text: str, kelurahan: Collection[str], today: date) -> str | Text:
    if len(text) > field.max_length:
        return Text(
            f"Paling banyak {field.max_length} huruf. Yang Anda tulis {len(text)}.",
            f"At most {field.max_length} letters. You wrote {len(text)}.",
        )
    if any(ord(c) < 32 and c not in "\n\t" for c in text):
        return Text(
            "Ada tanda yang tidak bisa dibaca. Ketik ulang.",
            "There is an unreadable character. Type it again.",
        )
    match field.kind:
        case FieldKind.NIK:
            nik = read_nik(text, today)
            return nik.digits if isinstance(nik, Nik) else nik
        case FieldKind.NUMBER:
            return _read_number(field, text)
        case FieldKind.DATE:
            return _read_date(text)
        case FieldKind.CHOICE:
            return _one_of(text, {c.value for c in field.choices})
        case FieldKind.KELURAHAN:
            return _one_of(text, kelurahan)
        case _:
            return _read_words(field, text)


def _read_words(field: FormField, text: str) -> str | Text:
    if field.kind is FieldKind.PHONE:
        return read_phone(text) or Text(
            "Nomor HP dimulai 08 atau +628, 10 sampai 13 angka.", "A mobile number starts with 08 or +628."
        )
    if field.kind is FieldKind.EMAIL and not _EMAIL.fullmatch(text):
        return Text(
            "Tulis alamat e-mail seperti nama@contoh.id.", "Write an e-mail address like name@example.id."
        )
    return text


def _read_number(field: FormField, text: str) -> str | Text:
    digits = text.replace(".", "").replace(" ", "")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 15:
        return Text("Tulis dengan angka saja.", "Write digits only.")
    value = int(digits)
    if field.minimum is not None and value < field.minimum:
        return Text(f"Paling sedikit {field.minimum}.", f"At least {field.minimum}.")
    if field.maximum is not None and value > field.maximum:
        return Text(f"Paling banyak {field.maximum}.", f"At most {field.maximum}.")
    return str(value)


def _read_date(text: str) -> str | Text:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return Text("Tanggal ini tidak ada. Contoh: 2026-11-24.", "No such date. Example: 2026-11-24.")


def _one_of(text: str, allowed: Collection[str]) -> str | Text:
    return text if text in allowed else Text("Pilih dari daftar.", "Choose from the list.")


def require_documents(definition: Definition, pages: Mapping[str, int]) -> None:
    """Every required document is there, none is unknown, none has too many pages. `pages` counts by code."""
    faults: list[FieldFault] = []
    documents = {r.code: r for r in definition.requirements if r.kind is RequirementKind.DOCUMENT}
    for code, count in pages.items():
        known = documents.get(code)
        if known is None:
            faults.append(
                FieldFault(
                    f"documents.{code}", Text("Berkas ini tidak diminta.", "This document is not asked for.")
                )
            )
        elif count > known.max_pages:
            faults.append(
                FieldFault(
                    f"documents.{code}",
                    Text(f"Paling banyak {known.max_pages} halaman.", f"At most {known.max_pages} pages."),
                )
            )
    faults += [
        FieldFault(f"documents.{r.code}", Text(f"Lampirkan {r.title.id}.", f"Attach {r.title.en}."))
        for r in documents.values()
        if r.required and not pages.get(r.code)
    ]
    if faults:
        raise InvalidInput(*faults)
