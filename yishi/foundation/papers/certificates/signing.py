"""Signing files: PAdES inside a PDF (ETSI EN 319 142, level B-B), and SM2 beside any file.

The SM2 signature (GB/T 32918.2 with the usual identity ``1234567812345678``) is over the whole
signed file, by way of its SM3 digest (GB/T 32905). Whoever has an HSM or a signing service names a
factory of another :class:`Signer` in ``YISHI_SM2_SIGNER`` (``package.module:factory``).
"""

from __future__ import annotations

import asyncio
import base64
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, TypeVar, cast

import gmssl_pyx
from asn1crypto import core, keys, pem
from asn1crypto import x509 as asn1_x509
from django.conf import settings
from django.utils.module_loading import import_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko_certvalidator.registry import SimpleCertificateStore

from yishi.foundation.papers.certificates.seals import Seal, seals

T = TypeVar("T")
SIGNATURE_FIELD = "Seal"
#: SubjectPublicKeyInfo of an SM2 key (GM/T 0015): id-ecPublicKey on the curve 1.2.156.10197.1.301,
#: up to the point itself.
_SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d03420004")


class Signer(Protocol):
    """Makes detached SM2 signatures. ``key`` names the key in the register of files; ``public``
    is its public key (64 bytes)."""

    @property
    def key(self) -> str: ...
    @property
    def public(self) -> bytes: ...
    def sign(self, data: bytes) -> bytes:
        """The signature of *data*, DER."""
        ...


@dataclass(frozen=True, slots=True)
class SoftwareSigner:
    """Signs with the key in the file of seals."""

    seal: Seal

    @property
    def key(self) -> str:
        return self.seal.name

    @property
    def public(self) -> bytes:
        return bytes.fromhex(self.seal.sm2_public)

    def sign(self, data: bytes) -> bytes:
        """The signature of *data*, DER."""
        secret = bytes.fromhex(self.seal.sm2)
        return cast(bytes, gmssl_pyx.sm2_sign(secret, self.public, data))


def signer() -> Signer:
    """The signer of this installation."""
    named = settings.YISHI_SM2_SIGNER
    if named:
        return cast(Signer, import_string(named.replace(":", "."))())
    return SoftwareSigner(seals().current)


def sm3(data: bytes) -> str:
    """The SM3 digest of *data*, hex."""
    return cast(bytes, gmssl_pyx.sm3_hash(data)).hex()


def sm2_valid(public: bytes, data: bytes, signature: bytes) -> bool:
    """Whether *signature* (DER) is the key's for *data*."""
    try:
        parts = core.SequenceOf.load(signature, strict=True, spec=core.Integer)
        if len(parts) != 2 or parts.dump(force=True) != signature:
            return False
        return bool(gmssl_pyx.sm2_verify(public, data, signature))
    except (ValueError, TypeError, gmssl_pyx.GmsslInnerError):
        return False


def sm2_public_pem(public: bytes) -> str:
    """An SM2 public key as PEM, as openssl and GmSSL read it."""
    return cast(bytes, pem.armor("PUBLIC KEY", _SPKI + public)).decode()


def sign_pdf(data: bytes, *, reason: str, place: str, name: str, seal: Seal | None = None) -> bytes:
    """*data* with a PAdES signature of the current seal, as an update behind the unchanged bytes.

    No change of the document is permitted afterwards (DocMDP 1). *reason*, *place* and *name* are
    what readers show of the signature.
    """
    used = seal or seals().current
    meta = signers.PdfSignatureMetadata(
        field_name=SIGNATURE_FIELD,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        reason=reason,
        location=place,
        name=name,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
    )
    out = io.BytesIO()
    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    by, room = _pades(used), _room(used)
    outside_loops(lambda: signers.sign_pdf(writer, meta, by, output=out, bytes_reserved=room))
    return out.getvalue()


def _room(seal: Seal) -> int:
    """Hexadecimal digits that a signature has room in: its certificates and as much again as it
    takes at most. Told beforehand, or pyHanko signs once more to measure, which takes as long."""
    return 2 * (2048 + sum(len(_asn1(text).dump()) for text in (seal.cert, *seal.chain)))


def outside_loops(act: Callable[[], T]) -> T:
    """What *act* returns. pyHanko starts an event loop of its own, which a thread with a running
    one refuses: there it gets a thread for itself."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return act()
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(act).result()


@lru_cache(maxsize=4)
def _pades(seal: Seal) -> signers.SimpleSigner:
    """pyHanko's signer for a seal; making one costs as much as a signature."""
    own, *above = [_asn1(text) for text in (seal.cert, *seal.chain)]
    store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    store.register_multiple(above)
    secret = keys.PrivateKeyInfo.load(pem.unarmor(seal.key.encode())[2])
    return signers.SimpleSigner(signing_cert=own, signing_key=secret, cert_registry=store)


def _asn1(text: str) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(pem.unarmor(text.encode())[2])


def encoded(signature: bytes) -> str:
    """A signature as the register keeps it."""
    return base64.b64encode(signature).decode()
