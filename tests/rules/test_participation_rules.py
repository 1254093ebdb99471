"""What questions and proposals may say, and how a proposal moves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.problems import Conflict, InvalidInput
from backend.participation import rules
from backend.participation.rules import BACK, ONWARD, Forum, ProposalState


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
