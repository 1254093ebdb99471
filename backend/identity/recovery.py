"""Who lost their phone: two officials take the passkeys away, every session ends, and it is kept who did it."""

from collections.abc import Sequence
from uuid import UUID

from tortoise.transactions import in_transaction

from backend.core import clock
from backend.core.actors import SYSTEM
from backend.core.events import Event
from backend.core.models import RecordedEvent
from backend.core.outbox import record
from backend.core.problems import InvalidInput, NotAllowed
from backend.core.secrets import Keyring
from backend.core.texts import Text
from backend.identity import rules
from backend.identity.models import Passkey, Person, Session
from backend.identity.queries import posts_of

SUBJECT, RESET = "person", "passkeys_reset"
TWO = Text(
    "Perlu dua petugas yang berbeda, dan bukan pemilik kunci sendiri.",
    "Two different officials are needed, neither of them the owner of the passkeys.",
)


async def reset(phone: str, by: Sequence[str], keyring: Keyring) -> int:
    """Revoke every passkey and session of a person; returns how many passkeys went.

    Raises InvalidInput for a number nobody has, NotAllowed unless two others who hold posts today answer for it.
    """
    owner, *officials = [await _person(p, keyring) for p in (phone, *by)]
    holding = {p for p in officials if await posts_of(p)}
    if len(holding) != 2 or owner in holding:
        raise NotAllowed("two_officials", TWO)
    async with in_transaction():
        await Person.filter(id=owner).select_for_update().get()
        now = clock.now()
        gone = await Passkey.filter(person_id=owner, revoked_at=None).update(revoked_at=now)
        await Session.filter(person_id=owner, revoked_at=None).update(revoked_at=now)
        seq = await RecordedEvent.filter(subject_kind=SUBJECT, subject_id=owner).count() + 1
        data = {"by": sorted(str(p) for p in holding), "passkeys": gone}
        await record(Event(RESET, SUBJECT, owner, seq, data), SYSTEM, silent=True)
    return gone


async def _person(phone_text: str, keyring: Keyring) -> UUID:
    phone = rules.read_phone(phone_text)
    found = await Person.get_or_none(phone_index=keyring.blind_index("phone", phone)) if phone else None
    if found is None:
        raise InvalidInput.at("phone", "Nomor ini tidak dikenal.", f"Nobody is known under {phone_text}.")
    return found.id
