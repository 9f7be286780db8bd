"""One set of listed names that can be searched: the build on disk, or the overlay in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np

from yishi.foundation.credit.names import keys, postings
from yishi.foundation.credit.names.normalising import EMPTY, Norm, normalise
from yishi.foundation.credit.names.postings import Postings
from yishi.foundation.credit.names.records import (
    Records,
    check_number,
    pack_id,
    pack_name,
    strings_of,
)
from yishi.foundation.credit.names.scoring import CLOSE, Score, likely, score


@dataclass(frozen=True, slots=True)
class Segment:
    """Names and the keys they are filed under."""

    records: Records
    postings: Postings

    def __len__(self) -> int:
        return len(self.records.checks)

    def search(
        self, norm: Norm, asked: keys.Asked, limit: int, without: Collection[str] = ()
    ) -> list[tuple[str, Score]]:
        """The names nearest to *norm*, the nearest first; none of the subjects *without*."""
        check = check_number(norm.text)
        positions = self.postings.find(asked, self.records.checks, check)
        if not len(positions):
            return []
        raw = self.records.raw(positions)
        near = likely(norm, raw, max(CLOSE, 3 * limit))
        same = self.records.checks[positions[near]] == check
        scored = [
            (score(norm, raw[n], same_writing=bool(equal)), int(positions[n]))
            for n, equal in zip(near.tolist(), same.tolist(), strict=True)
        ]
        scored.sort(key=lambda pair: (-pair[0].value, pair[1]))
        found: dict[str, Score] = {}
        for value, position in scored:
            subject = self.records.subject(position)
            if subject not in without:
                found.setdefault(subject, value)
            if len(found) == limit:
                break
        return list(found.items())


def segment_of(rows: Iterable[tuple[str, str]]) -> Segment:
    """A segment in memory of (subject id, name); names of which nothing is left are skipped."""
    taken = [(subject, norm) for subject, name in rows if (norm := normalise(name)).kind != EMPTY]
    norms = [norm for _, norm in taken]
    records = Records(
        strings_of([pack_name(norm) for norm in norms]),
        strings_of([pack_id(subject) for subject, _ in taken]),
        np.fromiter((check_number(norm.text) for norm in norms), np.uint32, len(norms)),
    )
    return Segment(records, postings.in_memory(*keys.listed(norms)))
