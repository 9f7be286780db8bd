"""What must never be pledged, or is not said clearly, is refused when the list is loaded."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yishi.foundation.cases.catalogue_errors import CatalogueError
from yishi.systems.pledge_licences import catalogue

CITY = Path(__file__).parents[4] / "cities" / "xiangyang"
FILE = "items/health.yaml"
Change = Callable[[dict[str, Any]], None]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the city with one file of two licences."""
    folder = tmp_path_factory.mktemp("city")
    for name in ("services", "construction", "licences"):
        shutil.copytree(CITY / name, folder / name)
    for name in ("functions.yaml", "units.yaml"):
        shutil.copy(CITY / name, folder / name)
    for path in (folder / "licences" / "items").glob("*.yaml"):
        if path.name != "health.yaml":
            path.unlink()
    for path in (folder / "licences" / "trades").glob("*.yaml"):
        path.unlink()
    (folder / "licences" / "texts" / "fire.yaml").unlink()
    shape = yaml.safe_load((folder / "licences" / FILE).read_text("utf-8"))
    for item in shape["items"]:
        item["trade_kinds"] = []
    _write(folder, shape)
    return folder


def _write(folder: Path, shape: dict[str, Any]) -> None:
    text = yaml.safe_dump(shape, allow_unicode=True, sort_keys=False)
    (folder / "licences" / FILE).write_text(text, "utf-8")


def faults(city: Path, change: Change, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is said of the first licence after *change*."""
    from yishi.foundation.approvals import catalogue as approvals

    book = approvals.load_book(CITY / "services")
    monkeypatch.setattr(approvals, "load_book", lambda folder: book)
    before = (city / "licences" / FILE).read_text("utf-8")
    shape = yaml.safe_load(before)
    change(shape["items"][0])
    _write(city, shape)
    try:
        catalogue.parse_folder(city / "licences")
    except CatalogueError as error:
        return [str(problem) for problem in error.problems]
    finally:
        (city / "licences" / FILE).write_text(before, "utf-8")
    return []


def put(**values: object) -> Change:
    return lambda item: item.update(values)


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        (put(item="no_such_item"), "item", "单项事项目录没有"),
        (put(risk="high"), "risk", "风险高"),
        (put(exclusions=["直接涉及公共安全"]), "exclusions", "不得实行告知承诺"),
        (put(name="危险化学品经营许可"), "name", "危险化学品"),
        (put(item="hazchem_trade_licence"), "item", "不得列入"),
        (put(check={"profile": "some_day", "method": "on_site", "full": True}), "check.profile",
         "没有核查期限口径"),
        (put(conditions=[{"key": "site", "text": "有场所", "when": "before"}]), "basis", "缺少"),
        (put(later=[{"material": "hygiene_test_report"}]), "within", "缺少"),
        (put(later=[{"material": "hygiene_test_report", "within": "尽快"}]), "within", "无法识别"),
        (put(holders=["enterprise", "institution"]), "holders", "不是经营主体"),
        (put(name="公共场所卫生许可（延续，条件没有变化）"), "name", "过于相近"),
        (put(exception=None), "exception", "列入的依据"),
        (put(replaced=["no_such_paper"]), "replaced", "没有要求材料"),
        (put(screening={"roles": ["legal_representative"], "excludes": ["serious_list"]}), "roles",
         "必须筛查申请人"),
        (put(surprise=1), "surprise", "未知字段"),
    ],
)  # fmt: skip
def test_refused(
    city: Path, change: Change, field: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [line for line in faults(city, change, monkeypatch) if words in line]
    assert found, f"nothing said of {field}"
    assert found[0].startswith(f"{FILE}:") and f": {field}: " in found[0]
    assert int(found[0].split(":")[1]) > 0


def test_the_city_says_what_follows_a_finding_and_by_dates_only(city: Path) -> None:
    path = city / "licences" / "profiles.yaml"
    before = path.read_text("utf-8")
    shape = yaml.safe_load(before)
    own = {"recheck": "5工作日", "rectify": "30自然日"}
    try:
        path.write_text(yaml.safe_dump(shape | {"limits": own}, allow_unicode=True), "utf-8")
        found = catalogue.from_content(catalogue.parse_folder(city / "licences")).limits
        assert (found.recheck, found.rectify, found.cancel) == ("5工作日", "30自然日", "10工作日")
        wrong = {"recheck": "10小时", "soon": "1工作日"}
        path.write_text(yaml.safe_dump(shape | {"limits": wrong}, allow_unicode=True), "utf-8")
        with pytest.raises(CatalogueError) as refused:
            catalogue.parse_folder(city / "licences")
    finally:
        path.write_text(before, "utf-8")
    said = "\n".join(str(problem) for problem in refused.value.problems)
    assert "profiles.yaml:" in said and "recheck: 时限应写作" in said and "soon: 未知字段" in said


def test_as_it_is_it_is_taken(city: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert faults(city, lambda item: None, monkeypatch) == []


def test_what_is_written_reads_back_the_same(city: Path, tmp_path: Path) -> None:
    content = catalogue.parse_folder(CITY / "licences")
    catalogue.dump_folder(content, tmp_path)
    again = {
        path.relative_to(tmp_path).as_posix(): yaml.safe_load(path.read_text("utf-8"))
        for path in tmp_path.rglob("*.yaml")
    }
    assert set(again) == set(content)
    assert catalogue.from_content(content) == catalogue.from_content(again)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
        ),
        max_leaves=6,
    )
)
def test_nonsense_is_refused_and_never_crashes(value: object) -> None:
    content = {"items/a.yaml": value, "profiles.yaml": value, "forbidden.yaml": value,
               "supervision.yaml": value}  # fmt: skip
    with pytest.raises(CatalogueError):
        catalogue.from_content(content)
