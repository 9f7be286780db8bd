"""What is asked of the addresses of credit repair. Applications and records of others stand in
``yishi/foundation/credit/repair/tests/test_repair_on_pages_and_in_the_api.py``."""

from __future__ import annotations

from tests.probe import Probe

_DESK = "/desk/credit-repair/"
_OWN = "/credit-repair/"
_CASES = f"{_OWN}cases/{{number}}/"
_NOBODY = "00000000-0000-4000-8000-000000000000"

REPAIR: dict[str, Probe] = {
    "desk:repair:counter": Probe(
        open=(f"{_DESK}new/", f"POST {_DESK}new/ kind=uscc&identifier=91420606MNXY900126"),
    ),
    "desk:repair:take": Probe(closed=(f"{_DESK}new/records/", f"POST {_DESK}new/records/ a=1")),
    "desk:repair:copies": Probe(open=(f"{_DESK}copies/",)),
    "desk:repair:copy-act": Probe(
        closed=(f"POST {_DESK}copies/{{id}}/ how=x", f"POST {_DESK}copies/{{id}}/ act=remind")
    ),
    "desk:repair:notice": Probe(closed=(f"{_DESK}records/{{number}}/notice.pdf",)),
    "desk:repair:paper": Probe(closed=(f"{_DESK}cases/{{number}}/papers/1.pdf",)),
    "desk:repair:file": Probe(closed=(f"{_DESK}cases/{{number}}/files/{_NOBODY}",)),
    "desk:repair:shield-end": Probe(
        closed=(f"{_DESK}cases/{{number}}/shield/", f"POST {_DESK}cases/{{number}}/shield/ a=1")
    ),
    "repair:mine": Probe(own=(_OWN,), open=(_OWN,)),
    "repair:apply": Probe(
        closed=(f"{_OWN}apply/?r={{number}}", f"POST {_OWN}apply/ r={{number}}&pledge=on")
    ),
    "repair:notice": Probe(closed=(f"{_OWN}records/{{number}}/notice.pdf",)),
    "repair:elsewhere": Probe(
        closed=(
            f"{_OWN}records/{{number}}/elsewhere/",
            f"POST {_OWN}records/{{number}}/elsewhere/ site=x",
        )
    ),
    "repair:progress": Probe(closed=(_CASES,)),
    **{
        f"repair:{name}": Probe(closed=(f"{_CASES}{name}/", f"POST {_CASES}{name}/ note=x"))
        for name in ("withdraw", "correct", "object")
    },
    "repair:paper": Probe(closed=(f"{_CASES}papers/1.pdf",)),
    "api-v1:post_credit_standing": Probe(
        closed=('POST /api/v1/credit-repairs/standing {{"identifier": "91420606MNXY900126"}}',)
    ),
    "api-v1:post_credit_repair": Probe(
        closed=(
            'POST /api/v1/credit-repairs {{"identifier": "91420606MNXY900126", '
            '"records": ["{number}"], "pledge": true}}',
        )
    ),
    "api-v1:get_credit_repair": Probe(closed=("/api/v1/credit-repairs/{number}",)),
    "api-v1:post_credit_repair_move": Probe(
        closed=('POST /api/v1/credit-repairs/{number}/moves/accept {{"facts": {{}}}}',)
    ),
    "api-v1:post_credit_copy": Probe(
        closed=('POST /api/v1/credit-copies {{"record": "{number}", "shown": true}}',)
    ),
}
