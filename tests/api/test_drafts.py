"""Half-filled forms: a person's phones share them, nobody else sees them, and they go after 30 days."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from backend.applications.draft_rules import MOST
from backend.applications.models import Draft, DraftDocument, Upload
from backend.core import clock
from backend.core.models import RecordedEvent
from schema.ids import encode, uuid_of
from tests.city import BUDI, SARI, City, Visitor, photo

SERVICE = "DUK-KK-HILANG"
PARTS = """id version name service { code version name } answers { name value } step
documents { requirement uploadId name mediaType size sha256 } changedAt keptUntil"""
SAVED = f"... on DraftSaved {{ draft {{ {PARTS} }} }}"
LIST = f"""query Q($n: Int!, $a: String) {{
    drafts(first: $n, after: $a) {{ pageInfo {{ hasNextPage endCursor }} edges {{ node {{ {PARTS} }} }} }} }}"""


async def save(visitor: Visitor, draft: str, version: int = 0, **over: Any) -> dict[str, Any]:
    """The draft as it was saved, or the refusal."""
    given: dict[str, Any] = {
        "id": draft,
        "version": version,
        "serviceCode": SERVICE,
        "serviceVersion": 1,
        "name": "KK rumah",
        "answers": [],
        "step": 2,
        "documents": [],
        "changedAt": clock.now().isoformat(),
    } | over
    answer = await visitor.act("saveDraft", SAVED, **given)
    found: dict[str, Any] = answer.get("draft") or answer
    return found


async def listed(visitor: Visitor, first: int = 50, after: str | None = None) -> list[dict[str, Any]]:
    data = await visitor.ask(LIST, n=first, a=after)
    return [e["node"] for e in data["drafts"]["edges"]]


def page(upload: str, name: str = "foto.jpg") -> dict[str, str]:
    return {"requirement": "loss_or_damaged", "uploadId": upload, "name": name}


@pytest.fixture
async def sari(city: City) -> Visitor:
    return await city.login(SARI)


@pytest.fixture
async def form(sari: Visitor) -> list[str]:
    """The names of the form's questions."""
    data = await sari.ask("query Q($c: String!) { service(code: $c) { fields { name } } }", c=SERVICE)
    return [f["name"] for f in data["service"]["fields"]]


async def test_a_draft_goes_on_on_another_phone_with_its_files(
    city: City, sari: Visitor, form: list[str]
) -> None:
    # given a form that Sari began on one phone, with a photo
    upload, draft = await sari.send_file(photo((5, 1, 5))), str(uuid4())
    answers = [{"name": form[0], "value": "Sa"}]
    first = await save(sari, draft, answers=answers, documents=[page(upload)])
    assert (first["version"], first["name"], first["step"]) == (1, "KK rumah", 2)

    # when she signs in on another phone
    other = await city.login(SARI)
    [found] = await listed(other)

    # then everything is there, the photo included
    assert found == first
    assert found["answers"] == answers
    assert found["service"]["code"] == SERVICE
    [document] = found["documents"]
    assert (document["uploadId"], document["name"], document["mediaType"]) == (upload, "foto.jpg", "JPEG")
    ticket = await other.act(
        "openDraftDocument", "... on DownloadTicket { url sha256 }", draftId=draft, uploadId=upload
    )
    file = await city.client.get(ticket["url"])
    assert file.content == photo((5, 1, 5))
    assert ticket["sha256"] == document["sha256"]

    # and what she changes there is what the first phone reads
    again = await save(other, draft, version=1, answers=answers, documents=[], name="")
    assert (again["version"], again["documents"]) == (2, [])
    assert [d["version"] for d in await listed(sari)] == [2]


async def test_of_two_phones_the_slower_is_told_the_newer_version_and_nothing_is_lost(
    city: City, sari: Visitor
) -> None:
    draft = str(uuid4())
    await save(sari, draft)
    await save(await city.login(SARI), draft, version=1, name="dari HP lain")
    before = await RecordedEvent.all().count()

    late = await save(sari, draft, version=1, name="dari HP ini")
    blind = await save(sari, draft, version=0)

    for refused in (late, blind):
        assert (refused["__typename"], refused["code"]) == ("Conflict", "stale_draft")
        assert refused["currentVersion"] == 2
    assert [d["name"] for d in await listed(sari)] == ["dari HP lain"]
    assert await RecordedEvent.all().count() == before
    dropped = await sari.act("dropDraft", "... on DraftDropped { id }", id=draft, version=1)
    assert (dropped["code"], dropped["currentVersion"]) == ("stale_draft", 2)
    assert len(await listed(sari)) == 1


async def test_a_draft_thrown_away_elsewhere_is_a_choice_and_may_begin_anew(
    city: City, sari: Visitor
) -> None:
    draft = str(uuid4())
    await save(sari, draft)
    done = await (await city.login(SARI)).act("dropDraft", "... on DraftDropped { id }", id=draft, version=1)
    assert done["id"] == draft

    late = await save(sari, draft, version=1)

    assert (late["code"], late["currentVersion"]) == ("draft_gone", 0)
    assert await listed(sari) == []
    assert (await save(sari, draft, version=0))["version"] == 1
    twice = await sari.act("dropDraft", "... on DraftDropped { id }", id=str(uuid4()), version=3)
    assert twice["__typename"] == "DraftDropped"


async def test_a_repeat_under_the_key_changes_nothing_and_another_body_is_refused(sari: Visitor) -> None:
    draft, key = str(uuid4()), str(uuid4())
    first = await save(sari, draft, idempotencyKey=key, changedAt="2026-11-01T08:00:00Z")
    again = await save(sari, draft, idempotencyKey=key, changedAt="2026-11-01T08:00:00Z")
    assert first == again
    other = await save(sari, draft, idempotencyKey=key, name="lain")
    assert (other["__typename"], other["code"]) == ("Conflict", "key_reused")
    assert await Draft.all().count() == 1
    kinds = await RecordedEvent.all().values_list("kind", "seq")
    assert list(kinds) == [("draft_saved", 1)]


async def test_nobody_sees_changes_or_opens_the_draft_of_another(city: City, sari: Visitor) -> None:
    # given Sari's draft with a file, and Budi who knows its id
    upload, draft = await city.placed(sari, photo((6, 1, 6))), str(uuid4())
    await save(sari, draft, documents=[page(upload)])
    budi = await city.login(BUDI)

    # when he reads, opens, drops, and saves under the same id
    ticket = "... on DownloadTicket { url }"
    assert await listed(budi) == []
    assert (await budi.act("openDraftDocument", ticket, draftId=draft, uploadId=upload))[
        "code"
    ] == "not_found"
    await budi.act("dropDraft", "... on DraftDropped { id }", id=draft, version=1)
    stolen = await save(budi, draft, documents=[page(upload)])
    assert (stolen["__typename"], stolen["code"]) == ("InvalidInput", "upload_missing")
    assert (await save(budi, draft, name="Budi"))["version"] == 1

    # then each has their own
    assert [d["name"] for d in await listed(sari)] == ["KK rumah"]
    assert [d["name"] for d in await listed(budi)] == ["Budi"]


async def test_what_was_written_is_sealed(sari: Visitor, form: list[str]) -> None:
    await save(sari, str(uuid4()), name="rahasia", answers=[{"name": form[0], "value": "kenari"}])
    row = await Draft.get()
    assert b"rahasia" not in bytes(row.content_sealed)
    assert b"kenari" not in bytes(row.content_sealed)
    assert "kenari" not in str(await RecordedEvent.all().values())


@pytest.mark.parametrize(
    ("over", "kind", "path"),
    [
        ({"answers": [{"name": "no_such", "value": "x"}]}, "InvalidInput", "answers.no_such"),
        ({"name": "x" * 81}, "InvalidInput", "name"),
        ({"step": -1}, "InvalidInput", "step"),
        ({"id": "x"}, "InvalidInput", "id"),
        (
            {"documents": [page(str(encode("Upload", uuid4()))) | {"requirement": "x"}]},
            "InvalidInput",
            "documents.x",
        ),
        (
            {"documents": [page(str(encode("Upload", uuid4())))]},
            "InvalidInput",
            "documents.loss_or_damaged",
        ),
        ({"serviceVersion": 99}, "NotFound", None),
    ],
)
async def test_what_no_form_has_is_refused_and_nothing_is_kept(
    sari: Visitor, over: dict[str, Any], kind: str, path: str | None
) -> None:
    found = await save(sari, over.pop("id", str(uuid4())), **over)
    assert found["__typename"] == kind
    if path:
        assert [f["path"] for f in found["fields"]] == [path]
    assert await Draft.all().count() == await DraftDocument.all().count() == 0
    assert await RecordedEvent.all().count() == 0


async def test_a_person_keeps_at_most_fifty_and_a_page_holds_as_many_as_asked(
    city: City, sari: Visitor
) -> None:
    start = datetime(2026, 11, 1, tzinfo=UTC)
    ids = [str(uuid4()) for _ in range(MOST)]
    for n, draft in enumerate(ids):
        await save(sari, draft, changedAt=(start + timedelta(minutes=n)).isoformat())

    over = await save(sari, str(uuid4()))

    assert (over["__typename"], over["limit"]) == ("TooLarge", 50)
    assert (await save(sari, ids[0], version=1))["version"] == 2
    assert (await save(await city.login(BUDI), str(uuid4())))["version"] == 1
    data = await sari.ask(LIST, n=20, a=None)
    after = data["drafts"]["pageInfo"]["endCursor"]
    second = await sari.ask(LIST, n=50, a=after)
    seen = [e["node"]["id"] for d in (data, second) for e in d["drafts"]["edges"]]
    assert seen == [ids[0], *reversed(ids[1:])]
    assert second["drafts"]["pageInfo"]["hasNextPage"] is False


async def test_a_clock_that_is_ahead_does_not_put_a_draft_into_the_future(sari: Visitor) -> None:
    saved = await save(sari, str(uuid4()), changedAt="2099-01-01T00:00:00+07:00")
    assert datetime.fromisoformat(saved["changedAt"]) <= clock.now()


async def test_files_of_a_draft_stay_and_both_go_thirty_days_after_the_last_change(
    city: City, sari: Visitor
) -> None:
    # given a draft with a file, changed once more after ten days
    start, draft = clock.now(), str(uuid4())
    with clock.at(start):
        upload = await sari.send_file(photo((7, 1, 7)))
        await save(sari, draft, documents=[page(upload)])
    with clock.at(start + timedelta(days=10)):
        await city.work.sweep()
        saved = await save(sari, draft, version=1, documents=[page(upload)])
    assert datetime.fromisoformat(saved["keptUntil"]) == start + timedelta(days=40)
    row = await Upload.get(id=uuid_of(upload, "Upload"))

    # when not quite thirty days have passed since, and when they have
    with clock.at(start + timedelta(days=40, seconds=-1)):
        assert await city.work.sweep() == 0
        assert len(await Draft.all()) == 1
    with clock.at(start + timedelta(days=40)):
        assert await city.work.sweep() == 0
        assert await Draft.all().count() == await DraftDocument.all().count() == 0
        assert await city.parts.documents.stat(row.key) is not None

    # then the file follows a day later
    with clock.at(start + timedelta(days=41, minutes=1)):
        assert await city.work.sweep() == 1
    assert await city.parts.documents.stat(row.key) is None


async def test_a_draft_whose_time_is_over_is_gone_before_it_is_swept(city: City, sari: Visitor) -> None:
    draft, start = str(uuid4()), clock.now()
    session = await city.login(SARI)
    with clock.at(start):
        await save(sari, draft)
    with clock.at(start + timedelta(days=30)):
        assert await listed(session) == []
        assert (await save(session, draft, version=1))["code"] == "draft_gone"
        assert (await save(session, draft))["version"] == 1


async def test_files_of_a_draft_that_was_sent_go_into_the_case_and_stay(city: City, sari: Visitor) -> None:
    # given a draft with a file, dropped when its application was on its way, two days later
    start, draft = clock.now(), str(uuid4())
    upload = await sari.send_file(photo((8, 1, 8)))
    await save(sari, draft, documents=[page(upload)])
    with clock.at(start + timedelta(days=2)):
        await sari.act("dropDraft", "... on DraftDropped { id }", id=draft, version=1)
        assert await city.work.sweep() == 0

        # when the application arrives after that
        given = [{"requirement": "loss_or_damaged", "uploadId": upload}]
        case = await city.apply(sari, SERVICE, documents=given)

    # then the case has the file
    assert len(case["documents"]) == 1
    with clock.at(start + timedelta(days=9)):
        assert await city.work.sweep() == 0
