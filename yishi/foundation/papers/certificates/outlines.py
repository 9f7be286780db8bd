"""The part of a font that a document uses, with TrueType outlines: every OFD reader draws those,
not every one draws the CFF outlines that the fonts of the house have."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from fontTools import subset
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import newTable

#: How far a curve may lie from the original, in units of the font (1,000 an em).
_ERROR = 1.0


def cut(font: Path, characters: set[str]) -> bytes:
    """The font with the characters that are used; the same characters give the same bytes."""
    options = subset.Options(notdef_outline=True, hinting=False, recalc_bounds=True)
    options.name_IDs = [1, 2, 4, 6]
    options.layout_features = []
    options.drop_tables += ["VORG", "vhea", "vmtx", "BASE", "GSUB", "GPOS"]
    out = io.BytesIO()
    with subset.load_font(str(font), options) as opened:
        cutter = subset.Subsetter(options)
        cutter.populate(text="".join(sorted(characters)) + " ")
        cutter.subset(opened)
        _as_truetype(opened)
        opened["head"].modified = opened["head"].created
        opened.recalcTimestamp = False
        opened.save(out)
    return out.getvalue()


def _as_truetype(font: Any) -> None:
    """Turn the outlines of an opened font from cubic into quadratic curves."""
    order, drawn = font.getGlyphOrder(), font.getGlyphSet()
    glyphs = {}
    for name in order:
        pen = TTGlyphPen(drawn)
        drawn[name].draw(Cu2QuPen(pen, _ERROR, reverse_direction=True))
        glyphs[name] = pen.glyph()
    font["loca"], font["glyf"] = newTable("loca"), newTable("glyf")
    font["glyf"].glyphOrder, font["glyf"].glyphs = order, glyphs
    del font["CFF "]
    font["glyf"].compile(font)
    for name, glyph in glyphs.items():
        font["hmtx"][name] = (font["hmtx"][name][0], getattr(glyph, "xMin", 0))
    most = font["maxp"] = newTable("maxp")
    most.tableVersion, most.maxZones, most.numGlyphs = 0x00010000, 1, len(order)
    for count in ("TwilightPoints", "Storage", "FunctionDefs", "InstructionDefs"):
        setattr(most, f"max{count}", 0)
    for count in ("StackElements", "SizeOfInstructions", "ComponentElements"):
        setattr(most, f"max{count}", 0)
    most.compile(font)
    font["post"].formatType = 3.0
    font.sfntVersion = "\000\001\000\000"
