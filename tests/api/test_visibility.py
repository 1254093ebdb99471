"""Who sees and does what: every root field for every kind of person; a new field without a row fails here."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from backend.core import clock
from backend.core.models import IdempotencyKey, RecordedEvent
from backend.identity.models import Session
from backend.notifications.models import Notice
from schema.build import build_schema
from schema.ids import encode, uuid_of
from tests.authenticator import sign, wish
from tests.city import AGUS_PTSP, BUDI, HADI, RINA, SARI, City, Visitor

WHO = ("nobody", "owner", "stranger", "officer", "other_officer", "head", "other_head")
PHONES = {
    "owner": SARI,
    "stranger": BUDI,
    "officer": RINA,
    "other_officer": AGUS_PTSP,
    "head": HADI,
    "other_head": "+6281100020002",
}
SERVICE = "DUK-KK-HILANG"
WHY = "Alasan yang cukup panjang."


@dataclass
class Scene:
    """A submitted case of Sari's at the registry, with a signed-in person of every kind."""

    city: City
    case: dict[str, Any]
    people: dict[str, Visitor]


@pytest.fixture
async def scene(city: City) -> Scene:
    people = {"nobody": city.nobody} | {who: await city.login(phone) for who, phone in PHONES.items()}
    case = await city.apply(people["owner"], SERVICE)
    await city.drain()
    return Scene(city, case, people)


# For each query: the document, who gets an answer with something in it, and who is told an error code.
# Everybody else gets null or an empty list.
PUBLIC = frozenset(WHO)
SIGNED_IN = PUBLIC - {"nobody"}
STAFF = frozenset({"officer", "other_officer", "head", "other_head"})
SEES_THE_CASE = frozenset({"owner", "officer", "head"})
QUERIES: dict[str, tuple[str, frozenset[str]]] = {
    "opds": ("{ opds { code } }", PUBLIC),
    "kecamatan": ("{ kecamatan { code } }", PUBLIC),
    "holidays": ("{ holidays(year: 2026) { name } }", PUBLIC),
    "services": ("{ services { edges { node { code } } } }", PUBLIC),
    "popularServices": ("{ popularServices { code } }", PUBLIC),
    "service": ('{ service(code: "KEC-SKTM") { code } }', PUBLIC),
    "me": ("{ me { name } }", SIGNED_IN),
    "track": ("query Q($number: String!) { track(number: $number) { numberText } }", PUBLIC),
    "myApplications": ("{ myApplications { edges { node { number } } } }", frozenset({"owner"})),
    "application": (
        "query Q($number: String!) { application(number: $number) { number } }",
        SEES_THE_CASE,
    ),
    "inbox": ("{ inbox { edges { node { number } } } }", frozenset({"officer", "head"})),
    "desk": ("{ desk { title } }", frozenset({"head", "other_head"})),
    "verifyLetter": ('{ verifyLetter(id: "0") { verdict } }', PUBLIC),
    "notices": ("{ notices { edges { node { title } } } }", frozenset({"owner", "officer"})),
    "workloads": ("{ workloads { withOffice opd { code } } }", PUBLIC),
    "budget": ("{ budget(year: 1999) { stage } }", frozenset()),
    "budgetYears": ("{ budgetYears { year } }", frozenset()),
    "budgetPlace": ("{ budgetPlace(year: 1999) { total } }", frozenset()),
    "budgetFigure": (
        '{ budgetFigure(importId: "00000000-0000-7000-8000-000000000000") { total } }',
        frozenset(),
    ),
    "budgetComparison": ("{ budgetComparison(year: 1999, withYear: 1998) { sameCodes } }", frozenset()),
    "revenue": ("{ revenue(year: 1999) { day } }", frozenset()),
    "budgetClosest": (
        '{ budgetClosest(year: 1999, opd: "DLH", code: "2.11.11", text: "jalan") { name } }',
        frozenset(),
    ),
    "budgetSearch": ('{ budgetSearch(year: 1999, text: "jalan") { name } }', frozenset()),
    "cityYear": ("{ cityYear(year: 1999) { day } }", frozenset()),
    "myDocuments": ("{ myDocuments { edges { node { id } } } }", frozenset({"owner"})),
    "assistedCases": ("{ assistedCases { edges { node { number } } } }", frozenset()),
    "assistedOverLimit": ("{ assistedOverLimit { edges { node { helperName } } } }", frozenset()),
    "drafts": ("{ drafts { edges { node { id } } } }", frozenset()),
    "officeBoard": ("{ officeBoard { opd { code } } }", PUBLIC),
    "delegation": ('{ delegation(id: "RGVsZWdhdGlvbjp4") { id } }', frozenset()),
    "delegations": ("{ delegations { edges { node { id } } } }", frozenset()),
    "standInDesk": ("{ standInDesk { heads { code } } }", frozenset({"head", "other_head"})),
    "standInCandidates": (
        '{ standInCandidates(opdCode: "DLH", startsAt: "2099-01-01T00:00:00Z", endsAt: "2099-01-02T00:00:00Z")'
        " { name } }",
        STAFF,
    ),
    "signingMethod": ("{ signingMethod { name } }", STAFF),
    "letterToEnd": ('{ letterToEnd(id: "0") { version } }', frozenset()),
    "travelRegions": ("{ travelRegions { code } }", PUBLIC),
    "trips": ("{ trips { edges { node { id } } } }", frozenset()),
    "trip": ('{ trip(id: "VHJpcDp4") { id } }', frozenset()),
    "budgetFollows": ("{ budgetFollows { name } }", frozenset()),
    "budgetQuestions": (
        '{ budgetQuestions(year: 1999, opd: "DLH") { edges { node { text } } } }',
        frozenset(),
    ),
    "myQuestions": ("{ myQuestions { edges { node { text } } } }", frozenset()),
    "questionInbox": ("{ questionInbox { edges { node { text } } } }", frozenset()),
    "proposals": ("{ proposals { edges { node { title } } } }", frozenset()),
    "proposal": ('{ proposal(key: "0198f000-0000-7000-8000-000000000000") { title } }', frozenset()),
    "budgetByKelurahan": ("{ budgetByKelurahan(year: 1999) { amount } }", frozenset()),
    "budgetInKelurahan": ('{ budgetInKelurahan(year: 1999, kelurahan: "x") { name } }', frozenset()),
    "budgetProgress": ('{ budgetProgress(year: 1999, opd: "DLH", code: "x") { __typename } }', PUBLIC),
    "budgetImports": ("{ budgetImports { edges { node { id } } } }", frozenset()),
    "budgetImport": ('{ budgetImport(id: "x") { id } }', frozenset()),
    "vapidPublicKey": ("{ vapidPublicKey }", PUBLIC),
    "node": ("query Q($id: ID!) { node(id: $id) { id } }", SEES_THE_CASE),
}
NEEDS = {
    "myApplications": SIGNED_IN,
    "application": SIGNED_IN,
    "notices": SIGNED_IN,
    "drafts": SIGNED_IN,
    "assistedCases": SIGNED_IN,
    "assistedOverLimit": STAFF,
    "myDocuments": SIGNED_IN,
    "inbox": STAFF,
    "desk": STAFF,
    "delegation": STAFF,
    "delegations": STAFF,
    "standInDesk": STAFF,
    "standInCandidates": STAFF,
    "signingMethod": STAFF,
    "letterToEnd": STAFF,
    "trips": STAFF,
    "trip": STAFF,
    "budgetFollows": SIGNED_IN,
    "myQuestions": SIGNED_IN,
    "questionInbox": STAFF,
    "budgetImports": STAFF,
    "budgetImport": STAFF,
}


def root_fields(name: str) -> set[str]:
    root = build_schema().graphql_schema.get_type(name)
    fields: dict[str, object] = getattr(root, "fields", {})
    return set(fields)


def test_every_query_has_its_row() -> None:
    assert set(QUERIES) == root_fields("Query")


def test_every_mutation_has_its_row() -> None:
    assert set(MUTATIONS) == root_fields("Mutation")


def holds_something(value: object) -> bool:
    """Null and lists without an entry hold nothing."""
    if isinstance(value, dict):
        return all(holds_something(v) for v in value.values()) if value else False
    return bool(value)


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("field", sorted(QUERIES))
async def test_a_query_answers_exactly_those_it_should(scene: Scene, field: str, who: str) -> None:
    document, sees = QUERIES[field]
    variables = {"number": scene.case["number"], "id": scene.case["id"]}
    given = {k: v for k, v in variables.items() if f"${k}:" in document}

    answer = (await scene.people[who].post(document, **given)).json()

    if who not in NEEDS.get(field, PUBLIC):
        code = "UNAUTHENTICATED" if who == "nobody" else "FORBIDDEN"
        assert [e["extensions"]["code"] for e in answer["errors"]] == [code]
        assert not answer["data"] or answer["data"][field] is None
        return
    assert "errors" not in answer, answer
    assert holds_something(answer["data"][field]) == (who in sees), answer


# For each mutation on a case: who may carry it out on a freshly submitted case, and the code for the others.
SHOULD: dict[str, dict[str, str]] = {
    "takeApplication": {"officer": "done"},
    "releaseApplication": {"officer": "moved_on"},
    "returnApplication": {"officer": "moved_on"},
    "forwardApplication": {"officer": "moved_on"},
    "approveApplication": {"officer": "moved_on"},
    "rejectApplication": {"officer": "moved_on"},
    "answerReturn": {"owner": "moved_on"},
    "withdrawApplication": {"owner": "done"},
    "sendBackApplication": {"head": "moved_on"},
}
EXTRA: dict[str, dict[str, Any]] = {
    "returnApplication": {"returns": [{"requirement": "loss_or_damaged", "reason": WHY}]},
    "forwardApplication": {"opdCode": "DLH", "reason": WHY},
    "rejectApplication": {"reason": WHY},
    "sendBackApplication": {"reason": WHY},
    "answerReturn": {"documents": []},
}
# Mutations that act on no case, or answer in their own way; each has its own test.
MUTATIONS = {
    *SHOULD,
    *("requestCode", "verifyCode", "logOut", "revokeDevice", "updateProfile", "submitApplication"),
    *("requestUpload", "confirmUpload", "openDocument", "openLetter", "prepareSigning", "signLetters"),
    *("askPasskeyLogIn", "passkeyLogIn", "askPasskey", "addPasskey", "renamePasskey", "removePasskey"),
    *("revokeLetter", "replaceLetter"),  # tests/api/test_revoking.py
    "submitAssistedApplication",
    *("saveDraft", "dropDraft", "openDraftDocument"),
    *("subscribePush", "unsubscribePush", "readNotices"),
    *("grantDelegation", "revokeDelegation", "goAway", "comeBack"),  # tests/api/test_standins.py
    *("followBudget", "unfollowBudget", "askQuestion", "answerQuestion"),  # tests/api/test_participation.py
    *("askAgain", "mendAnswer", "hideQuestion", "propose", "supportProposal", "moveProposal"),
    *("requestTrip", "approveTrip", "refuseTrip", "cancelTrip", "reportTrip"),
    *("openOrder", "revokeOrder", "replaceOrder"),
    *("saveMilestone", "removeMilestone", "locateBudget"),
    *("announceBudgetFile", "readBudgetFile", "cancelBudgetFile", "putBudgetInForce"),  # test_bringing.py
}


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("name", sorted(SHOULD))
async def test_an_act_is_for_those_it_should_be_and_for_nobody_else(
    scene: Scene, name: str, who: str
) -> None:
    before = await RecordedEvent.all().count(), await IdempotencyKey.all().count()

    answer = await scene.people[who].move(name, scene.case, **EXTRA.get(name, {}))

    code = answer.get("code", "done")
    assert code in ("done", "moved_on", "sign_in", "not_found", "not_yours"), answer
    if who == "nobody":
        assert code == "sign_in"
    elif who not in SEES_THE_CASE:
        assert code == "not_found"
    elif who in SHOULD[name]:
        assert code == SHOULD[name][who]
    else:
        assert code in ("not_yours", "moved_on")
    if code != "done":
        assert (await RecordedEvent.all().count(), await IdempotencyKey.all().count()) == before


SIGN_IN_FIRST: dict[str, dict[str, Any]] = {
    "logOut": {},
    "revokeDevice": {"deviceId": encode("Device", uuid4())},
    "updateProfile": {"name": "Wati"},
    "submitApplication": {"serviceCode": SERVICE, "serviceVersion": 1, "answers": [], "documents": []},
    "submitAssistedApplication": {
        "serviceCode": SERVICE,
        "serviceVersion": 1,
        "answers": [],
        "documents": [],
        "onBehalfOf": {"name": "W", "nik": "1", "phone": "1", "relation": "RT"},
    },
    "requestUpload": {"mediaType": "JPEG", "size": 5, "sha256": "0" * 64},
    "confirmUpload": {"uploadId": encode("Upload", uuid4())},
    "openDocument": {"documentId": encode("CaseDocument", uuid4())},
    "openLetter": {"applicationId": encode("Application", uuid4())},
    "subscribePush": {"endpoint": "https://fcm.googleapis.com/x", "p256dh": "x" * 87, "auth": "x" * 22},
    "unsubscribePush": {"endpoint": "https://fcm.googleapis.com/x"},
    "readNotices": {"ids": []},
    "saveDraft": {
        "id": str(uuid4()),
        "version": 0,
        "serviceCode": SERVICE,
        "serviceVersion": 1,
        "answers": [],
        "step": 0,
        "documents": [],
        "changedAt": "2026-11-22T08:00:00Z",
    },
    "dropDraft": {"id": str(uuid4()), "version": 1},
    "openDraftDocument": {"draftId": str(uuid4()), "uploadId": encode("Upload", uuid4())},
}


@pytest.mark.parametrize("name", sorted(SIGN_IN_FIRST))
async def test_nobody_is_asked_to_sign_in_first(city: City, name: str) -> None:
    answer = await city.nobody.act(name, "", **SIGN_IN_FIRST[name])
    assert (answer["__typename"], answer["code"]) == ("NotAllowed", "sign_in")
    assert await IdempotencyKey.all().count() == 0


@pytest.mark.parametrize("who", WHO)
async def test_a_page_of_a_case_is_opened_by_those_who_see_the_case_and_the_resident_is_told(
    scene: Scene, who: str
) -> None:
    page = scene.case["documents"][0]["id"]
    answer = await scene.people[who].act("openDocument", "... on DownloadTicket { url }", documentId=page)
    if who not in SEES_THE_CASE:
        assert answer["code"] == ("sign_in" if who == "nobody" else "not_found")
        return
    file = await scene.city.client.get(answer["url"])
    assert file.status_code == 200
    seen = await scene.people["owner"].case(scene.case["number"])
    assert seen is not None
    office = "Dinas Kependudukan dan Pencatatan Sipil"
    expected = {"owner": [], "officer": [f"{office}, petugas"], "head": [f"{office}, kepala"]}[who]
    assert [r["by"] for r in seen["reads"]] == expected


@pytest.mark.parametrize("who", WHO)
async def test_a_draft_is_for_the_office_and_the_signed_letter_for_the_applicant_too(
    scene: Scene, who: str
) -> None:
    officer, head = scene.people["officer"], scene.people["head"]
    case = await officer.move("takeApplication", scene.case)
    case = await officer.move("approveApplication", case)
    await scene.city.drain()
    letter = "... on LetterOpened { ticket { url } letter { sha256 } }"

    draft = await scene.people[who].act("openLetter", letter, applicationId=case["id"])
    assert draft["__typename"] == (
        "LetterOpened" if who in ("officer", "head") else "NotAllowed" if who == "nobody" else "NotFound"
    )
    opened = await head.act("openLetter", letter, applicationId=case["id"])
    await sign(head, wish(case, opened["letter"]["sha256"]))
    await scene.city.drain()
    signed = await scene.people[who].act("openLetter", letter, applicationId=case["id"])
    assert (signed["__typename"] == "LetterOpened") == (who in SEES_THE_CASE)


async def test_an_absent_and_a_foreign_case_look_the_same(scene: Scene) -> None:
    document = "query Q($n: String!, $i: ID!) { application(number: $n) { id } node(id: $i) { id } }"
    stranger = scene.people["stranger"]
    foreign = await stranger.post(document, n=scene.case["number"], i=scene.case["id"])
    absent = await stranger.post(document, n="0123456789", i=encode("Application", uuid4()))
    assert foreign.content == absent.content


@pytest.mark.parametrize(
    "id_",
    [
        *("", "x", "é", "AAAA", encode("Opd", "\x00"), encode("Opd", "x" * 500), encode("Opd", "NOPE")),
        *(encode("Service", "\x00"), encode("Service", "NOPE"), encode("Application", "x")),
        *(encode("Device", UUID(int=7)), encode("Person", UUID(int=7)), encode("Nothing", 1)),
    ],
)
async def test_an_id_of_nothing_is_null(scene: Scene, id_: str) -> None:
    for who in ("nobody", "owner"):
        data = await scene.people[who].ask("query Q($i: ID!) { node(id: $i) { id } }", i=id_)
        assert data == {"node": None}


async def test_public_things_and_own_devices_are_found_by_id(scene: Scene) -> None:
    owner = scene.people["owner"]
    device = (await owner.ask("{ me { devices { id } } }"))["me"]["devices"][0]["id"]
    for id_ in (encode("Opd", "DLH"), encode("Service", "KEC-SKTM"), device):
        assert (await owner.ask("query Q($i: ID!) { node(id: $i) { id } }", i=id_))["node"]["id"] == id_
    other = await scene.people["stranger"].ask("query Q($i: ID!) { node(id: $i) { id } }", i=device)
    assert other == {"node": None}


async def test_tracking_shows_where_a_case_stands_and_nothing_personal(scene: Scene) -> None:
    officer = scene.people["officer"]
    await officer.move("takeApplication", scene.case)
    answer = await scene.people["nobody"].post(
        "query Q($n: String!) { track(number: $n) { numberText serviceName opdName state { name title }"
        " submittedAt dueAt due { headline explanation short strip { kind } } queuePlace"
        " timeline { at kind title } } }",
        n=scene.case["numberText"].lower(),
    )
    found = answer.json()["data"]["track"]
    assert (found["numberText"], found["state"]["name"]) == (scene.case["numberText"], "checking")
    for personal in ("Sari", "Wulandari", "3573015708900002", "8110000", "Rina", "Jalan", "35.73.05"):
        assert personal not in answer.text


def test_tracking_has_no_field_in_which_something_personal_could_stand() -> None:
    tracking: Any = build_schema().graphql_schema.get_type("Tracking")
    assert set(tracking.fields) == {
        *("number", "numberText", "serviceName", "opdName", "state", "submittedAt", "dueAt", "due"),
        *("queuePlace", "timeline"),
    }
    event: Any = build_schema().graphql_schema.get_type("TrackedEvent")
    assert set(event.fields) == {"at", "kind", "title", "waiting", "bad"}


@pytest.mark.parametrize("number", ["", "0123456789", "x" * 3000, "é", "'; DROP TABLE", "0000-0000-01"])
async def test_a_number_nobody_has_is_null(city: City, number: str) -> None:
    data = await city.nobody.ask("query Q($n: String!) { track(number: $n) { numberText } }", n=number)
    assert data == {"track": None}


async def test_notices_and_devices_of_others_stay_as_they_are(scene: Scene) -> None:
    notice = await Notice.filter(audience="resident").first()
    assert notice is not None
    stranger = scene.people["stranger"]
    await stranger.act("readNotices", "... on NoticesRead { unread }", ids=[encode("Notice", notice.id)])
    assert (await Notice.get(id=notice.id)).read_at is None
    assert await Session.filter(revoked_at=None, expires_at__gt=clock.now() + timedelta(hours=1)).count() == 6
    assert uuid_of(encode("Notice", notice.id), "Notice") == notice.id
