"""Names added and removed since the build: a file of lines, each with a check number.

A line without its end was never acknowledged to whoever wrote it and does not count; the next
writer takes it away. Any other line that does not check makes the index unusable.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Sequence
from pathlib import Path

from yishi.foundation.credit.names.folders import IndexRefused
from yishi.foundation.credit.names.records import pack_id

#: A subject and the names it has from now on; none: it is no longer listed.
Change = tuple[str, list[str]]


def line_of(subject: str, names: Sequence[str]) -> bytes:
    """A change as it is kept. Raises ValueError for an id that cannot be kept."""
    pack_id(subject)
    said = json.dumps([subject, list(names)]).encode("ascii")
    return b"%08x %s\n" % (zlib.crc32(said), said)


def read(path: Path, start: int = 0) -> tuple[list[Change], int]:
    """Changes from byte *start* on, and up to where they go. Raises `IndexRefused`."""
    try:
        with path.open("rb") as stream:
            stream.seek(start)
            content = stream.read()
    except FileNotFoundError:
        content = b""
    except OSError as error:
        raise IndexRefused("missing", "名称索引的变更读不到") from error
    whole = content[: content.rfind(b"\n") + 1]
    return [_parsed(line) for line in whole.splitlines()], start + len(whole)


def _parsed(line: bytes) -> Change:
    check, _, said = line.partition(b" ")
    try:
        if int(check, 16) == zlib.crc32(said):
            subject, names = json.loads(said)
            return subject, names
    except ValueError:
        pass
    raise IndexRefused("garbled", "名称索引的变更已损坏")


def append(path: Path, lines: bytes) -> None:
    """Add lines, after taking away one that was not finished. The caller holds the lock."""
    with path.open("a+b") as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(0)
        finished = stream.read().rfind(b"\n") + 1 if size else 0
        if finished != size:
            stream.truncate(finished)
        stream.seek(0, os.SEEK_END)
        stream.write(lines)
        stream.flush()
        os.fsync(stream.fileno())
