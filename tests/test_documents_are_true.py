"""What the documents name is there: settings, commands, files."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from yishi.runtime.cli import main

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
#: What a process of ours tells another, and what only tests and pictures use.
_INNER = {"YISHI_SUPERVISED", "YISHI_PICTURES"}


def _settings() -> set[str]:
    code = [
        path
        for path in (ROOT / "yishi").rglob("*.py")
        if "tests" not in path.parts and "migrations" not in path.parts
    ]
    reads = re.compile(
        r"""(?:environ(?:\.get\(|\[)|getenv\(|envvar=)\s*["'](YISHI_[A-Z_]*[A-Z])["']"""
    )
    return {name for path in code for name in reads.findall(path.read_text())} - _INNER


def test_every_setting_that_is_read_is_documented() -> None:
    table = (ROOT / "docs" / "operations.md").read_text()
    read = _settings()
    assert len(read) > 20
    assert {name for name in read if f"`{name}`" not in table} == set()


def test_every_documented_setting_is_read() -> None:
    programs = [*(ROOT / "yishi").rglob("*.py"), *(ROOT / "tests").glob("*.py")]
    code = "\n".join(path.read_text() for path in programs)
    for path in DOCUMENTS:
        for name in set(re.findall(r"YISHI_[A-Z_]*[A-Z]", path.read_text())):
            stem = re.sub(r"_(SMS|WECOM|DINGTALK)$", "_", name)
            assert name in code or stem in code, f"{path.name}: {name}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text()):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        found = (path.parent / file).resolve() if file else path
        assert found.exists(), target
        if anchor and found.suffix == ".md":
            heads = re.findall(r"^#+ (.+)$", found.read_text(), re.M)
            made = {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}
            assert anchor in made, target


def test_every_command_is_in_both_readmes() -> None:
    for name in ("README.md", "README.zh-CN.md"):
        text = (ROOT / name).read_text()
        words = {word for code in re.findall(r"`([^`\n]+)`", text) for word in code.split()}
        assert set(main.list_commands(click.Context(main))) - words == set(), name
