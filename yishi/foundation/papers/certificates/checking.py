"""Is this file a certificate as it was signed? The register says so; if not, the file says why not.

A file counts only if the digest of all its bytes is registered. What the signature inside it tells
is asked to explain a refusal, never to overrule it: PAdES leaves some bytes of a file uncovered.
"""

from __future__ import annotations

import base64
import hashlib
import io
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding
from django.utils.translation import gettext_lazy as _
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from yishi.foundation.papers.certificates.models import Certificate, CertificateFile
from yishi.foundation.papers.certificates.seals import seals
from yishi.foundation.papers.certificates.signing import outside_loops, sm2_valid

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

GENUINE, OTHER, ALTERED, ADDED, UNSIGNED, FOREIGN, UNREGISTERED, NO_PDF = (
    "genuine",
    "other",
    "altered",
    "added",
    "unsigned",
    "foreign",
    "unregistered",
    "no_pdf",
)
WHY: dict[str, StrOrPromise] = {
    GENUINE: _("文件与签发时完全一致，签名有效。"),
    OTHER: _("文件本身没有被改动，但它是另一份证照（或另一个版本）的文件，不是这一份。"),
    ALTERED: _("文件签名之后被改动过：内容与签名不符。"),
    ADDED: _("签名之后又在文件里加了内容：签名只覆盖原来的部分。"),
    UNSIGNED: _("文件里没有签名：可能是打印、扫描或另存出来的，无法确认内容。"),
    FOREIGN: _("文件的签名不是本机构加的。"),
    UNREGISTERED: _("文件的签名有效，但这个文件不在登记中，不能确认。"),
    NO_PDF: _("这不是可以读取的证照文件，也不在登记中。"),
}
#: pyHanko reports broken files at length; that somebody checks one is nothing to log.
logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class FileCheck:
    """What a file is: ``key`` is one of :data:`WHY`. ``row`` is its entry in the register."""

    key: str
    row: CertificateFile | None = None

    @property
    def genuine(self) -> bool:
        """Whether it is the certificate's file as signed."""
        return self.key == GENUINE

    @property
    def why(self) -> StrOrPromise:
        """The finding in words."""
        return WHY[self.key]


def check_file(data: bytes, certificate: Certificate) -> FileCheck:
    """What *data* is, held against *certificate* (1 statement)."""
    digest = hashlib.sha256(data).hexdigest()
    row = CertificateFile.objects.filter(sha256=digest).first()
    if row is None:
        return FileCheck(explained(data))
    if row.certificate_id != certificate.pk:
        return FileCheck(OTHER, row)
    return FileCheck(GENUINE if detached_valid(row, data) else UNREGISTERED, row)


def detached_valid(row: CertificateFile, data: bytes) -> bool:
    """Whether the registered SM2 signature is one of *data*."""
    return sm2_valid(bytes.fromhex(row.public), data, base64.b64decode(row.signature))


def explained(data: bytes) -> str:
    """What the signature inside a file that is not registered says about it."""
    try:
        signatures = PdfFileReader(io.BytesIO(data), strict=False).embedded_signatures
    except Exception:  # whatever a broken file makes the reader raise, it is a broken file
        return NO_PDF if not data.startswith(b"%PDF-") else ALTERED
    if not signatures:
        return UNSIGNED
    try:
        return _of_signature(signatures[0])
    except Exception:  # as above, of the signature's own bytes
        return ALTERED


def _of_signature(embedded: EmbeddedPdfSignature) -> str:
    context = ValidationContext(trust_roots=[], allow_fetching=False)
    status = outside_loops(lambda: validate_pdf_signature(embedded, context, skip_diff=True))
    if not status.intact or not status.valid:
        return ALTERED
    ours = {seal.certificate().public_bytes(Encoding.DER) for seal in seals().seals.values()}
    if embedded.signer_cert.dump() not in ours:
        return FOREIGN
    if status.coverage != SignatureCoverageLevel.ENTIRE_FILE:
        return ADDED
    return UNREGISTERED
