"""The folder of an index: builds, which of them counts, changes since then, checks.

``CURRENT`` names the build that counts and is replaced in one step; a build is never changed once
it is there, so that whoever has it open can go on reading. ``changes`` lies in the build's folder.
"""

from __future__ import annotations

import fcntl
import json
import os
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from yishi.foundation.credit.names import keys
from yishi.foundation.credit.names.folding import DATA
from yishi.foundation.credit.names.normalising import normalise
from yishi.foundation.credit.names.parts import forms

#: Raised whenever the files or the keys in them change.
FORMAT = 1
MANIFEST, CURRENT, CHANGES = "manifest.json", "CURRENT", "changes"
FILES = (
    "directory", "rests", "entries", "name_offsets", "names", "subject_offsets", "subjects",
    "checks",
)  # fmt: skip
_BLOCK = 1 << 22


class IndexRefused(Exception):
    """The index must not be used: screening then knows nothing, and says so.

    ``code``: ``missing``, ``garbled``, ``version`` or ``busy``.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a build consists of."""

    build: str
    names: int
    entries: int
    built_at: str
    files: Mapping[str, tuple[int, int]]  # size and CRC-32


@lru_cache(maxsize=1)
def rules_version() -> str:
    """Changes when characters, places or forms are read otherwise, or filed under other keys: an
    index built under other rules would not find what it holds.

    Taken from what the rules make of some names, so that rewording the code changes nothing.
    """
    found, positions = keys.listed([normalise(name) for name in _samples()])
    check = zlib.crc32(found.tobytes(), zlib.crc32(positions.tobytes()))
    for name in ("places.txt", "variants.txt"):
        check = zlib.crc32((DATA / name).read_bytes(), check)
    return f"{FORMAT}-{check:08x}"


def _samples() -> list[str]:
    return [
        *(f"湖北省襄阳市樊城区宏达商贸{form}" for form in ("", *forms())),
        *(f"襄阳宏达商贸有限公司武汉{branch}" for branch in ("分公司", "办事处")),
        *("宏達（襄陽）商貿股份有限公司", "池州永兴家具厂", "海南明", "王伟", "買買提·阿依古麗"),
        *("O’Brien & Sons Co., Ltd.", "José Müller", "ＡＢＣ科技（深圳）有限公司", "Łódź 7 GmbH"),
        *("君泽投资合伙企业（有限合伙）", "襄阳有限公司", "厂", "的" * 500, "word " * 100),
    ]


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest with a check number of itself."""
    content: dict[str, Any] = {
        "version": rules_version(),
        "build": manifest.build,
        "names": manifest.names,
        "entries": manifest.entries,
        "built_at": manifest.built_at,
        "files": {name: list(facts) for name, facts in manifest.files.items()},
    }
    content["check"] = _check(content)
    write_synced(folder / MANIFEST, json.dumps(content, indent=1).encode())


def _check(content: Mapping[str, Any]) -> int:
    return zlib.crc32(json.dumps(dict(content), sort_keys=True).encode())


def read_manifest(folder: Path) -> Manifest:
    """Read and check the manifest. Raises `IndexRefused`."""
    try:
        content = json.loads((folder / MANIFEST).read_bytes())
        check = content.pop("check")
        version = content["version"]
        if check != _check(content):
            raise IndexRefused("garbled", "名称索引的清单已损坏")
        files = {name: (int(s), int(c)) for name, (s, c) in content["files"].items()}
        found = Manifest(
            content["build"], content["names"], content["entries"], content["built_at"], files
        )
    except OSError as error:
        raise IndexRefused("missing", f"名称索引读不到：{error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise IndexRefused("garbled", "名称索引的清单已损坏") from error
    if version != rules_version():
        raise IndexRefused("version", "名称索引由另一版规则建立，请重新建立")
    if set(files) != set(FILES):
        raise IndexRefused("garbled", "名称索引缺少文件")
    return found


def check_files(folder: Path, manifest: Manifest, *, contents: bool) -> None:
    """Compare the files with the manifest: sizes, and *contents* if asked.

    Raises `IndexRefused`.
    """
    for name, (size, crc) in manifest.files.items():
        try:
            if (folder / name).stat().st_size != size:
                raise IndexRefused("garbled", f"名称索引的文件 {name} 长度不符")
            if contents and checksum(folder / name) != crc:
                raise IndexRefused("garbled", f"名称索引的文件 {name} 已损坏")
        except OSError as error:
            raise IndexRefused("missing", f"名称索引的文件 {name} 读不到") from error


def checksum(path: Path) -> int:
    """CRC-32 of a file."""
    found = 0
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            found = zlib.crc32(block, found)
    return found


def current(folder: Path) -> Path:
    """The folder of the build that counts. Raises `IndexRefused`."""
    try:
        name = (folder / CURRENT).read_text("ascii").strip()
    except OSError as error:
        raise IndexRefused("missing", "没有名称索引") from error
    except ValueError as error:
        raise IndexRefused("garbled", "名称索引的指向已损坏") from error
    if not name.startswith("build-") or "/" in name or not (folder / name).is_dir():
        raise IndexRefused("garbled", "名称索引的指向已损坏")
    return folder / name


def write_synced(path: Path, content: bytes) -> None:
    """Write a file in one step: whoever reads sees the old or the new one."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    with temporary.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make names of files in *folder* last."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def locked(folder: Path, name: str, *, wait: bool = True) -> Iterator[None]:
    """Hold a lock of the index. Raises `IndexRefused` if somebody has it and *wait* is false."""
    with (folder / f"{name}.lock").open("a") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError as error:
            raise IndexRefused("busy", "名称索引正在建立") from error
        yield
