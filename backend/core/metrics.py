"""What an operator watches: counters in Prometheus' form, without anything personal in their labels."""

from prometheus_client import CollectorRegistry, Counter, generate_latest

REGISTRY = CollectorRegistry()

# path: "plan" answered it; "aside" and "failed" fell back to the resolvers; "resolvers" has no plan;
# "cache" was kept.
ANSWERS = Counter(
    "lugas_graphql_answers", "Answers of the API by what gave them.", ["path"], registry=REGISTRY
)


def page() -> bytes:
    """All counters in the text format 0.0.4."""
    return generate_latest(REGISTRY)
