"""An index that is not whole says nothing rather than something wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from yishi.foundation.credit.names import Index, IndexRefused, build, folders
from yishi.foundation.credit.names.folders import CHANGES, CURRENT, FILES, MANIFEST, current


def _refused(folder: Path) -> str:
    with pytest.raises(IndexRefused) as refusal:
        Index.open(folder)
    assert str(refusal.value)
    return refusal.value.code


def test_no_index(tmp_path: Path) -> None:
    assert _refused(tmp_path) == "missing"
    assert _refused(tmp_path / "nowhere") == "missing"


@pytest.mark.parametrize("name", FILES)
def test_one_byte_changed(folder: Path, name: str) -> None:
    path = current(folder) / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert _refused(folder) == "garbled"


@pytest.mark.parametrize("name", FILES)
def test_a_file_cut_short_or_gone(folder: Path, name: str) -> None:
    path = current(folder) / name
    path.write_bytes(path.read_bytes()[:-1])
    assert _refused(folder) == "garbled"
    path.unlink()
    assert _refused(folder) == "missing"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"check": 1}', b"\xff\xfe"])
def test_a_garbled_manifest(folder: Path, content: bytes) -> None:
    (current(folder) / MANIFEST).write_bytes(content)
    assert _refused(folder) == "garbled"


def test_a_manifest_with_other_figures(folder: Path) -> None:
    path = current(folder) / MANIFEST
    content = json.loads(path.read_bytes())
    content["names"] += 1
    path.write_text(json.dumps(content))
    assert _refused(folder) == "garbled"


@pytest.mark.parametrize("content", [b"", b"../../etc", b"build-x", b"\xff"])
def test_a_garbled_pointer(folder: Path, content: bytes) -> None:
    (folder / CURRENT).write_bytes(content)
    assert _refused(folder) == "garbled"


def test_other_rules(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "rules_version", lambda: "other")
    assert _refused(folder) == "version"


@pytest.mark.parametrize("line", [b"x\n", b"00000000 []\n", b"\n", b"\xff\n"])
def test_a_garbled_change(folder: Path, index: Index, line: bytes) -> None:
    with (current(folder) / CHANGES).open("ab") as stream:
        stream.write(line)
    assert _refused(folder) == "garbled"
    with pytest.raises(IndexRefused):
        index.search("襄阳宏达商贸有限公司")


def test_an_index_that_vanishes_under_way_is_noticed(folder: Path, index: Index) -> None:
    (folder / CURRENT).unlink()
    with pytest.raises(IndexRefused):
        index.search("襄阳宏达商贸有限公司")


def test_a_build_that_fails_leaves_the_index_in_use(folder: Path, index: Index) -> None:
    def rows() -> Iterator[tuple[str, str]]:
        yield "new", "宜昌新天地有限公司"
        raise OSError("the source went away")

    before = current(folder)
    with pytest.raises(OSError, match="went away"):
        build(rows(), folder)
    with pytest.raises(ValueError, match="第 2 行"):
        build([("a", "宜昌新天地有限公司"), ("", "无标识有限公司")], folder)
    assert current(folder) == before
    assert index.search("襄阳宏达商贸有限公司")[0].subject == "s1"
    assert not list(folder.glob("building-*"))


def test_remains_of_a_killed_build_do_not_count_and_are_taken_away(folder: Path) -> None:
    (folder / "building-killed").mkdir()
    (folder / "building-killed" / "names").write_bytes(b"half")
    assert Index.open(folder).search("王伟")
    build([("a", "宜昌新天地有限公司")], folder)
    assert [path.name for path in folder.iterdir() if path.is_dir()] == [current(folder).name]


def test_only_the_owner_may_read_it(folder: Path) -> None:
    assert folder.stat().st_mode & 0o077 == 0
    assert current(folder).stat().st_mode & 0o077 == 0


def test_two_builds_at_once_are_refused(folder: Path) -> None:
    with folders.locked(folder, "build"), pytest.raises(IndexRefused) as refusal:
        build([], folder)
    assert refusal.value.code == "busy"


def test_an_empty_list_is_an_index_that_finds_nothing(tmp_path: Path) -> None:
    build([], tmp_path)
    index = Index.open(tmp_path)
    assert index.search("襄阳宏达商贸有限公司") == []
    index.add("a", "襄阳宏达商贸有限公司")
    assert index.search("襄阳宏达商贸有限公司")[0].subject == "a"
