"""What a question and a proposal may say, how long an answer may take, how a proposal moves, and which files
followers hear of; no database."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from backend.core.problems import Conflict, FieldFault, InvalidInput
from backend.core.texts import Text

# An information request is answered within 5 working days (SP4N-LAPOR, KemenPANRB 2018: FACTS 4).
ANSWER_WORKING_DAYS = 5
FOLLOWS_MOST, QUESTIONS_A_DAY, PROPOSALS_A_YEAR = 50, 3, 5
# A question and at most two more below its answers; and how often one answer may be mended.
ROUNDS_MOST, MENDS_MOST = 3, 5
YEARS_AHEAD = 2
MOVED = Text(
    "Sudah berubah sejak Anda membukanya. Muat ulang.", "It changed since you opened it. Load it again."
)
PERSONAL = Text(
    "Tulis tanpa NIK, nomor HP, atau surel: semua orang bisa membacanya.",
    "Leave out ID numbers, phone numbers and mail addresses: everyone can read this.",
)
# 9 digits or more, however they are spaced, are nobody's rupiah in a question but somebody's number.
_DIGITS = re.compile(r"(?<![\d.,])\+?\d(?:[ -]?\d){8,}(?![\d.,]\d)")
_MAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


class QuestionState(StrEnum):
    """waiting: the OPD owes an answer; hidden: taken out of sight with a reason that stays."""

    WAITING = "waiting"
    ANSWERED = "answered"
    HIDDEN = "hidden"


class HiddenWhy(StrEnum):
    """Why a question may be taken out of sight; there is no other reason."""

    PERSONAL = "personal"
    INSULT = "insult"
    NOT_BUDGET = "not_budget"


class Forum(StrEnum):
    """Where a proposal was brought: by a resident here, or in a meeting of a kelurahan or kecamatan (musrenbang)."""

    RESIDENT = "resident"
    KELURAHAN = "kelurahan"
    KECAMATAN = "kecamatan"


class ProposalState(StrEnum):
    """How far a proposal came (the steps of the planning meetings, UU 25/2004 and Permendagri 86/2017)."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    IN_BUDGET = "in_budget"
    UNDER_WAY = "under_way"
    DONE = "done"
    REFUSED = "refused"


S = ProposalState
ONWARD = {
    S.PROPOSED: (S.ACCEPTED, S.REFUSED),
    S.ACCEPTED: (S.IN_BUDGET, S.REFUSED),
    S.IN_BUDGET: (S.UNDER_WAY,),
    S.UNDER_WAY: (S.DONE,),
    S.DONE: (),
    S.REFUSED: (),
}
# A step taken by mistake is taken back, with a reason, by the planning agency.
BACK = {
    S.ACCEPTED: S.PROPOSED,
    S.REFUSED: S.PROPOSED,
    S.IN_BUDGET: S.ACCEPTED,
    S.UNDER_WAY: S.IN_BUDGET,
    S.DONE: S.UNDER_WAY,
}
NO_SUCH_STEP = Text("Usulan ini tidak bisa ke tahap itu.", "This proposal cannot go to that step.")


def is_back(state: ProposalState, to: ProposalState) -> bool:
    """True when `to` takes the last step back."""
    return BACK.get(state) is to


def require_step(state: ProposalState, to: ProposalState, reason: str) -> None:
    """Conflict("no_such_step") for a step that is none; InvalidInput where it needs a reason of 10 letters."""
    if to not in ONWARD[state] and not is_back(state, to):
        raise Conflict("no_such_step", NO_SUCH_STEP, state=state)
    if (to is S.REFUSED or is_back(state, to)) and not 10 <= len(reason.strip()) <= 600:
        raise InvalidInput.at(
            "reason", "Tulis alasannya, 10 sampai 600 huruf.", "Give the reason in 10 to 600 letters."
        )


def read_text(path: str, text: str, least: int, most: int) -> str:
    """A public text without spare spaces; InvalidInput for its length, or for what is nobody else's business."""
    said = "\n".join(" ".join(line.split()) for line in text.strip().splitlines())
    if not least <= len(said) <= most:
        raise InvalidInput.at(
            path, f"Tulis {least} sampai {most} huruf.", f"Write {least} to {most} letters."
        )
    if _DIGITS.search(said) or _MAIL.search(said):
        raise InvalidInput(FieldFault(path, PERSONAL))
    return said


def may_ask_again(state: QuestionState, number: int) -> bool:
    """Below an answer, whoever asked may ask once more, until the last round; not while the OPD still owes one."""
    return state is QuestionState.ANSWERED and number < ROUNDS_MOST


def read_estimate(amount: Decimal | None) -> Decimal | None:
    """Whole rupiah above zero and below a trillion, or nothing; InvalidInput for anything else."""
    if amount is not None and (not 0 < amount < Decimal(10) ** 12 or amount != int(amount)):
        raise InvalidInput.at(
            "estimate", "Perkiraan biaya dalam rupiah penuh.", "An estimate is in whole rupiah."
        )
    return amount


def require_year(year: int, forum: Forum, this_year: int) -> None:
    """Residents propose for the next two years; a meeting's outcome may be of this year's plan too."""
    earliest = this_year + (forum is Forum.RESIDENT)
    if not earliest <= year <= this_year + YEARS_AHEAD:
        raise InvalidInput.at(
            "year",
            f"Usulan untuk tahun {earliest} sampai {this_year + YEARS_AHEAD}.",
            f"Propose for {earliest} to {this_year + YEARS_AHEAD}.",
        )


@dataclass(frozen=True)
class Figures:
    """A file as it came into force: the figures of `name` (a stage, or the day of a table) that count from `since` on.

    Of two that count from the same day, the one of the higher `order` does.
    """

    file: UUID
    name: str
    since: date
    order: int = 0


@dataclass(frozen=True)
class News:
    """What followers hear of a file: whose figures (None: nobody's) give way to whose, and on which day if it is ahead.

    `was` and `now` differ where today's figures fall back until that day: whose they were, and whose they are.
    """

    before: UUID | None
    after: Figures
    since: date | None = None
    was: UUID | None = None
    now: UUID | None = None


def counting(files: Sequence[Figures], day: date) -> Figures | None:
    """Whose figures count on a day. Files stand in the order they came in: a correction takes its forerunner's place."""
    standing = {one.name: one for one in files}
    counts = [one for one in standing.values() if one.since <= day]
    return max(counts, key=lambda one: (one.since, one.order), default=None)


def news_of(files: Sequence[Figures], today: date) -> News | None:
    """What followers hear of the last of a year's files, None where they hear nothing.

    They hear when a figure that counts changes: today's, or the one of the file's own day where that is ahead, once,
    when it is put in force, and not again on that day. A file that another one has overtaken (a correction of
    "murni" while "perubahan" counts) is kept in the history and pushed to nobody. A correction that puts the start
    of what counts off changes both: today's figure falls back to the stage before.
    """
    day = max(today, files[-1].since)
    was, now = counting(files[:-1], today), counting(files, today)
    before, after = counting(files[:-1], day), counting(files, day)
    if after is None or (was is now and before is after):
        return None
    if day == today:
        return News(_file(before), after)
    return News(_file(before), after, day, _file(was), _file(now))


def _file(figures: Figures | None) -> UUID | None:
    return figures.file if figures else None


def is_told_budget(year: int, today: date) -> bool:
    """Followers hear of the budget of this year and of those to come."""
    return year >= today.year


def is_told_progress(year: int, today: date) -> bool:
    """What is paid and done is told of last year too, whose final table comes after it has ended, and of no older one.

    It is told to those who look at that year: who saw the place in it, or in a year before (following.Around).
    """
    return year >= today.year - 1
