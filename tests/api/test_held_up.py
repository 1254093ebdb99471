"""A letter that only the head in person may sign, while a stand-in is there: it waits, and says so to everyone."""

from datetime import UTC, datetime, timedelta
from typing import Any

from backend.applications.models import Application
from backend.core import clock
from backend.core.models import RecordedEvent
from backend.delegation.models import LadderRung
from backend.services import queries as services
from backend.services.actions import publish
from backend.signing.models import Letter
from tests.api.test_standins import told
from tests.authenticator import sign, wish
from tests.city import HADI, RINA, SARI, City, Visitor
from tests.standins import DEPUTY, REGISTRY, SECRETARY, grant

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # Monday, 9.00
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SERVICE = "DUK-KK-HILANG"
LINE = "Menunggu kepala dinas sendiri"


async def strategic() -> None:
    """The service's letters decide on staffing from now on."""
    found = await services.current(SERVICE)
    letter = found.product.letter.model_copy(update={"strategic": "staffing"})
    product = found.product.model_copy(update={"letter": letter})
    assert await publish(found.model_copy(update={"product": product}))


async def approved(city: City) -> dict[str, Any]:
    sari, rina = await city.login(SARI), await city.login(RINA)
    case = await rina.move("takeApplication", await city.apply(sari, SERVICE))
    case = await rina.move("approveApplication", case)
    await city.drain()
    return case


async def read(city: City, head: Visitor, case: dict[str, Any]) -> dict[str, Any]:
    """Open the letter, which is drawn under today's date first, as it is to be signed."""
    said = "... on LetterOpened { letter { sha256 } application { version } }"
    await head.act("openLetter", said, applicationId=case["id"])
    await city.drain()
    seen = await head.act("openLetter", said, applicationId=case["id"])
    return wish(case, seen["letter"]["sha256"], version=seen["application"]["version"])


async def waits(city: City) -> int:
    board = (await city.nobody.ask("{ officeBoard { opd { code } waitingForHead } }"))["officeBoard"]
    found: int = next(b for b in board if b["opd"]["code"] == REGISTRY)["waitingForHead"]
    return found


async def test_a_letter_only_the_head_may_sign_says_that_it_waits_for_the_head(city: City) -> None:
    # given a stand-in for two days, and such a letter
    with clock.at(NOW):
        await strategic()
        await grant(city, await city.login(SECRETARY), NOW, NOW + 2 * DAY)
        assert await waits(city) == 0
        case = await approved(city)
        # then it names the head, and the stand-in has no way to sign it
        letter = await Letter.get()
        assert (letter.signer_name, letter.capacity, letter.strategic) == (
            "Hadi Susanto Broto",
            "definitive",
            True,
        )
        deputy = await city.login(DEPUTY)
        seen = await deputy.act(
            "openLetter", "... on LetterOpened { letter { sha256 } }", applicationId=case["id"]
        )
        (refused,) = await sign(deputy, wish(case, seen["letter"]["sha256"]))
        assert refused["problem"]["code"] in ("letter_moved", "not_delegated")
    # when the minute comes
    with clock.at(NOW + MINUTE):
        assert (await city.work.hand_over()).redrawn == 0
        await city.drain()
        await city.work.hand_over()
        # then resident, officer and secretary are told once, with the reason
        said = (await (await city.login(SARI)).case(case["number"]) or {})["timeline"][0]
        assert (said["title"], said["waiting"]) == (LINE, True)
        assert said["detail"].startswith("Surat ini menyangkut kepegawaian.")
        assert (await (await city.login(RINA)).case(case["number"]) or {})["timeline"][0]["title"] == LINE
        assert [t for t in await told(city, SARI) if t.endswith("menunggu kepala dinas sendiri")] != []
        assert [t for t in await told(city, RINA) if t.startswith(LINE)] != []
        held = [t for t in await told(city, SECRETARY) if t.startswith("Surat menunggu kepala sendiri")]
        assert len(held) == 1
        assert await waits(city) == 1
        assert await RecordedEvent.filter(kind="application_waits_for_head").count() == 1
    # and the wait goes on climbing from when it began
    with clock.at(NOW + 6 * HOUR):
        await city.work.hand_over()
        assert await LadderRung.all().count() == 1
    # when the head is back
    with clock.at(NOW + 2 * DAY + MINUTE):
        await city.work.hand_over()
        await city.drain()
        assert await waits(city) == 0
        head = await city.login(HADI)
        (done,) = await sign(head, await read(city, head, case))
        assert done["problem"] is None
        await city.drain()
    assert (await Application.get()).state == "issued"
