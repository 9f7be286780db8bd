"""Finding landmarks by text and by distance, for people who do not use a map."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import numpy as np

from yishi.foundation.places.tree import Tree
from yishi.foundation.places.values import Hit, LandmarkInfo, in_scope

METRES_PER_DEGREE = 111_195.0
LONGEST_QUERY = 60


def fold(text: str) -> str:
    """Width, case and spaces do not matter when people type a name."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(folded.split())


class LandmarkIndex:
    """Landmarks in memory: a scan of some thousand names takes well below a millisecond."""

    def __init__(self, tree: Tree, landmarks: Sequence[LandmarkInfo]) -> None:
        self._tree = tree
        self.landmarks = sorted(landmarks, key=lambda mark: (mark.name, mark.id))
        self._names = [fold(mark.name) for mark in self.landmarks]
        labels = {path: tree.label(path) for path in {m.managed_path for m in self.landmarks}}
        self._labels = [labels[mark.managed_path] for mark in self.landmarks]
        self._full = [
            fold(f"{label}{mark.name} {mark.address}")
            for label, mark in zip(self._labels, self.landmarks, strict=True)
        ]
        self._lons = np.array([mark.lon for mark in self.landmarks], dtype=np.float64)
        self._lats = np.array([mark.lat for mark in self.landmarks], dtype=np.float64)

    def search(self, text: str, n: int, near: tuple[float, float] | None, within: str) -> list[Hit]:
        """Best first: the whole name, its beginning, its middle, then the words in any order."""
        words = [fold(word) for word in text[:LONGEST_QUERY].split()]
        words = [word for word in words if word]
        if not words or n < 1:
            return []
        whole = "".join(words)
        metres = self._metres(*near) if near is not None else None
        ranked: list[tuple[int, float, int]] = []
        for i, full in enumerate(self._full):
            if not (whole in full or all(word in full for word in words)):
                continue
            if in_scope(self.landmarks[i].managed_path, within):
                far = float(metres[i]) if metres is not None else float(len(full))
                ranked.append((_rank(whole, self._names[i], full), far, i))
        ranked.sort()
        return [self._hit(i, far if near is not None else None) for _, far, i in ranked[:n]]

    def nearby(self, lon: float, lat: float, n: int, within: str) -> list[Hit]:
        """The nearest landmarks first; equal distances by name."""
        metres = self._metres(lon, lat)
        hits: list[Hit] = []
        for i in np.argsort(metres, kind="stable"):
            if len(hits) >= n:
                break
            if in_scope(self.landmarks[i].managed_path, within):
                hits.append(self._hit(int(i), float(metres[i])))
        return hits

    def _metres(self, lon: float, lat: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        east = (self._lons - lon) * np.cos(np.radians(lat))
        distance: np.ndarray[tuple[int], np.dtype[np.float64]] = (
            np.hypot(east, self._lats - lat) * METRES_PER_DEGREE
        )
        return distance

    def _hit(self, i: int, metres: float | None) -> Hit:
        mark = self.landmarks[i]
        return Hit(mark, f"{mark.name}（{self._labels[i]}）", metres)


def _rank(whole: str, name: str, full: str) -> int:
    if name == whole:
        return 0
    if name.startswith(whole):
        return 1
    if whole in name:
        return 2
    return 3 if whole in full else 4
