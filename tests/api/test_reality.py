"""Promise and reality side by side: measured from real rows, one statement for the whole catalogue."""

from datetime import UTC, datetime, timedelta

from backend.applications.models import Application
from backend.core import clock
from tests.city import SARI, City

MONDAY = datetime(2026, 11, 23, 3, tzinfo=UTC)
FRIDAY = datetime(2026, 11, 20, 1, tzinfo=UTC)  # 08.00 in the city
ASK = '{ service(code: "PTSP-NIB") { measured { cases medianMinutes medianText } } }'


async def issued(city: City, times: int) -> None:
    """Cases that took one to three office hours on Friday, 20 November 2026."""
    sari = await city.login(SARI)
    for n in range(times):
        case = await city.apply(sari, "PTSP-NIB")
        await Application.filter(number=case["number"]).update(
            submitted_at=FRIDAY, closed_at=FRIDAY + timedelta(minutes=60 * (n % 3 + 1)), state="issued"
        )


async def test_four_cases_say_nothing_yet(city: City) -> None:
    with clock.at(MONDAY):
        await issued(city, 4)
        assert (await city.nobody.ask(ASK))["service"]["measured"] is None


async def test_five_cases_give_their_median_in_office_time(city: City) -> None:
    with clock.at(MONDAY):
        await issued(city, 5)
        found = (await city.nobody.ask(ASK))["service"]["measured"]
    assert found == {"cases": 5, "medianMinutes": 120, "medianText": "2 jam"}
