"""The catalogue of items is refused with file and line for whatever could never work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from yishi.foundation.approvals.catalogue import (
    CatalogueError,
    dump_folder,
    from_content,
    holds,
    load_book,
    parse_folder,
    register_folder,
    to_content,
)
from yishi.foundation.approvals.catalogue.conditions import AnyOf, Term
from yishi.foundation.rulebook.comparing import Operator

FIELDS = """\
fields:
  applicant_name: {label: 申请人姓名, type: person_name, section: applicant, personal: true}
  kind: {label: 经营种类, type: choice, choices: {hot: 热食, cold: 冷食}}
"""
MATERIALS = """\
materials:
  business_licence: {name: 营业执照, kind: certificate, shared: true, aliases: [营业执照副本]}
  floor_plan: {name: 平面布局图, kind: drawing, shared: false}
"""
ITEM = """\
  - key: food_licence
    name: 食品经营许可（新办）
    kind: "01"
    function: market_supervision
    level: county
    audience: [enterprise]
    basis: 《食品安全法》第三十五条
    legal: 20工作日
    promise: 5工作日
    handling: promised
    channels: [window, web]
    visits: 1
    fee: none
    result: {name: 食品经营许可证, kind: licence, months: 60}
    special: [expert_review]
    fields: [applicant_name, kind]
    materials:
      - {material: business_licence, as: 营业执照复印件, form: copy}
      - {material: floor_plan, deferrable: true, when: [{any: [{fact: kind, is: eq, value: hot}]}]}
"""
ITEMS = "department: 市场监督管理\nitems:\n" + ITEM
FUNCTIONS = "market_supervision: 市场监管\nspace: 航天\n"
UNITS = (
    "rules:\n  county:\n"
    "    - {key: SC, name: '{name}市场监督管理局', functions: [market_supervision]}\n"
)
City = Callable[..., Path]


@pytest.fixture
def city(tmp_path: Path) -> City:
    def make(**files: str) -> Path:
        texts = {"fields/common": FIELDS, "materials/common": MATERIALS, "items/market": ITEMS}
        for name, text in (texts | {k.replace("__", "/"): v for k, v in files.items()}).items():
            path = tmp_path / "services" / f"{name}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        (tmp_path / "functions.yaml").write_text(FUNCTIONS, encoding="utf-8")
        (tmp_path / "units.yaml").write_text(UNITS, encoding="utf-8")
        return tmp_path / "services"

    return make


def problems(folder: Path) -> list[str]:
    with pytest.raises(CatalogueError) as refused:
        load_book(folder)
    return [str(problem) for problem in refused.value.problems]


def test_a_catalogue_reads_back_the_same(city: City, tmp_path: Path) -> None:
    content = parse_folder(city())
    book = from_content(content)
    assert to_content(book) == content
    item = book.items["food_licence"]
    assert (item.promise_limit.amount, item.legal_limit.amount) == (5, 20)
    assert item.materials[1].when == (AnyOf((Term("kind", Operator.EQ, "hot"),)),)
    dump_folder(content, tmp_path / "other" / "services")
    assert parse_folder(tmp_path / "other" / "services") == content


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        ("promise: 21工作日", "promise: 5工作日", "承诺时限“21工作日”超过法定时限“20工作日”"),
        ("promise: 1个月", "promise: 5工作日", "超过法定时限"),
        ("legal: 二十来天", "legal: 20工作日", "legal:"),
        ("legal: 30分钟", "legal: 20工作日", "N工作日"),
        ("basis: ''", "basis: 《食品安全法》第三十五条", "行政许可必须写明设定依据"),
        ("function: rocketry", "function: market_supervision", "未知职能 rocketry"),
        ("function: space", "function: market_supervision", "county 级没有单位承担职能 space"),
        ("level: city", "level: county", "city 级没有单位承担职能 market_supervision"),
        ("fields: [applicant_nam]", "fields: [applicant_name, kind]", "没有字段 applicant_nam"),
        ("material: floor_plna", "material: floor_plan", "没有材料 floor_plna"),
        ("is: like", "is: eq", "“like”不在可选值中"),
        ("remarks: 其他", "visits: 1", "未知字段"),
    ],
)
def test_what_could_never_work_is_refused_with_its_line(
    city: City, wrong: str, right: str, said: str
) -> None:
    found = problems(city(items__market=ITEMS.replace(right, wrong)))
    assert any(said in problem for problem in found), found
    assert all(problem.startswith("services/items/market.yaml:") for problem in found)


def test_s10_hard_case_13_a_promise_over_the_legal_limit_is_never_published(city: City) -> None:
    (found,) = problems(city(items__market=ITEMS.replace("5工作日", "25工作日")))
    assert found.startswith("services/items/market.yaml:11: promise: ")


def test_double_keys_and_names_are_refused(city: City) -> None:
    again = ITEMS.replace("（新办）", "（变更）")
    assert "已在 services/items/market.yaml:3 使用" in problems(city(items__other=again))[0]
    again = ITEMS.replace("food_licence", "food_two")
    assert "与事项 food_licence 重名" in problems(city(items__other=again))[0]


def test_variants_in_brackets_and_other_levels_are_no_doubles(city: City) -> None:
    other = ITEMS.replace("food_licence", "food_change").replace("（新办）", "（变更）")
    assert len(load_book(city(items__other=other)).items) == 2


def test_names_nearly_the_same_are_refused_unless_declared(city: City) -> None:
    one = ITEMS.replace("食品经营许可（新办）", "公众聚集场所投入使用营业前消防检查")
    two = one.replace("food_licence", "fire_two").replace("营业前", "营业")
    assert "过于相近" in problems(city(items__market=one, items__other=two))[0]
    two += "    distinct_from: [公众聚集场所投入使用营业前消防检查]\n"
    assert len(load_book(city(items__market=one, items__other=two)).items) == 2


def test_a_material_under_two_keys_is_refused(city: City) -> None:
    more = "materials:\n  licence_copy: {name: 营业执照副本, kind: certificate, shared: true}\n"
    assert "与材料 licence_copy" in problems(city(materials__other=more))[0]


def test_a_system_adds_its_own_folder(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    from yishi.foundation.approvals import catalogue

    folder = city()
    monkeypatch.setattr(catalogue, "FOLDERS", ["services"])
    register_folder("construction")
    path = folder.parent / "construction" / "items" / "planning.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(
        ITEMS.replace("food_licence", "gc_permit") + "    stage: 2\n    modes: [normal, pledge]\n",
        encoding="utf-8",
    )
    content = parse_folder(folder)
    book = from_content(content)
    assert set(book.items) == {"food_licence", "gc_permit"}
    assert book.items["gc_permit"].extra == {"stage": "2", "modes": ["normal", "pledge"]}
    assert to_content(book) == content


def test_an_answer_that_is_missing_is_unknown() -> None:
    big = Term("size", Operator.EQ, "big")
    held = Term("held", Operator.IS_TRUE)
    assert holds((), {}) is True
    assert holds((big,), {}) is None
    assert holds((big, held), {"held": False}) is False
    assert holds((AnyOf((big, held)),), {"held": True}) is True
    assert holds((AnyOf((big, held)),), {"held": False}) is None
    assert holds((Term("size", Operator.NOT_IN, ("big",)),), {"size": "small"}) is True
