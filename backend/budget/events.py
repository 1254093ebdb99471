"""What can happen to the budget."""

from enum import StrEnum

SUBJECT = "budget_import"


class BudgetKind(StrEnum):
    """Past-tense facts about files; nobody is told of them."""

    RECEIVED = "budget_file_received"
    REFUSED = "budget_file_refused"
    TRIED = "budget_file_tried"
    IN_FORCE = "budget_in_force"
