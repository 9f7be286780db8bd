"""Who is newly listed is found, and who is no longer listed is not, before the next build."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yishi.foundation.credit.names import Index, build
from yishi.foundation.credit.names import index as names_index
from yishi.foundation.credit.names.folders import CHANGES, current

NAME = "宜昌清江水产有限公司"


def _subjects(index: Index, name: str) -> list[str]:
    return [match.subject for match in index.search(name) if match.score >= 95]


def test_every_process_sees_a_change(folder: Path, index: Index) -> None:
    other = Index.open(folder)
    index.add("new", NAME)
    assert _subjects(other, NAME) == _subjects(index, NAME) == ["new"]
    other.remove("new")
    assert _subjects(index, NAME) == []
    other.remove("s1")
    assert "s1" not in _subjects(index, "襄阳宏达商贸有限公司")
    assert "s1" not in _subjects(Index.open(folder), "襄阳宏达商贸有限公司")


def test_new_names_replace_all_the_old_ones(index: Index) -> None:
    index.put("s10", [NAME, "José Garcia"])
    assert _subjects(index, "José Müller") == []
    assert _subjects(index, NAME) == _subjects(index, "Jose Garcia") == ["s10"]


def test_those_removed_do_not_crowd_out_the_others(tmp_path: Path) -> None:
    build([(f"s{n}", NAME) for n in range(30)], tmp_path)
    index = Index.open(tmp_path)
    for n in range(25):
        index.remove(f"s{n}")
    assert sorted(_subjects(index, NAME)) == ["s25", "s26", "s27", "s28", "s29"]


def test_a_change_during_a_build_is_taken_over(folder: Path, index: Index) -> None:
    def rows() -> Iterator[tuple[str, str]]:
        yield "s1", "襄阳宏达商贸有限公司"
        index.add("meanwhile", NAME)
        index.remove("s1")

    index.remove("s2")  # before the build: its rows know of it
    build(rows(), folder)
    for opened in (index, Index.open(folder)):
        assert _subjects(opened, NAME) == ["meanwhile"]
        assert _subjects(opened, "襄阳宏达商贸有限公司") == []
        assert opened.changes == 2


def test_a_build_that_takes_effect_while_the_index_is_opened(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files of the old one are gone before they are read."""
    calls = []

    def slow(root: Path) -> Path:
        found = current(root)
        calls.append(found)
        if len(calls) == 1:
            build([("new", NAME)], folder)
        return found

    monkeypatch.setattr(names_index, "current", slow)
    assert _subjects(Index.open(folder), NAME) == ["new"]
    assert len(calls) == 2


def test_a_line_cut_off_was_never_acknowledged(folder: Path, index: Index) -> None:
    index.add("new", NAME)
    path = current(folder) / CHANGES
    with path.open("ab") as stream:
        stream.write(b"0123 [")
    assert _subjects(Index.open(folder), NAME) == ["new"]
    index.add("newer", NAME)
    assert sorted(_subjects(Index.open(folder), NAME)) == ["new", "newer"]
    assert sorted(_subjects(index, NAME)) == ["new", "newer"]


def test_many_changes_one_by_one_are_all_found(folder: Path, index: Index) -> None:
    for number in range(200):
        index.add(f"n{number}", f"宜昌{chr(0x6000 + number)}江水产有限公司")
        index.search(NAME)
    for number in range(0, 200, 2):
        index.remove(f"n{number}")
        index.search(NAME)
    for number in range(200):
        found = _subjects(index, f"宜昌{chr(0x6000 + number)}江水产有限公司")
        assert (f"n{number}" in found) == bool(number % 2)
    assert index.changes == 200


@pytest.mark.parametrize("subject", ["", "x" * 300, "\0a"])
def test_an_unusable_id_is_refused(index: Index, subject: str) -> None:
    with pytest.raises(ValueError, match="subject id"):
        index.add(subject, NAME)


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=30))
@settings(
    deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_order_of_changes_ends_in_what_was_said_last(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, bool]]
) -> None:
    folder = tmp_path_factory.mktemp("index")
    build([("0", NAME), ("1", NAME)], folder)
    index, listed = Index.open(folder), {"0", "1"}
    for number, there in steps:
        index.put(str(number), [NAME] if there else [])
        (listed.add if there else listed.discard)(str(number))
        assert set(_subjects(index, NAME)) == listed
    assert set(_subjects(Index.open(folder), NAME)) == listed
