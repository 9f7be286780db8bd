"""The answer for every pair, kept as bit sets; any pair opens at once, also from a file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yishi.foundation.rulebook.columns import Bits
from yishi.foundation.rulebook.engine.book import AMOUNT
from yishi.foundation.rulebook.outcome import Truth

#: Amounts, in 64 bits or (where they fit) 32.
Fen = NDArray[Any]
Rows = NDArray[np.int64]
_FORMAT = 1


class Parts:
    """Amounts as they came, block by block; joined when somebody looks at them as a whole."""

    def __init__(self, parts: Sequence[Fen]) -> None:
        self._parts = [part for part in parts if part.size]
        self._whole: Fen | None = None

    @property
    def whole(self) -> Fen:
        """All of them in one array."""
        if self._whole is None:
            parts = self._parts
            self._whole = np.concatenate(parts) if parts else np.zeros(0, np.int64)
            self._parts = [self._whole]
        return self._whole

    def total(self) -> int:
        """Their sum."""
        return sum(exact_sum(part) for part in self._parts)


@dataclass(eq=False)
class Match:
    """Every item for every row.

    ``sure`` and ``possible`` have one row of bits per item (TRUE; TRUE or UNKNOWN). ``fen`` has per
    item None (nothing is paid), a number (the same for everybody) or the amounts of the rows that
    are TRUE, in the order of rows. ``tests`` has the sure bits of every distinct comparison,
    ``known`` those of every fact.
    """

    keys: tuple[str, ...]
    condition_keys: list[list[str]]
    plans: list[list[list[int]]]
    flat: list[list[int]]
    rows: int
    sure: NDArray[np.uint64]
    possible: NDArray[np.uint64]
    fen: list[int | Parts | None]
    tests: NDArray[np.uint64] | None
    known: NDArray[np.uint64] | None
    known_index: list[int]

    def __post_init__(self) -> None:
        self._number = {key: i for i, key in enumerate(self.keys)}

    # Sets

    def bits(self, key: str) -> tuple[Bits, Bits]:
        """(TRUE, TRUE or UNKNOWN) of an item as bit sets."""
        i = self._number[key]
        return self.sure[i], self.possible[i]

    def true(self, key: str) -> int:
        """How many rows are TRUE."""
        return int(np.bitwise_count(self.sure[self._number[key]]).sum())

    def unknown(self, key: str) -> int:
        """How many rows are UNKNOWN."""
        return int(np.bitwise_count(self.possible[self._number[key]]).sum()) - self.true(key)

    def false(self, key: str) -> int:
        """How many rows are FALSE."""
        return self.rows - int(np.bitwise_count(self.possible[self._number[key]]).sum())

    def true_rows(self, key: str) -> Rows:
        """The rows that are TRUE."""
        return rows_of(self.sure[self._number[key]], self.rows)

    def unknown_rows(self, key: str) -> Rows:
        """The rows that are UNKNOWN."""
        i = self._number[key]
        return rows_of(self.possible[i] & ~self.sure[i], self.rows)

    # Amounts

    def awards(self, key: str) -> tuple[Rows, NDArray[np.int64]]:
        """The rows that are TRUE with their fen (0 where nothing is paid)."""
        rows = self.true_rows(key)
        fen = self.fen[self._number[key]]
        if fen is None or isinstance(fen, int):
            return rows, np.full(len(rows), fen or 0, np.int64)
        return rows, fen.whole.astype(np.int64)

    def fen_of(self, key: str) -> int | Fen | None:
        """None (nothing is paid), the same for everybody, or the amounts of the TRUE rows."""
        fen = self.fen[self._number[key]]
        return fen.whole if isinstance(fen, Parts) else fen

    def total(self, key: str) -> int:
        """The sum of all awards in fen, exact."""
        fen = self.fen[self._number[key]]
        if fen is None:
            return 0
        if isinstance(fen, int):
            return fen * self.true(key)
        return fen.total()

    def amount(self, key: str, row: int) -> int | None:
        """The fen of a pair; None unless it is TRUE and paid."""
        i = self._number[key]
        fen = self.fen[i]
        if fen is None or not _bit(self.sure[i], row):
            return None
        if isinstance(fen, int):
            return fen
        return int(fen.whole[rank(self.sure[i], row)])

    # Pairs

    def state(self, key: str, row: int) -> Truth:
        """The answer of a pair."""
        i = self._number[key]
        if _bit(self.sure[i], row):
            return Truth.TRUE
        return Truth.UNKNOWN if _bit(self.possible[i], row) else Truth.FALSE

    def why(self, key: str, row: int) -> list[tuple[str, Truth]]:
        """Every condition of a pair, in the rule's order; last, where it is what is missing, the
        amount.

        Raises:
            LookupError: when the run did not keep its conditions.
        """
        if self.tests is None or self.known is None:
            raise LookupError("this run did not keep the outcome of every condition")
        i = self._number[key]
        states = [self._condition(n, row) for n in self.flat[i]]
        found = list(zip(self.condition_keys[i], states, strict=True))
        if self.state(key, row) is Truth.UNKNOWN and _joined(self.plans[i], self.flat[i], states):
            found.append((AMOUNT, Truth.UNKNOWN))
        return found

    def _condition(self, number: int, row: int) -> Truth:
        assert self.tests is not None and self.known is not None
        if _bit(self.tests[number], row):
            return Truth.TRUE
        fact = self.known_index[number]
        return Truth.FALSE if fact >= 0 and _bit(self.known[fact], row) else Truth.UNKNOWN

    def of_row(self, row: int) -> list[tuple[str, Truth, int | None]]:
        """Every item for one row, with its fen where it is TRUE."""
        return [(key, self.state(key, row), self.amount(key, row)) for key in self.keys]

    def counts(self) -> dict[str, int]:
        """All pairs: how many are true, false and unknown."""
        true = int(np.bitwise_count(self.sure).sum())
        possible = int(np.bitwise_count(self.possible).sum())
        pairs = self.rows * len(self.keys)
        return {"true": true, "false": pairs - possible, "unknown": possible - true}

    # Files

    def save(self, folder: Path) -> None:
        """Write the bit sets and amounts into *folder* (made if need be)."""
        folder.mkdir(parents=True, exist_ok=True)
        arrays = [fen.whole for fen in self.fen if isinstance(fen, Parts)]
        parts = {
            "sure": self.sure,
            "possible": self.possible,
            "tests": self.tests,
            "known": self.known,
        }
        for bits in (32, 64):
            same = [fen for fen in arrays if fen.dtype == np.dtype(f"int{bits}")]
            parts[f"fen{bits}"] = (
                np.concatenate(same) if same else np.zeros(0, np.dtype(f"int{bits}"))
            )
        for name, array in parts.items():
            if array is not None:
                np.save(folder / f"{name}.npy", array)
        meta = {
            "format": _FORMAT,
            "rows": self.rows,
            "keys": self.keys,
            "condition_keys": self.condition_keys,
            "plans": self.plans,
            "flat": self.flat,
            "known_index": self.known_index,
            "fen": [
                {"count": len(fen.whole), "bits": fen.whole.dtype.itemsize * 8}
                if isinstance(fen, Parts)
                else fen
                for fen in self.fen
            ],
            "conditions": self.tests is not None,
        }
        (folder / "match.json").write_text(json.dumps(meta, ensure_ascii=False), encoding="utf-8")

    @staticmethod
    def open(folder: Path) -> Match:
        """The match that was saved there, mapped: only what is looked at is read.

        Raises:
            FileNotFoundError: when there is none.
            ValueError: when it is of another format.
        """
        meta = json.loads((folder / "match.json").read_text(encoding="utf-8"))
        if meta.get("format") != _FORMAT:
            raise ValueError(f"{folder}: not a match of format {_FORMAT}")

        def mapped(name: str) -> NDArray[Any]:
            # Empty files cannot be mapped.
            try:
                array: NDArray[Any] = np.load(folder / f"{name}.npy", mmap_mode="r")
            except ValueError:
                array = np.load(folder / f"{name}.npy")
            return array

        stored = {32: mapped("fen32"), 64: mapped("fen64")}
        begun = {32: 0, 64: 0}
        fen: list[int | Parts | None] = []
        for one in meta["fen"]:
            if not isinstance(one, dict):
                fen.append(one)
                continue
            start = begun[one["bits"]]
            begun[one["bits"]] = start + one["count"]
            fen.append(Parts([stored[one["bits"]][start : begun[one["bits"]]]]))
        return Match(
            tuple(meta["keys"]),
            meta["condition_keys"],
            meta["plans"],
            meta["flat"],
            meta["rows"],
            mapped("sure"),
            mapped("possible"),
            fen,
            mapped("tests") if meta["conditions"] else None,
            mapped("known") if meta["conditions"] else None,
            meta["known_index"],
        )


def exact_sum(fen: Fen) -> int:
    """The sum as a Python number, whatever its size."""
    if not fen.size:
        return 0
    if int(fen.max()) * len(fen) < 2**63:
        return int(fen.sum(dtype=np.int64))
    # High and low halves cannot overflow for fewer than 2**31 rows.
    wide = np.asarray(fen, np.int64)
    return (int((wide >> 32).sum()) << 32) + int((wide & 0xFFFFFFFF).sum())


def rows_of(bits: Bits, rows: int) -> Rows:
    """The numbers of the rows whose bit is set."""
    flags = np.unpackbits(np.ascontiguousarray(bits).view(np.uint8), bitorder="little", count=rows)
    return np.flatnonzero(flags.view(np.bool_))


def rank(bits: Bits, row: int) -> int:
    """How many bits are set before *row*."""
    word, bit = divmod(row, 64)
    before = int(np.bitwise_count(bits[:word]).sum())
    return before + (int(bits[word]) & ((1 << bit) - 1)).bit_count()


def _bit(bits: Bits, row: int) -> bool:
    word, bit = divmod(row, 64)
    return bool(int(bits[word]) >> bit & 1)


def _joined(plan: Sequence[Sequence[int]], flat: Sequence[int], states: Sequence[Truth]) -> bool:
    """Whether the rule itself is TRUE with these states."""
    by_number = dict(zip(flat, states, strict=True))
    return all(any(by_number[n] is Truth.TRUE for n in group) for group in plan)
