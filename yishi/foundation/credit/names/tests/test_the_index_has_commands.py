"""``index build|search|info``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from yishi.foundation.credit.names.commands import index


def _run(*arguments: object, stdin: str = "") -> Result:
    return CliRunner().invoke(index, [str(one) for one in arguments], input=stdin)


def _file(folder: Path, content: str) -> Path:
    path = folder / "list.csv"
    path.write_bytes(content.encode("gb18030" if content.startswith("编号") else "utf-8-sig"))
    return path


def test_build_then_search(tmp_path: Path) -> None:
    file = _file(tmp_path, "subject,name\ns1,襄阳宏达商贸有限公司\ns2,王伟\n")
    built = _run("build", file, "--folder", tmp_path / "index")
    assert built.exit_code == 0, built.output
    assert "2 names read" in built.stderr
    assert json.loads(built.stdout)["names"] == 2
    found = _run("search", "宏达商贸", "--folder", tmp_path / "index")
    assert found.stdout.split("\t")[:2] == ["宏达商贸", "s1"]
    lines = _run("search", "--folder", tmp_path / "index", stdin="王伟\n襄阳宏大商贸有限公司\n")
    assert [line.split("\t")[1] for line in lines.stdout.splitlines()] == ["s2", "s1"]
    assert json.loads(_run("info", "--folder", tmp_path / "index").stdout)["changes"] == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("subject,title\ns1,王伟\n", "没有“name”这一列"),
        ("", "没有“subject”这一列"),
        ("subject,name\ns1,王伟\n,李强\n", "第 3 行：“subject”不能为空"),
        ("subject,name\ns1\n", "第 2 行：“name”不能为空"),
        ("编号,name\n", "不是 UTF-8 编码"),
        ('subject,name\ns1,"王伟', "不是有效的 CSV 文件"),
    ],
)
def test_a_bad_file_is_refused_saying_where(tmp_path: Path, content: str, said: str) -> None:
    refused = _run("build", _file(tmp_path, content), "--folder", tmp_path / "index")
    assert refused.exit_code == 1
    assert said in refused.output
    assert not (tmp_path / "index" / "CURRENT").exists()


def test_no_index_is_said(tmp_path: Path) -> None:
    for command in (("search", "王伟"), ("info",)):
        refused = _run(*command, "--folder", tmp_path)
        assert refused.exit_code == 1
        assert "没有名称索引" in refused.output
