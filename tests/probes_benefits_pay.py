"""What is asked of the addresses of payments (see `tests.probes`). Orders, accounts are no cases:
nobody sees those of another unit or party, which is tried in `payments/tests/`."""

from __future__ import annotations

from tests.probe import Probe

_P = "/desk/payments/"
_O = f"{_P}orders/{{number}}/"
_A = f"{_P}accounts/{{paper}}/"


def _page(path: str) -> Probe:
    return Probe(own=(path,), open=(path,))


PAYMENTS: dict[str, Probe] = {
    "desk:payments:orders": Probe(own=(_P,), open=(_P, f"{_P}?state=sent&from=50")),
    "desk:payments:waiting": Probe(
        own=(f"{_P}waiting/",), open=(f"{_P}waiting/", f"POST {_P}waiting/ groups={{number}}")
    ),
    "desk:payments:budgets": _page(f"{_P}budgets/?year=2026"),
    "desk:payments:reconciliation": _page(f"{_P}reconciliation/"),
    "desk:payments:receipts": Probe(
        own=(f"{_P}receipts/",), open=(f"{_P}receipts/", f"POST {_P}receipts/ x={{number}}")
    ),
    "desk:payments:receipt": Probe(closed=(f"{_P}receipts/999999999/",)),
    "desk:payments:queue": _page(f"{_P}queue/"),
    "desk:payments:entry": Probe(
        closed=(f"{_P}queue/999999999/", f"POST {_P}queue/999999999/ reason={{number}}")
    ),
    "desk:payments:accounts": Probe(own=(f"{_P}accounts/",), open=(f"{_P}accounts/?state=held",)),
    "desk:payments:penny-file": Probe(closed=(f"POST {_P}accounts/penny.xml again={{number}}",)),
    "desk:payments:account": Probe(closed=(_A, f"POST {_A} how=person&evidence={{number}}")),
    "desk:payments:account-act": Probe(
        closed=(f"POST {_A}hold/ reason={{number}}", f"POST {_A}reveal/ purpose={{number}}")
    ),
    "desk:payments:order": Probe(closed=(_O,)),
    **{
        f"desk:payments:{name}": Probe(closed=(f"POST {_O}{path} reason={{number}}",))
        for name, path in (
            ("check", "check/"),
            ("cancel", "cancel/"),
            ("file", "file/"),
            ("bank", "bank/"),
            ("remove", "lines/1/remove/"),
        )
    },
}
