"""Every text of the pages has an English translation with the same placeholders."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from yishi.foundation.ui import wording
from yishi.foundation.ui.extraction import extract_template


def test_no_text_of_the_project_lacks_its_english() -> None:
    assert wording.gaps(wording.extracted(), wording.read()) == []


def test_the_texts_of_a_template_are_found_on_their_lines() -> None:
    source = """{% load i18n ui %}
  <p>{% trans "中文" %}</p>
      {% blocktrans trimmed with n=x %}共 {{ n }} 件
    好{% endblocktrans %}
   {% page_header _("标题") %} don't (break "on quotes
{% trans "月" context "duration" %}
"""
    found = list(extract_template(BytesIO(source.encode()), wording.KEYWORDS, [], {}))
    assert [(line, texts) for line, _, texts, _ in found] == [
        (2, "中文"),
        (3, "共 %(n)s 件 好"),
        (5, "标题"),
        (6, ("duration", "月")),
    ]


@pytest.mark.parametrize(
    ("english", "problem"),
    [
        ("", "no English"),
        ("%(n)s 件", "still Chinese: %(n)s 件"),
        ("%(m)s cases", "other placeholders: %(m)s cases"),
        ("%(n)s cases", ""),
    ],
)
def test_a_gap_is_named(english: str, problem: str) -> None:
    found, translated = Catalog(), Catalog()
    found.add("%(n)s 件")
    translated.add("%(n)s 件", english)
    assert [gap.problem for gap in wording.gaps(found, translated)] == (
        [problem] if problem else []
    )


def test_taking_up_keeps_translations_drops_unused_and_guesses_nothing(tmp_path: Path) -> None:
    (tmp_path / "babel.cfg").write_text("[python: **.py]\n")
    locale, code = tmp_path / "locale", tmp_path / "code.py"
    code.write_text('_("保存")\n_("删除")\n')
    wording.take_up("en", locale, tmp_path)
    path = wording.po_file("en", locale)
    path.write_text(path.read_text().replace('"保存"\nmsgstr ""', '"保存"\nmsgstr "Save"'))
    code.write_text('_("保存")\n_("保存好")\n')
    assert {m.id: m.string for m in wording.take_up("en", locale, tmp_path) if m.id} == {
        "保存": "Save",
        "保存好": None,
    }
    assert wording.compile_all(locale)[0].read_bytes()[:4] == b"\xde\x12\x04\x95"
