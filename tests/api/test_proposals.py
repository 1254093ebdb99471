"""Proposals of residents: who may take which step, who is told, and the way into the budget."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from backend.core import clock
from backend.participation.models import Proposal
from backend.parts import Parts
from tests import sipd
from tests.city import BUDI, SARI, City, Visitor
from tests.taking_part import (
    DLH_OFFICER,
    KLOJEN_OFFICER,
    PLANNER,
    SUKUN,
    SUKUN_OFFICER,
    bring,
    follow,
    nothing_recorded_by,
    notices,
)

pytestmark = pytest.mark.usefixtures("db")

PROPOSAL = (
    "id key version state reason supporters supported mine nextStates opd { code } code placeName"
    " kelurahan { code } steps { state reason opd { code } }"
)
PROPOSED = f"... on ProposalChanged {{ proposal {{ {PROPOSAL} }} }}"


WISH = {
    "year": 2027,
    "kelurahan": SUKUN,
    "title": "Lampu jalan di gang sekolah",
    "text": "Jalan ke sekolah gelap sesudah magrib, anak-anak jatuh.",
}


async def move(who: Visitor, proposal: dict[str, Any], to: str, **more: Any) -> dict[str, Any]:
    given = {"proposalId": proposal["id"], "version": proposal["version"], "to": to} | more
    answer = await who.act("moveProposal", PROPOSED, **given)
    found: dict[str, Any] = answer.get("proposal") or answer
    return found


async def test_a_proposal_walks_from_a_resident_into_the_budget_and_is_done(
    city: City, parts: Parts, tmp_path: Path
) -> None:
    sari, budi, kecamatan, planner, dlh = [
        await city.login(p) for p in (SARI, BUDI, SUKUN_OFFICER, PLANNER, DLH_OFFICER)
    ]
    made = (await sari.act("propose", PROPOSED, **WISH))["proposal"]
    await city.drain()
    assert (made["state"], made["mine"], made["nextStates"]) == ("PROPOSED", True, [])
    assert (await notices(kecamatan))[0] == (
        "Usulan warga: Lampu jalan di gang sekolah",
        "Untuk tahun 2027. Bawa ke musrenbang.",
        f"/usulan/{made['key']}",
    )
    backed = (await budi.act("supportProposal", PROPOSED, proposalId=made["id"]))["proposal"]
    backed = (await budi.act("supportProposal", PROPOSED, proposalId=made["id"]))["proposal"]
    assert (backed["supporters"], backed["supported"]) == (1, True)

    accepted = await move(kecamatan, made, "ACCEPTED")
    refused = await nothing_recorded_by(move(planner, accepted, "IN_BUDGET", opd="DLH", code="2.11.11"))
    assert refused["__typename"] == "NotFound"  # there is no budget of 2027 yet
    path = tmp_path / "apbd.csv"
    rows = [row | {"tahun": "2027"} for row in sipd.rows(60)]
    await bring(parts, path, since=date(2027, 1, 1), total=sipd.write(path, rows))
    linked = await move(planner, accepted, "IN_BUDGET", opd="DLH", code="2.11.11")
    assert (linked["opd"], linked["placeName"]) == ({"code": "DLH"}, "Program 2.11.11")
    done = await move(dlh, await move(dlh, linked, "UNDER_WAY"), "DONE")
    assert [s["state"] for s in done["steps"]] == ["PROPOSED", "ACCEPTED", "IN_BUDGET", "UNDER_WAY", "DONE"]
    assert [s["opd"] and s["opd"]["code"] for s in done["steps"]] == [None, "KEC-SUKUN", *["DLH"] * 3]
    await city.drain()
    titles = [title for title, _, _ in await notices(budi)]
    assert titles == [
        f"Usulan {word}: Lampu jalan di gang sekolah"
        for word in ("selesai", "dikerjakan", "masuk anggaran", "diterima")
    ]
    at_place = await city.nobody.ask(
        '{ proposals(year: 2027, opd: "DLH", code: "2.11.11") { edges { node { title state } } } }'
    )
    assert at_place["proposals"]["edges"] == [{"node": {"title": WISH["title"], "state": "DONE"}}]


async def test_who_follows_a_kelurahan_hears_how_its_proposals_go(city: City) -> None:
    sari, budi, sukun = [await city.login(p) for p in (SARI, BUDI, SUKUN_OFFICER)]
    await follow(budi, kelurahan=SUKUN)
    made = (await sari.act("propose", PROPOSED, **WISH))["proposal"]
    await move(sukun, made, "ACCEPTED")
    await city.drain()
    for person in (sari, budi):
        assert [title for title, _, _ in await notices(person)] == [
            "Usulan diterima: Lampu jalan di gang sekolah"
        ]


async def test_each_step_is_for_those_whose_step_it_is(city: City) -> None:
    sari, klojen, sukun, planner = [
        await city.login(p) for p in (SARI, KLOJEN_OFFICER, SUKUN_OFFICER, PLANNER)
    ]
    made = (await sari.act("propose", PROPOSED, **WISH))["proposal"]
    for other in (sari, klojen):
        refused = await nothing_recorded_by(move(other, made, "ACCEPTED"))
        assert refused["code"] == "not_your_office"
    assert (await nothing_recorded_by(move(sukun, made, "REFUSED")))["__typename"] == "InvalidInput"
    assert (await nothing_recorded_by(move(planner, made, "DONE")))["code"] == "no_such_step"
    refused = await move(sukun, made, "REFUSED", reason="Lampu di sana sudah dipasang tahun lalu.")
    assert (refused["state"], refused["reason"]) == ("REFUSED", "Lampu di sana sudah dipasang tahun lalu.")
    why = "Salah catat: itu gang lain."
    assert (await nothing_recorded_by(move(sukun, refused, "PROPOSED", reason=why)))["code"] == "not_planning"
    assert (await move(planner, refused, "PROPOSED", reason=why))["state"] == "PROPOSED"
    assert (await nothing_recorded_by(move(planner, made, "ACCEPTED")))["code"] == "stale_version"


async def test_what_a_meeting_decided_is_brought_by_its_kecamatan(city: City) -> None:
    sari, sukun = await city.login(SARI), await city.login(SUKUN_OFFICER)
    wish = WISH | {"forum": "KELURAHAN", "year": clock.today().year}
    refused = await nothing_recorded_by(sari.act("propose", PROPOSED, **wish))
    assert refused["code"] == "not_your_office"
    assert (await sukun.act("propose", PROPOSED, **wish))["proposal"]["state"] == "PROPOSED"
    assert (await Proposal.get()).forum == "kelurahan"
