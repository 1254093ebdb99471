"""What the city holds already: values for a form, field by field, and documents that may be used again."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.applications import paperwork, queries
from backend.core.actors import Actor
from backend.core.conditions import NO_ROW, All, Condition, Is, Known
from backend.core.ids import number_text
from backend.core.pages import Page, Window, moment
from backend.core.reads import Order, Row, Table, columns_of, page, read
from backend.core.secrets import Keyring
from backend.core.texts import Text
from backend.identity import queries as people
from backend.services import queries as services
from backend.services.definition import HIDE, FieldKind, FormField

CASES_LOOKED_AT = 20
MOST = 100
OWN_PROFILE = Text("Profil Anda", "Your profile")
# What the names of a profile's values say to people, and the input that fits them.
PROFILE: dict[str, tuple[Text, FieldKind]] = {
    "name": (Text("Nama lengkap", "Full name"), FieldKind.TEXT),
    "nik": (Text("NIK", "NIK"), FieldKind.NIK),
    "phone": (Text("Nomor HP", "Mobile number"), FieldKind.PHONE),
    "address": (Text("Alamat", "Address"), FieldKind.TEXT),
    "kelurahan": (Text("Kelurahan", "Kelurahan"), FieldKind.KELURAHAN),
}
# What was written for one case only, what is shown masked, and the wish to stay unnamed are not offered again.
_NOT_AGAIN = (FieldKind.NIK, FieldKind.LONG_TEXT)


@dataclass(frozen=True)
class KnownValue:
    """One value that a form may offer, with where it is from and since when.

    `profile` is the profile's name for it, None for an answer of an earlier case; then `name`, `kind` and `label`
    say to which question. A masked value is left out of the answers: the server fills it in.
    """

    profile: str | None
    name: str
    kind: FieldKind
    label: Text
    value: str
    text: Text
    masked: bool
    source: Text
    number: str | None
    since: datetime | None


async def values(actor: Actor, keyring: Keyring) -> list[KnownValue]:
    """The profile's values, then the newest answer to each question of one's last 20 cases; at most 100."""
    places = {p.code: p.name for p in await services.places()}
    found = [_of_profile(h, places) for h in await people.held(actor, keyring)]
    window = Window(CASES_LOOKED_AT, None)
    asked = read("id", "number", "service_code", "service_version", "answers_sealed", "submitted_at")
    for case in (await queries.mine(actor, window, asked)).rows:
        found += _of_case(case, keyring, places, {(k.name, k.kind, k.label.id) for k in found})
    return found[:MOST]


def _of_profile(held: people.Held, places: dict[str, str]) -> KnownValue:
    label, kind = PROFILE[held.name]
    shown = places.get(held.shown, held.shown) if held.name == "kelurahan" else held.shown
    return KnownValue(
        profile=held.name,
        name=held.name,
        kind=kind,
        label=label,
        value=held.shown,
        text=Text(shown, shown),
        masked=held.masked,
        source=OWN_PROFILE,
        number=None,
        since=held.since,
    )


def _of_case(
    case: Row, keyring: Keyring, places: dict[str, str], had: set[tuple[str, FieldKind, str]]
) -> list[KnownValue]:
    given = paperwork.answers_of(case, keyring)
    shown = number_text(case.number)
    return [
        KnownValue(
            profile=None,
            name=f.name,
            kind=f.kind,
            label=Text(f.label.id, f.label.en),
            value=given[f.name],
            text=_text(f, given[f.name], places),
            masked=False,
            source=Text(f"Permohonan {shown}", f"Application {shown}"),
            number=case.number,
            since=case.submitted_at,
        )
        for f in services.definition_of(case).fields
        if _is_offered(f) and f.name in given and (f.name, f.kind, f.label.id) not in had
    ]


def _is_offered(field: FormField) -> bool:
    return field.profile is None and field.kind not in _NOT_AGAIN and field.name != HIDE


def _text(field: FormField, value: str, places: dict[str, str]) -> Text:
    """The value as people read it."""
    if field.kind is FieldKind.CHOICE:
        label = next((c.label for c in field.choices if c.value == value), None)
        return Text(label.id, label.en) if label else Text(value, value)
    shown = places.get(value, value) if field.kind is FieldKind.KELURAHAN else value
    return Text(shown, shown)


# The files of cases beside whose they are; one that came by reference stands for itself only once.
_OF_CASES = """(SELECT d.id, d.upload_id, d.requirement, d.page, d.media_type, d.size, d.sha256, d.uploaded_at,
    a.applicant_id, a.number, a.service_code, a.service_version
    FROM case_documents d JOIN applications a ON a.id = d.application_id)"""
DOCUMENTS = Table(
    _OF_CASES,
    columns_of(
        "id upload_id requirement page media_type size sha256 uploaded_at applicant_id number service_code"
        " service_version"
    ),
)
_NEWEST: Order = (("uploaded_at", True), ("id", True))


def rows_for(actor: Actor) -> Condition:
    """The documents a person may use again: those of one's own cases."""
    if actor.person is None:
        return NO_ROW
    return All((Is("applicant_id", actor.person), Known("upload_id")))


async def documents(actor: Actor, window: Window) -> Page[Row]:
    """The files of one's own cases, the newest first."""
    found = await page(
        DOCUMENTS, read(*DOCUMENTS.columns), rows_for(actor), _NEWEST, window.read(moment, UUID)
    )
    await services.at_hand(found.rows)
    return found
