"""What a budget line may be."""

from decimal import Decimal

import pytest

from backend.budget.rules import MOST, Line, check, read_stage
from backend.core.problems import InvalidInput

OPDS, SOURCES = {"DINKES"}, {"1.1"}


def line(**over: object) -> Line:
    given: dict[str, object] = {
        "opd": "DINKES",
        "fund_source": "1.1",
        "account": "5.1.02.01.01.0025",
        "name": "Belanja bahan",
        "amount": Decimal("1062550166326.96"),
    }
    return Line(**(given | over))  # type: ignore[arg-type]


def faults(lines: list[Line], year: int = 2026) -> list[str]:
    with pytest.raises(InvalidInput) as refused:
        check(year, lines, OPDS, SOURCES)
    return [fault.path for fault in refused.value.faults]


def test_a_line_with_sen_is_right() -> None:
    check(2026, [line(), line(account="5.1"), line(amount=Decimal(0))], OPDS, SOURCES)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"opd": "DINAS-LAIN"}, "opd"),
        ({"fund_source": "9.9"}, "fund_source"),
        ({"account": "5,1"}, "account"),
        ({"account": ""}, "account"),
        ({"name": ""}, "name"),
        ({"name": "x" * 301}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"amount": Decimal("-0.01")}, "amount"),
        ({"amount": Decimal("0.001")}, "amount"),
        ({"amount": Decimal("NaN")}, "amount"),
        ({"amount": Decimal("Infinity")}, "amount"),
        ({"amount": MOST}, "amount"),
    ],
)
def test_a_wrong_line_is_named_by_its_place_and_field(wrong: dict[str, object], field: str) -> None:
    assert faults([line(), line(**wrong)]) == [f"lines.1.{field}"]


def test_no_more_than_fifty_faults_are_listed() -> None:
    assert len(faults([line(opd="X", fund_source="X")] * 100)) == 50


def test_a_year_out_of_reach_is_refused() -> None:
    assert faults([], year=1999) == ["year"]


@pytest.mark.parametrize("stage", ["murni", "pergeseran-1", "pergeseran-12", "perubahan"])
def test_a_stage_counts_its_shifts(stage: str) -> None:
    assert read_stage(stage) == stage


@pytest.mark.parametrize("stage", ["", "pergeseran", "pergeseran-0", "Murni", "murni\n", "perubahan-1"])
def test_another_stage_is_refused(stage: str) -> None:
    with pytest.raises(InvalidInput):
        read_stage(stage)
