"""What can happen where residents take part; each kind has its sentence in notifications/participants.py."""

from enum import StrEnum

QUESTION, PROPOSAL, MOVEMENT = "question", "proposal", "budget_moved"


class QuestionKind(StrEnum):
    """Past-tense facts about a question."""

    ASKED = "question_asked"
    ASKED_AGAIN = "question_asked_again"
    ANSWERED = "question_answered"
    MENDED = "question_answer_mended"
    HIDDEN = "question_hidden"
    LATE = "question_late"


class ProposalKind(StrEnum):
    """Past-tense facts about a proposal; MOVED tells its new state."""

    MADE = "proposal_made"
    MOVED = "proposal_moved"


class MovementKind(StrEnum):
    """A followed place got another amount, at once, on a later day or with a new year; is gone; or was paid more or less.

    BACK: what counted was put off to a later day, and until then the stage before it counts again.
    """

    BUDGET = "place_budget_moved"
    LATER = "place_budget_later"
    BACK = "place_budget_back"
    NEW_YEAR = "place_budget_new_year"
    GONE = "place_budget_gone"
    REALISATION = "place_paid_moved"
