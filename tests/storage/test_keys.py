"""How keys look, and which are refused."""

import pytest

from storage import keys

DIGEST = "ab12" + "0" * 60


def test_a_document_and_a_letter_are_named_by_their_hash_in_their_own_folder() -> None:
    assert keys.document(DIGEST) == f"documents/ab/12/{DIGEST}"
    assert keys.letter(DIGEST) == f"letters/ab/12/{DIGEST}"


def test_only_final_keys_promise_a_hash() -> None:
    assert keys.content_hash(keys.document(DIGEST)) == DIGEST
    assert keys.content_hash(keys.letter(DIGEST)) == DIGEST
    assert keys.content_hash(keys.quarantine("0123456789abcdef")) is None
    assert keys.content_hash(f"quarantine/{DIGEST}") is None


@pytest.mark.parametrize(
    "name", ["", "short", "x" * 65, "0123456789abcde/", "../0123456789abc", "0123456789abcdeé"]
)
def test_an_upload_id_that_is_no_plain_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="upload id"):
        keys.quarantine(name)


@pytest.mark.parametrize("digest", ["", "AB" * 32, "g" * 64, "0" * 63, "0" * 65, "0" * 64 + "\n"])
def test_a_hash_in_another_form_is_refused(digest: str) -> None:
    with pytest.raises(ValueError, match="hex digits"):
        keys.document(digest)


def test_a_part_is_named_by_its_upload_and_number_and_promises_no_hash() -> None:
    assert keys.part("0123456789abcdef", 39) == "parts/0123456789abcdef-39"
    assert keys.content_hash(keys.part("0123456789abcdef", 0)) is None
    for upload, number in (("0123456789abcdef", -1), ("0123456789abcdef", 10_000), ("x/../y", 0)):
        with pytest.raises(ValueError, match="parts 0 to"):
            keys.part(upload, number)
