"""What can happen to the budget."""

from enum import StrEnum

SUBJECT = "budget_import"
# The job of whoever tells followers that a file in force moved their figures.
MOVES = "budget_moves"
# The job of making a budget's files for taking away, before anybody asks for them.
EXPORT = "budget_export"
# A place below the city in a year: data has year, opd, code, name and what happened there.
PLACE = "budget_place"


class BudgetKind(StrEnum):
    """Past-tense facts about files; nobody is told of them."""

    ANNOUNCED = "budget_file_announced"
    CANCELLED = "budget_file_cancelled"
    FAILED = "budget_file_failed"
    READ_AGAIN = "budget_file_read_again"
    RECEIVED = "budget_file_received"
    REFUSED = "budget_file_refused"
    TRIED = "budget_file_tried"
    IN_FORCE = "budget_in_force"


class PlaceKind(StrEnum):
    """Past-tense facts about the work under a sub-activity; who follows the place, or one above it, hears of them."""

    MILESTONE_PLANNED = "milestone_planned"
    MILESTONE_MOVED = "milestone_moved"
    MILESTONE_DONE = "milestone_done"
    MILESTONE_REMOVED = "milestone_removed"
    LOCATED = "place_located"
