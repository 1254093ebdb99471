"""A file is what its content says: accepted with its facts, or refused for a named reason."""

import hashlib
import tempfile
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest

from storage import TooBig
from storage.images import without_location
from storage.inspect import Inspected, Inspector, Reason, Refused
from storage.probe import probe
from tests.storage import samples
from tests.storage.streams import pieces

LIMIT = 10 * 1024 * 1024
inspector = Inspector()


async def inspect(data: bytes, declared: str | None = None) -> Inspected:
    return await inspector.inspect(pieces(data[:100], data[100:]), declared=declared, limit=LIMIT)


def refusal(data: bytes) -> str:
    """What the examiner answers, asked in this process: starting one for each case would take a minute."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        answer = probe(Path(file.name))
    assert set(answer) == {"reason", "detail"}
    return str(answer["reason"])


async def test_a_photo_is_accepted_with_its_size_hash_and_pixels() -> None:
    photo = samples.photo_from_a_phone()

    seen = await inspect(photo, "image/jpeg")

    digest = hashlib.sha256(photo).hexdigest()
    size = (samples.WIDTH, samples.HEIGHT)
    assert seen == Inspected("image/jpeg", len(photo), digest, 1, *size, tells_more=True)


async def test_a_png_is_accepted() -> None:
    seen = await inspect(samples.png(), "image/png")

    assert (seen.media_type, seen.width, seen.height) == ("image/png", samples.WIDTH, samples.HEIGHT)


def second_page(pdf: pikepdf.Pdf) -> None:
    pdf.add_blank_page()


async def test_a_pdf_is_accepted_with_its_pages() -> None:
    seen = await inspect(samples.pdf(second_page), "application/pdf")

    assert (seen.media_type, seen.pages) == ("application/pdf", 2)


async def test_a_file_on_disk_is_examined_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "ktp").write_bytes(samples.jpeg())

    assert (await inspector.inspect_file(tmp_path / "ktp")).media_type == "image/jpeg"


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"\0", b"just words", b"<html><script>alert(1)</script>", b"<svg xmlns='...'/>"),
        *(b"PK\x03\x04", b"MZ\x90\0", b"\x7fELF", b"GIF89a", b"RIFF\0\0\0\0WEBP", b"#!/bin/sh\n"),
    ],
)
def test_any_other_kind_of_file_is_unknown(data: bytes) -> None:
    assert refusal(data) == Reason.UNKNOWN_TYPE


async def test_a_pdf_that_is_called_a_photo_differs() -> None:
    with pytest.raises(Refused) as refused:
        await inspect(samples.pdf(), "image/jpeg")

    assert refused.value.reason is Reason.TYPE_DIFFERS


@pytest.mark.parametrize("data", [b"<html>", samples.pdf()[:60], samples.huge_png(60_000, 60_000)])
async def test_the_reason_comes_back_from_the_examining_process(data: bytes) -> None:
    with pytest.raises(Refused) as refused:
        await inspect(data)

    assert refused.value.reason == refusal(data)


@pytest.mark.parametrize(
    "data", [samples.jpeg()[:-40], samples.jpeg()[:30], samples.png()[:-20], samples.png()[:40]]
)
def test_a_cut_off_image_is_broken(data: bytes) -> None:
    assert refusal(data) == Reason.BROKEN


@pytest.mark.parametrize("data", [b"%PDF-1.7\n", b"%PDF-1.7\nnothing here\n%%EOF", samples.pdf()[:60]])
def test_a_pdf_without_a_page_that_opens_is_broken(data: bytes) -> None:
    assert refusal(data) == Reason.BROKEN


def test_a_pdf_of_no_pages_is_broken() -> None:
    def empty(pdf: pikepdf.Pdf) -> None:
        del pdf.pages[0]

    assert refusal(samples.pdf(empty)) == Reason.BROKEN


@pytest.mark.parametrize("user", ["", "rahasia"])
def test_a_locked_pdf_is_refused_also_when_it_opens_without_a_password(user: str) -> None:
    locked = samples.pdf(encryption=pikepdf.Encryption(owner="pemilik", user=user))

    assert refusal(locked) == Reason.ENCRYPTED_PDF


def javascript_at_opening(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")


def javascript_nested_in_direct_objects(pdf: pikepdf.Pdf) -> None:
    action = pikepdf.Dictionary(S=pikepdf.Name.GoTo, Next=[pikepdf.Dictionary(S=pikepdf.Name.JavaScript)])
    pdf.pages[0].Deep = pikepdf.Array([pikepdf.Dictionary(Deeper=pikepdf.Array([action]))])


def javascript_by_name(pdf: pikepdf.Pdf) -> None:
    script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="1")
    pdf.Root.Names = pikepdf.Dictionary(JavaScript=pikepdf.Dictionary(Names=["a", script]))


def launch(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.Launch, F="calc.exe")


def launch_on_a_link(pdf: pikepdf.Pdf) -> None:
    action = pikepdf.Dictionary(S=pikepdf.Name.Launch, F="calc.exe")
    link = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, A=action)
    pdf.pages[0].Annots = pikepdf.Array([pdf.make_indirect(link)])


def opening_goes_on(pdf: pikepdf.Pdf) -> None:
    after = pikepdf.Dictionary(S=pikepdf.Name.URI, URI="https://evil.example")
    pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.GoTo, Next=after)


def attachment(pdf: pikepdf.Pdf) -> None:
    pdf.attachments["virus.exe"] = b"MZ"


def page_event(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].AA = pikepdf.Dictionary(O=pikepdf.Dictionary(S=pikepdf.Name.URI))


def form_in_xml(pdf: pikepdf.Pdf) -> None:
    pdf.Root.AcroForm = pikepdf.Dictionary(XFA=pdf.make_stream(b"<xdp/>"))


def form_that_sends(pdf: pikepdf.Pdf) -> None:
    pdf.Root.Deep = pikepdf.Dictionary(S=pikepdf.Name.SubmitForm, F="https://evil.example")


ACTIVE = [
    *(javascript_at_opening, javascript_nested_in_direct_objects, javascript_by_name, launch),
    *(launch_on_a_link, opening_goes_on, attachment, page_event, form_in_xml, form_that_sends),
]


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("change", ACTIVE)
def test_a_pdf_that_acts_is_refused_also_when_its_objects_are_compressed(
    change: Callable[[pikepdf.Pdf], None], compressed: bool
) -> None:
    mode = pikepdf.ObjectStreamMode.generate if compressed else pikepdf.ObjectStreamMode.disable

    assert refusal(samples.pdf(change, object_stream_mode=mode)) == Reason.ACTIVE_PDF


async def test_a_pdf_that_opens_at_a_page_is_what_word_processors_write() -> None:
    def open_at_page_one(pdf: pikepdf.Pdf) -> None:
        pdf.Root.OpenAction = pikepdf.Array([pdf.pages[0].obj, pikepdf.Name.Fit])

    assert (await inspect(samples.pdf(open_at_page_one))).media_type == "application/pdf"


async def test_a_pdf_whose_objects_point_in_a_circle_is_examined_to_its_end() -> None:
    def circle(pdf: pikepdf.Pdf) -> None:
        one, two = pdf.make_indirect(pikepdf.Dictionary()), pdf.make_indirect(pikepdf.Dictionary())
        one.Other, two.Other, pdf.Root.Deep = two, one, one

    assert (await inspect(samples.pdf(circle))).pages == 1


@pytest.mark.parametrize(("width", "height"), [(60_000, 60_000), (10_000, 5_001)])
def test_a_small_file_that_unpacks_to_an_enormous_picture_is_refused(width: int, height: int) -> None:
    assert refusal(samples.huge_png(width, height)) == Reason.TOO_MANY_PIXELS


@pytest.mark.parametrize("tail", [b"PK\x03\x04 a zip", samples.pdf(), b"<script>alert(1)</script>"])
@pytest.mark.parametrize("image", [samples.jpeg(), samples.png()])
def test_an_image_with_another_file_behind_it_is_refused(image: bytes, tail: bytes) -> None:
    assert refusal(image + tail) == Reason.POLYGLOT


def test_a_pdf_behind_the_head_of_another_file_is_refused() -> None:
    assert refusal(b"GIF89a" + samples.pdf()) == Reason.POLYGLOT


async def test_the_second_picture_that_new_phones_append_is_accepted_and_cleaned_away() -> None:
    first = samples.with_segment(samples.jpeg(), 0xE2, b"MPF\0II*\0\x08\0\0\0")
    photo = first + samples.jpeg(quality=30)

    seen = await inspect(photo)

    assert seen.trailing == len(photo) - len(first)
    cleaned = await inspect(without_location(photo))
    assert (seen.tells_more, cleaned.tells_more, cleaned.trailing) == (True, False, 0)


async def test_zeros_after_an_image_are_padding() -> None:
    assert (await inspect(samples.jpeg() + b"\0" * 64)).trailing == 64


async def test_more_bytes_than_allowed_are_not_examined() -> None:
    with pytest.raises(TooBig):
        await inspector.inspect(pieces(samples.jpeg(), b"more"), limit=len(samples.jpeg()))


async def test_a_file_that_takes_too_long_is_broken() -> None:
    hurried = Inspector(seconds=0.001)

    with pytest.raises(Refused) as refused:
        await hurried.inspect(pieces(samples.pdf()), limit=LIMIT)

    assert (refused.value.reason, refused.value.detail) == (Reason.BROKEN, "took too long")
