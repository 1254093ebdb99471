"""The four questions of walking through the budget, to Lugas and to PostGraphile on the same tables, in turns."""

import json
import statistics
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from backend.embedded import Cluster
from benchmarks.peers import processes, questions
from benchmarks.peers.fill import Filled
from benchmarks.peers.load import Requests, run
from benchmarks.peers.place import Place
from benchmarks.peers.servers import KINDS, Kind, Server, ServerError, running

SQL = Path(__file__).parent / "peers" / "money.sql"
ROUNDS = 3
SAMPLES = 5
# Names of kinds: "cached" is Lugas as it ships, "lugas" keeps no answers, "unkept" nothing at all between requests.
NAMES = ("cached", "lugas", "unkept", "postgraphile")
_FIGURES = {"cached": "shipped_ratio", "lugas": "ratio", "unkept": "unkept_ratio"}

_OURS = """query Walk($year: Int!, $opd: String, $code: String! = "") {
 budgetPlace(year: $year, opd: $opd, code: $code) { %s } }"""
_PARTS = "parts { opdCode code name total } bySource { source { code name } total }"
_LINES = "accountLines(first: 50) { edges { node { row account accountName name amount written source { short } } } }"
OURS = {
    "city": _OURS % f"{_PARTS} byAccount {{ account total }}",
    "opd": _OURS % f"{_PARTS} byAccount {{ account total }}",
    "programme": _OURS % _PARTS,
    "sub_activity": _OURS % _LINES,
}
THEIRS = {
    "city": """query Walk($year: Int!) {
 parts: allMoneyCityPartsList(condition: {year: $year}, first: 200, orderBy: [TOTAL_DESC, OPD_ASC]) { opd name total }
 sources: allMoneyCitySourcesList(condition: {year: $year}, orderBy: [TOTAL_DESC, FUND_SOURCE_ASC]) { fundSource name total }
 accounts: allMoneyCityAccountsList(condition: {year: $year}, orderBy: [TOTAL_DESC, ACCOUNT_ASC]) { account total } }""",
    "opd": """query Walk($year: Int!, $opd: String!) {
 parts: allMoneyNodePartsList(condition: {year: $year, opd: $opd, level: 1}, first: 200,
 orderBy: [TOTAL_DESC, CODE_ASC]) { opd code name total }
 sources: allMoneyOpdSourcesList(condition: {year: $year, opd: $opd}, orderBy: [TOTAL_DESC, FUND_SOURCE_ASC])
 { fundSource name total }
 accounts: allMoneyOpdAccountsList(condition: {year: $year, opd: $opd}, orderBy: [TOTAL_DESC, ACCOUNT_ASC])
 { account total } }""",
    "programme": """query Walk($year: Int!, $opd: String!, $code: String!) {
 parts: allMoneyNodePartsList(condition: {year: $year, opd: $opd, level: 2, parent: $code}, first: 200,
 orderBy: [TOTAL_DESC, CODE_ASC]) { opd code name total }
 sources: allMoneyNodeSourcesList(condition: {year: $year, opd: $opd, level: 1, code: $code},
 orderBy: [TOTAL_DESC, FUND_SOURCE_ASC]) { fundSource name total } }""",
    "sub_activity": """query Walk($year: Int!, $opd: String!, $code: String!) {
 lines: allMoneyAccountLinesList(condition: {year: $year, opd: $opd, subActivity: $code}, first: 50,
 orderBy: [LINE_ASC]) { fileRow account accountName name amount written short } }""",
}


def _sources(rows: Sequence[Any], name: Callable[[Any], tuple[str, str]]) -> list[object]:
    return [(*name(row), row["total"]) for row in rows]


def _read_ours(data: Any) -> object:
    place = data["budgetPlace"]
    if place is None:
        return None
    if "accountLines" in place:
        nodes = [edge["node"] for edge in place["accountLines"]["edges"]]
        return [
            (
                n["row"],
                n["account"],
                n["accountName"],
                n["name"],
                n["amount"],
                n["written"],
                n["source"]["short"],
            )
            for n in nodes
        ]
    return (
        [(p["opdCode"], p["code"], p["name"], p["total"]) for p in place["parts"]],
        _sources(place["bySource"], lambda row: (row["source"]["code"], row["source"]["name"])),
        [(a["account"], a["total"]) for a in place.get("byAccount", [])],
    )


def _read_theirs(data: Any) -> object:
    if not any(data.values()):
        return None  # a place that is not there is empty in views
    if "lines" in data:
        names = ("fileRow", "account", "accountName", "name", "amount", "written", "short")
        return [tuple(line[name] for name in names) for line in data["lines"]]
    return (
        [(p["opd"], p.get("code", ""), p["name"], p["total"]) for p in data["parts"]],
        _sources(data["sources"], lambda row: (row["fundSource"], row["name"])),
        [(a["account"], a["total"]) for a in data.get("accounts", [])],
    )


@dataclass(frozen=True)
class Asker:
    """A running server and how it is asked."""

    server: Server
    documents: Mapping[str, str]
    read: Callable[[Any], object]

    def requests(self, question: str, values: Sequence[Mapping[str, object]]) -> Requests:
        """One of the places at each request, drawn at random."""
        body = json.dumps({"query": self.documents[question], "variables": questions.VALUE})
        body = body.replace(f'"{questions.VALUE}"', questions.VALUE)
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        url = f"http://127.0.0.1:{self.server.port}/graphql"
        return Requests(url, body, headers, [json.dumps(value) for value in values])

    def answer(self, question: str, variables: Mapping[str, object]) -> object:
        """The answer in the shape that both share; ServerError for errors inside."""
        asked = self.requests(question, [variables])
        body = asked.body.replace(questions.VALUE, asked.values[0]).encode()
        request = urllib.request.Request(asked.url, body, dict(asked.headers))  # noqa: S310 - our own address
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                found = json.loads(answer.read())
        except urllib.error.HTTPError as error:
            raise ServerError(f"{self.server.name}: {error.code} {error.read()[:600]!r}") from error
        if "errors" in found:
            raise ServerError(f"{self.server.name}, {question}: {str(found['errors'])[:600]}")
        return self.read(found["data"])


async def prepare(libpq: str) -> None:
    """PostGraphile's views, made anew; the tables analysed as a city's would be."""
    connection = await asyncpg.connect(libpq)
    try:
        await connection.execute(SQL.read_text(encoding="utf-8"))
        await connection.execute("ANALYZE")
    finally:
        await connection.close()


def ratios(
    home: Path, cluster: Cluster, asked: Mapping[str, Sequence[Mapping[str, object]]], seconds: float
) -> dict[str, float]:
    """Answers a second of Lugas over PostGraphile's, medians of the rounds; both gave the same data before.

    `<question>_shipped_ratio` is Lugas as it ships, which keeps public answers while an import stands;
    `<question>_ratio` holds what one process keeps in memory but for answers against PostGraphile, which keeps plans;
    `<question>_unkept_ratio` reads every row anew.
    """
    where = Place(home, cluster.dsn, cluster.libpq, Filled([], [], {}), None)
    with running([_kind(name) for name in NAMES], where) as servers:
        askers = [_asker(server) for server in servers]
        _compare(askers, asked)
        rates: dict[tuple[str, str], list[float]] = {}
        for turn in range(ROUNDS + 1):
            for question, values in asked.items():
                for asker in askers:
                    taken = run(
                        asker.requests(question, values), seconds if turn else min(2.0, seconds), home
                    )
                    if taken.failed or not taken.requests:
                        raise ServerError(f"{asker.server.name}, {question}: {taken.failed} answers failed")
                    if turn:  # the first turn warms up
                        rates.setdefault((asker.server.name, question), []).append(taken.rate)
        sizes = {asker.server.name: processes.rss_of(asker.server.pid) for asker in askers}
    print(f"memory of the servers, MB: { ({name: round(size) for name, size in sizes.items()}) }", flush=True)
    return _over(rates, asked)


def _over(rates: Mapping[tuple[str, str], Sequence[float]], asked: Mapping[str, object]) -> dict[str, float]:
    found = {}
    for question in asked:
        median = {name: statistics.median(rates[name, question]) for name in NAMES}
        print(f"{question}: " + ", ".join(f"{n} {median[n]:.0f} a second" for n in NAMES), flush=True)
        for name, figure in _FIGURES.items():
            found[f"{question}_{figure}"] = round(median[name] / median["postgraphile"], 2)
    return found


def _kind(name: str) -> Kind:
    kind = KINDS[name]
    if kind.is_lugas:
        return kind
    return Kind(kind.name, kind.command, kind.wording, {**kind.env, "SCHEMAS": "public,money"}, kind.folder)


def _asker(server: Server) -> Asker:
    if server.kind.is_lugas:
        return Asker(server, OURS, _read_ours)
    return Asker(server, THEIRS, _read_theirs)


def _compare(askers: Sequence[Asker], asked: Mapping[str, Sequence[Mapping[str, object]]]) -> None:
    """Everyone gives the same data to the same question; ServerError otherwise."""
    first, *others = askers
    for question, values in asked.items():
        for variables in values[:SAMPLES]:
            wanted = first.answer(question, variables)
            for other in others:
                found = other.answer(question, variables)
                if found != wanted:
                    raise ServerError(
                        f"{other.server.name} differs in {question}, {variables}:\n{str(found)[:600]}\n{str(wanted)[:600]}"
                    )
        print(f"{question:12} the same from {', '.join(a.server.name for a in askers)}", flush=True)
