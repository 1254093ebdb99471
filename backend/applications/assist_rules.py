"""Applying for somebody else: who may help, what must be known of the resident, and how often is much."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from backend.core.problems import FieldFault, InvalidInput
from backend.core.texts import Text
from backend.identity.rules import ADDRESS_MOST, NAME_MOST, Nik, read_nik, read_phone

WEEK = timedelta(days=7)


class Relation(StrEnum):
    """What the helper is to the resident: an officer at a counter, the head of the RT or RW, or family."""

    COUNTER = "counter"
    RT = "rt"
    FAMILY = "family"


SAID = {
    Relation.COUNTER: Text("petugas loket", "counter officer"),
    Relation.RT: Text("pengurus RT/RW", "RT or RW"),
    Relation.FAMILY: Text("keluarga", "family"),
}
# Counter officers help all day long; that is their work.
COUNTED = (Relation.RT, Relation.FAMILY)

SELF = Text(
    "Ini data Anda sendiri. Ajukan untuk diri sendiri tanpa pendamping.",
    "This is you. Apply for yourself without a helper.",
)
# The same words whichever of the two is another's: what the city knows of somebody is not for a helper to find out.
NO_MATCH = Text(
    "NIK dan nomor HP ini tidak cocok. Periksa lagi bersama pemohon.",
    "This NIK and mobile number do not belong together. Check them with the resident.",
)


@dataclass(frozen=True)
class Resident:
    """Whom the helper applies for, as the helper wrote it."""

    name: str
    nik: str
    phone: str
    address: str
    relation: Relation


def read_resident(given: Resident, today: date) -> Resident:
    """The same in stored form; InvalidInput names every wrong value. An address may be left out."""
    name, address = " ".join(given.name.split()), " ".join(given.address.split())
    phone, nik = read_phone(given.phone), read_nik(given.nik, today)
    faults = []
    if not 2 <= len(name) <= NAME_MOST:
        text = Text(
            f"Tulis nama seperti di KTP, 2 sampai {NAME_MOST} huruf.",
            f"Write the name as on the ID, 2 to {NAME_MOST} letters.",
        )
        faults.append(FieldFault("onBehalfOf.name", text))
    if not isinstance(nik, Nik):
        faults.append(FieldFault("onBehalfOf.nik", nik))
    if phone is None:
        text = Text(
            "Nomor HP dimulai 08 atau +628, 10 sampai 13 angka.", "A mobile number starts with 08 or +628."
        )
        faults.append(FieldFault("onBehalfOf.phone", text))
    if address and not 5 <= len(address) <= ADDRESS_MOST:
        faults.append(FieldFault("onBehalfOf.address", _address()))
    if faults or phone is None or not isinstance(nik, Nik):
        raise InvalidInput(*faults)
    return Resident(name, nik.digits, phone, address, given.relation)


def _address() -> Text:
    return Text(
        f"Tulis alamat dengan jalan dan nomor, 5 sampai {ADDRESS_MOST} huruf.",
        f"Write street and number, 5 to {ADDRESS_MOST} letters.",
    )


def require_address(address: str | None) -> None:
    """Nobody is found without one: InvalidInput when neither the helper nor the city knows it."""
    if not address:
        raise InvalidInput(FieldFault("onBehalfOf.address", _address()))


def require_other(helper_nik: str | None, resident_nik: str, *, same_person: bool) -> None:
    """A helper is somebody else than the resident."""
    if same_person:
        raise InvalidInput(FieldFault("onBehalfOf.phone", SELF), code="own_application")
    if helper_nik is not None and helper_nik == resident_nik:
        raise InvalidInput(FieldFault("onBehalfOf.nik", SELF), code="own_application")


def is_over(relation: Relation, before: int, weekly: int) -> bool:
    """True when this case is one too many for a helper who had `before` in the seven days to now."""
    return relation in COUNTED and before >= weekly
