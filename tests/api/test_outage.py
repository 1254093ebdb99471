"""A signer that is away takes no decision back: the case waits with its reason, and its promise moves by the wait."""

from datetime import datetime, timedelta

import pytest

from backend.applications.models import Application, CasePause
from backend.core import clock
from backend.signing.events import SIGN
from backend.signing.models import Letter, SignerOutage
from backend.signing.signer import SignerRefused, SignerUnavailable
from backend.worker import Later
from tests.api.test_signing_desk import MONDAY, opened, waiting, with_signer
from tests.authenticator import sign, wish
from tests.city import HADI, RINA, SARI, City


async def test_an_outage_is_told_on_the_case_and_added_to_its_promise(city: City) -> None:
    # given a letter that is decided on Monday morning, and a signer that does not answer
    with clock.at(MONDAY):
        hadi = await city.login(HADI)
        case = await waiting(city)
        with_signer(city, SignerUnavailable("down"))
        await sign(hadi, wish(case, (await opened(hadi, case))["letter"]["sha256"]))
        job = {"letter": str((await Letter.get()).id)}
        before = (await Application.get()).due_at
        with pytest.raises(Later):
            await city.work.handlers[SIGN](job)

        # then the resident reads why
        sari = await city.login(SARI)
        seen = await sari.case(case["number"])
        assert seen is not None
        assert seen["timeline"][0]["kind"] == "application_signer_away"
        assert "terganggu" in seen["timeline"][0]["title"]

    # and when it answers two working days later
    with clock.at(MONDAY + timedelta(days=2)):
        await city.work.handlers[SIGN](job)

    # then the letter is issued, and the promise moved by those two days
    after = await Application.get()
    assert after.state == "issued"
    assert before is not None
    assert after.due_at == before + timedelta(days=2)
    pause, outage = await CasePause.get(), await SignerOutage.get()
    assert (pause.cost, pause.until is not None) == (2, True)
    assert outage.ended_at == MONDAY + timedelta(days=2)
    with clock.at(MONDAY + timedelta(days=2)):
        seen = await (await city.login(SARI)).case(case["number"])
    assert seen is not None
    kinds = [t["kind"] for t in seen["timeline"][:3]]
    assert kinds == ["application_issued", "application_signer_back", "application_signer_away"]


async def test_a_case_returned_after_an_outage_shows_what_the_outage_cost_at_once(city: City) -> None:
    # given a case whose letter waited two working days for the signer, then failed and went back to the officers
    with clock.at(MONDAY):
        hadi = await city.login(HADI)
        case = await waiting(city)
        with_signer(city, SignerUnavailable("down"), SignerRefused("not_valid"))
        await sign(hadi, wish(case, (await opened(hadi, case))["letter"]["sha256"]))
        job = {"letter": str((await Letter.get()).id)}
        before = (await Application.get()).due_at
        with pytest.raises(Later):
            await city.work.handlers[SIGN](job)
    with clock.at(MONDAY + timedelta(days=2)):
        await city.work.handlers[SIGN](job)
        hadi, rina = await city.login(HADI), await city.login(RINA)
        seen = await hadi.case(case["number"])
        assert seen is not None
        back = await hadi.move("sendBackApplication", seen, reason="Nama belum sama dengan KTP.")
        taken = await rina.move("takeApplication", back)
        code = taken["returnable"][0]["code"]
        # when it is returned to the resident
        items = [{"requirement": code, "reason": "Foto buram, nomor tidak terbaca."}]
        await rina.move("returnApplication", taken, returns=items)
        # then the date that is shown while the clock stands still has the outage in it
        shown = await (await city.login(SARI)).case(case["number"])
    assert shown is not None
    assert before is not None
    assert shown["due"]["paused"] is True
    assert datetime.fromisoformat(shown["dueAt"]) == before + timedelta(days=2)
