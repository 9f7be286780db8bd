"""What is asked of the addresses of licences by pledge (see `tests.probes`). Cases of other systems
are no licences, whoever sees them; that nobody sees the licence of another is tried in
`yishi/systems/pledge_licences/tests/test_pages_of_the_applicant.py` and `…_regulator.py`."""

from __future__ import annotations

from tests.probe import Probe

_L = "/desk/licences/"
_C = "/licences/cases/{number}/"


def _page(path: str) -> Probe:
    return Probe(own=(path,), open=(path,))


LICENCES: dict[str, Probe] = {
    "licences:find": _page("/licences/?q=便利店"),
    "licences:trade": _page("/licences/trades/convenience_store/?answered=1&tobacco=yes"),
    "licences:licence": _page("/licences/list/food_sale/"),
    "licences:apply": Probe(
        own=("/licences/apply/?licence=food_sale",),
        open=(
            "/licences/apply/?licence=food_sale",
            "POST /licences/apply/?licence=food_sale division={number}",
        ),
    ),
    "licences:mine": _page("/licences/mine/"),
    "licences:together": Probe(
        closed=("POST /licences/mine/composite trade=convenience_store&premises={number}",)
    ),
    "licences:bundle": Probe(closed=("/licences/together/{number}/",)),
    "licences:case": Probe(closed=(_C,)),
    "licences:sign": Probe(closed=(f"{_C}sign", f"POST {_C}sign name=x&will=on")),
    **{
        f"licences:{name}": Probe(closed=(f"POST {_C}{path} note=x&sure=yes",))
        for name, path in (
            ("again", "again"),
            ("ordinary", "ordinary"),
            ("withdraw", "withdraw"),
            ("rectified", "rectified"),
            ("supply", "supply/health_certificates"),
            ("give-up", "give-up"),
        )
    },
    "licences:photo": Probe(closed=(f"{_C}photos/{{paper}}",)),
    "desk:pledge_licences:overview": _page(f"{_L}overview/"),
    "desk:pledge_licences:behind": _page(f"{_L}overview/applied/?days=365"),
    "desk:pledge_licences:checks": Probe(
        own=(f"{_L}checks/",),
        open=(f"{_L}checks/", f"{_L}checks/?by=route", f"{_L}checks/?late=1"),
    ),
    "desk:pledge_licences:check": Probe(
        closed=(f"{_L}checks/{{number}}/", f"POST {_L}checks/{{number}}/ second=1&act=record")
    ),
    "desk:pledge_licences:photo": Probe(closed=(f"{_L}cases/{{number}}/photos/{{paper}}",)),
    "desk:pledge_licences:onsite": _page(f"{_L}onsite/"),
    "desk:pledge_licences:onsite-shell": _page(f"{_L}onsite/shell/"),
    "desk:pledge_licences:onsite-worker": Probe(open=(f"{_L}onsite/worker.js",)),
    "desk:pledge_licences:onsite-work": _page(f"{_L}onsite/work.json"),
    "desk:pledge_licences:onsite-send": Probe(
        closed=(f"POST {_L}onsite/send/ account={{id}}&body={{number}}",)
    ),
}
