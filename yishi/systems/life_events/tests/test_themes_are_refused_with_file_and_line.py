"""A theme that cannot work is refused, and every fault says file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from yishi.foundation.cases.catalogue_errors import CatalogueError
from yishi.systems.life_events import catalogue
from yishi.systems.life_events.tests.books import book, item, wanted

BOOK = book(
    item("alpha", papers=[wanted("plan")], fields=["applicant_name", "site"]),
    item("beta", fields=["applicant_name", "place"]),
    item("gamma", legal="10工作日", promise="3工作日"),
)

GOOD = """\
key: shop
name: 开办小店
audience: enterprise
group: 市场准入
lead: market_supervision
level: county
summary: 一次办好开店所需的登记和许可。
questions:
  - {key: food, ask: 卖食品吗？}
  - key: size
    ask: 店面多大？
    choices: {small: 小, large: 大}
    when: [{fact: food, is: is_true}]
items:
  - {item: alpha}
  - {item: beta, when: [{fact: size, is: eq, value: large}], after: [{item: alpha, gives: licence}]}
  - {item: gamma, when: [{any: [{fact: food, is: is_false}, {fact: size, is: in, value: [small]}]}]}
"""


def faults(folder: Path, text: str, **more: str) -> list[tuple[str, int, str]]:
    (folder / "themes").mkdir(exist_ok=True)
    (folder / "themes" / "shop.yaml").write_text(text, encoding="utf-8")
    for name, other in more.items():
        (folder / "themes" / f"{name}.yaml").write_text(other, encoding="utf-8")
    try:
        catalogue.parse(folder, BOOK)
    except CatalogueError as error:
        return [(one.file, one.line, one.message) for one in error.problems]
    return []


def test_a_good_theme_is_read_and_written_and_read_again_the_same(tmp_path: Path) -> None:
    assert faults(tmp_path, GOOD) == []
    content = catalogue.parse(tmp_path, BOOK)
    catalogue.dump_folder(content, tmp_path / "again")
    assert catalogue.parse(tmp_path / "again", BOOK) == content
    assert catalogue.content_of(catalogue.from_content(content)) == content


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (
            changed("{item: alpha}", "{item: alpha, after: [{item: beta, gives: data}]}"),
            15,
            "互为前置",
        ),
        (changed("{item: alpha}", "{item: alfa}"), 15, "没有事项 alfa"),
        (changed("item: alpha, gives", "item: delta, gives"), 16, "前置事项 delta 不在本主题中"),
        (changed("fact: food, is: is_true", "fact: size, is: eq, value: small"), 13, "排在后面"),
        (
            changed("when: [{fact: food, is: is_true}]", "when: [{fact: foot, is: is_true}]"),
            13,
            "没有这个问题",
        ),
        (changed("value: large", "value: huge"), 16, "没有选项 huge"),
        (changed("is: is_true", "is: eq, value: yes"), 13, "可用的比较：is_true、is_false"),
        (changed("level: county", "level: county\npromise: 46工作日"), 7, "超过联合办理的法定上限"),
        (changed("level: county", "level: county\npromise: 44工作日"), 7, "最长路径"),
        (changed("level: county", "level: county\npromise: 很快"), 7, "缺少数量或单位"),
        (changed("level: county", "level: galaxy"), 6, "不在可选值中"),
        (
            changed("fact: size, is: eq, value: large", "fact: size, is: in, value: []"),
            16,
            "",
        ),
        (GOOD + "fields: {labels: {nothing: 名称}}\n", 18, "字段 nothing 没有来源"),
        (GOOD + "fields: {same: [[site, nowhere]]}\n", 18, "字段 nowhere 没有来源"),
        (GOOD + "materials: {same: [[plan, sketch]]}\n", 18, "材料 sketch 没有来源"),
        (GOOD + "whatever: 1\n", 18, "未知字段"),
        (changed("name: 开办小店", "name: [1, 2]"), 2, "应为文字"),
    ],
)
def test_a_fault_is_named_with_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    found = faults(tmp_path, text)
    assert any(f == "themes/shop.yaml" and n == line and words in m for f, n, m in found), found


def test_a_question_that_no_answer_leads_to_is_refused(tmp_path: Path) -> None:
    when = "[{fact: food, is: is_false}, {fact: size, is: eq, value: large}]"
    more = f"  - {{key: never, ask: 问得到吗？, when: {when}}}\n"
    found = faults(tmp_path, changed("items:\n", more + "items:\n"))
    assert [(n, m) for _, n, m in found] == [(14, "问题“问得到吗？”永远问不到")]


def test_an_item_that_no_answer_leads_to_is_refused(tmp_path: Path) -> None:
    text = changed(
        "[{fact: size, is: eq, value: large}]",
        "[{fact: food, is: is_false}, {fact: size, is: eq, value: large}]",
    )
    assert [(n, m) for _, n, m in faults(tmp_path, text)] == [(16, "任何回答都到不了事项 beta")]


def test_answers_that_lead_to_no_item_are_refused_and_told(tmp_path: Path) -> None:
    text = changed("  - {item: alpha}\n", "").replace(
        ", after: [{item: alpha, gives: licence}]", ""
    )
    text = text.replace("{any: [{fact: food, is: is_false}, ", "{any: [")
    assert [(n, m) for _, n, m in faults(tmp_path, text)] == [
        (15, "走不通：回答“卖食品吗？否”时没有任何事项")
    ]


def test_near_names_and_double_keys_are_refused_unless_declared(tmp_path: Path) -> None:
    other = GOOD.replace("key: shop", "key: shops").replace("开办小店", "开办小店一件事")
    found = faults(tmp_path, GOOD, shops=other)
    assert [(f, n) for f, n, m in found if "过于相近" in m] == [("themes/shops.yaml", 2)]
    declared = other.replace("level:", "distinct_from: [开办小店]\nlevel:")
    assert faults(tmp_path, GOOD, shops=declared) == []


def test_a_file_name_that_is_not_the_key_is_refused(tmp_path: Path) -> None:
    found = faults(tmp_path, GOOD.replace("key: shop", "key: stall"))
    assert [(n, m) for _, n, m in found] == [(1, "文件名应为 stall.yaml")]


@pytest.mark.parametrize(
    "text", ["", "[1]", "a: &x 1\nb: *x", "key: [", "\x00", "a: !!python/name:os 1"]
)
def test_what_is_no_theme_at_all_is_refused(tmp_path: Path, text: str) -> None:
    assert faults(tmp_path, text)


def test_items_without_fields_in_the_table_have_no_source(tmp_path: Path) -> None:
    (tmp_path / "themes").mkdir()
    (tmp_path / "themes" / "shop.yaml").write_text(GOOD, encoding="utf-8")
    bare = type(BOOK)({}, BOOK.materials, BOOK.items)
    with pytest.raises(CatalogueError, match=r"themes/shop.yaml:15.*没有来源"):
        catalogue.parse(tmp_path, bare)
