"""The catalogue as the API says it: services, what they need, cost and promise."""

from datetime import date
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

import strawberry

from backend.applications import counts, reality
from backend.core.pages import Window
from backend.core.texts import Locale, Text
from backend.notifications import words
from backend.services import queries
from backend.services.definition import Definition, Mark
from backend.services.definition import FormField as FieldData
from backend.services.definition import Promise as PromiseData
from backend.services.definition import Requirement as RequirementData
from backend.services.definition import Text as DefinitionText
from backend.services.reference import Office, Reference
from schema.connections import PageInfo
from schema.context import Info
from schema.enums import FieldKind, RequirementKind, Unit
from schema.fields import field, object_type, query
from schema.ids import Node, encode
from schema.permissions import Need
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


@scoped(Scope.CATALOGUE)
@object_type
class Opd(Node):
    """A city department (organisasi perangkat daerah)."""

    code: str
    """Short name, such as DISPENDUKCAPIL."""
    name: str
    """Full Indonesian name."""
    name_en: str
    """What it is in English."""
    kind: str
    """dinas, badan, kecamatan, sekretariat, inspektorat or satuan."""

    @staticmethod
    @lru_cache(maxsize=1000)
    def of(row: Office) -> "Opd":
        return Opd(
            id=encode("Opd", row.code), code=row.code, name=row.name, name_en=row.name_en, kind=row.kind
        )

    @field
    async def services(self, info: Info) -> list["Service"]:
        """What it answers for, most used first, at most 200."""
        city, locale = await info.context.city(), info.context.locale
        lists = _lists.setdefault(city, {})
        found = lists.get((self.code, locale))
        if found is None:
            found = [Service.of(d, locale) for d in await queries.of_opd(self.code, city)]
            lists[self.code, locale] = found
        return found


@scoped(Scope.CATALOGUE, measured=Scope.STATISTICS, queue_length=Scope.STATISTICS)
@object_type
class Service(Node):
    """A city service in its current version."""

    data: strawberry.Private[Definition]
    # What the plans have encoded of it; a definition never changes, so neither do these.
    fragments: strawberry.Private[dict[object, Any]]
    code: str
    """Stable key, such as DUK-KK-BARU."""
    version: int
    """Version that new cases start on."""
    name: str
    """What people call it."""
    summary: str
    """One sentence: what one gets and when one needs it."""
    category: str
    """Group in the catalogue."""
    icon: str
    """Name of the app's icon."""
    promise: Promise
    """How long the city may take."""
    fee: Fee
    """What a resident pays."""
    legal: list[str]
    """Legal basis."""
    source: str
    """Where these facts were found."""
    note: str | None
    """Something worth knowing before applying."""
    requirements: list[Requirement]
    """What to prepare."""
    fields: list[FormField]
    """What is asked in the form."""
    product: str
    """What one gets."""
    minutes_to_fill: int
    """How long applying takes."""
    visits: int
    """How often one must come to the office."""
    popular: int | None
    """Rank among the most used."""
    synonyms: list[str]
    """Other words people search by (for the offline search)."""
    requirements_are_sample: bool
    """The list of requirements is from memory or a pattern: show it as "contoh"."""

    @field
    async def opd(self, info: Info) -> Opd | None:
        """Who is responsible; null when the applicant's own kecamatan is."""
        found = (await info.context.city()).opds.get(self.data.opd or "")
        return Opd.of(found) if found else None

    @field
    async def measured(self, info: Info) -> Measured | None:
        """Reality of the last 90 days; null until 5 cases were issued."""
        found = (await info.context.once(reality.measured)).get(self.code)
        if found is None:
            return None
        return Measured(
            median_text=words.minutes(found.median_minutes, info.context.locale),
            median_minutes=found.median_minutes,
            cases=found.cases,
            per_working_day=found.per_working_day,
        )

    @field
    async def queue_length(self, info: Info) -> int | None:
        """Open cases of a service that works by queue; null for any other."""
        if self.data.promise.unit is not Unit.QUEUE:
            return None
        return (await info.context.once(counts.open_by_service)).get(self.code, 0)

    @staticmethod
    def of(d: Definition, locale: Locale) -> "Service":
        """The service in one language, made once for each definition."""
        known = _made.get((d.code, d.version, locale))
        if known is None or known.data is not d:
            known = _made[d.code, d.version, locale] = Service._of(d, locale)
        return known

    @staticmethod
    def _of(d: Definition, locale: Locale) -> "Service":
        return Service(
            id=encode("Service", d.code),
            data=d,
            fragments={},
            code=d.code,
            version=d.version,
            name=must(d.name, locale),
            summary=must(d.summary, locale),
            category=d.category,
            icon=d.icon,
            promise=Promise.of(d.promise, locale),
            fee=Fee(
                amount_idr=d.fee.amount_idr,
                text=words.fee(d.fee, locale),
                is_sample=d.fee.mark.is_sample,
                note=said(d.fee.note, locale),
            ),
            legal=[legal_text(x, locale) for x in d.legal],
            source=d.source,
            note=said(d.note, locale),
            requirements=[Requirement.of(r, locale) for r in d.requirements],
            fields=[FormField.of(f, locale) for f in d.fields],
            product=must(d.product.title, locale),
            minutes_to_fill=d.minutes_to_fill,
            visits=d.visits,
            popular=d.popular,
            synonyms=list(d.synonyms),
            requirements_are_sample=Mark(d.requirements_mark).is_sample,
        )


_made: dict[tuple[str, int, Locale], Service] = {}
# The services of each OPD, for as long as one view of the reference data lives.
_lists: WeakKeyDictionary[Reference, dict[tuple[str, Locale], list[Service]]] = WeakKeyDictionary()


@scoped(Scope.CATALOGUE)
@object_type
class ServiceEdge:
    """A service in a list."""

    cursor: str
    """Where it stands."""
    node: Service
    """The service."""


@scoped(Scope.CATALOGUE)
@object_type
class ServiceConnection:
    """A page of services."""

    edges: list[ServiceEdge]
    """In order."""
    page_info: PageInfo
    """Whether more follow."""
    total_count: int
    """How many there are in all."""


@scoped(Scope.CATALOGUE)
@strawberry.type
class ServicesQuery:
    """Public reading of the catalogue."""

    @query(Need.NOTHING)
    async def opds(self, info: Info) -> list[Opd]:
        """The city's departments by name (28)."""
        return [Opd.of(o) for o in (await info.context.city()).opds.values()]

    @query(Need.NOTHING)
    async def services(
        self,
        info: Info,
        search: str | None = None,
        category: str | None = None,
        first: int = 50,
        after: str | None = None,
    ) -> ServiceConnection:
        """The catalogue, or what answers a search: Indonesian full text, synonyms, typing slips forgiven."""
        page, total = await queries.find(Window.of(first, after), search=search or "", category=category)
        edges = [
            ServiceEdge(cursor=c, node=Service.of(d, info.context.locale))
            for c, d in zip(page.cursors, page.rows, strict=True)
        ]
        info_ = PageInfo(has_next_page=page.has_next, end_cursor=page.cursors[-1] if page.cursors else None)
        return ServiceConnection(edges=edges, page_info=info_, total_count=total)

    @query(Need.NOTHING)
    async def popular_services(self, info: Info) -> list[Service]:
        """What people use most, at most 8."""
        return [Service.of(d, info.context.locale) for d in await queries.popular()]

    @query(Need.NOTHING)
    async def service(self, info: Info, code: str) -> Service | None:
        """One service by its code."""
        return Service.of(await queries.current(code), info.context.locale)
