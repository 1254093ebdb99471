"""Who may stand in for whom: the table over kinds and dates, and what no history of wishes can break."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.actors import Actor, Capacity, Post, StaffRole
from backend.core.problems import Conflict, InvalidInput, NotAllowed
from backend.delegation import policy, rules
from backend.delegation.rules import Official, Paper, Reason, Span, Surroundings, Wanted

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HOLDER, DEPUTY, OFFICER, OTHER_HEAD, OUTSIDER = (UUID(int=n) for n in range(1, 6))
AN = UUID(int=50)
ORDER = Paper("800/0001/SETDA/2026", date(2026, 11, 23))
PEOPLE = {
    HOLDER: Official(HOLDER, 2, frozenset({"DLH"})),
    DEPUTY: Official(DEPUTY, 3, frozenset({"DLH"})),
    OFFICER: Official(OFFICER, 4, frozenset({"DLH"})),
    OTHER_HEAD: Official(OTHER_HEAD, 2, frozenset({"DINKES"})),
    OUTSIDER: Official(OUTSIDER, 4, frozenset({"DINKES"})),
}
LIVE_AN = Span(AN, Capacity.AN, "DLH", DEPUTY, NOW - DAY, NOW + 10 * DAY, 3)
PLH = Wanted(
    kind=Capacity.PLH,
    opd="DLH",
    receiver=DEPUTY,
    paper=ORDER,
    starts_at=NOW,
    ends_at=NOW + 5 * DAY,
    reason=Reason.TRAVEL,
)


def around(wanted: Wanted, **over: object) -> Surroundings:
    plain = Surroundings(
        now=NOW,
        holder=HOLDER,
        receiver=PEOPLE.get(wanted.receiver),
        strategic=frozenset({"PEG-MUTASI"}),
        known_services=frozenset({"DLH-TEBANG", "PEG-MUTASI"}),
    )
    return replace(plain, **over)  # type: ignore[arg-type]


def faults(wanted: Wanted, **over: object) -> list[str]:
    """The names of the wrong inputs, in order; empty when it may stand."""
    try:
        rules.require(wanted, around(wanted, **over))
    except InvalidInput as problem:
        return [f.path for f in problem.faults]
    return []


VACANT: dict[str, object] = {"holder": None}
UB = replace(PLH, kind=Capacity.UB, receiver=OFFICER, parent=AN)
TABLE: list[tuple[str, Wanted, dict[str, object], list[str]]] = [
    ("plh for five days", PLH, {}, []),
    ("plh by the head of another office", replace(PLH, receiver=OTHER_HEAD), {}, []),
    ("plh in a vacant post", PLH, VACANT, ["kind"]),
    ("plt in a vacant post", replace(PLH, kind=Capacity.PLT), VACANT, []),
    ("plt beside a holder", replace(PLH, kind=Capacity.PLT), {}, ["kind"]),
    ("pj in a vacant post", replace(PLH, kind=Capacity.PJ), VACANT, []),
    ("pj beside a holder", replace(PLH, kind=Capacity.PJ), {}, ["kind"]),
    ("definitive is no delegation", replace(PLH, kind=Capacity.DEFINITIVE), {}, ["kind"]),
    ("a.n. by the deputy", replace(PLH, kind=Capacity.AN), {}, []),
    ("a.n. in a vacant post", replace(PLH, kind=Capacity.AN), VACANT, ["kind"]),
    ("a.n. by another office", replace(PLH, kind=Capacity.AN, receiver=OTHER_HEAD), {}, ["receiver"]),
    ("u.b. under a live a.n.", UB, {"others": [LIVE_AN]}, []),
    ("u.b. without an a.n.", replace(UB, parent=None), {}, ["parent"]),
    ("u.b. under an a.n. that is gone", UB, {"others": []}, ["parent"]),
    ("u.b. that outlasts its a.n.", replace(UB, ends_at=NOW + 11 * DAY), {"others": [LIVE_AN]}, ["endsAt"]),
    ("u.b. before its a.n.", UB, {"others": [replace(LIVE_AN, starts_at=NOW + DAY)]}, ["endsAt"]),
    ("u.b. under a plh", UB, {"others": [replace(LIVE_AN, kind=Capacity.PLH)]}, ["parent"]),
    ("u.b. of another office's a.n.", UB, {"others": [replace(LIVE_AN, opd="DINKES")]}, ["parent"]),
    ("u.b. to who signs a.n.", replace(UB, receiver=DEPUTY), {"others": [LIVE_AN]}, ["receiver"]),
    ("plh with a parent", replace(PLH, parent=AN), {"others": [LIVE_AN]}, ["parent"]),
    ("oneself", replace(PLH, receiver=HOLDER), {}, ["receiver"]),
    ("nobody known", replace(PLH, receiver=UUID(int=99)), {}, ["receiver"]),
    ("two levels below", replace(PLH, receiver=OFFICER), {}, ["receiver"]),
    ("the end before the start", replace(PLH, ends_at=NOW - DAY), {}, ["endsAt"]),
    ("no length at all", replace(PLH, ends_at=PLH.starts_at), {}, ["endsAt"]),
    ("over already", replace(PLH, starts_at=NOW - 9 * DAY, ends_at=NOW - DAY, paper=replace(ORDER, day=date(2026, 11, 1))),
     {}, ["endsAt"]),
    ("from today, half an hour ago", replace(PLH, starts_at=NOW - timedelta(minutes=30)), {}, []),
    ("from yesterday", replace(PLH, starts_at=NOW - DAY, paper=None), {}, ["startsAt"]),
    ("an order that Lugas draws", replace(PLH, paper=None), {}, []),
    ("by who names them", PLH, {"giver": DEPUTY}, ["receiver"]),
    ("longer than a year", replace(PLH, ends_at=NOW + 367 * DAY), {}, ["endsAt"]),
    ("plt for three months", replace(PLH, kind=Capacity.PLT, ends_at=datetime(2027, 2, 23, 1, tzinfo=UTC)),
     VACANT, []),
    ("plt for three months and a day", replace(PLH, kind=Capacity.PLT, ends_at=datetime(2027, 2, 24, 1, tzinfo=UTC)),
     VACANT, ["endsAt"]),
    ("no order", replace(PLH, paper=replace(ORDER, number=" ")), {}, ["letterNumber"]),
    ("an order of tomorrow", replace(PLH, paper=replace(ORDER, day=date(2026, 11, 24))), {}, ["letterDate"]),
    ("a known service", replace(PLH, services=("DLH-TEBANG",)), {}, []),
    ("an unknown service", replace(PLH, services=("DLH-APA",)), {}, ["services"]),
    ("a strategic service", replace(PLH, services=("PEG-MUTASI",)), {}, ["services"]),
    ("too many services", replace(PLH, services=("DLH-TEBANG",) * 51), {}, ["services"]),
    ("a negative limit", replace(PLH, most=Decimal(-1)), {}, ["most"]),
    ("a stand-in who is away", PLH, {"away": [(NOW + 4 * DAY, NOW + 9 * DAY)]}, ["receiver"]),
    ("a stand-in who is back by then", PLH, {"away": [(NOW - 4 * DAY, NOW)]}, []),
    ("a stand-in who leaves when it ends", PLH, {"away": [(NOW + 5 * DAY, NOW + 6 * DAY)]}, []),
    ("several faults at once", replace(PLH, paper=replace(ORDER, number=""), receiver=HOLDER), {}, ["letterNumber", "receiver"]),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "over", "expected"), [r[1:] for r in TABLE], ids=[r[0] for r in TABLE])
def test_a_delegation_stands_or_names_what_is_wrong(
    wanted: Wanted, over: dict[str, object], expected: list[str]
) -> None:
    assert faults(wanted, **over) == expected


@pytest.mark.parametrize("before", [0, 1, 2])
def test_a_plt_is_extended_once(before: int) -> None:
    starts = [NOW - 90 * DAY * n for n in range(before, 0, -1)]
    others = [
        Span(UUID(int=60 + n), Capacity.PLT, "DLH", DEPUTY, s, s + 90 * DAY) for n, s in enumerate(starts)
    ]
    wanted = replace(PLH, kind=Capacity.PLT, ends_at=NOW + 60 * DAY)
    assert faults(wanted, holder=None, others=others) == (["receiver"] if before == 2 else [])


@pytest.mark.parametrize(
    ("starts", "ends", "taken"),
    [(-5, 0, False), (-5, 1, True), (0, 5, True), (2, 3, True), (4, 9, True), (5, 9, False)],
)
def test_one_post_has_one_stand_in_of_a_kind_at_a_time(starts: int, ends: int, taken: bool) -> None:
    there = Span(UUID(int=70), Capacity.PLH, "DLH", DEPUTY, NOW + starts * DAY, NOW + ends * DAY)
    if taken:
        with pytest.raises(Conflict) as raised:
            rules.require(PLH, around(PLH, others=[there]))
        assert raised.value.code == "overlap"
    else:
        rules.require(PLH, around(PLH, others=[there]))
    rules.require(PLH, around(PLH, others=[replace(there, kind=Capacity.AN)]))
    rules.require(PLH, around(PLH, others=[replace(there, opd="DINKES")]))


KINDS = [k for k in Capacity if k is not Capacity.DEFINITIVE]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(KINDS),
            st.sampled_from([DEPUTY, OFFICER, OTHER_HEAD, HOLDER]),
            st.integers(0, 60),
            st.integers(-2, 120),
            st.booleans(),
        ),
        max_size=25,
    )
)
def test_whatever_is_wished_for_what_stands_is_lawful(
    wishes: list[tuple[Capacity, UUID, int, int, bool]],
) -> None:
    stands: list[Span] = []
    for n, (kind, receiver, start, length, vacant) in enumerate(wishes):
        parent = next((s.id for s in stands if s.kind is Capacity.AN), None) if kind is Capacity.UB else None
        begins = NOW + start * DAY
        wanted = replace(
            PLH, kind=kind, receiver=receiver, starts_at=begins, ends_at=begins + length * DAY, parent=parent
        )
        holder = None if vacant else HOLDER
        try:
            rules.require(wanted, around(wanted, others=stands, holder=holder))
        except (InvalidInput, Conflict):
            continue
        level = PEOPLE[receiver].level
        stands.append(Span(UUID(int=100 + n), kind, "DLH", receiver, begins, wanted.ends_at, level))
        assert receiver != holder
        assert (kind in (Capacity.PLT, Capacity.PJ)) == vacant
        if parent is not None:
            over = next(s for s in stands if s.id == parent)
            assert over.kind is Capacity.AN
            assert over.starts_at <= begins
            assert wanted.ends_at <= over.stops_at
    for one in stands:
        assert one.starts_at < one.stops_at
        for other in stands:
            if one is not other and one.kind is other.kind:
                assert not rules.overlap(one.starts_at, one.stops_at, other.starts_at, other.stops_at)


MAYOR = Actor(person=UUID(int=9), posts=(Post(StaffRole.OFFICER, "SETDA", "Wali Kota", level=1),))
SECRETARY = Actor(person=UUID(int=8), posts=(Post(StaffRole.HEAD, "SETDA", "Sekretaris Daerah", level=2),))
OWN = Actor(person=HOLDER, posts=(Post(StaffRole.HEAD, "DLH", "Kepala DLH", level=2),))
STAND_IN = Actor(person=DEPUTY, posts=(Post(StaffRole.HEAD, "DLH", "Plh.", capacity=Capacity.PLH),))
STRANGER = Actor(person=OTHER_HEAD, posts=(Post(StaffRole.HEAD, "DINKES", "Kepala Dinkes", level=2),))
GRANTS: dict[str, tuple[Actor, set[Capacity]]] = {
    "mayor": (MAYOR, set(KINDS)),
    "secretary": (SECRETARY, set(KINDS)),
    "own head": (OWN, {Capacity.AN, Capacity.UB, Capacity.PLH}),
    "stand-in": (STAND_IN, set()),
    "other head": (STRANGER, set()),
    "nobody": (Actor(), set()),
}


@pytest.mark.parametrize("who", GRANTS)
def test_only_those_who_may_name_a_stand_in_do(who: str) -> None:
    actor, allowed = GRANTS[who]
    for kind in KINDS:
        if kind in allowed:
            policy.require_grant(actor, kind, "DLH", HOLDER)
            continue
        with pytest.raises(NotAllowed) as raised:
            policy.require_grant(actor, kind, "DLH", HOLDER)
        assert raised.value.code == ("only_secretary" if who == "own head" else "not_yours")


def test_the_secretary_does_not_name_who_stands_in_for_the_secretary_but_for_the_own_absence() -> None:
    assert not policy.may_grant(SECRETARY, Capacity.PLT, "SETDA", None)
    assert policy.may_grant(SECRETARY, Capacity.PLH, "SETDA", SECRETARY.person)
    assert policy.may_grant(MAYOR, Capacity.PLT, "SETDA", None)


@pytest.mark.parametrize(
    ("kind", "printed"),
    [
        (Capacity.PLH, "Plh. Kepala DLH"),
        (Capacity.PLT, "Plt. Kepala DLH"),
        (Capacity.PJ, "Pj. Kepala DLH"),
        (Capacity.AN, "a.n. Kepala DLH, Sekretaris DLH"),
    ],
)
def test_a_letter_says_by_what_right_its_signer_acts(kind: Capacity, printed: str) -> None:
    assert rules.title_of(kind, "Kepala DLH", "Sekretaris DLH") == printed


def test_an_ub_names_all_three() -> None:
    said = rules.title_of(Capacity.UB, "Kepala DLH", "Kabid Tata Lingkungan", "Sekretaris DLH")
    assert said == "a.n. Kepala DLH, Sekretaris DLH, u.b. Kabid Tata Lingkungan"


@pytest.mark.parametrize(
    ("services", "most", "amount", "held"),
    [
        (None, None, None, True),
        ({"A"}, None, None, True),
        ({"B"}, None, None, False),
        (None, 100, 100, True),
        (None, 100, 101, False),
        (None, 100, None, False),
    ],
)
def test_a_scope_holds_for_its_services_and_amounts(
    services: set[str] | None, most: int | None, amount: int | None, held: bool
) -> None:
    limit = None if most is None else Decimal(most)
    worth = None if amount is None else Decimal(amount)
    assert rules.covers(services, limit, "A", worth) is held


@given(st.dates(date(2020, 1, 1), date(2035, 12, 31)), st.integers(1, 12))
def test_months_later_is_the_same_day_or_the_last_of_the_month(day: date, months: int) -> None:
    later = rules.months_after(day, months)
    index = day.year * 12 + day.month - 1 + months
    assert (later.year, later.month) == (index // 12, index % 12 + 1)
    assert later.day == day.day or (later.day < day.day and (later + DAY).day == 1)
