"""A small index of made-up names (模拟)."""

from __future__ import annotations

from pathlib import Path

import pytest

from yishi.foundation.credit.names import Index, build

LISTED = (
    ("s1", "襄阳宏达商贸有限公司"), ("s2", "武汉宏达商贸有限公司"), ("s3", "襄阳宏发商贸有限公司"),
    ("s4", "湖北省襄阳市樊城区天盛食品厂"), ("s5", "重庆长安汽车股份有限公司"), ("s6", "王伟民"),
    ("s7", "王伟"), ("s8", "阿依古丽·买买提"), ("s9", "O’Brien & Sons Co., Ltd."),
    ("s10", "José Müller"), ("s10", "Joseph Mueller"),
    ("0198c7a2-5f2e-7c11-b1b5-3f3f6d9a0c11", "枣阳市茂源粮油有限责任公司"), ("s11", "😀"),
)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of the index."""
    build(LISTED, tmp_path / "index")
    return tmp_path / "index"


@pytest.fixture
def index(folder: Path) -> Index:
    """The index, open."""
    return Index.open(folder)
