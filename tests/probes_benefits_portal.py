"""What is asked of the addresses of 政策通 and of the port to service networks (see
`tests.probes`). Cases of other systems are no payouts, whoever sees them; that nobody sees the
payout of another is tried in `yishi/systems/direct_benefits/portal/tests/`."""

from __future__ import annotations

from tests.probe import Probe, page

_M = "/policies/mine/"
_ITEM = "hr.graduate_hire"
_PAYOUT = f"{_M}payouts/{{number}}/"
_APPLICATION = f"{_M}applications/{{number}}/"
_UUID = "00000000-0000-7000-8000-000000000000"

BENEFITS_PORTAL: dict[str, Probe] = {
    "policies:find": page("/policies/?q=稳岗"),
    "policies:item": page(f"/policies/items/{_ITEM}/"),
    "policies:document": Probe(closed=("/policies/documents/{number}/",)),
    "policies:calculator": Probe(
        own=(f"/policies/calculator/?item={_ITEM}",),
        open=(
            f"/policies/calculator/?item={_ITEM}",
            f"POST /policies/calculator/?item={_ITEM} graduates_hired={{number}}",
        ),
    ),
    "policies:subscribe": Probe(
        own=("/policies/subscribe/",),
        open=("/policies/subscribe/", "POST /policies/subscribe/ labels={number}"),
    ),
    "policies:notices": page("/policies/notices/"),
    "policies:notice": Probe(closed=("/policies/notices/{number}/",)),
    "policies:objected": Probe(closed=("/policies/notices/{number}/objected/",)),
    "policies:object": Probe(
        closed=(
            "/policies/notices/{number}/objections/1/",
            "POST /policies/notices/{number}/objections/1/ name=x&contact=1&reason=x",
        )
    ),
    "policies:paid": page("/policies/paid/"),
    # The ledger would count them for the first few only: files a minute are limited.
    "policies:paid-totals-csv": Probe(open=("/policies/paid/totals.csv",)),
    "policies:paid-list": page("/policies/paid/list/"),
    "policies:paid-list-csv": Probe(open=("/policies/paid/list.csv",)),
    "policies:mine": page(_M),
    "policies:others": page(f"{_M}others/"),
    "policies:mine-item": Probe(open=(f"{_M}items/{_ITEM}/",)),
    "policies:apply": Probe(closed=(f"{_M}items/{{number}}/apply/",)),
    "policies:application": Probe(closed=(_APPLICATION,)),
    "policies:application-withdraw": Probe(closed=(f"POST {_APPLICATION}withdraw x=1",)),
    "policies:application-paper": Probe(closed=(f"{_APPLICATION}papers/{{paper}}",)),
    "policies:payout": Probe(closed=(_PAYOUT,)),
    "policies:decline": Probe(closed=(f"{_PAYOUT}decline/", f"POST {_PAYOUT}decline/ sure=on")),
    "policies:speak": Probe(closed=(f"{_PAYOUT}views/", f"POST {_PAYOUT}views/ text=x")),
    "policies:data": page(f"{_M}data/"),
    "policies:correct": Probe(closed=(f"{_M}data/{{number}}/",)),
    "policies:correct-withdraw": Probe(closed=(f"POST {_M}corrections/1/withdraw x=1",)),
    "policies:account": page(f"{_M}account/"),
    "policies:account-new": page(f"{_M}account/new/"),
    "policies:account-prove": Probe(closed=(f"POST {_M}account/{_UUID}/prove x=1",)),
    "policies:account-penny": Probe(closed=(f"{_M}account/{_UUID}/amount/",)),
    "policies:news": page(f"{_M}news/"),
    "policies:news-read": Probe(open=(f"POST {_M}news/read x=1",)),
    "desk:benefit_portal:applications": page("/desk/benefits/applications/"),
    "desk:benefit_portal:application": Probe(closed=("/desk/benefits/applications/{number}/",)),
    "desk:benefit_portal:paper": Probe(
        closed=("/desk/benefits/applications/{number}/papers/{paper}",)
    ),
    "desk:benefit_exchange:list": page("/desk/benefits/exchange/"),
    "desk:benefit_exchange:act": Probe(
        closed=(f"POST /desk/benefits/exchange/{_UUID}/act/ act=again",)
    ),
    "api-v1:post_policy_receipt": Probe(
        closed=(
            'POST /api/v1/policy-exchange/receipts {{"id": "{number}", "message": "{number}", '
            '"result": "accepted"}}',
        )
    ),
    "api-v1:get_policy_message": Probe(closed=(f"/api/v1/policy-exchange/messages/{_UUID}",)),
}
