"""What is kept of each listed name: its parts, which subject it belongs to, and a check number of
its writing. Flat files or arrays, so that eight million lie in a memory map."""

from __future__ import annotations

import uuid
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yishi.foundation.credit.names.normalising import Norm

#: Two bytes a Chinese character where UTF-8 has three.
CODING = "gb18030"
_FIELD, _PLACE, _NAME = "\x1f", " ", b"\x1e"
_UUID = b"\x00"
LONGEST_ID = 200


@dataclass(frozen=True, slots=True)
class Parts:
    """A listed name as it is compared."""

    places: tuple[str, ...]
    core: str
    form: str


def pack_name(norm: Norm) -> bytes:
    """The bytes kept of a name."""
    return _FIELD.join((_PLACE.join(norm.places), norm.core, norm.form)).encode(CODING)


def pack_id(subject: str) -> bytes:
    """A subject's id; a UUID takes 17 bytes. Raises ValueError if it is empty or too long."""
    if not 0 < len(subject) <= LONGEST_ID:
        raise ValueError(f"subject id of {len(subject)} characters")
    if len(subject) == 36:
        try:
            found = uuid.UUID(subject)
        except ValueError:
            pass
        else:
            if str(found) == subject:
                return _UUID + found.bytes
    if subject[0] == "\0":
        raise ValueError("subject id begins with a control character")
    return subject.encode()


def unpack_id(kept: bytes) -> str:
    """The reverse of :func:`pack_id`."""
    return str(uuid.UUID(bytes=kept[1:])) if kept[:1] == _UUID else kept.decode()


def check_number(text: str) -> int:
    """Tells apart writings whose parts are the same."""
    return zlib.crc32(text.encode("utf-8", "surrogatepass"))


@dataclass(frozen=True, slots=True)
class Strings:
    """Byte strings one after the other."""

    offsets: NDArray[np.uint32]
    data: NDArray[np.uint8]

    def take(self, positions: NDArray[np.int64]) -> list[bytes]:
        """The strings at *positions*."""
        view = memoryview(self.data)  # type: ignore[arg-type]
        starts = self.offsets[positions].tolist()
        ends = self.offsets[positions + 1].tolist()
        return [view[start:end].tobytes() for start, end in zip(starts, ends, strict=True)]


def strings_of(values: Sequence[bytes]) -> Strings:
    """Strings in memory."""
    sizes = np.fromiter(map(len, values), np.int64, len(values))
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.uint32)
    return Strings(offsets, np.frombuffer(b"".join(values), np.uint8))


@dataclass(frozen=True, slots=True)
class Records:
    """All listed names of a segment by position."""

    names: Strings
    subjects: Strings
    checks: NDArray[np.uint32]

    def subject(self, position: int) -> str:
        """Whose name it is."""
        return unpack_id(self.subjects.take(np.array([position]))[0])

    def raw(self, positions: NDArray[np.int64]) -> list[str]:
        """The names at *positions* (at least one), not yet taken apart."""
        return _NAME.join(self.names.take(positions)).decode(CODING).split("\x1e")


def parts_of(raw: str) -> Parts:
    """A kept name taken apart."""
    places, core, form = raw.split(_FIELD)
    return Parts(tuple(places.split(_PLACE)) if places else (), core, form)


def wholes_of(raw: Sequence[str], *, blanks: bool) -> list[str]:
    """Kept names (at least one), each in one piece; with the *blanks* between words of letters, or
    without those between places."""
    joined = "\x1e".join(raw).replace(_FIELD, "")
    return (joined if blanks else joined.replace(_PLACE, "")).split("\x1e")


def cores_of(raw: Sequence[str]) -> list[str]:
    """The cores of kept names."""
    return [name.split(_FIELD, 2)[1] for name in raw]
