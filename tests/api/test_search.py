"""Search as people do it: old names, everyday words, beginnings of words and typing slips."""

import pytest

from tests.city import City

FIND = "query S($s: String!) { services(search: $s, first: 5) { edges { node { code } } totalCount } }"


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("IMB", "PTSP-PBG"),
        ("PPDB", "DIK-SPMB-SMP"),
        ("SIUP", "PTSP-NIB"),
        ("ktp hilang", "DUK-KTP-HILANG"),
        ("kartu kuning", "PTSP-AK1"),
        ("surat miskin", "KEC-SKTM"),
        ("KARTU KELUARGA BARU", "DUK-KK-BARU"),
        ("perempesan pohon", "DLH-PANGKAS"),
        ("akta kelahiran", "DUK-AKTA-LAHIR"),
    ],
)
async def test_the_service_people_mean_comes_first(city: City, words: str, first: str) -> None:
    found = (await city.nobody.ask(FIND, s=words))["services"]["edges"]
    assert found, words
    assert found[0]["node"]["code"] == first


@pytest.mark.parametrize(("words", "among"), [("kelahirn", "DUK-AKTA-LAHIR"), ("rekla", "PTSP-REKLAME")])
async def test_a_slip_or_a_beginning_still_finds_it(city: City, words: str, among: str) -> None:
    found = (await city.nobody.ask(FIND, s=words))["services"]["edges"]
    assert among in [e["node"]["code"] for e in found]


@pytest.mark.parametrize("words", ["zzzzqqq", "!!!", "' OR 1=1 --", "& | !", "\\"])
async def test_words_that_mean_nothing_find_nothing_and_break_nothing(city: City, words: str) -> None:
    assert (await city.nobody.ask(FIND, s=words))["services"]["totalCount"] in range(4)
