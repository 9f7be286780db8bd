"""What is asked of the addresses of the books (see `tests.probes`). They are for finance officers
and auditors; who sees which county's books stands in
``yishi/foundation/ledger/tests/test_pages_of_the_books.py``."""

from __future__ import annotations

from tests.probe import Probe

_L = "/desk/ledger/"


def _shown(*addresses: str) -> Probe:
    """Read by those who read the books, and nothing of a case is in it; others get a 404."""
    return Probe(open=addresses)


def _file(address: str) -> Probe:
    return _shown(address, f"POST {address} purpose=周例会")


BENEFITS_LEDGER: dict[str, Probe] = {
    "desk:ledger:lines": _shown(_L, f"{_L}?year=2026&after=x"),
    "desk:ledger:lines-export": _file(f"{_L}export/"),
    "desk:ledger:line": Probe(closed=(f"{_L}lines/{{id}}/",)),
    "desk:ledger:accounts": _shown(f"{_L}accounts/", f"{_L}accounts/?q=2026"),
    "desk:ledger:account": Probe(closed=(f"{_L}accounts/{{id}}/",)),
    "desk:ledger:account-export": Probe(
        closed=(
            f"{_L}accounts/{{id}}/export/",
            f"POST {_L}accounts/{{id}}/export/ purpose=周例会",
        ),
    ),
    "desk:ledger:closing": _shown(f"{_L}closing/"),
    "desk:ledger:trial": _shown(f"{_L}trial/", f"{_L}trial/?period=2026-11"),
    "desk:ledger:trial-export": _file(f"{_L}trial/export/"),
    "desk:ledger:vouchers": _shown(f"{_L}vouchers/"),
    "desk:ledger:vouchers-export": _file(f"{_L}vouchers/export/"),
    "desk:ledger:vouchers-csv": _shown(f"{_L}vouchers.csv"),
}
