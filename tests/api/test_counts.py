"""The summary of cases says what the cases say, after every act and after folding; verify finds a wrong sum."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tortoise.connection import get_connection

from backend.applications import counts
from backend.applications.models import Application
from backend.commands import verify
from tests.city import RINA, SARI, City

WORKLOADS = "{ workloads { opd { code } withOffice withResident toSign closed } }"
REGISTRY = "DISPENDUKCAPIL"


async def test_each_act_moves_the_summary_with_it(city: City) -> None:
    sari, rina = await city.login(SARI), await city.login(RINA)
    start = await counts.workloads()

    case = await city.apply(sari, "DUK-KK-HILANG")
    (one,) = [w for w in await counts.workloads() if w.opd == REGISTRY]
    assert (one.with_office, one.with_resident, one.to_sign, one.closed) == (1, 0, 0, 0)
    assert await counts.waiting([REGISTRY], None) == 1

    case = await rina.move("takeApplication", case)
    assert await counts.waiting([REGISTRY], None) == 0
    case = await rina.move(
        "returnApplication",
        case,
        returns=[{"requirement": case["returnable"][0]["code"], "reason": "Foto tidak terbaca."}],
    )
    case = await sari.move("withdrawApplication", case)

    assert case["state"]["kind"] == "FINAL"
    (one,) = [w for w in await counts.workloads() if w.opd == REGISTRY]
    assert (one.with_office, one.with_resident, one.to_sign, one.closed) == (0, 0, 0, 1)
    assert start == []
    assert await counts.differences() == []


async def test_an_act_that_is_rolled_back_leaves_the_summary_as_it_was(city: City) -> None:
    sari = await city.login(SARI)
    refused = await city.apply(sari, "DUK-KK-HILANG", documents=[])
    assert refused["__typename"] == "InvalidInput"
    assert await counts.workloads() == []


async def test_folding_changes_no_sum_and_leaves_one_row_for_each_place(city: City) -> None:
    sari = await city.login(SARI)
    for _ in range(3):
        await city.apply(sari, "DUK-KK-HILANG")
    before = await counts.workloads()

    await counts.fold()

    assert await counts.workloads() == before
    rows = await get_connection("default").execute_query_dict("SELECT n FROM case_counts")
    assert [r["n"] for r in rows] == [3]
    assert await verify.differences() == []


async def test_verify_names_a_sum_that_is_wrong(city: City) -> None:
    await city.apply(await city.login(SARI), "DUK-KK-HILANG")
    await get_connection("default").execute_query("UPDATE case_counts SET n = 5")
    (said,) = await verify.differences()
    assert said.startswith(f"cases {REGISTRY} DUK-KK-HILANG ")
    assert said.endswith(": 5, counted 1")


async def test_everyone_sees_the_workloads(city: City) -> None:
    await city.apply(await city.login(SARI), "DUK-KK-HILANG")
    data = await city.nobody.ask(WORKLOADS)
    assert data["workloads"] == [
        {"opd": {"code": REGISTRY}, "withOffice": 1, "withResident": 0, "toSign": 0, "closed": 0}
    ]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    moves=st.lists(
        st.tuples(
            st.integers(0, 2),
            st.sampled_from(["DINKES", "DISPERKIM", REGISTRY]),
            st.sampled_from([("received", "start"), ("checking", "working"), ("issued", "final")]),
        ),
        max_size=12,
    )
)
async def test_any_history_of_moves_keeps_the_sums_right(
    city: City, moves: list[tuple[int, str, tuple[str, str]]]
) -> None:
    if await Application.all().count() < 3:
        sari = await city.login(SARI)
        for _ in range(3):
            await city.apply(sari, "DUK-KK-HILANG")
    cases = await Application.all().order_by("id")
    for number, opd, (state, kind) in moves:
        await Application.filter(id=cases[number].id).update(opd=opd, state=state, state_kind=kind)
        if number == 1:
            await counts.fold()
    assert await counts.differences() == []
