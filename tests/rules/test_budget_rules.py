"""Which stages and years a budget may have."""

import pytest

from backend.budget import rules
from backend.core.problems import InvalidInput


@pytest.mark.parametrize("stage", ["murni", "perubahan", "pergeseran-1", "pergeseran-12"])
def test_a_stage_is_one_of_the_cycle(stage: str) -> None:
    assert rules.read_stage(stage) == stage


@pytest.mark.parametrize(
    "stage", ["", "Murni", "pergeseran", "pergeseran-0", "pergeseran-100", "perubahan ", "apbd"]
)
def test_anything_else_is_no_stage(stage: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        rules.read_stage(stage)
    assert [f.path for f in refused.value.faults] == ["stage"]


@pytest.mark.parametrize("year", [1999, 2101, 0])
def test_a_year_is_of_this_century(year: int) -> None:
    assert rules.read_year(2026) == 2026
    with pytest.raises(InvalidInput) as refused:
        rules.read_year(year)
    assert [f.path for f in refused.value.faults] == ["year"]
