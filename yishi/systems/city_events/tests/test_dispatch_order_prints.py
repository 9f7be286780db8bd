"""派遣单: printed from plain values, with the parts that a unit needs on paper."""

from __future__ import annotations

import json

import pytest
import typst

from yishi.foundation.papers import pdf

TEMPLATE = "city_events/dispatch_order"
DATA = {
    "city": "襄阳市",
    "number": "XY-20260511-000123",
    "type": "公用设施 / 上水井盖",
    "place": "酂阳路、鄢城路、琚湾、薤山",
    "description": '井盖缺失 #panic("run") $x$ <i>，电话 ***********',
    "unit": "襄城区市政设施养护中心",
    "due_at": "2026-05-12 09:05",
    "qr_svg": pdf.qr_svg("https://xiangyang.example/t/X"),
}


def test_a_full_order_is_an_archival_pdf() -> None:
    made = pdf.render(TEMPLATE, {**DATA, "demo": True, "provisional": True})
    assert made.startswith(b"%PDF-")
    assert b"pdfaid" in made, "every character has a glyph"


def test_an_order_of_a_case_that_lacks_everything_still_prints() -> None:
    assert pdf.render(TEMPLATE, {}).startswith(b"%PDF-")
    assert pdf.render(TEMPLATE, dict.fromkeys(DATA)).startswith(b"%PDF-")


@pytest.mark.parametrize("demo", [True, False])
def test_simulated_orders_say_so(demo: bool) -> None:
    source = str(pdf.template_path(TEMPLATE))

    def drawn(**more: bool) -> bytes:
        inputs = {"data": json.dumps({**DATA, "photo_count": 0, **more})}
        return typst.compile(source, format="svg", sys_inputs=inputs, ignore_system_fonts=True)

    assert (drawn() != drawn(demo=demo)) is demo
