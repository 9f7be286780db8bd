"""A certificate's file is signed twice, kept by its digest, and no byte of it changes unseen."""

from __future__ import annotations

import base64
import shutil
import subprocess
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from yishi.foundation.papers import storage
from yishi.foundation.papers.certificates import drawing, files, seals, signing
from yishi.foundation.papers.certificates import services as certificates
from yishi.foundation.papers.certificates.checking import check_file, detached_valid, explained
from yishi.foundation.papers.certificates.models import Certificate, CertificateFile
from yishi.foundation.papers.certificates.tests.making import NOW, issued, said
from yishi.foundation.papers.uploads import remove_orphans
from yishi.foundation.parties.tests.making import SYSTEM, firm, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def file() -> certificates.SignedFile:
    return certificates.signed_file(issued(), NOW)


def test_the_pdf_is_made_once_and_kept() -> None:
    one = issued()
    first = certificates.pdf(one, NOW)
    assert certificates.pdf(one, NOW + timedelta(days=9)) == first
    assert b"pdfaid" in first and b"ETSI.CAdES.detached" in first
    row = CertificateFile.objects.get()
    assert (row.size, row.key, len(row.sm3)) == (len(first), "s1", 64)
    assert detached_valid(row, first)
    assert check_file(first, one).genuine


def test_a_file_that_is_gone_or_was_damaged_is_made_again() -> None:
    one = issued()
    first = certificates.signed_file(one, NOW)
    path = storage.path_of(first.row.stored_as)
    path.write_bytes(first.data[:-1])
    second = certificates.signed_file(one, NOW)
    assert check_file(second.data, one).genuine
    assert check_file(first.data, one).genuine, "what was handed out before stays good"
    storage.path_of(second.row.stored_as).unlink()
    assert check_file(certificates.pdf(one, NOW), one).genuine


def test_the_nightly_cleaning_keeps_files_of_certificates_and_removes_the_rest() -> None:
    kept = certificates.signed_file(issued(), NOW)
    lost = storage.put(b"of a process that was killed before it wrote the row", "pdf")
    later = NOW + timedelta(days=4000)
    remove_orphans(later)
    assert storage.path_of(kept.row.stored_as).is_file()
    assert not storage.path_of(lost).exists()


def test_killed_between_file_and_row_the_next_reader_makes_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = issued()
    with monkeypatch.context() as broken:
        broken.setattr(CertificateFile, "save", lambda *a, **k: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            certificates.signed_file(one, NOW)
    assert not CertificateFile.objects.exists()
    assert files.make_files([one.pk], NOW) == 1
    assert CertificateFile.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_ask_at_once_get_the_same_file() -> None:
    one = issued()
    made: list[bytes] = []

    def ask() -> None:
        try:
            made.append(certificates.pdf(one, NOW))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 3 and len(set(made)) == 1


_SIGNED: dict[str, bytes] = {}


def _signed() -> tuple[bytes, bytes, bytes]:
    """A signed PDF with its detached signature, made once for all draws."""
    if not _SIGNED:
        one = issued()
        data = signing.sign_pdf(
            drawing.drawn(one, seals.seals().current), reason="r", place="p", name="n"
        )
        by = signing.signer()
        _SIGNED.update(data=data, signature=by.sign(data), public=by.public)
    return _SIGNED["data"], _SIGNED["signature"], _SIGNED["public"]


@settings(max_examples=80)
@given(place=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_any_byte_that_changes_is_found(place: float, flip: int) -> None:
    """By the detached signature alone, without any register."""
    data, signature, public = _signed()
    assert signing.sm2_valid(public, data, signature)
    at = int(place * len(data))
    changed = data[:at] + bytes([data[at] ^ flip]) + data[at + 1 :]
    assert not signing.sm2_valid(public, changed, signature)


@settings(max_examples=40)
@given(place=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_a_changed_file_is_refused_and_told_why(place: float, flip: int) -> None:
    data, _signature, _public = _signed()
    at = int(place * len(data))
    changed = data[:at] + bytes([data[at] ^ flip]) + data[at + 1 :]
    why = explained(changed)
    assert why != "genuine"
    # What PAdES does not cover is the room behind its own signature, which is padding.
    opened, closed = data.index(b"/Contents <"), data.index(b">", data.index(b"/Contents <"))
    if not opened <= at <= closed:
        assert why in ("altered", "unsigned", "no_pdf"), why


@settings(max_examples=20)
@given(cut=st.floats(0, 1, exclude_max=True), more=st.binary(max_size=40))
def test_whatever_is_sent_is_explained(cut: float, more: bytes) -> None:
    data, _signature, _public = _signed()
    for sent in (data[: int(cut * len(data))] + more, more, b"%PDF-1.7\n" + more):
        assert explained(sent) in ("altered", "unsigned", "no_pdf", "added", "unregistered")


def test_the_file_of_another_certificate_or_of_another_seal_is_no_proof(
    file: certificates.SignedFile,
) -> None:
    one = Certificate.objects.get()
    other = issued(firm(2))
    assert check_file(file.data, other).key == "other"
    assert check_file(file.data + b"\n%added", one).key == "added"
    assert check_file(drawing.drawn(one, seals.seals().current), one).key == "unsigned"
    unknown = signing.sign_pdf(
        drawing.drawn(one, seals.seals().current), reason="r", place="p", name="n"
    )
    assert check_file(unknown, one).key == "unregistered"
    assert check_file(b"hello", one).key == "no_pdf"


def test_a_file_by_another_authority_says_so(
    file: certificates.SignedFile, tmp_path: Path, settings: object
) -> None:
    page = drawing.drawn(Certificate.objects.get(), seals.seals().current)
    settings.YISHI_KEYS_FILE = tmp_path / "keys.json"  # type: ignore[attr-defined]
    foreign = signing.sign_pdf(page, reason="r", place="p", name="n")
    settings.YISHI_KEYS_FILE = tmp_path.parent / "other" / "keys.json"  # type: ignore[attr-defined]
    assert explained(foreign) == "foreign"


def test_a_changed_seal_still_vouches_for_what_it_signed(tmp_path: Path, settings: object) -> None:
    settings.YISHI_KEYS_FILE = tmp_path / "keys.json"  # type: ignore[attr-defined]
    one = issued()
    first = certificates.signed_file(one, NOW)
    fresh = seals.rotate(NOW)
    assert fresh.name == "s2" and seals.seals().seals["s1"].key == ""
    assert check_file(first.data, one).genuine
    assert explained(first.data) == "unregistered", "its signature still is one of ours"
    with pytest.raises(seals.SealError):
        seals.seals().seals["s1"].private_key()
    second = certificates.signed_file(issued(firm(2)), NOW)
    assert second.row.key == "s2"
    assert (seals.path().stat().st_mode & 0o077) == 0


def test_a_seal_of_another_authority_takes_the_place_of_the_test_authoritys(
    tmp_path: Path, settings: object
) -> None:
    settings.YISHI_KEYS_FILE = tmp_path / "keys.json"  # type: ignore[attr-defined]
    authority = seals._authority(NOW)
    outside = seals._fresh("s7", authority, NOW)
    wrong = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    chain = authority.cert.encode()
    for cert, key, above, moment in (
        (outside.cert, wrong, chain, NOW),
        (outside.cert, outside.key.encode(), seals._authority(NOW).cert.encode(), NOW),
        (outside.cert, outside.key.encode(), chain, NOW + timedelta(days=9999)),
        ("rubbish", outside.key.encode(), chain, NOW),
    ):
        with pytest.raises(seals.SealError):
            seals.use(cert.encode(), key, above, moment)
    used = seals.use(outside.cert.encode(), outside.key.encode(), chain, NOW)
    assert not used.test and seals.seals().current == used
    one = issued()
    assert "测试签章" not in str(drawing.page_data(one, [], used))
    assert check_file(certificates.pdf(one, NOW), one).genuine


def test_another_signer_makes_the_detached_signature(settings: object) -> None:
    settings.YISHI_SM2_SIGNER = f"{__name__}:hsm"  # type: ignore[attr-defined]
    one = issued()
    made = certificates.signed_file(one, NOW)
    assert made.row.key == "hsm-1"
    assert check_file(made.data, one).genuine


class Hsm(signing.SoftwareSigner):
    """A signer with a name of its own."""

    key = "hsm-1"


def hsm() -> signing.Signer:
    return Hsm(seals.seals().current)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to ask")
def test_openssl_agrees_with_the_detached_signature(
    file: certificates.SignedFile, tmp_path: Path
) -> None:
    """An implementation of SM2 and SM3 that is not the one that signed."""
    public = bytes.fromhex(file.row.public)
    (tmp_path / "public.pem").write_text(signing.sm2_public_pem(public))
    (tmp_path / "file.pdf").write_bytes(file.data)
    (tmp_path / "file.sig").write_bytes(base64.b64decode(file.row.signature))
    asked = (
        "openssl pkeyutl -verify -pubin -inkey public.pem -rawin -digest sm3 "
        "-in file.pdf -sigfile file.sig -pkeyopt distid:1234567812345678"
    )
    answer = subprocess.run(asked.split(), cwd=tmp_path, capture_output=True, check=False)
    assert answer.returncode == 0, answer.stderr


@pytest.mark.skipif(shutil.which("pdfsig") is None, reason="no poppler to ask")
def test_poppler_agrees_with_the_signature_inside(
    file: certificates.SignedFile, tmp_path: Path
) -> None:
    (tmp_path / "file.pdf").write_bytes(file.data)
    asked = ["pdfsig", "-nocert", "file.pdf"]
    answer = subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Signature is Valid" in answer.stdout and "Total document signed" in answer.stdout


@pytest.mark.parametrize("layout", ["landscape", "portrait"])
def test_a_page_that_says_much_stays_one_page(layout: str) -> None:
    long = certificates.CertificateField("scope", "经营范围", "预包装食品、散装食品销售；" * 75)
    company = firm(1, "襄阳" + "模拟" * 40 + "有限公司")
    parts = [issued(company, fields=(), name=f"第{n}号许可证") for n in range(7)]
    one = issued(company, fields=[long], layout=layout, components=parts)
    made = drawing.drawn(one, seals.seals().current)
    assert made.count(b"/Type /Page\n") + made.count(b"/Type /Page ") <= 1


def test_the_page_says_that_it_is_made_up() -> None:
    real = issued(firm(1), simulated=False)
    data = drawing.page_data(real, [], seals.seals().current)
    assert data["made_up"] is None and data["seal_note"]
    shown = drawing.page_data(issued(person(1)), [], seals.seals().current)
    assert shown["made_up"] == "模拟证照"
    assert ["持证主体", "王模拟"] in shown["lines"]


def test_a_renewed_certificate_has_a_file_of_its_own() -> None:
    company = firm(1)
    old = issued(company)
    first = certificates.pdf(old, NOW)
    fresh = certificates.renew(old, said(company), actor=SYSTEM, now=NOW)
    assert certificates.pdf(fresh, NOW) != first
    assert check_file(first, fresh).key == "other"
