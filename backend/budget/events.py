"""What can happen to the budget."""

from enum import StrEnum

SUBJECT = "budget_import"
# The job that reads a file.
IMPORT = "import_budget"


class BudgetKind(StrEnum):
    """Past-tense facts about files; who follows a part of the budget is told of its own changes."""

    RECEIVED = "budget_file_received"
    REFUSED = "budget_file_refused"
    TRIED = "budget_file_tried"
    IN_FORCE = "budget_in_force"
