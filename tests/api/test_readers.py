"""The same case in the words of who reads it, and what nobody has to type twice."""

from tests.city import HADI, RINA, SARI, City

SERVICE = "DUK-KTP-HILANG"


async def test_what_the_city_already_holds_is_not_typed_again(city: City) -> None:
    # given a form that asks for name, NIK and address, which stand in the profile
    sari = await city.login(SARI)
    fields = (await sari.ask('{ service(code: "DUK-KTP-HILANG") { fields { name profile } } }'))["service"][
        "fields"
    ]
    held = {f["name"] for f in fields if f["profile"]}
    assert "nik" in held

    # when she leaves all of them out
    case = await city.apply(sari, SERVICE, leave_out=held)

    # then they are taken from her profile, the NIK masked to every reader
    assert case.get("code") is None, case
    answers = {a["name"]: a["value"] for a in case["answers"]}
    assert answers["name"] == "Sari Wulandari"
    assert answers["nik"] == "357301******0002"


async def test_a_case_speaks_to_its_applicant_and_about_her_to_others(city: City) -> None:
    # given a case handed back to its applicant
    sari, rina = await city.login(SARI), await city.login(RINA)
    case = await city.apply(sari, SERVICE)
    case = await rina.move("takeApplication", case)
    returns = [{"requirement": case["returnable"][0]["code"], "reason": "Fotonya buram, tidak terbaca."}]
    seen_by_staff = await rina.move("returnApplication", case, returns=returns)

    # when both read it
    own = await sari.case(case["number"])

    # then she is spoken to, and the officer reads about her
    assert own is not None
    assert (own["state"]["title"], own["due"]["headline"]) == ("Menunggu Anda", "Menunggu Anda")
    assert own["timeline"][0]["title"] == "Perlu Anda perbaiki"
    assert seen_by_staff["state"]["title"] == "Menunggu pemohon"
    assert seen_by_staff["due"]["headline"] == "Menunggu pemohon"
    assert seen_by_staff["timeline"][0]["title"] == "Dikembalikan untuk diperbaiki"
    tracked = await city.nobody.ask(
        "query T($n: String!) { track(number: $n) { state { title } due { headline } } }", n=case["number"]
    )
    assert tracked["track"] == {
        "state": {"title": "Menunggu pemohon"},
        "due": {"headline": "Menunggu pemohon"},
    }


async def test_the_head_frees_a_case_whose_officer_is_away(city: City) -> None:
    # given a case that an officer took and left
    sari, rina, hadi = await city.login(SARI), await city.login(RINA), await city.login(HADI)
    case = await rina.move("takeApplication", await city.apply(sari, SERVICE))

    # when the head puts it back
    seen = await hadi.case(case["number"])
    assert seen is not None
    assert "RELEASE" in seen["actions"]
    freed = await hadi.move("releaseApplication", seen)

    # then it waits for any officer again
    assert (freed["state"]["name"], freed["takenBy"]) == ("submitted", None)
