"""The list of parts that make the one schema, with its masking of the unexpected."""

from collections.abc import Iterator

import strawberry
import structlog
from graphql import GraphQLError, GraphQLSchema
from strawberry.extensions import SchemaExtension, ValidationCache
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types
from strawberry.types import ExecutionContext

from backend.core.problems import Busy
from schema.applications.acting import ApplicationsMutation
from schema.applications.assisted import AssistedMutation, AssistedQuery
from schema.applications.known import KnownQuery
from schema.applications.papers import PapersMutation
from schema.applications.reading import ApplicationsQuery
from schema.bringing import BringingMutation
from schema.budget import BudgetQuery
from schema.city_year import CityQuery
from schema.costs import describe_costs
from schema.drafts import DraftsMutation, DraftsQuery
from schema.exploring import ExploringQuery
from schema.gathering import install
from schema.identity import IdentityMutation, IdentityQuery
from schema.kelurahan import KelurahanQuery
from schema.nodes import NodesQuery
from schema.notifications import NotificationsMutation, NotificationsQuery
from schema.orders import OrderMutation
from schema.participating import ParticipationMutation
from schema.participation import ParticipationQuery
from schema.passkeys import PasskeysMutation
from schema.places import PlacesQuery
from schema.problems import Conflict, InvalidInput, NotAllowed, NotFound, NotNow, TooLarge
from schema.progress import ProgressMutation, ProgressQuery
from schema.revenue import RevenueQuery
from schema.services import ServicesQuery
from schema.signing import SigningMutation
from schema.standing_in import StandInsMutation
from schema.standins import StandInsQuery
from schema.subscriptions import Subscription
from schema.travel import TravelQuery
from schema.travelling import TravelMutation
from schema.treasury import TreasuryQuery
from schema.verification import VerificationMutation, VerificationQuery

log = structlog.get_logger()

Query = merge_types(
    "Query",
    (
        PlacesQuery,
        ServicesQuery,
        BudgetQuery,
        ExploringQuery,
        CityQuery,
        RevenueQuery,
        IdentityQuery,
        ApplicationsQuery,
        VerificationQuery,
        DraftsQuery,
        KnownQuery,
        AssistedQuery,
        NotificationsQuery,
        StandInsQuery,
        TravelQuery,
        ParticipationQuery,
        KelurahanQuery,
        TreasuryQuery,
        ProgressQuery,
        NodesQuery,
    ),
)
Mutation = merge_types(
    "Mutation",
    (
        IdentityMutation,
        PasskeysMutation,
        ApplicationsMutation,
        PapersMutation,
        SigningMutation,
        DraftsMutation,
        AssistedMutation,
        NotificationsMutation,
        StandInsMutation,
        TravelMutation,
        ParticipationMutation,
        BringingMutation,
        ProgressMutation,
        OrderMutation,
        VerificationMutation,
    ),
)
Query.__strawberry_definition__.description = "Everything that can be read."  # type: ignore[attr-defined]
Mutation.__strawberry_definition__.description = "Everything that can be done."  # type: ignore[attr-defined]


class Schema(strawberry.Schema):
    """Logs only what nobody expected; refusals and wrong documents are answers, not errors of ours."""

    @property
    def graphql_schema(self) -> GraphQLSchema:
        """The same schema as graphql-core knows it, for the guard."""
        return self._schema

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        for error in errors:
            if is_unexpected(error):
                request_id = getattr(execution_context and execution_context.context, "request_id", "")
                log.error("unexpected", request_id=request_id, path=error.path, exc_info=error.original_error)


class AlreadyParsed(SchemaExtension):
    """Hands on the document that the endpoint has parsed and weighed."""

    def on_parse(self) -> Iterator[None]:
        """Set the document before Strawberry would parse the text again."""
        document = getattr(self.execution_context.context, "document", None)
        if document is not None:
            self.execution_context.graphql_document = document
        yield


def is_unexpected(error: GraphQLError) -> bool:
    """True for an exception that no rule foresaw."""
    return error.original_error is not None and not isinstance(error.original_error, GraphQLError | Busy)


def build_schema() -> Schema:
    """The schema that is served and exported."""
    install()
    schema = Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[InvalidInput, NotFound, NotAllowed, Conflict, NotNow, TooLarge],
        extensions=[
            AlreadyParsed,
            lambda: ValidationCache(maxsize=128),
        ],
        config=StrawberryConfig(auto_camel_case=True, disable_field_suggestions=True),
    )
    describe_costs(schema.graphql_schema)
    return schema
