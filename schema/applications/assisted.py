"""Applying for a resident, as the API says it: what a helper sees of it afterwards, and what the inspectorate does."""

from datetime import datetime
from typing import Annotated

import strawberry

from backend.applications import assisting
from backend.applications.assist_rules import SAID
from backend.core.ids import number_text
from backend.core.pages import Window
from backend.core.reads import Row
from backend.core.texts import Locale
from backend.services import queries as catalogue
from schema.applications.inputs import SubmitAssistedApplicationInput
from schema.applications.types import CaseState
from schema.connections import PageInfo
from schema.context import Info
from schema.definitions import must
from schema.enums import HelperRelation
from schema.fields import mutation, object_type, query
from schema.permissions import Need
from schema.problems import Refusal
from schema.scopes import Scope, scoped


@scoped(Scope.PERSON)
@object_type
class AssistedCase:
    """All that a helper sees of a case they sent for a resident."""

    number: str
    """Ten characters with a check digit."""
    number_text: str
    """XXXX-XXXX-XX."""
    service_name: str
    """Which service."""
    state: CaseState
    """Where it stands."""
    relation: HelperRelation
    """What the helper said to be to the resident."""
    submitted_at: datetime
    """When it was sent."""

    @staticmethod
    def of(row: Row, locale: Locale) -> "AssistedCase":
        definition = catalogue.definition_of(row)
        return AssistedCase(
            number=row.number,
            number_text=number_text(row.number),
            service_name=must(definition.name, locale),
            state=CaseState.of(definition.state(row.state), locale, own=False),
            relation=HelperRelation(row.relation),
            submitted_at=row.submitted_at,
        )


@scoped(Scope.PERSON)
@object_type
class AssistedCaseEdge:
    """A case in a helper's list."""

    cursor: str
    """Where it stands."""
    node: AssistedCase
    """The case."""


@scoped(Scope.PERSON)
@object_type
class AssistedCaseConnection:
    """A page of them."""

    edges: list[AssistedCaseEdge]
    """Newest first."""
    page_info: PageInfo
    """Whether more follow."""


@scoped(Scope.OFFICE)
@object_type
class HelpOverLimit:
    """A case that one helper sent beyond the weekly number; nothing of the resident."""

    at: datetime
    """When."""
    helper_name: str
    """Who."""
    relation_text: str
    """What they said to be to the resident."""
    in_week: int
    """The how manieth of the seven days to then."""
    number_text: str
    """The case."""
    service_name: str
    """Which service."""
    opd_code: str
    """Who works on it now."""

    @staticmethod
    def of(row: Row, locale: Locale) -> "HelpOverLimit":
        return HelpOverLimit(
            at=row.at,
            helper_name=row.helper_name,
            relation_text=SAID[HelperRelation(row.relation)].said(locale),
            in_week=row.in_week,
            number_text=number_text(row.number),
            service_name=must(catalogue.definition_of(row).name, locale),
            opd_code=row.opd,
        )


@scoped(Scope.OFFICE)
@object_type
class HelpOverLimitEdge:
    """One of them in a list."""

    cursor: str
    """Where it stands."""
    node: HelpOverLimit
    """The case and its helper."""


@scoped(Scope.OFFICE)
@object_type
class HelpOverLimitConnection:
    """A page of them."""

    edges: list[HelpOverLimitEdge]
    """Newest first."""
    page_info: PageInfo
    """Whether more follow."""


@scoped(Scope.PERSON)
@object_type
class AssistedSubmitted:
    """The application was sent; the resident is told on their own phone."""

    case: AssistedCase
    """What the helper may know of it."""


SubmitAssistedApplicationResult = Annotated[
    AssistedSubmitted | Refusal, strawberry.union("SubmitAssistedApplicationResult")
]


@scoped(Scope.PERSON, assisted_over_limit=Scope.OFFICE)
@strawberry.type
class AssistedQuery:
    """Help with applying."""

    @query(Need.SIGNED_IN)
    async def assisted_cases(
        self, info: Info, first: int = 20, after: str | None = None
    ) -> AssistedCaseConnection:
        """The cases one sent for others, newest first: number and state, nothing else."""
        context = info.context
        page = await assisting.mine(context.actor, Window.of(first, after))
        edges = [
            AssistedCaseEdge(cursor=c, node=AssistedCase.of(row, context.locale))
            for c, row in zip(page.cursors, page.rows, strict=True)
        ]
        return AssistedCaseConnection(
            edges=edges, page_info=PageInfo(has_next_page=page.has_next, end_cursor=page.end)
        )

    @query(Need.STAFF)
    async def assisted_over_limit(
        self, info: Info, first: int = 20, after: str | None = None
    ) -> HelpOverLimitConnection:
        """For the inspectorate: help beyond the weekly number, newest first; empty for everyone else."""
        context = info.context
        page = await assisting.over_limit(context.actor, Window.of(first, after))
        edges = [
            HelpOverLimitEdge(cursor=c, node=HelpOverLimit.of(row, context.locale))
            for c, row in zip(page.cursors, page.rows, strict=True)
        ]
        return HelpOverLimitConnection(
            edges=edges, page_info=PageInfo(has_next_page=page.has_next, end_cursor=page.end)
        )


@scoped(Scope.PERSON)
@strawberry.type
class AssistedMutation:
    """Applying for somebody else."""

    @mutation
    async def submit_assisted_application(
        self, info: Info, input: SubmitAssistedApplicationInput
    ) -> SubmitAssistedApplicationResult:
        """Send an application for a resident, free of charge: it is theirs, names the helper, and they are told."""
        context, parts = info.context, info.context.parts
        row = await assisting.submit(
            context.actor,
            input.idempotency_key,
            input.form(),
            input.on_behalf_of.given(),
            parts.keyring,
            weekly=parts.settings.assisted_weekly,
        )
        return AssistedSubmitted(case=AssistedCase.of(row, context.locale))
