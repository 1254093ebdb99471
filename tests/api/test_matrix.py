"""Who may read and do what, for every field: the table in matrix.txt, asked of the running API.

Each row is a root field, a mutation, or a field of a type that holds personal data; each column a kind of caller.
A field without a row fails. Whoever may not see a thing gets, byte for byte, what they get for a thing that is absent.
"""

from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    get_named_type,
    is_composite_type,
    is_list_type,
    is_required_input_field,
)

from schema.build import build_schema
from schema.ids import encode
from tests.city import City
from tests.scene import PEOPLE, SERVICE, WHY, Scene, make_scene

TABLE = Path(__file__).with_name("matrix.txt")
COLUMNS = ("nobody", *PEOPLE, "app_with", "app_without")
SCHEMA = build_schema().graphql_schema

# How a query comes to a type that holds something about a person; @ stands for all its fields.
PATHS = {
    "Application": "application(number: $number) { @ }",
    "Applicant": "application(number: $number) { applicant { @ } }",
    "Answer": "application(number: $number) { answers { @ } }",
    "CaseDocument": "application(number: $number) { documents { @ } }",
    "CaseReturn": "application(number: $number) { returns { @ } }",
    "TimelineEntry": "application(number: $number) { timeline { @ } }",
    "CaseRead": "application(number: $number) { reads { @ } }",
    "CaseLetter": "application(number: $number) { letter { @ } }",
    "Tracking": "track(number: $number) { @ }",
    "TrackedEvent": "track(number: $number) { timeline { @ } }",
    "LetterVerification": "verifyLetter(id: $letter) { @ }",
    "Viewer": "me { @ }",
    "Device": "me { devices { @ } }",
    "Passkey": "me { passkeys { @ } }",
    "StaffRole": "me { roles { @ } }",
    "Notice": "notices { edges { node { @ } } }",
    "Desk": "desk { @ }",
    "KnownValue": "me { known { @ } }",
    "EarlierDocument": "myDocuments { edges { node { @ } } }",
    "DocumentRequirement": "myDocuments { edges { node { requirement { @ } } } }",
    "AssistedBy": "application(number: $number) { assistedBy { @ } }",
    "AssistedCase": "assistedCases { edges { node { @ } } }",
    "HelpOverLimit": "assistedOverLimit { edges { node { @ } } }",
    "Draft": "drafts { edges { node { @ } } }",
    "DraftAnswer": "drafts { edges { node { answers { @ } } } }",
    "DraftDocument": "drafts { edges { node { documents { @ } } } }",
}
# Nothing about a person, whoever asks.
PUBLIC = {
    *(
        "Opd",
        "Kelurahan",
        "Kecamatan",
        "Holiday",
        "Service",
        "ServiceConnection",
        "ServiceEdge",
        "Requirement",
    ),
    *("FormField", "Choice", "Promise", "Fee", "Measured", "CaseState", "Due", "StripDay", "PageInfo"),
    *("BudgetYear", "BudgetStage", "BudgetPlace", "BudgetPart", "BudgetFound", "BudgetProof", "SourceShare"),
    *("AccountTotal", "AccountLine", "AccountLineEdge", "AccountLineConnection", "Realisation"),
    *("CityYear", "CityFigure", "BudgetProgress", "Milestone", "MilestonePhoto", "ProgressPlace"),
    *("BudgetOfKelurahan", "BudgetInKelurahan"),
    *("BudgetComparison", "ComparedSide", "ComparedPart"),
    *("PlanMonth", "Revenue", "RevenueKind"),
    *("Budget", "OpdBudget", "FundSource", "SourceTotal", "BudgetLine", "Workload"),
    "TravelRegion",
    # Questions and proposals are public; what of them is one person's is tested in test_participation.py.
    *("BudgetQuestion", "BudgetQuestionEdge", "BudgetQuestionConnection", "EarlierAnswer"),
    *("Proposal", "ProposalEdge", "ProposalConnection", "ProposalStep"),
    "OfficeOnBoard",  # who holds and fills a public post is public
    "DraftService",
    *("FieldProblem", "InvalidInput", "NotFound", "NotAllowed", "Conflict", "NotNow", "TooLarge"),
}
# Live updates: who hears what is tested where sockets are (tests/web/test_live*.py).
LIVE = {"CaseEvent", "InboxEvent"}
# Only ever the answer of a root field or mutation, whose row stands for them.
ANSWERS = {
    *("ApplicationConnection", "ApplicationEdge", "NoticeConnection", "NoticeEdge", "ApplicationChanged"),
    *("CodeSent", "LoggedIn", "LoggedOut", "DeviceRevoked", "ProfileUpdated", "PushChanged", "NoticesRead"),
    *("UploadTicket", "UploadParts", "FormValue", "UploadConfirmed", "DownloadTicket", "LetterOpened"),
    *("PasskeyAsked", "PasskeysChanged", "SigningPrepared", "LetterToSign", "SigningMethod"),
    *("LettersSigned", "SignOutcome", "DraftConnection", "DraftEdge", "DraftSaved", "DraftDropped"),
    *("EarlierDocumentConnection", "EarlierDocumentEdge", "AssistedSubmitted", "AssistedCaseConnection"),
    *("AssistedCaseEdge", "HelpOverLimitConnection", "HelpOverLimitEdge"),
    *("Delegation", "DelegationConnection", "DelegationEdge", "DelegationChanged", "AbsenceChanged"),
    *("StandInCandidate", "StandInDesk", "Absence"),
    *("BudgetFollow", "BudgetGone", "BudgetFollowsChanged", "QuestionChanged", "ProposalChanged"),
    *("Trip", "TripConnection", "TripEdge", "TripChanged", "TripCost"),
    *("OrderLetter", "OrderOpened", "LetterEnded", "LetterToEnd"),
    *("BudgetImport", "BudgetImportConnection", "BudgetImportEdge", "BudgetFault", "BudgetFaultEdge"),
    *("BudgetFaultConnection", "BudgetFaultReason", "BudgetChange", "BudgetFileChanged", "ProgressChanged"),
}
ARGUMENTS = {
    "number": "$number",
    "year": "2026",
    "withYear": "2025",
    "importId": '"00000000-0000-7000-8000-000000000000"',
    "text": '"jalan"',
    "code": '"KEC-SKTM"',
    "opdCode": '"DLH"',
    "opd": '"DLH"',
    "kelurahan": '"35.73.05.1001"',
    "key": '"0198f000-0000-7000-8000-000000000000"',
    "startsAt": '"2099-01-01T00:00:00Z"',
    "endsAt": '"2099-01-02T00:00:00Z"',
}
IDS = {
    "node": "$case",
    "verifyLetter": "$letter",
    "letterToEnd": "$letter",
    "trip": '"VHJpcDp4"',
    "proposal": '"UHJvcG9zYWw6eA"',
    "budgetImport": '"x"',
    "delegation": '"RGVsZWdhdGlvbjp4"',
}


@pytest.fixture
async def scene(city: City) -> Scene:
    return await make_scene(city)


def rows() -> dict[str, dict[str, str]]:
    """The table: what each caller gets for each field."""
    found = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            name, *outcomes = line.split()
            assert name not in found, f"{name} stands twice"
            found[name] = dict(zip(COLUMNS, outcomes, strict=True))
    return found


def fields_of(name: str) -> dict[str, Any]:
    kind = SCHEMA.get_type(name)
    assert isinstance(kind, GraphQLObjectType), name
    return dict(kind.fields)


def wanted() -> set[str]:
    """Every field that needs a row."""
    return {f"{kind}.{name}" for kind in ("Query", "Mutation", *PATHS) for name in fields_of(kind)}


def test_every_field_has_its_row_and_every_row_its_field() -> None:
    assert set(rows()) == wanted()


def test_every_type_is_known_to_the_table() -> None:
    kinds = {n for n, t in SCHEMA.type_map.items() if isinstance(t, GraphQLObjectType) and n[:2] != "__"}
    assert kinds - {"Query", "Mutation", "Subscription"} == PUBLIC | ANSWERS | LIVE | set(PATHS)


def selection(name: str, value: Any) -> str:
    """A field, and of what it leads to only the name of the type."""
    return f"{name} {{ __typename }}" if is_composite_type(get_named_type(value.type)) else name


def of_type(kind: str) -> str:
    """The query that reads every field of a type."""
    inner = " ".join(selection(n, v) for n, v in fields_of(kind).items())
    return _query(PATHS[kind].replace("@", inner))


def of_root(name: str) -> str:
    """The query of one root field."""
    value = fields_of("Query")[name]
    given = {
        a: IDS[name] if a == "id" else ARGUMENTS[a]
        for a, v in value.args.items()
        if a in ARGUMENTS or a == "id"
    }
    said = f"({', '.join(f'{a}: {v}' for a, v in given.items())})" if given else ""
    kind = get_named_type(value.type)
    if not is_composite_type(kind):
        return _query(f"{name}{said}")
    # A connection answers everyone who may ask; what counts is whether it holds a row.
    inner = "edges { __typename }" if kind.name.endswith("Connection") else "__typename"
    return _query(f"{name}{said} {{ {inner} }}")


def _query(selections: str) -> str:
    kinds = {"number": "String!", "letter": "String!", "case": "ID!"}
    used = [f"${n}: {t}" for n, t in kinds.items() if f"${n}" in selections]
    head = f"({', '.join(used)})" if used else ""
    return f"query{head} {{ {selections} }}"


def values(data: Any, name: str) -> list[Any]:
    """Everything that stands under a name, at any depth."""
    if isinstance(data, list):
        return [v for item in data for v in values(item, name)]
    if isinstance(data, dict):
        own = [data[name]] if name in data else []
        return own + [v for key, item in data.items() if key != name for v in values(item, name)]
    return []


def holds(value: Any) -> bool:
    """Null, an empty list, and an empty connection hold nothing."""
    if isinstance(value, dict) and "edges" in value:
        return bool(value["edges"])
    return value is not None and value != []


def outcome(answer: httpx.Response, name: str) -> str:
    """What the caller got: data, none, or the code of the refusal in small letters."""
    body = answer.json()
    if "errors" in body:
        return str(body["errors"][0]["extensions"]["code"]).lower()
    return "data" if any(holds(v) for v in values(body["data"], name)) else "none"


async def ask_twice(scene: Scene, who: str, document: str) -> tuple[httpx.Response, httpx.Response]:
    """The same query for Sari's finished case and for one that is absent."""
    there = {"number": scene.done["number"], "case": scene.done["id"], "letter": scene.verify_id}
    absent = {"number": "0123456789", "case": encode("Application", uuid4()), "letter": "0" * 18}
    asked = [
        await scene.post(who, document, {k: v for k, v in given.items() if f"${k}:" in document})
        for given in (there, absent)
    ]
    return asked[0], asked[1]


async def reading(scene: Scene, who: str) -> dict[str, str]:
    """What this caller reads of every field, with foreign and absent compared on the way."""
    found: dict[str, str] = {}
    documents = {f"Query.{n}": of_root(n) for n in fields_of("Query")} | {k: of_type(k) for k in PATHS}
    for row, document in documents.items():
        there, absent = await ask_twice(scene, who, document)
        names = [row] if "." in row else [f"{row}.{n}" for n in fields_of(row)]
        said = {name: outcome(there, name.partition(".")[2]) for name in names}
        if "$" in document and "data" not in said.values() and "verifyLetter" not in document:
            assert there.content == absent.content, f"{row} tells {who} that the case exists"
        found |= said
    return found


# Right values for fields of inputs, whoever asks.
RIGHT: dict[str, Any] = {
    "ids": [],
    "year": 2027,
    "opd": "DLH",
    "kelurahan": "35.73.05.1001",
    "title": "Lampu jalan di gang sekolah",
    "text": "Jalan ke sekolah gelap sesudah magrib.",
    "answer": WHY,
    "reason": WHY,
    "opdCode": "DLH",
    "requirement": "loss_or_damaged",
    "phone": "081100000099",
    "challenge": "x",
    "code": "123456",
    "serviceCode": SERVICE,
    "serviceVersion": 1,
    "mediaType": "JPEG",
    "size": 5,
    "sha256": "0" * 64,
    "endpoint": "https://fcm.googleapis.com/x",
    "p256dh": "x" * 87,
    "auth": "x" * 22,
    "answers": [],
    "documents": [],
    "step": 0,
    "name": "Wati Ningsih",
    "nik": "3573054101000003",
    "relation": "FAMILY",
    "changedAt": "2026-11-22T08:00:00Z",
    "purpose": "Rapat koordinasi pelayanan",
    "place": "Surabaya",
    "region": "JATIM",
    "transport": "Kereta api",
    "other": "500000",
    "budgetCode": "5.1.02.04.01.0001",
    "report": WHY,
    "costs": [],
    "letterNumber": "800/0001/SETDA/2026",
    "letterDate": "2026-11-20",
    "startsAt": "2099-01-01T00:00:00Z",
    "endsAt": "2099-01-02T00:00:00Z",
    "stage": "murni",
    "effectiveOn": "2026-01-01",
    "plannedOn": "2026-06-01",
    "percent": 0,
    "controlTotal": "1.000,00",
    "fileName": "apbd.csv",
    "parts": ["0" * 64],
    "authenticatorData": "eA",
    "clientDataJson": "eA",
    "attestationObject": "eA",
    "signature": "eA",
}


def filled(name: str, given: GraphQLInputField, scene: Scene, *, absent: bool) -> Any:
    """A right value for a field of an input; a new kind of field needs a line here."""
    case = encode("Application", uuid4()) if absent else scene.fresh["id"]
    known: dict[str, Any] = RIGHT | {
        "idempotencyKey": str(uuid4()),
        "applicationId": case,
        "version": scene.fresh["version"],
        "documentId": encode("CaseDocument", uuid4()) if absent else scene.fresh["documents"][0]["id"],
        "uploadId": encode("Upload", uuid4()),
        "deviceId": encode("Device", uuid4()),
        "id": str(uuid4()),
        "draftId": str(uuid4()) if absent else scene.draft,
        "receiverId": encode("Official", uuid4()),
        "delegationId": encode("Delegation", uuid4()),
        "absenceId": encode("Absence", uuid4()),
        "tripId": encode("Trip", uuid4()),
        "questionId": encode("Question", uuid4()),
        "proposalId": encode("Proposal", uuid4()),
        "letterId": encode("Letter", uuid4()),
        "milestoneId": encode("Milestone", uuid4()),
        "importId": encode("BudgetImport", uuid4()),
        "passkeyId": encode("Passkey", uuid4()),
        "challengeId": str(uuid4()),
        "intentId": str(uuid4()),
    }
    kind = get_named_type(given.type)
    if isinstance(kind, GraphQLEnumType) and name in ("kind", "reason", "why", "to"):
        return next(iter(kind.values))
    if name in known:
        return known[name]
    assert isinstance(kind, GraphQLInputObjectType), f"say in filled() what {name} may be"
    inner = input_of(kind, scene, absent=absent)
    nullable = getattr(given.type, "of_type", given.type)
    return [inner] if is_list_type(nullable) else inner


def input_of(kind: GraphQLInputObjectType, scene: Scene, *, absent: bool) -> dict[str, Any]:
    return {
        n: filled(n, v, scene, absent=absent) for n, v in kind.fields.items() if is_required_input_field(v)
    }


async def act(scene: Scene, who: str, name: str, *, absent: bool) -> httpx.Response:
    kind = get_named_type(fields_of("Mutation")[name].args["input"].type)
    assert isinstance(kind, GraphQLInputObjectType)
    batch = " ... on LettersSigned { outcomes { problem { code } } }" if name == "signLetters" else ""
    inner = f"__typename ... on Problem {{ code message }}{batch}"
    document = f"mutation M($input: {kind.name}!) {{ {name}(input: $input) {{ {inner} }} }}"
    return await scene.post(who, document, {"input": input_of(kind, scene, absent=absent)})


def came_of(answer: httpx.Response, name: str) -> str:
    """The code of the refusal (of a batch, that of its one item), or done."""
    body = answer.json()
    if "errors" in body:
        return str(body["errors"][0]["extensions"]["code"]).lower()
    result = body["data"][name]
    problem = result["outcomes"][0]["problem"] if "outcomes" in result else result
    return str((problem or {}).get("code", "done"))


async def doing(scene: Scene, who: str) -> dict[str, str]:
    """What comes of every mutation; one that is refused as not found says the same of an absent case."""
    found = {}
    for name in fields_of("Mutation"):
        there = await act(scene, who, name, absent=False)
        absent = await act(scene, who, name, absent=True)
        found[f"Mutation.{name}"] = came_of(there, name)
        if found[f"Mutation.{name}"] == "not_found":
            assert there.content == absent.content, f"{name} tells {who} that the case exists"
    return found


@pytest.mark.parametrize("who", COLUMNS)
async def test_a_caller_gets_of_every_field_what_the_table_says(scene: Scene, who: str) -> None:
    expected = {name: row[who] for name, row in rows().items()}
    found = await reading(scene, who) | await doing(scene, who)
    assert orjson.dumps(found, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2).decode().splitlines() == (
        orjson.dumps(expected, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2).decode().splitlines()
    )
