"""Stand-ins as tests name them: the secretary, the mayor, a deputy, and what they ask."""

from datetime import datetime, timedelta
from typing import Any

from backend.identity.models import Person
from schema.ids import encode
from tests.city import City, Visitor

MAYOR, SECRETARY, INSPECTOR = "+6281100000031", "+6281100000032", "+6281100000033"
DEPUTY = "+6281100030001"  # of the registry, whose head is HADI
DEPUTY_PTSP = "+6281100030002"
HEAD_PTSP = "+6281100020002"
REGISTRY = "DISPENDUKCAPIL"
CHANGED = "... on DelegationChanged { delegation { id version state title kind mayEnd } }"


async def official(city: City, phone: str) -> str:
    """The id by which somebody is named as stand-in."""
    row = await Person.get(phone_index=city.parts.keyring.blind_index("phone", phone))
    return str(encode("Official", row.id))


async def grant(
    city: City,
    who: Visitor,
    starts: datetime,
    ends: datetime,
    *,
    receiver: str = DEPUTY,
    **over: Any,
) -> dict[str, Any]:
    """Name a stand-in at the registry; the answer is the delegation, or the refusal."""
    given: dict[str, Any] = {
        "opdCode": REGISTRY,
        "kind": "PLH",
        "standIn": {
            "receiverId": await official(city, receiver),
            "letterNumber": "800/0001/SETDA/2026",
            "letterDate": (starts - timedelta(days=1)).date().isoformat(),
        },
        "startsAt": starts.isoformat(),
        "endsAt": ends.isoformat(),
        "reason": "TRAVEL",
    }
    answer = await who.act("grantDelegation", CHANGED, **(given | over))
    found: dict[str, Any] = answer.get("delegation") or answer
    return found
