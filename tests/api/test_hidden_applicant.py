"""A complaint whose author stays hidden: its own desk knows the name, the OPD it is passed to does not."""

from tests.city import SARI, City

DESK, OTHER = "DISKOMINFO", "DLH"


async def officer_of(city: City, opd: str) -> str:
    """The phone of the demonstration's officer in an OPD."""
    return next(p.phone for p in city.people if any(q.opd == opd and q.role == "officer" for q in p.posts))


async def test_the_office_complained_about_never_learns_the_name(city: City) -> None:
    # given a complaint whose author asked to stay hidden
    sari = await city.login(SARI)
    desk, other = (
        await city.login(await officer_of(city, DESK)),
        await city.login(await officer_of(city, OTHER)),
    )
    case = await city.apply(sari, "KOM-SAMBAT", answers_over={"hide_identity": "yes"})
    assert case.get("code") is None, case

    # when the desk passes it on
    case = await desk.move("takeApplication", case)
    assert case["applicant"]["name"] == "Sari Wulandari"
    await desk.move("forwardApplication", case, opdCode=OTHER, reason="Menyangkut sampah di wilayah Anda.")
    seen = await other.case(case["number"])

    # then the other office reads the complaint and no name, number or address
    assert seen is not None
    assert seen["applicant"] == {
        "name": "Nama dirahasiakan",
        "nikMasked": None,
        "phoneMasked": "",
        "kelurahan": None,
    }
    assert "Sari" not in str(seen["answers"])
    assert {a["name"] for a in seen["answers"]}.isdisjoint({"name", "nik", "phone", "address"})
