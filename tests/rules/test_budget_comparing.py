"""Parts of two decrees are one thing by their names, never by a code that was used again."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from backend.budget.comparing import by_name
from backend.budget.exploring import Part


def part(code: str, name: str) -> Part:
    return Part("DLH", code, name, Decimal(1), 1)


def together(old: list[Part], new: list[Part]) -> set[tuple[str, str]]:
    """The codes then and now of what counts as one thing."""
    then, now = by_name(old, new)
    return {(then[key].code, now[key].code) for key in then.keys() & now.keys()}


def test_a_name_finds_its_new_code_whatever_its_capitals_and_commas() -> None:
    old = [part("2.11.08", "PENGELOLAAN  PERSAMPAHAN"), part("2.11.03", "Sarana, prasarana")]
    new = [part("2.11.11", "Pengelolaan persampahan"), part("2.11.05", "Sarana prasarana")]
    assert together(old, new) == {("2.11.08", "2.11.11"), ("2.11.03", "2.11.05")}


def test_a_code_that_was_used_again_for_something_else_is_two_things() -> None:
    assert together([part("2.11.03", "Perencanaan")], [part("2.11.03", "Pengendalian")]) == set()


def test_a_name_that_stands_twice_counts_only_with_its_code() -> None:
    old = [part("1.03.01", "Penunjang"), part("1.04.01", "Penunjang")]
    assert together(old, [part("1.03.01", "Penunjang")]) == {("1.03.01", "1.03.01")}
    assert together(old, [part("1.05.01", "Penunjang")]) == set()


NAMES = st.sampled_from(["Jalan", "JALAN", "Jembatan", "Sampah", "sampah,", "Air bersih"])
SIDES = st.dictionaries(st.sampled_from([f"1.03.{n:02}" for n in range(1, 9)]), NAMES, max_size=8)


@given(old=SIDES, new=SIDES)
def test_no_part_is_lost_or_counted_twice(old: dict[str, str], new: dict[str, str]) -> None:
    given_parts = [[part(*one) for one in side.items()] for side in (old, new)]
    for side, kept in zip(given_parts, by_name(*given_parts), strict=True):
        assert sorted(one.code for one in kept.values()) == sorted(one.code for one in side)
