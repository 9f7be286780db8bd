"""A faulty catalogue is refused with file and line, and with every fault at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yishi.foundation.cases.catalogue_yaml import read_yaml
from yishi.systems.city_events.catalogue import (
    CatalogueError,
    from_content,
    load_catalogue,
    to_content,
)

GOOD = """\
format: 1
kind: component
main: '04'
main_name: 园林绿化设施
slug: greening
types:
  - small: '02'
    name: 行道树
    summary: 路边的树
    function: greening
    level: county
    public: true
    auto: true
    merge: {metres: 20, hours: 72}
    keywords: [路边树, 树倒了, 树枝]
    basis: 《城市绿化条例》
    standards:
      - code: '1'
        filing: 缺失
        limit: 15工作日
        closing: 补种
      - code: '2'
        filing: 枯死
        limit: 2工作日
        closing: 清理
"""
SEASONS = """\
format: 1
seasons:
  - {name: 种植季节, from: 11-15, to: 03-31, basis: 本地栽植期}
"""
Folder = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    def make(**files: str) -> Path:
        events = tmp_path / "events"
        events.mkdir(exist_ok=True)
        for name, text in files.items():
            (events / f"{name}.yaml").write_text(text, encoding="utf-8")
        return events

    return make


def faults(path: Path, **checks: set[str]) -> list[tuple[str, int, str]]:
    with pytest.raises(CatalogueError) as caught:
        load_catalogue(path, vocabulary=checks.get("vocabulary"), staffed=checks.get("staffed"))
    assert all(f"{p.file}:{p.line}: " in str(caught.value) for p in caught.value.problems if p.line)
    return [(p.file, p.line, p.field) for p in caught.value.problems]


def test_the_good_file_is_read(folder: Folder) -> None:
    found = load_catalogue(folder(good=GOOD)).by_key["component/04/02"]
    assert found.name == "行道树"
    assert [standard.basis for standard in found.standards] == ["《城市绿化条例》"] * 2


@pytest.mark.parametrize(
    ("old", "new", "line", "field"),
    [
        ("    name: 行道树", "    nmae: 行道树", 8, "nmae"),
        ("    name: 行道树", "    name: ''", 8, "name"),
        ("    name: 行道树", "    name: ~", 8, "name"),
        ("    name: 行道树", "    name: [行道树]", 8, "name"),
        ("    name: 行道树", '    name: "a\\u0000b"', 8, ""),
        ("    name: 行道树", '    name: "\\ud800"', 8, ""),
        ("    name: 行道树", "    name: 行道树\n    name: 树", 9, "name"),
        ("small: '02'", "small: '2'", 7, "small"),
        ("level: county", "level: province", 11, "level"),
        ("public: true", "public: yes", 12, "public"),
        ("public: true", "public: 1", 12, "public"),
        ("{metres: 20, hours: 72}", "{metres: -1, hours: 72}", 14, "metres"),
        ("{metres: 20, hours: 72}", "{metres: 20}", 14, ""),
        ("{metres: 20, hours: 72}", "{object: true, metres: 2, hours: 1}", 14, ""),
        ("[路边树, 树倒了, 树枝]", "[]", 15, "keywords"),
        ("[路边树, 树倒了, 树枝]", "[树, 树]", 15, "keywords"),
        ("limit: 2工作日", "limit: 2个太阳日", 24, "limit"),
        ("limit: 2工作日", "limit: ''", 24, "limit"),
        ("limit: 2工作日", "limit: 1紧急工作时制止", 24, "limit"),
        ("code: '2'", "code: '1'", 22, "code"),
        ("filing: 枯死", "filing: 缺失", 23, "filing"),
        ("kind: component", "kind: thing", 2, "kind"),
        ("format: 1", "format: 2", 1, "format"),
        ("slug: greening", "slug: ../../etc", 5, "slug"),
        ("summary: 路边的树", "summary: !!python/object/apply:os.system [ls]", 9, ""),
        ("summary: 路边的树", "summary: &a 路边的树\n    basis: *a", 10, ""),
    ],
)
def test_each_fault_names_file_line_and_field(
    folder: Folder, old: str, new: str, line: int, field: str
) -> None:
    assert old in GOOD
    assert ("bad.yaml", line, field) in faults(folder(bad=GOOD.replace(old, new)))


def test_all_faults_come_at_once(folder: Folder) -> None:
    bad = GOOD.replace("level: county", "level: x").replace("limit: 15工作日", "limit: soon")
    assert {line for _, line, _ in faults(folder(bad=bad))} == {11, 20}


def test_s2_a19_a_seasonal_limit_is_refused_with_its_row_unless_the_season_is_configured(
    folder: Folder,
) -> None:
    seasonal = GOOD.replace("limit: 15工作日", "limit: 种植季节15工作日")
    path = folder(trees=seasonal)
    with pytest.raises(CatalogueError) as caught:
        load_catalogue(path)
    assert str(caught.value).startswith("trees.yaml:20: limit: ")
    assert "种植季节" in str(caught.value)
    found = load_catalogue(folder(seasons=SEASONS)).by_key["component/04/02"].standards[0]
    assert (found.wording, found.limit, found.parsed.amount) == ("种植季节15工作日", "15工作日", 15)
    assert found.season is not None
    assert load_catalogue(path).seasons == (found.season,)


def test_a_season_needs_a_day_that_every_year_has(folder: Folder) -> None:
    path = folder(good=GOOD, seasons=SEASONS.replace("11-15", "02-29"))
    assert faults(path) == [("seasons.yaml", 3, "from")]


def test_a_season_without_a_limit_is_no_limit(folder: Folder) -> None:
    path = folder(bad=GOOD.replace("limit: 15工作日", "limit: 种植季节"), seasons=SEASONS)
    assert faults(path) == [("bad.yaml", 20, "limit")]


def second(name: str, small: str = "03", extra: str = "") -> str:
    types = GOOD[GOOD.index("  - small") :]
    block = types.replace("行道树", name, 1).replace("'02'", f"'{small}'", 1)
    return GOOD + block.replace("    summary", extra + "    summary", 1)


def test_doubled_keys_and_names_are_faults(folder: Folder) -> None:
    assert ("bad.yaml", 26, "small") in faults(folder(bad=second("灌木丛", small="02")))
    assert ("bad.yaml", 26, "name") in faults(folder(bad=second("行道树")))
    assert ("bad.yaml", 26, "name") in faults(folder(bad=second("（行道树）问题")))
    assert ("bad.yaml", 26, "name") in faults(
        folder(bad=second("灌木丛", extra="    aliases: [行道树]\n"))
    )


def test_near_names_are_faults_unless_declared_distinct(folder: Folder) -> None:
    near = second("路边行道大树木").replace("行道树", "路边行道大树", 1)
    assert ("bad.yaml", 26, "name") in faults(folder(bad=near))
    declared = near.replace(
        "name: 路边行道大树木", "name: 路边行道大树木\n    distinct_from: [路边行道大树]"
    )
    assert len(load_catalogue(folder(bad=declared)).types) == 2


def test_unknown_and_unstaffed_functions_are_faults(folder: Folder) -> None:
    path = folder(good=GOOD)
    assert faults(path, vocabulary={"operations"}) == [("good.yaml", 7, "function")]
    assert faults(path, staffed={"greening"}) == [("good.yaml", 7, "supervision")]
    everything = {"operations", "greening"}
    assert load_catalogue(path, vocabulary=everything, staffed=everything).functions == everything


def test_the_vocabulary_beside_the_folder_counts(folder: Folder, tmp_path: Path) -> None:
    path = folder(good=GOOD)
    (tmp_path / "functions.yaml").write_text("operations: 城市运行中心\n", encoding="utf-8")
    assert faults(path) == [("good.yaml", 7, "function")]


def test_one_main_class_is_one_file(folder: Folder) -> None:
    assert ("b.yaml", 1, "main") in faults(folder(a=GOOD, b=GOOD.replace("行道树", "灌木丛")))


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xfe\x00", b"- 1", b"{", b"\t", b"a: " + b"[" * 500, b"[" * 5000 + b"]" * 5000],
)
def test_files_that_are_no_catalogue_are_refused(folder: Folder, data: bytes) -> None:
    path = folder()
    (path / "bad.yaml").write_bytes(data)
    assert {file for file, _, _ in faults(path)} == {"bad.yaml"}


def test_an_empty_or_missing_folder_is_refused(folder: Folder, tmp_path: Path) -> None:
    for path in (folder(), tmp_path / "nowhere"):
        with pytest.raises(CatalogueError):
            load_catalogue(path)


MUTATIONS = st.one_of(
    st.tuples(st.just("cut"), st.integers(0, len(GOOD)), st.integers(0, 40), st.just("")),
    st.tuples(
        st.just("put"),
        st.integers(0, len(GOOD)),
        st.integers(0, 3),
        st.one_of(
            st.text(max_size=12),
            st.sampled_from(
                ["\n", ": ", "- ", "[", "{", "&a ", "*a", "!!binary ", "<<: ", "? ", "|\n", "'"]
            ),
        ),
    ),
)


@given(st.lists(MUTATIONS, min_size=1, max_size=6))
def test_no_mutation_raises_anything_but_catalogue_error(
    tmp_path_factory: pytest.TempPathFactory, mutations: list[tuple[str, int, int, str]]
) -> None:
    text = GOOD
    for _, position, length, insert in mutations:
        text = text[:position] + insert + text[position + length :]
    path = tmp_path_factory.mktemp("fuzz")
    (path / "x.yaml").write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        catalogue = load_catalogue(path)
    except CatalogueError as error:
        assert error.problems
        return
    content = to_content(catalogue)
    assert to_content(from_content(content)) == content


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_catalogue_error(data: bytes) -> None:
    try:
        read_yaml(data, "x.yaml")
    except CatalogueError as error:
        assert error.problems


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(["format", "groups", "seasons", "x"]), JSON))
def test_stored_content_of_any_shape_is_read_or_refused(content: dict[str, object]) -> None:
    with pytest.raises(CatalogueError):
        from_content(content)
