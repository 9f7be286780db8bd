"""A certificate's page as OFD: the same content as the PDF in a plainer setting."""

from __future__ import annotations

import io
from typing import Any

import segno
from pylopdf_fonts_zh_cn import serif_path

from yishi.foundation.papers.certificates import ofd
from yishi.foundation.papers.certificates.models import LANDSCAPE, Certificate
from yishi.foundation.papers.certificates.ofd import Colour, Page

INK: Colour = (43, 42, 40)
GOLD: Colour = (168, 132, 63)
RED: Colour = (163, 38, 42)
FAINT: Colour = (122, 116, 104)
PALE: Colour = (226, 219, 203)
MARGIN = 26.0


def drawn(certificate: Certificate, data: dict[str, Any]) -> bytes:
    """The OFD file of a certificate; *data* is :func:`~.drawing.page_data`."""
    across, down = (297.0, 210.0) if certificate.layout == LANDSCAPE else (210.0, 297.0)
    page = Page(across, down, serif_path())
    page.frame(10, 10, across - 20, down - 20, 0.8, GOLD)
    page.frame(12.2, 12.2, across - 24.4, down - 24.4, 0.2, GOLD)
    if data["made_up"]:
        _watermark(page, data["made_up"])
    _centred(page, 42, data["name"], _title_size(page, data["name"]), RED, 2.0)
    version = f"（第 {data['version']} 版）" if data["version"] > 1 else ""
    _centred(page, 52, f"证照编号：{data['number']}{version}", 3.7, FAINT)
    _body(page, data, top=62.0, bottom=down - 62.0)
    _foot(page, data)
    return ofd.written(
        page,
        title=f"{data['name']} {data['number']}",
        author=data["issuer"],
        made_on=certificate.issued_on,
    )


def _title_size(page: Page, name: str) -> float:
    """As large as the page allows, 12 mm at most."""
    room = page.across - 2 * MARGIN
    return min(12.0, room / (ofd.width(name, 1, page.font) + 0.2 * len(name)))


def _centred(
    page: Page, baseline: float, text: str, size: float, colour: Colour, spread: float = 0.0
) -> None:
    used = ofd.width(text, size, page.font) + spread * (len(text) - 1)
    page.text((page.across - used) / 2, baseline, text, size, colour=colour, spread=spread)


def _watermark(page: Page, text: str) -> None:
    size = 26.0
    used = ofd.width(text, size, page.font)
    x, y = (page.across - used * 0.9) / 2, page.down / 2 + used * 0.2
    page.text(x, y, text, size, colour=PALE, turned=(0.914, -0.407, 0.407, 0.914))


def _body(page: Page, data: dict[str, Any], *, top: float, bottom: float) -> None:
    """Label and value of every line, smaller step by step until all of it fits."""
    lines = [*data["lines"], *(("涵盖证照", "　".join(part)) for part in data["components"])]
    for size in (5.3, 4.9, 4.6, 4.2, 3.9, 3.5, 3.2, 2.8, 2.5, 2.1, 1.8, 1.5):
        labels = max(ofd.width(label, size, page.font) for label, _value in lines) + 5
        room = page.across - 2 * MARGIN - labels
        rows = [(label, ofd.wrapped(value, size, room, page.font)) for label, value in lines]
        height = sum(len(values) * size * 1.5 + size * 0.35 for _label, values in rows)
        if height <= bottom - top:
            break
    y = top + size
    for label, values in rows:
        page.text(MARGIN, y, label, size, colour=FAINT)
        for value in values:
            page.text(MARGIN + labels, y, value, size, colour=INK)
            y += size * 1.5
        y += size * 0.35


def _foot(page: Page, data: dict[str, Any]) -> None:
    """QR code, issuer with day and seal, identifier."""
    png = io.BytesIO()
    segno.make(data["verify_url"], error="m", micro=False).save(png, kind="png", scale=6, border=2)
    base = page.down - 28
    page.image(MARGIN, base - 29, 27, png.getvalue())
    x, y = page.across - MARGIN - 19, base - 16
    page.circle(x, y, 18, 0.5, RED)
    middle = "示意" if data["made_up"] else "电子签章"
    half = ofd.width(middle, 5, page.font) / 2
    page.text(x - half, y + 2, middle, 5, colour=RED)
    for row, text in enumerate((data["issuer"], data["issued_on"])):
        used = ofd.width(text, 4.4, page.font)
        page.text(x - 22 - used, y + 8 * row, text, 4.4, colour=INK)
    said = (
        f"证照标识 {data['identifier']}",
        f"核验码 {data['verify_code']}　{data['seal_note']}",
        data["verify_url"],
    )
    for row, text in enumerate(said):
        page.text(MARGIN, page.down - 22.5 + 3.4 * row, text, 2.5, colour=FAINT)
