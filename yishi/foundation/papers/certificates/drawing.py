"""What a certificate's page shows, and the page as a PDF without a signature."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings

from yishi.foundation.papers import pdf
from yishi.foundation.papers.certificates.models import Certificate
from yishi.foundation.papers.certificates.reading import components_of, lines_of, open_holder
from yishi.foundation.papers.certificates.seals import Seal
from yishi.foundation.papers.issuing import grouped

TEMPLATE = "papers/certificate"
FOR_EVER = "长期"
_CODES = {"001": "统一社会信用代码", "111": "公民身份号码"}


def origin() -> str:
    """The site's address as people outside reach it."""
    return (settings.SITE_ORIGIN or f"http://localhost:{settings.PORT}").rstrip("/")


def verify_address(code: str) -> str:
    """The public page on which a certificate is verified; what its QR code leads to."""
    return f"{origin()}/verify/{code}/"


def made_up(certificate: Certificate) -> str | None:
    """What a certificate says of itself where it is not real: 模拟 of a made-up holder or in an
    installation for demonstration or training."""
    return "模拟证照" if certificate.simulated or settings.DEMO or settings.TRAINING else None


def drawn(certificate: Certificate, seal: Seal) -> bytes:
    """The page as PDF/A (1 statement). Raises
    :class:`~yishi.foundation.papers.pdf.DocumentError`."""
    return pdf.render(TEMPLATE, page_data(certificate, components_of(certificate), seal))


def page_data(
    certificate: Certificate, components: list[Certificate], seal: Seal
) -> dict[str, Any]:
    """What the page shows, in plain: it is the holder's."""
    return {
        "name": certificate.name,
        "number": certificate.number,
        "version": certificate.version,
        "identifier": certificate.identifier,
        "issuer": certificate.issuer_name,
        "issued_on": day_text(certificate.issued_on),
        "issued_parts": [*certificate.issued_on.timetuple()[:3]],
        "layout": certificate.layout,
        "lines": lines(certificate),
        "components": [[c.name, c.number, day_text(c.valid_to)] for c in components],
        "verify_code": grouped(certificate.verify_code),
        "verify_url": verify_address(certificate.verify_code),
        "verify_svg": pdf.qr_svg(verify_address(certificate.verify_code)),
        "made_up": made_up(certificate),
        "seal_note": "测试签章，无法律效力" if seal.test else "",
    }


def lines(certificate: Certificate) -> list[list[str]]:
    """Label and value of every line, in the order of the page."""
    name, code = open_holder(certificate)
    found = [["持证主体", name]]
    if certificate.holder_code_kind in _CODES:
        found.append([_CODES[certificate.holder_code_kind], code])
    found += [[line.label, line.value] for line in lines_of(certificate, personal=True)]
    starts, ends = day_text(certificate.valid_from), day_text(certificate.valid_to)
    found.append(
        ["有效期", f"{starts} 至 {ends}" if certificate.valid_to else f"{starts} 起{ends}"]
    )
    return found


def day_text(day: date | None) -> str:
    """A day as licences write it; none is for ever."""
    return f"{day.year}年{day.month}月{day.day}日" if day else FOR_EVER
