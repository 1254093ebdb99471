"""What a service's definition says to people: its form, what to prepare, the promise and the fee."""

from datetime import date

from backend.core.texts import Locale, Text
from backend.notifications import words
from backend.services.definition import FormField as FieldData
from backend.services.definition import Promise as PromiseData
from backend.services.definition import Requirement as RequirementData
from backend.services.definition import Text as DefinitionText
from schema.enums import FieldKind, RequirementKind, Unit
from schema.fields import object_type
from schema.scopes import Scope, scoped


def said(text: DefinitionText | None, locale: Locale) -> str | None:
    """A definition's sentence in the language asked for."""
    return None if text is None else Text(text.id, text.en).said(locale)


def must(text: DefinitionText, locale: Locale) -> str:
    return Text(text.id, text.en).said(locale)


def legal_text(law: str, locale: Locale) -> str:
    """A legal basis; one from memory says so in a word instead of its mark."""
    return law.replace("(M)", Text("(contoh)", "(sample)").said(locale))


@scoped(Scope.CATALOGUE)
@object_type
class Choice:
    """One answer of a choice question."""

    value: str
    """What is sent."""
    label: str
    """What people read."""


@scoped(Scope.CATALOGUE)
@object_type
class FormField:
    """One question of a service's form."""

    name: str
    """Key of the answer."""
    kind: FieldKind
    """Which input to show."""
    label: str
    """The question."""
    help: str | None
    """What to write, in plain words."""
    help_jv: str | None
    """The same in Javanese, for the services used most; a sample until a native speaker has read it."""
    required: bool
    """Must be answered."""
    max_length: int
    """At most so many letters."""
    minimum: int | None
    """Smallest number."""
    maximum: int | None
    """Largest number."""
    choices: list[Choice]
    """For choice questions."""
    profile: str | None
    """The profile value that fills it when the answer is left out: name, nik, phone, address or kelurahan."""

    @staticmethod
    def of(row: FieldData, locale: Locale) -> "FormField":
        return FormField(
            name=row.name,
            kind=row.kind,
            label=must(row.label, locale),
            help=said(row.help, locale),
            help_jv=row.help_jv,
            required=row.required,
            max_length=row.max_length,
            minimum=row.minimum,
            maximum=row.maximum,
            choices=[Choice(value=c.value, label=must(c.label, locale)) for c in row.choices],
            profile=row.profile,
        )


@scoped(Scope.CATALOGUE)
@object_type
class Requirement:
    """One published requirement."""

    code: str
    """Key within the service."""
    kind: RequirementKind
    """Uploaded, only stated, or done in person."""
    title: str
    """What it is."""
    help: str | None
    """When it is needed and what must be readable."""
    help_jv: str | None
    """The same in Javanese, for the services used most; a sample until a native speaker has read it."""
    required: bool
    """Needed by everyone."""
    max_pages: int
    """At most so many files."""

    @staticmethod
    def of(row: RequirementData, locale: Locale) -> "Requirement":
        return Requirement(
            code=row.code,
            kind=row.kind,
            title=must(row.title, locale),
            help=said(row.help, locale),
            help_jv=row.help_jv,
            required=row.required,
            max_pages=row.max_pages,
        )


@scoped(Scope.CATALOGUE)
@object_type
class Promise:
    """How long the city may take."""

    unit: Unit
    """Minutes and hours are office time, days are whole days."""
    value: int | None
    """How many; null for a window or a queue."""
    text: str
    """In one phrase: 1 hari kerja."""
    is_sample: bool
    """From memory or a pattern: show it as "contoh"."""
    note: str | None
    """Where the figure comes from."""
    opens: date | None
    """First day of a window."""
    closes: date | None
    """Last day of a window."""
    result: date | None
    """Day of the result of a window."""

    @staticmethod
    def of(row: PromiseData, locale: Locale) -> "Promise":
        return Promise(
            unit=row.unit,
            value=row.value,
            text=words.promise(row, locale),
            is_sample=row.mark.is_sample,
            note=said(row.note, locale),
            opens=row.opens,
            closes=row.closes,
            result=row.result,
        )


@scoped(Scope.CATALOGUE)
@object_type
class Fee:
    """What a resident pays."""

    amount_idr: int | None
    """Whole rupiah; null when a tariff decides."""
    text: str
    """Rp 0."""
    is_sample: bool
    """From memory or a pattern: show it as "contoh"."""
    note: str | None
    """How a tariff is worked out."""


@scoped(Scope.STATISTICS)
@object_type
class Measured:
    """Reality beside the promise: the last 90 days."""

    median_text: str
    """Half of the cases were done within this office time."""
    median_minutes: int
    """The same in minutes of office time."""
    cases: int
    """How many cases were counted."""
    per_working_day: float
    """Cases issued each working day."""
