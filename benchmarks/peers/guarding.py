"""What the guard costs: CPU of weighing one parsed document, in this process."""

import time

from graphql import parse

from backend.settings import Limits
from benchmarks.peers.questions import OURS
from schema.build import build_schema
from schema.guard import weigh

TURNS = 300
# Close to every bound at once: what the guard must count and then let through.
HEAVY = "{ " + " ".join(f'a{n}: opd(code: "DLH") {{ code name id }}' for n in range(9)) + " }"


def guard_cost() -> dict[str, float]:
    """Milliseconds of CPU a document, the least of three batches."""
    schema = build_schema().graphql_schema
    limits = Limits()
    cost = {}
    for name, text in (OURS | {"heavy": HEAVY}).items():
        document = parse(text)
        batches = []
        for _ in range(3):
            began = time.process_time()
            for _ in range(TURNS):
                weigh(schema, document, {}, limits)
            batches.append((time.process_time() - began) * 1000 / TURNS)
        cost[name] = round(min(batches), 3)
    return cost
