"""What questions and proposals may say, how a proposal moves, and which files followers hear of."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.problems import Conflict, InvalidInput
from backend.participation import rules
from backend.participation.rules import BACK, ONWARD, Figures, Forum, News, ProposalState, QuestionState


@pytest.mark.parametrize(
    "text",
    [
        *("Hubungi 081234567890 ya", "NIK saya 3573015708900002 tolong", "surel ani@contoh.id untuk jawaban"),
        *("telepon +62 812-3456-7890", "nomor 0812 3456 7890"),
    ],
)
def test_what_is_somebody_s_own_is_refused_before_anyone_reads_it(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        rules.read_text("text", text, 10, 1000)
    assert refused.value.faults[0].text == rules.PERSONAL


@pytest.mark.parametrize(
    "text",
    [
        "Kenapa Rp1.250.000.000,00 untuk solar?",
        "Kode 2.11.11.2.01.0012 itu apa?",
        "Dari 1250000 menjadi 1500000, kenapa naik?",
    ],
)
def test_amounts_codes_and_plain_numbers_may_be_asked_about(text: str) -> None:
    assert rules.read_text("text", text, 10, 1000) == text


def test_spare_spaces_go_and_lines_stay() -> None:
    assert (
        rules.read_text("text", "  Kenapa   naik?\n  Siapa   bayar? ", 10, 100)
        == "Kenapa naik?\nSiapa bayar?"
    )


@given(st.sampled_from(ProposalState), st.sampled_from(ProposalState))
def test_a_proposal_only_goes_where_its_steps_lead(state: ProposalState, to: ProposalState) -> None:
    reason = "Alasan yang cukup."
    if to in ONWARD[state] or BACK.get(state) is to:
        rules.require_step(state, to, reason)
    else:
        with pytest.raises(Conflict):
            rules.require_step(state, to, reason)


def test_every_state_can_be_reached_and_every_step_but_the_first_be_taken_back() -> None:
    reached = {ProposalState.PROPOSED, *(to for steps in ONWARD.values() for to in steps)}
    assert reached == set(ProposalState)
    assert set(BACK) == set(ProposalState) - {ProposalState.PROPOSED}


@pytest.mark.parametrize(
    ("state", "to"),
    [(ProposalState.PROPOSED, ProposalState.REFUSED), (ProposalState.DONE, ProposalState.UNDER_WAY)],
)
def test_a_refusal_and_a_step_back_need_a_reason(state: ProposalState, to: ProposalState) -> None:
    with pytest.raises(InvalidInput) as refused:
        rules.require_step(state, to, "pendek")
    assert refused.value.faults[0].path == "reason"


def test_residents_propose_for_later_years_and_a_meeting_for_this_one_too() -> None:
    rules.require_year(2026, Forum.KELURAHAN, 2026)
    rules.require_year(2028, Forum.RESIDENT, 2026)
    for year, forum in ((2026, Forum.RESIDENT), (2029, Forum.RESIDENT), (2025, Forum.KECAMATAN)):
        with pytest.raises(InvalidInput):
            rules.require_year(year, forum, 2026)


TODAY, AHEAD = date(2026, 8, 14), date(2026, 10, 1)
ORDERS = {"murni": 1, "pergeseran-1": 2, "perubahan": 3}


def files_of(*came: tuple[str, date]) -> list[Figures]:
    """Files in the order they came, numbered from 1."""
    return [Figures(UUID(int=n), name, since, ORDERS[name]) for n, (name, since) in enumerate(came, 1)]


JANUARY, FEBRUARY, JUNE, LAST = (date(2026, m, d) for m, d in ((1, 1), (2, 1), (6, 1), (12, 31)))


@pytest.mark.parametrize(
    ("came", "before", "since", "what"),
    [
        ([("murni", JANUARY)], 0, None, "the first file of a year"),
        ([("murni", JANUARY), ("perubahan", JUNE)], 1, None, "a stage that counts at once"),
        ([("murni", JANUARY), ("murni", JANUARY)], 1, None, "a correction of what counts"),
        (
            [("murni", JANUARY), ("perubahan", JUNE), ("murni", JANUARY)],
            None,
            None,
            "one of what is overtaken",
        ),
        ([("murni", JANUARY), ("perubahan", AHEAD)], 1, AHEAD, "a stage of a later day"),
        ([("murni", JANUARY), ("perubahan", AHEAD), ("perubahan", AHEAD)], 2, AHEAD, "its correction"),
        (
            [("murni", JANUARY), ("perubahan", AHEAD), ("murni", JANUARY)],
            1,
            None,
            "what still counts till then",
        ),
        (
            [("murni", JANUARY), ("perubahan", AHEAD), ("pergeseran-1", JUNE)],
            1,
            None,
            "and a stage before it",
        ),
        ([("perubahan", AHEAD), ("pergeseran-1", AHEAD)], None, None, "of one day the later stage counts"),
        ([("perubahan", AHEAD)], 0, AHEAD, "the first file of a year, for later"),
        (
            [("murni", JANUARY), ("perubahan", JUNE), ("pergeseran-1", JANUARY)],
            None,
            None,
            "a late older stage",
        ),
    ],
)
def test_followers_hear_when_a_figure_that_counts_changes(
    came: list[tuple[str, date]], before: int | None, since: date | None, what: str
) -> None:
    news = rules.news_of(files_of(*came), TODAY)
    told = news and (news.before.int if news.before else 0, news.after.file.int, news.since)
    assert told == (None if before is None else (before, len(came), since)), what
    assert news is None or news.was == news.now, what


@pytest.mark.parametrize(
    ("came", "told", "what"),
    [
        (
            [("murni", JANUARY), ("perubahan", JUNE), ("perubahan", AHEAD)],
            (2, 3, AHEAD, 2, 1),
            "what counts is put off: until then the stage before it counts again",
        ),
        ([("murni", JANUARY), ("murni", AHEAD)], (1, 2, AHEAD, 1, 0), "until then nothing counts"),
        (
            [("perubahan", AHEAD), ("murni", JANUARY), ("murni", AHEAD)],
            (1, 1, AHEAD, 2, 0),
            "until then nothing counts, and then the later stage of that day",
        ),
        (
            [("murni", JANUARY), ("pergeseran-1", FEBRUARY), ("perubahan", JUNE), ("perubahan", JANUARY)],
            (3, 2, None, 0, 0),
            "what counts is dated back behind another stage, which counts now",
        ),
        (
            [("murni", JANUARY), ("perubahan", JUNE), ("pergeseran-1", AHEAD), ("perubahan", LAST)],
            (3, 4, LAST, 2, 1),
            "put off behind a stage that was to follow it",
        ),
    ],
)
def test_followers_hear_what_counts_now_when_the_start_of_what_counted_is_moved(
    came: list[tuple[str, date]], told: tuple[int, int, date | None, int, int], what: str
) -> None:
    news = rules.news_of(files_of(*came), TODAY)
    assert news is not None, what
    before, after, was, now = (
        file.int if file else 0 for file in (news.before, news.after.file, news.was, news.now)
    )
    assert (before, after, news.since, was, now) == told, what


DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))
HISTORY = st.lists(st.tuples(st.sampled_from(sorted(ORDERS)), DAYS), min_size=1, max_size=8)


@given(HISTORY, DAYS)
def test_news_is_what_changes_the_answer_to_whose_figures_count(
    came: list[tuple[str, date]], today: date
) -> None:
    """Whoever is told reads the truth: on the day named, and today, figures turn as it says; else nothing turns."""
    files = files_of(*came)
    news = rules.news_of(files, today)

    def count_on(day: date) -> tuple[UUID | None, UUID | None]:
        found = (rules.counting(files[:-1], day), rules.counting(files, day))
        before, after = (one.file if one else None for one in found)
        return before, after

    if news is None:
        assert all(len({*count_on(day)}) == 1 for day in (today, max(today, files[-1].since)))
        return
    assert (news.since is not None) == (files[-1].since > today)
    assert count_on(news.since or today) == (news.before, news.after.file)
    if news.since:
        assert count_on(today) == (news.was, news.now)
    assert news.before != news.after.file or news.was != news.now


@given(HISTORY, DAYS)
def test_nobody_is_told_again_when_the_day_comes(came: list[tuple[str, date]], today: date) -> None:
    """What is told of a later day needs no second word on it: nothing but another file changes what counts then."""
    files = files_of(*came)
    news = rules.news_of(files, today)
    if news is not None and news.since is not None and news.before != news.after.file:
        assert rules.news_of(files, news.since) == News(news.before, news.after)


def test_the_budget_is_told_of_this_year_and_later_and_payments_of_last_year_too() -> None:
    new_year = date(2026, 1, 1)
    assert [y for y in range(2023, 2029) if rules.is_told_budget(y, new_year)] == [2026, 2027, 2028]
    assert [y for y in range(2023, 2028) if rules.is_told_progress(y, new_year)] == [2025, 2026, 2027]
    assert not rules.is_told_budget(2025, new_year)
    assert rules.is_told_budget(2025, new_year - timedelta(days=1))


@given(st.sampled_from(QuestionState), st.integers(1, 5))
def test_a_question_is_asked_again_only_below_its_answer_and_at_most_twice(
    state: QuestionState, number: int
) -> None:
    assert rules.may_ask_again(state, number) == (state is QuestionState.ANSWERED and number in (1, 2))
