"""PDF documents: data is data, whatever it looks like; rare characters are there."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import typst
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from PIL import Image

from yishi.foundation.papers import pdf

TEMPLATE = b"""#let d = json(bytes(sys.inputs.data))
#set text(font: "Noto Sans SC")
#metadata(d.text) <shown>
#d.text
#if d.photo_count > 0 { image("/0.jpg", width: 20mm) }
"""
ARCHIVAL_MARK = b"pdfaid"


@pytest.fixture(scope="module", autouse=True)
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("documents") / "sample.typ"
    path.write_bytes(TEMPLATE)
    return path


@pytest.fixture(autouse=True)
def lookup(template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "template_path", lambda name: template)


def test_rare_characters_are_set_in_an_archival_pdf() -> None:
    made = pdf.render("x/sample", {"text": "酂 鄢 琚 薤 襄阳市 2026-05-11"})
    assert made.startswith(b"%PDF-")
    assert ARCHIVAL_MARK in made, "PDF/A refuses missing glyphs, so all of them were found"


def test_a_character_without_a_glyph_does_not_stop_the_document() -> None:
    made = pdf.render("x/sample", {"text": "😀 \ue000 \ud800 \x07"})
    assert made.startswith(b"%PDF-")
    assert ARCHIVAL_MARK not in made


@pytest.mark.parametrize(
    "text",
    ['#panic("run")', '"); #panic("run") //', "$x$ *b* @ref <l> \\", '#read("/etc/passwd")'],
)
def test_markup_in_data_stays_text(text: str) -> None:
    inputs = {"data": pdf._as_json({"text": text, "photo_count": 0})}
    found = typst.query(TEMPLATE, "<shown>", field="value", one=True, sys_inputs=inputs)
    assert json.loads(found) == text
    assert pdf.render("x/sample", {"text": text}).startswith(b"%PDF-")


@examples(max_examples=15, deadline=None)
@given(st.text(max_size=40))
def test_any_text_can_be_printed(text: str) -> None:
    made = pdf.render("x/sample", {"text": text, "list": [text], text: None})
    assert made.startswith(b"%PDF-")


def test_photos_are_placed_and_missing_ones_left_out(tmp_path: Path) -> None:
    photo = tmp_path / "a.jpg"
    Image.new("RGB", (3000, 2000), "red").save(photo)
    broken = tmp_path / "b.jpg"
    broken.write_bytes(b"no picture")
    with_photo = pdf.render("x/sample", {"text": "a"}, photos=[tmp_path / "gone", broken, photo])
    assert b"/DCTDecode" in with_photo
    assert b"/DCTDecode" not in pdf.render("x/sample", {"text": "a"}, photos=[broken])


def test_a_template_that_does_not_compile_is_told_by_name(template: Path) -> None:
    with pytest.raises(pdf.DocumentError, match="x/sample"):
        pdf.render("x/sample", {"no_text": 1})


def test_a_qr_code_is_a_vector_picture() -> None:
    svg = pdf.qr_svg("https://xiangyang.example/t/ABCDEF")
    assert ET.fromstring(svg).tag.endswith("svg")


@pytest.mark.parametrize("name", ["papers/none", "none/x", "papers/../x", "/etc/passwd", ""])
def test_unknown_templates_are_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    with pytest.raises(pdf.DocumentError):
        pdf.template_path(name)
