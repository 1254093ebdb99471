"""The questions that every server is asked, in its own words, and one shape for all their answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from benchmarks.peers.fill import YEAR, Filled

QUESTIONS = ("catalogue", "track", "inbox", "budget", "kept")
# What changes from request to request: V is one of many values, N a number that was never used before.
VALUE, NEVER = "@V@", "@N@"


@dataclass(frozen=True)
class Wording:
    """How one server is asked one question: where, with what document and variables, and how to read it."""

    document: str
    variables: Mapping[str, object]
    read: Callable[[Any], object]
    path: str = "/graphql"


OURS = {
    "catalogue": "{ opds { code name services { code name category } } }",
    "track": "query Track($number: String!) { track(number: $number) { number state { name kind } submittedAt dueAt"
    " serviceName opdName timeline { at kind } } }",
    "inbox": "{ inbox(filter: ALL_OPEN, first: 20) { edges { node { number submittedAt dueAt"
    " state { name kind } service { code name } timeline(last: 3) { at kind } } }"
    " pageInfo { hasNextPage endCursor } } }",
    "budget": "query Budget($year: Int!) { budget(year: $year) { opds { opd { code name } total"
    " bySource { source { code name } total } topLines(first: 10) { account name amount } } } }",
}
THEIRS = OURS | {
    "inbox": "query Inbox($opd: String!) { inbox(opd: $opd, first: 20) { edges { node { number submittedAt dueAt"
    " state { name kind } service { code name } timeline(last: 3) { at kind } } }"
    " pageInfo { hasNextPage endCursor } } }",
    "kept": OURS["budget"].replace("{ budget(", "{ keptBudget("),
}
_TOTALS = """query Budget($year: Int!) { allOpdsList(orderBy: [NAME_ASC]) { code name
 bySource: peers%(kept)sBySourcesByOpdList(condition: {year: $year}, orderBy: [FUND_SOURCE_ASC]) {
 fundSourceByFundSource { code name } total }
 topLines: budgetLinesByOpdList(first: 10, condition: {year: $year, stage: "murni"},
 orderBy: [AMOUNT_DESC, ROW_ID_ASC]) { account name amount } } }"""
POSTGRAPHILE = {
    "catalogue": "{ allOpdsList(orderBy: [NAME_ASC]) { code name"
    " servicesByOpdList(orderBy: [POPULAR_ASC, NAME_ASC, CODE_ASC]) { code name category } } }",
    "track": "query Track($number: String!) { applicationByNumber(number: $number) { number state stateKind submittedAt"
    " dueAt serviceByServiceCode { name } opdByOpd { name } timelineList(orderBy: [SEQ_DESC]) { at kind } } }",
    "inbox": "query Inbox($opd: String!) { peersInbox(office: $opd, first: 20) { nodes { number submittedAt dueAt"
    " state stateKind serviceByServiceCode { code name } timelineList(first: 3, orderBy: [SEQ_DESC]) { at kind } }"
    " pageInfo { hasNextPage endCursor } } }",
    "budget": _TOTALS % {"kept": "Budget"},
    "kept": _TOTALS % {"kept": "Kept"},
}
_VARIABLES: Mapping[str, Mapping[str, object]] = {
    "catalogue": {},
    "track": {"number": VALUE},
    "inbox": {"opd": VALUE},
    "budget": {"year": YEAR},
    "kept": {"year": YEAR},
}


def ours(question: str) -> Wording:
    """Lugas: the officer's session says whose inbox it is; the budget always reads what is kept."""
    question = "budget" if question == "kept" else question
    variables = {} if question == "inbox" else _VARIABLES[question]
    return Wording(OURS[question], variables, read_ours(question))


def theirs(question: str) -> Wording:
    """The servers that share our field names."""
    return Wording(THEIRS[question], _VARIABLES[question], read_ours(question))


def postgraphile(question: str) -> Wording:
    return Wording(POSTGRAPHILE[question], _VARIABLES[question], _READ_POSTGRAPHILE[question])


def route(question: str) -> Wording:
    """The limit: no document, one route a question."""
    question = "budget" if question == "kept" else question
    return Wording("", _VARIABLES[question], read_ours(question), path=f"/{question}")


def values(question: str, filled: Filled) -> list[str]:
    """What VALUE stands for; empty where every request is the same."""
    return {"track": filled.numbers, "inbox": filled.opds}.get(question, [])


def read_ours(question: str) -> Callable[[Any], object]:
    return _READ_OURS[question]


def _moment(text: str | None) -> str | None:
    """Servers write one moment in several ways."""
    if text is None:
        return None
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC).isoformat()


def _money(value: object) -> str:
    return f"{Decimal(str(value)):.2f}"


def _events(rows: Sequence[Any]) -> list[object]:
    return [(_moment(e["at"]), e["kind"].lower()) for e in rows]


def _services(opds: Sequence[Any], name: str) -> object:
    return [(o["code"], o["name"], [(s["code"], s["name"], s["category"]) for s in o[name]]) for o in opds]


def _case(c: Any) -> tuple[object, ...]:
    state = c["state"]
    return (
        c["number"],
        _moment(c["submittedAt"]),
        _moment(c["dueAt"]),
        state["name"].lower(),
        state["kind"].lower(),
    )


def _track(data: Any) -> object:
    c = data["track"]
    return (*_case(c), c["serviceName"], c["opdName"], _events(c["timeline"]))


def _inbox(data: Any) -> object:
    nodes = [e["node"] for e in data["inbox"]["edges"]]
    rows = [(*_case(c), c["service"]["code"], c["service"]["name"], _events(c["timeline"])) for c in nodes]
    return rows, _page(data["inbox"]["pageInfo"])


def _page(info: Any) -> object:
    """Cursors are opaque and differ; that there is one must not."""
    return info["hasNextPage"], bool(info["endCursor"])


def _budget(data: Any) -> object:
    opds = (data.get("budget") or data["keptBudget"])["opds"]
    return sorted(
        (
            o["opd"]["code"],
            o["opd"]["name"],
            _money(o["total"]),
            sorted((s["source"]["code"], s["source"]["name"], _money(s["total"])) for s in o["bySource"]),
            [(line["account"], line["name"], _money(line["amount"])) for line in o["topLines"]],
        )
        for o in opds
    )


_READ_OURS: Mapping[str, Callable[[Any], object]] = {
    "catalogue": lambda data: _services(data["opds"], "services"),
    "track": _track,
    "inbox": _inbox,
    "budget": _budget,
    "kept": _budget,
}


def _row(c: Any) -> Any:
    """PostGraphile keeps a state in two columns."""
    return c | {"state": {"name": c["state"], "kind": c["stateKind"]}}


def _pgl_track(data: Any) -> object:
    c = data["applicationByNumber"]
    names = (c["serviceByServiceCode"]["name"], c["opdByOpd"]["name"])
    return (*_case(_row(c)), *names, _events(c["timelineList"]))


def _pgl_inbox(data: Any) -> object:
    rows = []
    for c in data["peersInbox"]["nodes"]:
        service = c["serviceByServiceCode"]
        rows.append((*_case(_row(c)), service["code"], service["name"], _events(c["timelineList"])))
    return rows, _page(data["peersInbox"]["pageInfo"])


def _pgl_budget(data: Any) -> object:
    """Whoever asks adds up the sources: a second view for the sum would cost PostGraphile another pass."""
    return sorted(
        (
            o["code"],
            o["name"],
            _money(sum(Decimal(s["total"]) for s in o["bySource"])),
            sorted(
                (s["fundSourceByFundSource"]["code"], s["fundSourceByFundSource"]["name"], _money(s["total"]))
                for s in o["bySource"]
            ),
            [(line["account"], line["name"], _money(line["amount"])) for line in o["topLines"]],
        )
        for o in data["allOpdsList"]
    )


_READ_POSTGRAPHILE: Mapping[str, Callable[[Any], object]] = {
    "catalogue": lambda data: _services(data["allOpdsList"], "servicesByOpdList"),
    "track": _pgl_track,
    "inbox": _pgl_inbox,
    "budget": _pgl_budget,
    "kept": _pgl_budget,
}
