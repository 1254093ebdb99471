"""The catalogue as the API says it: services, what they need, cost and promise."""

from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

import strawberry

from backend.applications import counts, reality
from backend.core.pages import Window
from backend.core.texts import Locale
from backend.notifications import words
from backend.services import queries
from backend.services.definition import Definition, Mark
from backend.services.reference import Office, Reference
from schema.connections import PageInfo
from schema.context import Info
from schema.definitions import Fee, FormField, Measured, Promise, Requirement, legal_text, must, said
from schema.enums import Unit
from schema.fields import field, object_type, query
from schema.ids import Node, encode
from schema.permissions import Need
from schema.plans.encode import Standing
from schema.scopes import Scope, scoped


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
            found = Standing(Service.of(d, locale) for d in await queries.of_opd(self.code, city))
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
_lists: WeakKeyDictionary[Reference, dict[tuple[str, Locale], Standing[Service]]] = WeakKeyDictionary()


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
