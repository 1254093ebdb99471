"""The rungs of the ladder, and which of them a wait has earned."""

from collections.abc import Mapping, Sequence

from backend.delegation.events import LadderKind

RUNGS: Mapping[int, LadderKind] = {
    1: LadderKind.REMINDED,
    2: LadderKind.STAND_IN,
    3: LadderKind.SECRETARY,
    4: LadderKind.MAYOR,
}


def due(waited: int, rung: int, minutes: Sequence[int]) -> list[int]:
    """The rungs above `rung` whose working minutes have passed, lowest first; `minutes` are the bounds of 1, 2, 3, 4."""
    return [n for n, bound in enumerate(minutes, 1) if n > rung and waited > bound]
