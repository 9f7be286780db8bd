"""Certificates as W3C Verifiable Credentials 2.0, secured as a JWT (VC-JOSE-COSE, ``vc+jwt``), and
the status lists (Bitstring Status List 1.0) by which anybody sees whether one still counts.

A credential holds what its certificate says in plain: it is handed to the holder only. A list tells
nothing but bits; a bit set in the list of ``revocation`` never goes back.
"""

from __future__ import annotations

import base64
import gzip
import json
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Max
from joserfc import jws
from joserfc.jwk import ECKey

from yishi.foundation.calendars import SHANGHAI
from yishi.foundation.papers.certificates.drawing import made_up, origin, verify_address
from yishi.foundation.papers.certificates.models import (
    STATUS_CODES,
    SUSPENDED,
    VALID,
    Certificate,
)
from yishi.foundation.papers.certificates.reading import lines_of, open_holder
from yishi.foundation.papers.certificates.seals import Seal, seals
from yishi.foundation.papers.certificates.signing import sm2_public_pem

CONTEXTS = [
    "https://www.w3.org/ns/credentials/v2",
    "https://www.w3.org/ns/credentials/undefined-terms/v2",
]
#: Bits of one list: the least that the standard allows, so that a look tells nothing of whose.
LIST_SIZE = 131_072
REVOCATION, SUSPENSION = "revocation", "suspension"
PURPOSES = (REVOCATION, SUSPENSION)
#: How long a list may be kept, in milliseconds: changes are seen within seconds.
TTL = 1000


def issuer_address() -> str:
    """The issuer's identifier, and where its public keys are."""
    return f"{origin()}/certificates/issuer"


def list_address(purpose: str, number: int) -> str:
    """Where a status list is."""
    return f"{origin()}/certificates/status-list/{purpose}/{number}"


def credential(certificate: Certificate) -> str:
    """The credential of a certificate, signed by the current seal (no statement)."""
    starts = datetime.combine(certificate.valid_from, time(), SHANGHAI)
    said: dict[str, Any] = {
        "@context": CONTEXTS,
        "id": verify_address(certificate.verify_code),
        "type": ["VerifiableCredential", "ElectronicLicence"],
        "name": certificate.name,
        "issuer": {"id": issuer_address(), "name": certificate.issuer_name},
        "validFrom": starts.isoformat(),
        "credentialSubject": _subject(certificate),
        "credentialStatus": _status_entries(certificate),
    }
    if certificate.valid_to is not None:
        end = datetime.combine(certificate.valid_to + timedelta(days=1), time(), SHANGHAI)
        said["validUntil"] = end.isoformat()
    if made_up(certificate):
        said["description"] = "模拟证照，无法律效力 (simulated, no legal effect)"
    return _secured(said)


def _subject(certificate: Certificate) -> dict[str, Any]:
    """The fields of GB/T 36903 under their names."""
    name, code = open_holder(certificate)
    return {
        "证照名称": certificate.name,
        "证照类型名称": certificate.type_name,
        "证照类型代码": certificate.type_code,
        "证照编号": certificate.number,
        "证照标识": certificate.identifier,
        "证照颁发机构": certificate.issuer_name,
        "证照颁发机构代码": certificate.issuer_code,
        "证照颁发日期": certificate.issued_on.isoformat(),
        "有效期起始日期": certificate.valid_from.isoformat(),
        "有效期截止日期": certificate.valid_to.isoformat() if certificate.valid_to else "长期",
        "持证主体": name,
        "持证主体代码": code,
        "持证主体代码类型": certificate.holder_code_kind,
        "所属管辖区域编码": certificate.region,
        "业务信息": {line.label: line.value for line in lines_of(certificate, personal=True)},
    }


def _status_entries(certificate: Certificate) -> list[dict[str, str]]:
    number, place = divmod(certificate.status_index, LIST_SIZE)
    return [
        {
            "id": f"{list_address(purpose, number)}#{place}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": purpose,
            "statusListIndex": str(place),
            "statusListCredential": list_address(purpose, number),
        }
        for purpose in PURPOSES
    ]


def list_numbers() -> list[int]:
    """The numbers of the status lists that there are (1 statement)."""
    last = Certificate.objects.aggregate(last=Max("status_index"))["last"]
    return [*range((last or 0) // LIST_SIZE + 1)]


def status_list(purpose: str, number: int, now: datetime) -> str:
    """A status list as it stands now, signed (1 statement)."""
    address = list_address(purpose, number)
    return _secured(
        {
            "@context": CONTEXTS[:1],
            "id": address,
            "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "issuer": issuer_address(),
            "validFrom": now.astimezone(SHANGHAI).isoformat(timespec="seconds"),
            "credentialSubject": {
                "id": f"{address}#list",
                "type": "BitstringStatusList",
                "statusPurpose": purpose,
                "encodedList": _encoded(_bits(purpose, number)),
                "ttl": TTL,
            },
        }
    )


def _bits(purpose: str, number: int) -> bytearray:
    first = number * LIST_SIZE
    rows = Certificate.objects.exclude(status=VALID).filter(
        status_index__gte=first, status_index__lt=first + LIST_SIZE
    )
    if purpose == SUSPENSION:
        rows = rows.filter(status=SUSPENDED)
    else:
        rows = rows.exclude(status=SUSPENDED)
    bits = bytearray(LIST_SIZE // 8)
    for place in rows.values_list("status_index", flat=True).iterator():
        bits[(place - first) // 8] |= 0x80 >> (place - first) % 8
    return bits


def _encoded(bits: bytearray) -> str:
    packed = gzip.compress(bytes(bits), mtime=0)
    return "u" + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def issuer_document() -> dict[str, Any]:
    """The issuer's public keys (Controlled Identifiers 1.0), also of seals that were changed, and
    the SM2 keys of the detached signatures."""
    known = seals()
    names = [f"{issuer_address()}#{name}" for name in known.seals]
    return {
        "@context": "https://www.w3.org/ns/cid/v1",
        "id": issuer_address(),
        "verificationMethod": [
            {
                "id": f"{issuer_address()}#{seal.name}",
                "type": "JsonWebKey",
                "controller": issuer_address(),
                "publicKeyJwk": public_jwk(seal),
            }
            for seal in known.seals.values()
        ],
        "assertionMethod": names,
        "sm2": [
            {
                "key": seal.name,
                "publicKeyPem": sm2_public_pem(bytes.fromhex(seal.sm2_public)),
                "test": seal.test,
            }
            for seal in known.seals.values()
        ],
        "certificates": [
            {"key": seal.name, "pem": seal.cert, "chain": [*seal.chain], "test": seal.test}
            for seal in known.seals.values()
        ],
        "statusCodes": STATUS_CODES,
    }


def public_jwk(seal: Seal) -> dict[str, Any]:
    """The public key of a seal as a JWK."""
    numbers = seal.certificate().public_key()
    key = ECKey.import_key(_spki(numbers))
    return {**key.as_dict(private=False), "kid": seal.name, "alg": "ES256"}


def _spki(public: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def _secured(said: dict[str, Any]) -> str:
    seal = seals().current
    header = {
        "alg": "ES256",
        "typ": "vc+jwt",
        "cty": "vc",
        "kid": f"{issuer_address()}#{seal.name}",
    }
    body = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
    return jws.serialize_compact(header, body, ECKey.import_key(seal.key))
