"""Place, time and camera leave a photo; every pixel stays."""

import contextlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from storage.images import end_of_image, without_location
from tests.storage import samples


def pixels(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data)) as image:
        return image.tobytes()


def exif(data: bytes) -> dict[int, object]:
    with Image.open(io.BytesIO(data)) as image:
        return dict(image.getexif())


@pytest.mark.parametrize("little_endian", [False, True])
def test_only_the_orientation_of_a_phone_photo_stays(little_endian: bool) -> None:
    photo = samples.photo_from_a_phone(orientation=6, little_endian=little_endian)
    assert {0x0112, 0x010F, 0x8825} <= set(exif(photo))

    cleaned = without_location(photo)

    assert exif(cleaned) == {0x0112: 6}
    assert pixels(cleaned) == pixels(photo)
    for trace in (b"GPS", b"MerekKamera", b"Jalan Ijen", b"xmpmeta"):
        assert trace not in cleaned


def test_the_colour_profile_stays_because_it_is_part_of_the_picture() -> None:
    with Image.open(io.BytesIO(without_location(samples.photo_from_a_phone()))) as image:
        assert image.info["icc_profile"] == b"a colour profile"


def test_an_upright_photo_keeps_no_exif_at_all() -> None:
    assert b"Exif" not in without_location(samples.photo_from_a_phone(orientation=1))


@pytest.mark.parametrize("marker", [0xE3, 0xED, 0xEF, 0xFE])
def test_other_application_segments_and_comments_go(marker: int) -> None:
    photo = samples.with_segment(samples.jpeg(), marker, b"Photoshop 3.0\0 Kota Malang")

    assert without_location(photo) == samples.jpeg()


def test_cleaning_twice_changes_nothing_more() -> None:
    once = without_location(samples.photo_from_a_phone())

    assert without_location(once) == once


@pytest.mark.parametrize("options", [{"progressive": True}, {"restart_marker_blocks": 1}, {"quality": 100}])
def test_every_way_of_coding_keeps_its_pixels(options: dict[str, object]) -> None:
    photo = samples.jpeg(**options)

    assert pixels(without_location(photo)) == pixels(photo)
    assert end_of_image(photo) == len(photo)


def test_what_stands_after_the_image_goes() -> None:
    assert without_location(samples.jpeg() + b"PK\x03\x04 a zip") == samples.jpeg()
    assert without_location(samples.png() + b"PK\x03\x04 a zip") == samples.png()


def test_a_png_loses_exif_text_and_time_and_keeps_its_pixels() -> None:
    for name in (b"eXIf", b"tEXt", b"iTXt", b"tIME"):
        drawing = samples.png_with_chunk(name, b"Comment\0Jalan Ijen")

        assert without_location(drawing) == samples.png()


def test_other_bytes_come_back_as_they_are() -> None:
    assert without_location(b"%PDF-1.7 ...") == b"%PDF-1.7 ..."
    assert without_location(b"") == b""


@pytest.mark.parametrize("data", [samples.jpeg(), samples.png()])
def test_a_cut_off_image_is_a_value_error_and_nothing_else(data: bytes) -> None:
    for length in range(4 if data[0] == 0xFF else 8, len(data) - 1, 7):
        with pytest.raises(ValueError, match=r"JPEG|PNG"):
            without_location(data[:length])


@given(
    st.binary(max_size=300),
    st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe1\0\x20Exif\0\0II*\0"]),
)
def test_no_bytes_make_it_fail_otherwise(tail: bytes, head: bytes) -> None:
    with contextlib.suppress(ValueError):
        without_location(head + tail)
