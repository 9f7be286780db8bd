"""Uploads: the content decides, pictures are written anew, and bad input names its field."""

from __future__ import annotations

import io
import os
import uuid
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from yishi.foundation.papers import storage, uploads
from yishi.foundation.papers.models import Attachment
from yishi.foundation.papers.pictures import LONGEST_EDGE
from yishi.foundation.revisions.errors import FieldError

NOW = datetime(2026, 5, 11, 1, 0, tzinfo=UTC)
JPEG, PNG, WEBP, PDF = "image/jpeg", "image/png", "image/webp", "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SECRET = b"GPS-SECRET-32.0428"


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Any) -> Iterator[Path]:
    settings.YISHI_MEDIA = tmp_path / "media"
    yield settings.YISHI_MEDIA


def picture(name: str = "JPEG", size: tuple[int, int] = (60, 40), **options: Any) -> bytes:
    image = Image.new("RGB", size, "red")
    image.paste("blue", (0, 0, size[0] // 2, size[1]))
    out = io.BytesIO()
    image.save(out, name, **options)
    return out.getvalue()


def office(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return out.getvalue()


def send(data: bytes, declared: str = "", name: str = "a.jpg", **more: Any) -> Any:
    file = SimpleUploadedFile(name, data, content_type=declared)
    return uploads.accept_upload(file, actor_ref="reporter:1", now=NOW, **more)


def stored(row: Any) -> bytes:
    return storage.path_of(row["stored_as"]).read_bytes()


@pytest.mark.parametrize(("name", "media_type"), [("JPEG", JPEG), ("PNG", PNG), ("WEBP", WEBP)])
def test_a_photo_is_written_anew_under_its_hash(name: str, media_type: str, media: Path) -> None:
    sent = picture(name)
    row = send(sent + SECRET, media_type)
    assert (row["kind"], row["media_type"]) == ("photo", media_type)
    assert (row["width"], row["height"]) == (60, 40)
    assert row["size"] == len(stored(row))
    assert row["sha256"] in row["stored_as"]
    assert SECRET not in stored(row)
    assert len(list(media.glob("??/??/*"))) == 2, "the picture and its thumbnail, no draft"


def test_metadata_is_gone_and_the_picture_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010E] = SECRET.decode()
    exif.get_ifd(0x8825)[2] = (32.0, 2.0, 34.0)
    for name in ("JPEG", "WEBP"):
        row = send(picture(name, exif=exif, icc_profile=SECRET))
        assert (row["width"], row["height"]) == (40, 60)
        assert SECRET not in stored(row)
        again = Image.open(io.BytesIO(stored(row)))
        assert not again.getexif()
        red, _, blue = again.convert("RGB").getpixel((20, 5))  # type: ignore[misc]
        assert blue > red, "the left half is on top after turning"


def test_text_chunks_of_a_png_are_gone() -> None:
    info = PngInfo()
    info.add_text("Comment", SECRET.decode())
    assert SECRET not in stored(send(picture("PNG", pnginfo=info)))


def test_large_pictures_shrink_and_thumbnails_are_small() -> None:
    row = send(picture(size=(5000, 1000)))
    assert (row["width"], row["height"]) == (LONGEST_EDGE, 512)
    with Image.open(storage.path_of(row["thumbnail_as"])) as small:
        assert max(small.size) == 320


def test_a_transparent_picture_keeps_its_transparency() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (50, 50), (0, 0, 0, 0)).save(out, "PNG")
    again = Image.open(io.BytesIO(stored(send(out.getvalue()))))
    assert again.mode == "RGBA"


def test_a_pixel_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = bytearray(picture("PNG"))
    import struct
    import zlib

    bomb[16:24] = struct.pack(">II", 60_000, 60_000)
    bomb[29:33] = struct.pack(">I", zlib.crc32(bytes(bomb[12:29])))
    with pytest.raises(FieldError) as refused:
        send(bytes(bomb))
    assert refused.value.code == "too_many_pixels"


@pytest.mark.parametrize(
    ("data", "declared", "code"),
    [
        (b"", "", "empty"),
        (b"hello", "", "file_type"),
        (b"<svg onload=alert(1)>", "image/svg+xml", "file_type"),
        (b"GIF89a" + b"\0" * 50, "image/gif", "file_type"),
        (b"MZ\x90\0", PDF, "file_type"),
        (b"%PDF-1.7 no end", PDF, "file_type"),
        (b"%PDF-1.7\n%%EOF", JPEG, "type_mismatch"),
        (picture(), PNG, "type_mismatch"),
        (picture()[:200], JPEG, "broken_image"),
        (b"\xff\xd8\xff" + b"\0" * 100, JPEG, "image_format"),
        (office("x.txt"), DOCX, "file_type"),
        (
            office("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
            "",
            "file_type",
        ),
        (b"PK\x03\x04 not a zip", DOCX, "file_type"),
        (b"\xff\xd8\xff" + b"\0" * uploads.LARGEST_PHOTO, JPEG, "too_large"),
        (b"%PDF-" + b"\0" * uploads.LARGEST_FILE + b"%%EOF", PDF, "too_large"),
    ],
)
def test_what_is_refused(data: bytes, declared: str, code: str, media: Path) -> None:
    with pytest.raises(FieldError) as refused:
        send(data, declared, field="photos.2")
    assert (refused.value.field, refused.value.code) == ("photos.2", code)
    assert list(media.glob("??/??/*")) == []


def test_documents_are_kept_as_sent() -> None:
    sheet = office("[Content_Types].xml", "xl/workbook.xml")
    assert send(sheet, name="表.xlsx")["media_type"].endswith("spreadsheetml.sheet")
    row = send(b"%PDF-1.7\nx\n%%EOF\n", PDF, name="../../etc/证明.exe")
    assert (row["kind"], row["width"], row["original_name"]) == ("file", None, "证明.pdf")
    assert stored(row) == b"%PDF-1.7\nx\n%%EOF\n"
    with pytest.raises(FieldError):
        send(sheet, photos_only=True)


@pytest.mark.django_db
def test_a_report_takes_so_many_files_and_no_more() -> None:
    files = [SimpleUploadedFile("a.jpg", picture(), JPEG) for _ in range(10)]
    with pytest.raises(FieldError) as refused:
        uploads.accept_uploads(files, actor_ref="r", now=NOW)
    assert (refused.value.field, refused.value.code) == ("photos", "too_many")
    files[1] = SimpleUploadedFile("a.jpg", b"x", JPEG)
    with pytest.raises(FieldError) as refused:
        uploads.accept_uploads(files[:3], actor_ref="r", now=NOW)
    assert refused.value.field == "photos.2"


@examples(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.sampled_from(
        [picture("JPEG"), picture("PNG"), picture("WEBP"), b"%PDF-%%EOF", b"PK\x03\x04"]
    ),
    st.lists(st.tuples(st.integers(0, 5000), st.binary(max_size=6)), max_size=6),
    st.one_of(st.none(), st.integers(0, 2000)),
    st.binary(max_size=40),
    st.sampled_from(["", JPEG, PNG, PDF, "\ud800", "a/b; c"]),
    st.text(max_size=30),
)
def test_damaged_files_are_accepted_or_refused_but_never_break(
    whole: bytes,
    changes: list[tuple[int, bytes]],
    cut: int | None,
    tail: bytes,
    declared: str,
    name: str,
) -> None:
    data = bytearray(whole)
    for place, new in changes:
        data[place % len(data) : place % len(data) + len(new)] = new
    file = SimpleUploadedFile("x", bytes(data[:cut]) + tail, content_type=declared)
    file.__dict__["_name"] = name
    try:
        row = uploads.accept_upload(file, actor_ref="r", now=NOW)
    except FieldError as error:
        assert error.field == "file"
    else:
        assert storage.path_of(row["stored_as"]).stat().st_size == row["size"]


@given(st.text(max_size=200))
def test_names_are_safe_to_show_and_to_save_under(name: str) -> None:
    safe = uploads.safe_name(name, "pdf")
    assert safe.endswith(".pdf")
    assert 5 <= len(safe) <= 84
    assert not set(safe) & set('<>:"/\\|?*\0\n\r\u202e')
    safe.encode()


@pytest.mark.parametrize("name", ["", "../x.jpg", "ab/cd/" + "a" * 64, "/etc/passwd"])
def test_only_stored_names_have_a_path(name: str) -> None:
    with pytest.raises(ValueError):
        storage.path_of(name)


@pytest.mark.django_db
def test_attaching_takes_own_free_uploads_only(django_assert_num_queries: Any) -> None:
    mine, foreign = send(picture()), send(picture())
    foreign["uploaded_by"] = "reporter:2"
    uploads.store([mine, foreign])
    ids = [mine["id"], foreign["id"]]
    with django_assert_num_queries(1):
        assert uploads.attach(ids, "case", 7, actor_ref="reporter:1") == 1
    assert uploads.attach(ids, "case", 8, actor_ref="reporter:1") == 0
    found = uploads.attachments_of("case", [7, 8])
    assert {key: [a.id for a in rows] for key, rows in found.items()} == {"7": [mine["id"]]}


@pytest.mark.django_db
def test_only_own_uploads_can_be_named_in_a_report() -> None:
    file = SimpleUploadedFile("a.jpg", picture(), JPEG)
    mine = uploads.save_upload(file, actor_ref="reporter:1", now=NOW)
    assert uploads.own_uploads([mine.id, mine.id], actor_ref="reporter:1") == [mine]
    assert uploads.own_uploads([], actor_ref="reporter:1") == []
    for ids, actor in (([mine.id], "reporter:2"), ([uuid.uuid4()], "reporter:1")):
        with pytest.raises(FieldError) as refused:
            uploads.own_uploads(ids, actor_ref=actor)
        assert (refused.value.field, refused.value.code) == ("photos.1", "unknown")
    with pytest.raises(FieldError) as refused:
        uploads.own_uploads([uuid.uuid4() for _ in range(10)], actor_ref="reporter:1")
    assert refused.value.code == "too_many"


@pytest.mark.django_db
def test_a_stored_file_opens_under_its_found_type(media: Path) -> None:
    row = send(picture("PNG"), name="现场.png")
    uploads.store([row])
    opened = uploads.open_attachment(row["id"])
    assert (opened.media_type, opened.name) == (PNG, "现场.png")
    assert opened.headers["X-Content-Type-Options"] == "nosniff"
    assert uploads.open_attachment(row["id"], thumbnail=True).media_type == JPEG
    with pytest.raises(Attachment.DoesNotExist):
        uploads.open_attachment(uuid.uuid4())
    opened.path.unlink()
    with pytest.raises(Attachment.DoesNotExist):
        uploads.open_attachment(row["id"])


def test_bytes_stored_again_meanwhile_are_not_removed() -> None:
    row = send(picture())
    os.utime(storage.path_of(row["stored_as"]), (0, 0))
    assert row["stored_as"] in storage.old_files(1.0)
    assert send(picture())["stored_as"] == row["stored_as"]
    assert not storage.remove_if_older(row["stored_as"], 1.0)
    assert stored(row)


@pytest.mark.django_db
def test_orphans_go_after_a_day_and_shared_bytes_stay(media: Path) -> None:
    kept, lost, unwritten = send(picture()), send(picture()), send(picture("PNG"))
    uploads.store([kept, lost])
    uploads.attach([kept["id"]], "case", 1, actor_ref="reporter:1")
    draft = media / "ab" / "cd" / ".draft-x"
    draft.parent.mkdir(parents=True)
    draft.write_bytes(b"half")
    for path in media.glob("??/??/*"):
        os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    assert uploads.remove_orphans(NOW + timedelta(hours=23)) == (0, 0)
    rows, files = uploads.remove_orphans(NOW + timedelta(hours=25))
    assert rows == 1
    assert files >= 1
    assert not draft.exists()
    assert storage.path_of(kept["stored_as"]).is_file()
    assert storage.path_of(kept["thumbnail_as"]).is_file()
    assert not storage.path_of(unwritten["stored_as"]).exists()
