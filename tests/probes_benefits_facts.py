"""What is asked of the addresses of data owners (see `tests.probe`). That nobody sees the sources
of another unit is tried in `yishi/foundation/facts/tests/test_pages_of_data_owners.py`."""

from __future__ import annotations

from tests.probe import Probe

_F = "/desk/facts/"


def _page(path: str) -> Probe:
    return Probe(own=(path,), open=(path,))


def _source(path: str) -> Probe:
    """A page of one source: nobody of the matrix answers for any."""
    return Probe(closed=(path,))


FACTS: dict[str, Probe] = {
    "desk:facts:sources": _page(_F),
    "desk:facts:source": _source(f"{_F}sources/hr/"),
    "desk:facts:columns": _source(f"{_F}sources/hr/columns.csv"),
    "desk:facts:deliver": _source(f"{_F}sources/hr/deliver/"),
    "desk:facts:fetch": Probe(closed=(f"POST {_F}sources/{{number}}/fetch/ a=1",)),
    "desk:facts:delivery": Probe(closed=(f"{_F}deliveries/999999999/",)),
    "desk:facts:refused": Probe(closed=(f"{_F}deliveries/999999999/refused.csv",)),
    "desk:facts:corrections": _page(f"{_F}corrections/"),
    "desk:facts:correction": Probe(
        closed=(
            f"{_F}corrections/999999999/",
            f"POST {_F}corrections/999999999/ outcome=upheld&value=1",
        )
    ),
    "api-v1:get_fact_source": Probe(closed=("/api/v1/facts/{number}",)),
    "api-v1:post_fact_delivery": Probe(
        closed=(
            'POST /api/v1/facts/{number}/deliveries {{"as_of": "2026-01-01T00:00:00Z", '
            '"columns": ["party", "x"], "rows": [["1", 2]]}}',
        )
    ),
}
