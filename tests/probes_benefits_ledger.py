"""What is asked of the addresses of the books (see `tests.probes`). They are for finance officers
and auditors, whom the matrix does not have; who sees which county's books stands in
``yishi/foundation/ledger/tests/test_pages_of_the_books.py``."""

from __future__ import annotations

from tests.probe import Probe

_L = "/desk/ledger/"

BENEFITS_LEDGER: dict[str, Probe] = {
    "desk:ledger:lines": Probe(closed=(_L, f"{_L}?year=2026&after=x")),
    "desk:ledger:lines-export": Probe(
        closed=(f"{_L}export/", f"POST {_L}export/ purpose=周例会"),
    ),
    "desk:ledger:line": Probe(closed=(f"{_L}lines/{{id}}/",)),
    "desk:ledger:accounts": Probe(closed=(f"{_L}accounts/", f"{_L}accounts/?q=2026")),
    "desk:ledger:account": Probe(closed=(f"{_L}accounts/{{id}}/",)),
    "desk:ledger:account-export": Probe(
        closed=(
            f"{_L}accounts/{{id}}/export/",
            f"POST {_L}accounts/{{id}}/export/ purpose=周例会",
        ),
    ),
    "desk:ledger:trial": Probe(closed=(f"{_L}trial/", f"{_L}trial/?period=2026-11")),
    "desk:ledger:trial-export": Probe(
        closed=(f"{_L}trial/export/", f"POST {_L}trial/export/ purpose=周例会"),
    ),
    "desk:ledger:vouchers": Probe(closed=(f"{_L}vouchers/",)),
    "desk:ledger:vouchers-export": Probe(
        closed=(f"{_L}vouchers/export/", f"POST {_L}vouchers/export/ purpose=周例会"),
    ),
    "desk:ledger:vouchers-csv": Probe(closed=(f"{_L}vouchers.csv",)),
}
