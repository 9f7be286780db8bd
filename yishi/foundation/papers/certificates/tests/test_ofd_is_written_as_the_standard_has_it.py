"""OFD files: one page whose texts, font and picture are all in the file (GB/T 33190-2016)."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from typing import Any

import pytest
from defusedxml import ElementTree
from fontTools.ttLib import TTFont

from yishi.foundation.papers.certificates import drawing, ofd, ofd_page, seals
from yishi.foundation.papers.certificates import services as certificates
from yishi.foundation.papers.certificates.checking import check_file
from yishi.foundation.papers.certificates.models import OFD, Certificate
from yishi.foundation.papers.certificates.tests.making import NOW, issued
from yishi.foundation.parties.tests.making import firm

pytestmark = pytest.mark.django_db
SPACE = f"{{{ofd.NAMESPACE}}}"


def made(one: Certificate) -> bytes:
    data = drawing.page_data(one, certificates.components_of(one), seals.seals().current)
    return ofd_page.drawn(one, data)


def opened(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def texts(page: Any) -> list[tuple[Any, Any]]:
    return [(item, item.find(f"{SPACE}TextCode")) for item in page.iter(f"{SPACE}TextObject")]


@pytest.mark.parametrize("layout", ["landscape", "portrait"])
def test_every_part_is_where_the_part_before_says(layout: str) -> None:
    parts = opened(made(issued(layout=layout)))
    root = ElementTree.fromstring(parts["OFD.xml"])
    assert root.tag == f"{SPACE}OFD" and root.get("DocType") == "OFD"
    document = ElementTree.fromstring(parts[root.find(f".//{SPACE}DocRoot").text])
    page = document.find(f".//{SPACE}Page").get("BaseLoc")
    content = ElementTree.fromstring(parts[f"Doc_0/{page}"])
    for kind in ("PublicRes", "DocumentRes"):
        found = ElementTree.fromstring(parts[f"Doc_0/{document.find(f'.//{SPACE}{kind}').text}"])
        for name in (*found.iter(f"{SPACE}FontFile"), *found.iter(f"{SPACE}MediaFile")):
            assert f"Doc_0/{found.get('BaseLoc')}/{name.text}" in parts
    ids = [item.get("ID") for item in content.iter() if item.get("ID")]
    assert max(Counter(ids).values()) == 1
    assert max(map(int, ids)) <= int(document.find(f".//{SPACE}MaxUnitID").text)
    box = content.find(f"{SPACE}Area/{SPACE}PhysicalBox").text
    assert box == ("0 0 297 210" if layout == "landscape" else "0 0 210 297")


def test_the_font_has_every_character_and_each_has_its_place() -> None:
    one = issued(firm(1, "襄阳龘靐模拟有限公司"))
    parts = opened(made(one))
    content = ElementTree.fromstring(parts["Doc_0/Pages/Page_0/Content.xml"])
    (name,) = (part for part in parts if part.endswith(".ttf"))
    font = TTFont(io.BytesIO(parts[name]))
    assert "glyf" in font and "CFF " not in font
    known, whole = set(font.getBestCmap()), ""
    for _item, code in texts(content):
        whole += code.text
        steps = (code.get("DeltaX") or "").split()
        assert len(steps) == len(code.text) - 1
        assert all(float(step) > 0 for step in steps)
    assert {char for char in whole if ord(char) not in known} <= {"靐", "龘"}
    for said in (one.name, one.number, one.holder_name, one.identifier, "模拟证照", "王模拟"):
        assert said in whole


def test_texts_stay_within_the_page_and_what_is_long_is_set_smaller() -> None:
    long = certificates.CertificateField("scope", "经营范围", "预包装食品、散装食品销售；" * 70)
    parts = opened(made(issued(fields=[long])))
    content = ElementTree.fromstring(parts["Doc_0/Pages/Page_0/Content.xml"])
    for item, code in texts(content):
        x, y, _across, _down = map(float, item.get("Boundary").split())
        used = sum(map(float, (code.get("DeltaX") or "0").split()))
        if item.get("CTM") is None:
            assert x > 20 and x + used < 190 and 20 < y < 285, code.text


def test_characters_of_xml_stay_characters() -> None:
    odd = certificates.CertificateField("scope", "范围", '<a href="x">&amp;</a> {id}')
    parts = opened(made(issued(fields=[odd])))
    content = ElementTree.fromstring(parts["Doc_0/Pages/Page_0/Content.xml"])
    assert odd.value in "".join(code.text for _item, code in texts(content))


def test_the_same_page_has_the_same_bytes_and_is_signed_beside() -> None:
    one = issued()
    assert made(one) == made(one)
    kept = certificates.signed_file(one, NOW, OFD)
    assert check_file(kept.data, one).genuine
    changed = kept.data[:-30] + b"x" + kept.data[-29:]
    assert check_file(changed, one).key == "no_pdf"
