"""Lists by keyset: every row once and in order, garbage refused, and as many statements for 50 rows as for 20."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backend.applications.models import Application
from backend.core import clock
from backend.core.ids import new_number, uuid7
from backend.core.models import RecordedEvent
from backend.notifications.models import Notice
from schema.documents import load_manifest
from tests.city import AGUS_PTSP, SARI, City, Visitor
from tests.statements import counted

NIB = "PTSP-NIB"
START = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)


async def many(city: City, count: int, *, service: str = NIB) -> list[str]:
    """Copies of one real case, submitted a minute apart, with their event and notices; returns their numbers."""
    sari = await city.login(SARI)
    with clock.at(START):
        first = await city.apply(sari, service)
    await city.drain()
    model = await Application.get(number=first["number"])
    (whole,) = await Application.filter(id=model.id).values()
    event = await RecordedEvent.filter(subject_id=model.id).first()
    assert event is not None
    numbers = [first["number"]]
    for n in range(1, count):
        case_id, at = uuid7(), START + timedelta(minutes=n)
        sealed = city.parts.keyring.seal(
            f"applications:{case_id}:answers",
            city.parts.keyring.open(f"applications:{model.id}:answers", bytes(model.answers_sealed)),
        )
        changed = {"id": case_id, "number": new_number(), "answers_sealed": sealed, "submitted_at": at}
        row = Application(**whole | changed)
        await row.save(force_create=True)
        told = await RecordedEvent.create(
            subject_kind="application",
            subject_id=case_id,
            seq=1,
            kind=event.kind,
            at=at,
            actor_id=event.actor_id,
            actor_role="resident",
            data=event.data | {"number": row.number},
        )
        await Notice.create(
            id=uuid7(),
            person_id=model.applicant_id,
            event_id=told.id,
            kind=event.kind,
            audience="resident",
            data=told.data,
            at=at,
        )
        numbers.append(row.number)
    return numbers


LISTS = {
    "myApplications": (
        SARI,
        "query L($first: Int!, $after: String) { myApplications(first: $first, after: $after)",
    ),
    "inbox": (AGUS_PTSP, "query L($first: Int!, $after: String) { inbox(first: $first, after: $after)"),
}


async def walk(visitor: Visitor, name: str, first: int) -> list[str]:
    """Every number of a list, page after page."""
    document = (
        LISTS[name][1] + " { totalCount pageInfo { hasNextPage endCursor } edges { node { number } } } }"
    )
    found: list[str] = []
    after: str | None = None
    while True:
        page = (await visitor.ask(document, first=first, after=after))[name]
        found += [e["node"]["number"] for e in page["edges"]]
        assert page["totalCount"] == 13
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


@pytest.mark.parametrize("name", sorted(LISTS))
async def test_page_after_page_every_row_comes_once_and_in_order(city: City, name: str) -> None:
    numbers = await many(city, 13)
    visitor = await city.login(LISTS[name][0])
    expected = numbers[::-1] if name == "myApplications" else numbers
    for first in (1, 5, 13, 50):
        assert await walk(visitor, name, first) == expected


async def test_the_catalogue_is_paged_too_and_never_more_than_fifty(city: City) -> None:
    document = """query L($first: Int!, $after: String) { services(first: $first, after: $after) {
        totalCount pageInfo { hasNextPage endCursor } edges { node { code } } } }"""
    codes: list[str] = []
    after = None
    while True:
        page = (await city.nobody.ask(document, first=10, after=after))["services"]
        codes += [e["node"]["code"] for e in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert len(codes) == len(set(codes)) == page["totalCount"] == 37


def text_of(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


GARBAGE = [
    *("!", "x" * 500, text_of(b"[]"), text_of(b'["a"]'), text_of(b'["a","b"]'), text_of(b'["a","b","c"]')),
    text_of(b'["2026-01-01","2026-01-01","01890000-0000-7000-8000-000000000001"]'),
    text_of(b'["2026-01-01","01890000-0000-7000-8000-000000000001"]'),
    text_of(b'["0001-01-01T00:00:00+14:00","01890000-0000-7000-8000-000000000001"]'),
    text_of(b'["2026-01-01T00:00:00Z","x"]'),
    text_of(b'["2026-01-01T00:00:00Z","2026-01-01T00:00:00Z","x\\u0000"]'),
    text_of(b'[1,2]'),
]  # fmt: skip


@pytest.mark.parametrize("after", GARBAGE)
@pytest.mark.parametrize("name", ["myApplications", "inbox", "notices"])
async def test_a_cursor_of_something_else_is_the_caller_s_error(city: City, name: str, after: str) -> None:
    visitor = await city.login(AGUS_PTSP)
    errors = await visitor.errors(
        f"query L($a: String) {{ {name}(after: $a) {{ edges {{ cursor }} }} }}", a=after
    )
    assert [(e["extensions"]["code"], e["extensions"]["problem"]) for e in errors] == [
        ("BAD_USER_INPUT", "invalid_input")
    ]


@pytest.mark.parametrize("after", ["!", text_of(b"[]"), text_of(b'["a","b"]')])
async def test_the_catalogue_refuses_such_a_cursor_too(city: City, after: str) -> None:
    errors = await city.nobody.errors("query L($a: String) { services(after: $a) { totalCount } }", a=after)
    assert [e["extensions"]["code"] for e in errors] == ["BAD_USER_INPUT"]


async def test_a_refusal_inside_a_field_is_the_caller_s_error_too(city: City) -> None:
    head = await city.login("+6281100020002")
    for arguments in ("first: 0", 'after: "!"'):
        errors = await head.errors(f"{{ desk {{ letters({arguments}) {{ totalCount }} }} }}")
        assert [e["extensions"]["code"] for e in errors] == ["BAD_USER_INPUT"]


@pytest.mark.parametrize(
    ("search", "code"),
    [
        ("imb", "PTSP-PBG"),
        ("IMB", "PTSP-PBG"),
        ("ppdb", "DIK-SPMB-SMP"),
        ("siup", "PTSP-NIB"),
        ("kartu keluarga", "DUK-KK-BARU"),
        ("akta kelahiran", "DUK-AKTA-LAHIR"),
    ],
)
async def test_people_find_a_service_by_the_word_they_use(city: City, search: str, code: str) -> None:
    data = await city.nobody.ask(
        "query S($s: String) { services(search: $s, first: 5) { edges { node { code } } } }", s=search
    )
    assert code in [e["node"]["code"] for e in data["services"]["edges"]]


@pytest.mark.parametrize(
    "search", ["", " ", "'", "& | !", ":*", "(((", "\\", "%", "²", "x" * 5000, "😀 é 字"]
)
async def test_any_search_is_answered(city: City, search: str) -> None:
    data = await city.nobody.ask("query S($s: String) { services(search: $s) { totalCount } }", s=search)
    assert data["services"]["totalCount"] >= 0


# The app's own lists.
KNOWN = {
    t.split("query ")[1].split("(")[0].split(" ")[0]: t for t in load_manifest().values() if "query " in t
}
PAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "MyApplications": (SARI, {}),
    "Inbox": (AGUS_PTSP, {"filter": "WAITING"}),
    "Notices": (SARI, {}),
}


@pytest.mark.parametrize("name", sorted(PAGES))
async def test_a_page_takes_as_many_statements_for_fifty_rows_as_for_twenty(city: City, name: str) -> None:
    await many(city, 50)
    phone, given = PAGES[name]
    visitor = await city.login(phone)
    await visitor.ask(KNOWN[name], first=1, **given)  # definitions are read once for a process
    counts = {}
    for rows in (20, 50):
        with counted() as said:
            data = await visitor.ask(KNOWN[name], first=rows, **given)
        (page,) = data.values()
        assert len(page["edges"]) == rows
        counts[rows] = len(said)
    assert 1 < counts[20] == counts[50] <= 5, counts


async def test_the_catalogue_takes_a_bounded_number_of_statements(
    city: City,
) -> None:
    await city.nobody.ask(KNOWN["Services"], search=None, first=50)
    with counted() as said:
        await city.nobody.ask(KNOWN["Services"], search=None, first=50)
    assert 1 < len(said) <= 5, said
