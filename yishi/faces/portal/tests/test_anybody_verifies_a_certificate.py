"""Anybody verifies a certificate; its holder sees and downloads it, nobody else does."""

from __future__ import annotations

import base64
import gzip
import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from joserfc import jws
from joserfc.jwk import ECKey

from yishi.faces.portal.certificates import verifying
from yishi.foundation.access.actors import Actor, ActorGrant
from yishi.foundation.access.models import PortalAccount
from yishi.foundation.access.throttle import Limit
from yishi.foundation.cases.erasure import NotErased
from yishi.foundation.cases.party_erasure import erase_person
from yishi.foundation.papers.certificates import credentials
from yishi.foundation.papers.certificates import services as certificates
from yishi.foundation.papers.certificates.models import Certificate, CertificateFile
from yishi.foundation.papers.certificates.tests.making import issued, said
from yishi.foundation.parties import rotation
from yishi.foundation.parties.models import Party
from yishi.foundation.parties.tests.making import SYSTEM, firm, person

pytestmark = pytest.mark.django_db


def page(code: str, **more: Any) -> str:
    answer = Client().get(f"/verify/{code}/", **more)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    return str(answer.content.decode())


def entered(party: Party) -> Client:
    client = Client()
    now = timezone.now()
    account = PortalAccount.objects.create(
        person=party, issuer="test", subject=str(party.pk), created_at=now, used_at=now
    )
    session = client.session
    session["portal_account"] = account.pk
    session.save()
    client.cookies[session_cookie()] = str(session.session_key)
    return client


def session_cookie() -> str:
    from django.conf import settings

    return str(settings.SESSION_COOKIE_NAME)


def upload(code: str, data: bytes) -> str:
    sent = SimpleUploadedFile("x.pdf", data, "application/pdf")
    answer = Client().post(f"/verify/{code}/", {"file": sent})
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_the_page_says_in_word_and_colour_how_a_certificate_stands_now() -> None:
    company = firm(1)
    one = issued(company)
    text = page(one.verify_code)
    assert "y-tone-good" in text and "有效" in text and company.name in text
    assert "这是现行的版本" in text and "模拟证照" in text and "王模拟" not in text
    for status, tone, meaning in (
        ("suspended", "warn", "暂扣"),
        ("revoked", "bad", "已被撤销"),
        ("cancelled", "bad", "已被注销"),
    ):
        certificates.set_status(one, status, "依据某某", actor=SYSTEM, now=timezone.now())
        text = page(one.verify_code)
        assert f'class="verdict y-tone-{tone}"' in text and meaning in text
        assert "依据某某" not in text, "reasons are the holder's"


def test_an_older_version_leads_to_the_current_one() -> None:
    company = firm(1)
    old = issued(company)
    fresh = certificates.renew(old, said(company), actor=SYSTEM, now=timezone.now())
    text = page(old.verify_code)
    assert "已换发新版本" in text and f"/verify/{fresh.verify_code}/" in text
    assert "第 1 版，现行的是第 2 版" in text
    assert "这是现行的版本（第 2 版）" in page(fresh.verify_code)


def test_each_component_of_a_composite_has_its_own_validity() -> None:
    company = firm(1)
    today = timezone.localdate()
    ends = (today + timedelta(days=9), today + timedelta(days=900), None)
    parts = [issued(company, name=f"第{n}号许可", valid_to=end) for n, end in enumerate(ends)]
    whole = issued(company, name="行业综合许可证", components=parts, valid_to=None, issued_on=today)
    text = page(whole.verify_code)
    for part in parts:
        assert part.name in text and f"/verify/{part.verify_code}/" in text
    assert f"{ends[0]}" in text and f"{ends[1]}" in text
    certificates.set_status(parts[0], "revoked", "x", actor=SYSTEM, now=timezone.now())
    text = page(whole.verify_code)
    assert text.count("y-state y-tone-bad") == 1 and 'class="verdict y-tone-good"' in text
    for part in parts[1:]:
        certificates.set_status(part, "cancelled", "x", actor=SYSTEM, now=timezone.now())
    assert "都已不在有效状态" in page(whole.verify_code)


def test_a_person_is_named_masked() -> None:
    one = issued(person(3, "欧阳模拟"), number="证1")
    text = page(one.verify_code)
    name, code = certificates.open_holder(one)
    assert name not in text and code not in text and "欧" in text


def test_an_uploaded_file_is_held_against_the_register() -> None:
    one = issued()
    data = certificates.pdf(one, timezone.now())
    assert "文件真实，未被改动" in upload(one.verify_code, data)
    changed = data.replace(b"/Contents", b"/Contentz", 1)
    middle = len(data) // 2
    flipped = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
    for altered in (changed, flipped):
        text = upload(one.verify_code, altered)
        assert "文件无效" in text and "文件真实" not in text
    assert "签名之后被改动过" in upload(one.verify_code, flipped)
    other = issued(firm(2))
    assert "另一份证照" in upload(other.verify_code, data)
    certificates.set_status(one, "revoked", "x", actor=SYSTEM, now=timezone.now())
    text = upload(one.verify_code, data)
    assert "文件真实" in text and "已被撤销" in text, "genuine, and yet it counts no longer"


def test_whoever_checks_files_without_an_end_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "CHECKS", Limit("verify.file", 2, 600, shared=True))
    one = issued()
    for path, more in (
        (f"/verify/{one.verify_code}/", {}),
        ("/verify/", {"code": one.verify_code}),
    ):
        statuses = [
            Client().post(path, {"file": SimpleUploadedFile("x.pdf", b"x"), **more}).status_code
            for _ in range(3)
        ]
        assert statuses[-1] == 429
    assert Client().get(f"/verify/{one.verify_code}/").status_code == 200


def test_without_a_file_or_with_an_unknown_code_the_field_is_named() -> None:
    one = issued()
    answer = Client().post(f"/verify/{one.verify_code}/", {})
    assert answer.status_code == 422 and "请选择要核对的文件" in answer.content.decode()
    for code in ("X" * 20, "short", "1.2.156.3005.2.x", "%00"):
        assert Client().get(f"/verify/{code}/").status_code == 404


def test_the_form_for_papers_knows_certificates_too() -> None:
    one = issued()
    for typed in (one.verify_code.lower(), one.identifier):
        answer = Client().post("/verify/", {"code": typed})
        assert answer.status_code == 302 and answer["Location"].endswith(f"/{one.verify_code}/")
    data = certificates.pdf(one, timezone.now())
    sent = SimpleUploadedFile("x.pdf", data, "application/pdf")
    text = Client().post("/verify/", {"code": one.verify_code, "file": sent}).content.decode()
    assert "文件真实，未被改动" in text


def test_the_holder_sees_the_certificates_and_nobody_elses() -> None:
    holder, stranger = person(1), person(2, "李模拟")
    one = issued(holder, number="证1")
    other = issued(stranger, number="证2")
    client = entered(holder)
    assert "食品经营许可证" in client.get("/account/").content.decode()
    text = client.get("/account/certificates/").content.decode()
    assert "证1" in text and "证2" not in text
    text = client.get(f"/account/certificates/{one.pk}/").content.decode()
    assert "王模拟" in text and "襄阳市樊城区模拟路12号" in text
    for path in ("", "file.pdf", "file.pdf.sm2", "credential.jwt"):
        assert client.get(f"/account/certificates/{one.pk}/{path}").status_code == 200, path
        assert client.get(f"/account/certificates/{other.pk}/{path}").status_code == 404, path
        assert Client().get(f"/account/certificates/{one.pk}/{path}").status_code == 302, path
    assert client.get(f"/account/certificates/{one.pk}/file.exe").status_code == 404


def credential_of(one: Certificate) -> dict[str, Any]:
    """The credential, checked with the key that the issuer publishes."""
    return checked(credentials.credential(one))


def checked(token: str) -> dict[str, Any]:
    document = Client().get("/certificates/issuer").json()
    head = json.loads(base64.urlsafe_b64decode(token.split(".", maxsplit=1)[0] + "=="))
    (method,) = [m for m in document["verificationMethod"] if m["id"] == head["kid"]]
    assert "d" not in method["publicKeyJwk"]
    assert head["typ"] == "vc+jwt" and head["alg"] == "ES256"
    read = jws.deserialize_compact(token, ECKey.import_key(method["publicKeyJwk"]))
    said: dict[str, Any] = json.loads(read.payload)
    return said


def bit(entry: dict[str, Any]) -> int:
    path = re.sub(r"^https?://[^/]+", "", entry["statusListCredential"])
    answer = Client().get(path)
    assert answer["Content-Type"] == "application/vc+jwt"
    assert "no-store" in answer["Cache-Control"]
    said = checked(answer.content.decode())
    assert said["id"] == entry["statusListCredential"]
    assert said["credentialSubject"]["statusPurpose"] == entry["statusPurpose"]
    packed = said["credentialSubject"]["encodedList"].removeprefix("u")
    bits = gzip.decompress(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
    assert len(bits) * 8 >= 131_072
    place = int(entry["statusListIndex"])
    return bits[place // 8] >> (7 - place % 8) & 1


def test_a_credential_is_checked_with_published_keys_and_its_bits_follow_at_once() -> None:
    one, other = issued(valid_to=date(2031, 11, 29)), issued(firm(2))
    said = credential_of(one)
    assert said["@context"][0] == "https://www.w3.org/ns/credentials/v2"
    assert said["type"][0] == "VerifiableCredential"
    assert said["validUntil"] == "2031-11-30T00:00:00+08:00"
    assert said["credentialSubject"]["证照标识"] == one.identifier
    entries = {entry["statusPurpose"]: entry for entry in said["credentialStatus"]}
    assert [bit(entries[name]) for name in ("revocation", "suspension")] == [0, 0]
    now = timezone.now()
    certificates.set_status(one, "suspended", "x", actor=SYSTEM, now=now)
    assert [bit(entries[name]) for name in ("revocation", "suspension")] == [0, 1]
    certificates.set_status(one, "revoked", "x", actor=SYSTEM, now=now)
    assert [bit(entries[name]) for name in ("revocation", "suspension")] == [1, 0]
    assert bit(credential_of(other)["credentialStatus"][0]) == 0


def test_the_lists_are_listed_and_others_are_not_there() -> None:
    issued()
    lists = Client().get("/certificates/status-list").json()["lists"]
    assert set(lists) == {"revocation", "suspension"} and len(lists["revocation"]) == 1
    for path in ("revocation/9", "x/0", "revocation/99999999999999999999999"):
        assert Client().get(f"/certificates/status-list/{path}").status_code == 404


def test_a_page_in_english_says_it_in_english() -> None:
    one = issued()
    text = page(one.verify_code, headers={"Accept-Language": "en"})
    client = Client()
    client.post("/i18n/setlang/", {"language": "en"})
    text = client.get(f"/verify/{one.verify_code}/").content.decode()
    assert "Valid" in text and reverse("portal:verify-code", args=[one.verify_code]) in text


def test_who_holds_a_certificate_in_force_is_not_erased_and_afterwards_leaves_no_name() -> None:
    holder = person(5, "欧阳模拟")
    one = issued(holder, number="证1")
    kept = certificates.signed_file(one, timezone.now())
    administrator = Actor("user", "user:1", "测试", (ActorGrant("administrator", None, "4206"),), 1)
    now = timezone.now()
    with pytest.raises(NotErased, match="电子证照"):
        erase_person(administrator, holder, "本人申请", now)
    certificates.set_status(one, "cancelled", "本人申请注销", actor=SYSTEM, now=now)
    erase_person(administrator, holder, "本人申请", now)
    row = Certificate.objects.get(pk=one.pk)
    assert (row.holder_name_enc, row.holder_code_enc, row.personal_enc) == ("", "", "")
    assert not CertificateFile.objects.filter(certificate=one).exists()
    text = page(one.verify_code)
    assert "已被注销" in text and "欧" not in text
    assert kept.row.stored_as


def test_a_holders_values_are_sealed_anew_when_keys_change(tmp_path: Path, settings: Any) -> None:
    settings.YISHI_KEYS_FILE = tmp_path / "keys.json"
    one = issued(person(6, "欧阳模拟"), number="证1")
    rotation.rotate()
    row = Certificate.objects.get(pk=one.pk)
    assert row.holder_name_enc != one.holder_name_enc
    assert certificates.open_holder(row)[0] == "欧阳模拟"
    assert {line.value for line in certificates.lines_of(row, personal=True)} >= {"王模拟"}
    assert rotation.retire("k1")
