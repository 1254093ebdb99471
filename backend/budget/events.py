"""What can happen to the budget."""

from enum import StrEnum

SUBJECT = "budget_import"


class BudgetKind(StrEnum):
    """Past-tense facts about files; only those who follow a place hear of IN_FORCE."""

    ANNOUNCED = "budget_file_announced"
    CANCELLED = "budget_file_cancelled"
    RECEIVED = "budget_file_received"
    REFUSED = "budget_file_refused"
    TRIED = "budget_file_tried"
    IN_FORCE = "budget_in_force"
