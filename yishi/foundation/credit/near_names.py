"""Listed names that are like a subject's, from the index beside the database, if there is one.

Only organisations are in it: people have so many namesakes that a name which is written otherwise
says nothing; the same name is found by its hash. Without an index only the same name is found; an
index that does not check makes its lists unusable (UNKNOWN), for it may miss somebody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from yishi.foundation.credit.asking import Asked
from yishi.foundation.credit.book import book
from yishi.foundation.credit.listings import Likeness
from yishi.foundation.credit.names import Index, IndexRefused, build

#: Names looked at for one subject.
MOST = 20
_open: dict[str, Index] = {}


def folder() -> Path:
    """Where this installation keeps its index."""
    return Path(settings.YISHI_CREDIT_NAMES)


def index() -> Index | None:
    """The index, opened once for each process; None where none was built.

    Raises:
        IndexRefused: for one that must not be used.
    """
    path = folder()
    if not path.exists():
        return None
    key = str(path)
    if key not in _open:
        try:
            _open[key] = Index.open(path)
        except IndexRefused as refused:
            if refused.code == "missing" and not any(path.glob("build-*")):
                return None
            raise
    return _open[key]


def similar_entries(source: int, asked: Sequence[Asked]) -> dict[int, dict[str, Likeness]]:
    """Ids of entries whose names are like a subject's, by the subject's key. Raises
    `IndexRefused`."""
    firms = [who for who in asked if not who.person]
    found = index() if firms else None
    if found is None:
        return {}
    least, similar = book().screening.near * 100, dict[int, dict[str, Likeness]]()
    for who in firms:
        for name in who.names:
            for match in found.search(name, MOST):
                if match.score < least:
                    continue
                likeness = (min(match.score, 99.0) / 100, ("similar", *match.why))
                known = similar.setdefault(int(match.subject), {})
                known[who.key] = max(known.get(who.key, likeness), likeness)
    return similar


def rebuild(tell: Callable[[str, int], None] = lambda stage, done: None) -> int:
    """Build the index of all listed organisations; returns how many names it holds.

    Raises `IndexRefused` while another build is under way.
    """
    manifest = build(_rows(), folder(), tell)
    return manifest.names


def _rows() -> Iterator[tuple[str, str]]:
    from yishi.foundation.credit.models import ListEntry

    rows = ListEntry.objects.filter(person=False, removed_at__isnull=True).exclude(name="")
    for pk, name in rows.values_list("pk", "name").iterator(chunk_size=5000):
        yield str(pk), name


def follow(added: Sequence[tuple[int, str]], removed: Sequence[int]) -> None:
    """Let an index that is there follow an import at once; its next build takes all of it anew."""
    with suppress(IndexRefused):  # it will be refused in screening too, until it is built again
        found = index()
        if found is None:
            return
        for pk in removed:
            found.remove(str(pk))
        for pk, name in added:
            found.add(str(pk), name)
