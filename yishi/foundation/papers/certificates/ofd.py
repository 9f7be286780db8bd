"""A minimal writer of OFD (GB/T 33190-2016): one page of text, lines and pictures.

An OFD file is a ZIP of XML: ``OFD.xml`` names the document, ``Document.xml`` its page and
resources, ``Content.xml`` what is on the page. Lengths are millimetres from the upper left corner.
The font is embedded, cut down to the characters that are used; every character's place is given, so
that no reader sets the text differently. Signatures (``Signs/``, GB/T 38540) are not written.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from fontTools.ttLib import TTFont

from yishi.foundation.papers.certificates.outlines import cut

NAMESPACE = "http://www.ofdspec.org/2016"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
#: ZIP has no date before; the same content gives the same bytes.
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
Colour = tuple[int, int, int]
BLACK: Colour = (0, 0, 0)
_FONT, _PICTURE, _FIRST = 2, 3, 10


@lru_cache(maxsize=4)
def _widths(font: Path) -> tuple[dict[int, float], float]:
    """The width of each character in em, and of one that the font lacks."""
    with TTFont(font, lazy=True) as opened:
        em = opened["head"].unitsPerEm
        metrics = opened["hmtx"].metrics
        widths = {char: metrics[name][0] / em for char, name in opened.getBestCmap().items()}
        return widths, metrics[".notdef"][0] / em


def advances(text: str, size: float, font: Path) -> list[float]:
    """How far each character of *text* moves on, in millimetres."""
    widths, missing = _widths(font)
    return [widths.get(ord(char), missing) * size for char in text]


def width(text: str, size: float, font: Path) -> float:
    """The width of *text* in millimetres."""
    return sum(advances(text, size, font))


def wrapped(text: str, size: float, room: float, font: Path) -> list[str]:
    """*text* in lines that fit into *room* millimetres."""
    found: list[str] = []
    for part in text.split("\n"):
        line, used = "", 0.0
        for char, step in zip(part, advances(part, size, font), strict=True):
            if line and used + step > room:
                found.append(line)
                line, used = "", 0.0
            line, used = line + char, used + step
        found.append(line)
    return found


@dataclass(slots=True)
class Page:
    """A page that is being drawn. ``font`` is the file that all texts are set in."""

    across: float
    down: float
    font: Path
    objects: list[str] = field(default_factory=list)
    characters: set[str] = field(default_factory=set)
    picture: bytes = b""

    def text(
        self,
        x: float,
        baseline: float,
        text: str,
        size: float,
        *,
        colour: Colour = BLACK,
        spread: float = 0.0,
        turned: tuple[float, float, float, float] | None = None,
    ) -> None:
        """*text* from *x* on; *spread* is added after each character, *turned* is the matrix a b c
        d that it is turned by."""
        if not text:
            return
        steps = [step + spread for step in advances(text, size, self.font)]
        box = (x, baseline - size, max(sum(steps), 0.1) + size, size * 1.4)
        matrix = f' CTM="{_numbers(*turned, 0, 0)}"' if turned else ""
        deltas = f' DeltaX="{_numbers(*steps[:-1])}"' if len(steps) > 1 else ""
        self.characters |= set(text)
        self._add(
            f'<ofd:TextObject ID="{{id}}" Boundary="{_numbers(*box)}" Font="{_FONT}" '
            f'Size="{_numbers(size)}"{matrix}>{_colour("Fill", colour)}'
            f'<ofd:TextCode X="0" Y="{_numbers(size)}"{deltas}>{escape(text)}</ofd:TextCode>'
            "</ofd:TextObject>"
        )

    def frame(
        self, x: float, y: float, across: float, down: float, line: float, colour: Colour
    ) -> None:
        """The outline of a rectangle."""
        path = f"M 0 0 L {_numbers(across)} 0 L {_numbers(across, down)} L 0 {_numbers(down)} C"
        self._path(x, y, across, down, line, colour, path)

    def circle(self, x: float, y: float, radius: float, line: float, colour: Colour) -> None:
        """The outline of a circle around x, y."""
        r, k, d = radius, radius * 0.5523, 2 * radius
        curves = (
            f"M {_numbers(d, r)} B {_numbers(d, r + k, r + k, d, r, d)} "
            f"B {_numbers(r - k, d, 0, r + k, 0, r)} B {_numbers(0, r - k, r - k, 0, r, 0)} "
            f"B {_numbers(r + k, 0, d, r - k, d, r)} C"
        )
        self._path(x - r, y - r, d, d, line, colour, curves)

    def image(self, x: float, y: float, side: float, png: bytes) -> None:
        """The page's one picture, a square."""
        self.picture = png
        box, matrix = _numbers(x, y, side, side), _numbers(side, 0, 0, side, 0, 0)
        self._add(
            f'<ofd:ImageObject ID="{{id}}" Boundary="{box}" CTM="{matrix}" '
            f'ResourceID="{_PICTURE}"/>'
        )

    def _path(
        self, x: float, y: float, across: float, down: float, line: float, colour: Colour, path: str
    ) -> None:
        self._add(
            f'<ofd:PathObject ID="{{id}}" Boundary="{_numbers(x, y, across, down)}" '
            f'LineWidth="{_numbers(line)}" Stroke="true" Fill="false">'
            f"{_colour('Stroke', colour)}<ofd:AbbreviatedData>{path}</ofd:AbbreviatedData>"
            "</ofd:PathObject>"
        )

    def _add(self, xml: str) -> None:
        self.objects.append(xml.replace("{id}", str(_FIRST + len(self.objects)), 1))


def written(page: Page, *, title: str, author: str, made_on: date) -> bytes:
    """The OFD file of *page*; the same page gives the same bytes."""
    content = _page_xml(page)
    name = hashlib.sha256((title + content).encode()).hexdigest()[:32]
    parts = {
        "OFD.xml": _ofd_xml(name, title, author, made_on),
        "Doc_0/Document.xml": _document_xml(page),
        "Doc_0/PublicRes.xml": _fonts_xml(),
        "Doc_0/DocumentRes.xml": _pictures_xml(page),
        "Doc_0/Pages/Page_0/Content.xml": content,
    }
    files = {path: (_HEAD + xml).encode() for path, xml in parts.items()}
    files["Doc_0/Res/NotoSerifSC.ttf"] = cut(page.font, page.characters)
    if page.picture:
        files["Doc_0/Res/code.png"] = page.picture
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files.items():
            archive.writestr(zipfile.ZipInfo(path, _LONG_AGO), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _ofd_xml(name: str, title: str, author: str, made_on: date) -> str:
    return (
        f'<ofd:OFD xmlns:ofd="{NAMESPACE}" DocType="OFD" Version="1.1"><ofd:DocBody><ofd:DocInfo>'
        f"<ofd:DocID>{name}</ofd:DocID><ofd:Title>{escape(title)}</ofd:Title>"
        f"<ofd:Author>{escape(author)}</ofd:Author>"
        f"<ofd:CreationDate>{made_on.isoformat()}</ofd:CreationDate>"
        "<ofd:Creator>Yishi</ofd:Creator></ofd:DocInfo>"
        "<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>"
    )


def _document_xml(page: Page) -> str:
    return (
        f'<ofd:Document xmlns:ofd="{NAMESPACE}"><ofd:CommonData>'
        f"<ofd:MaxUnitID>{_FIRST + len(page.objects)}</ofd:MaxUnitID>"
        f"<ofd:PageArea><ofd:PhysicalBox>{_numbers(0, 0, page.across, page.down)}"
        "</ofd:PhysicalBox></ofd:PageArea>"
        "<ofd:PublicRes>PublicRes.xml</ofd:PublicRes>"
        "<ofd:DocumentRes>DocumentRes.xml</ofd:DocumentRes></ofd:CommonData>"
        '<ofd:Pages><ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages>'
        "</ofd:Document>"
    )


def _fonts_xml() -> str:
    named = quoteattr("Noto Serif SC")
    return (
        f'<ofd:Res xmlns:ofd="{NAMESPACE}" BaseLoc="Res"><ofd:Fonts>'
        f'<ofd:Font ID="{_FONT}" FontName={named} FamilyName={named}>'
        "<ofd:FontFile>NotoSerifSC.ttf</ofd:FontFile></ofd:Font></ofd:Fonts></ofd:Res>"
    )


def _pictures_xml(page: Page) -> str:
    picture = (
        f'<ofd:MultiMedias><ofd:MultiMedia ID="{_PICTURE}" Type="Image" Format="PNG">'
        "<ofd:MediaFile>code.png</ofd:MediaFile></ofd:MultiMedia></ofd:MultiMedias>"
    )
    inside = picture if page.picture else ""
    return f'<ofd:Res xmlns:ofd="{NAMESPACE}" BaseLoc="Res">{inside}</ofd:Res>'


def _page_xml(page: Page) -> str:
    return (
        f'<ofd:Page xmlns:ofd="{NAMESPACE}"><ofd:Area><ofd:PhysicalBox>'
        f"{_numbers(0, 0, page.across, page.down)}</ofd:PhysicalBox></ofd:Area>"
        f'<ofd:Content><ofd:Layer ID="4" Type="Body">{"".join(page.objects)}</ofd:Layer>'
        "</ofd:Content></ofd:Page>"
    )


def _colour(kind: str, colour: Colour) -> str:
    return f'<ofd:{kind}Color Value="{_numbers(*colour)}"/>'


def _numbers(*values: Any) -> str:
    return " ".join(f"{value:.3f}".rstrip("0").rstrip(".") for value in values)
