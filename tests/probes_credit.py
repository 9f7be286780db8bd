"""What is asked of the addresses of the credit file. Who sees which record stands in
``yishi/foundation/credit/tests/test_credit_pages_show_whom_they_may.py``."""

from __future__ import annotations

from tests.probe import Probe, export

_DESK = "/desk/credit/"
_NOBODY = "00000000-0000-4000-8000-000000000000"
_RECORD = f"{_DESK}records/{{number}}/"

CREDIT: dict[str, Probe] = {
    "desk:credit:records": Probe(
        own=(_DESK,),
        open=(_DESK, f"{_DESK}?q={{number}}", f"{_DESK}?state=asked", f"{_DESK}?after=30"),
    ),
    "desk:credit:records-export": export(f"{_DESK}export/", "", "?state=asked"),
    "desk:credit:screenings-export": export(f"{_DESK}screenings/export/"),
    "desk:credit:record-new": Probe(
        own=(f"{_DESK}records/new/",),
        open=(f"{_DESK}records/new/", f"POST {_DESK}records/new/ name=x"),
    ),
    "desk:credit:record": Probe(closed=(_RECORD,)),
    **{
        f"desk:credit:record-{name}": Probe(
            closed=(f"{_RECORD}{name}/", f"POST {_RECORD}{name}/ a=1")
        )
        for name in ("duty", "delete", "maximum", "objection")
    },
    "desk:credit:screenings": Probe(
        own=(f"{_DESK}screenings/",),
        open=(f"{_DESK}screenings/", f"{_DESK}screenings/?outcome=PASS"),
    ),
    "desk:credit:screening-new": Probe(
        own=(f"{_DESK}screenings/new/",),
        open=(f"{_DESK}screenings/new/", f"POST {_DESK}screenings/new/ name=x"),
    ),
    "desk:credit:screening": Probe(closed=(f"{_DESK}screenings/{{id}}/",)),
    # What waits for a person belongs to the whole city; nobody in the matrix keeps more than a
    # county.
    "desk:credit:near": Probe(closed=(f"{_DESK}near/",)),
    "desk:credit:near-one": Probe(
        closed=(f"{_DESK}near/{{id}}/", f"POST {_DESK}near/{{id}}/ same=yes&note=x")
    ),
    "desk:credit:objections": Probe(closed=(f"{_DESK}objections/",)),
    "desk:credit:objection": Probe(
        closed=(f"{_DESK}objections/{_NOBODY}/", f"POST {_DESK}objections/{_NOBODY}/ act=flag")
    ),
    "desk:credit:sources": Probe(closed=(f"{_DESK}sources/",)),
    "desk:credit:import-new": Probe(
        closed=(f"{_DESK}sources/court/import/", f"POST {_DESK}sources/court/import/ whole=part")
    ),
    "desk:credit:import": Probe(closed=(f"{_DESK}imports/{{id}}/",)),
    "credit:search": Probe(
        own=("/credit/", "POST /credit/ q=模拟食品有限公司"),
        open=("/credit/", "POST /credit/ q={number}", "POST /credit/ q={subject}"),
    ),
    "credit:published": Probe(closed=("/credit/{number}/",)),
    "credit:object": Probe(
        closed=("/credit/{number}/object/", "POST /credit/{number}/object/ reason=x")
    ),
    "api-v1:list_credit_records": Probe(
        own=("/api/v1/credit/records",),
        open=("/api/v1/credit/records?name=模拟食品公司", "/api/v1/credit/records?state=PUBLISHED"),
    ),
    "api-v1:post_credit_record": Probe(
        closed=('POST /api/v1/credit/records {{"kind": "penalty"}}',)
    ),
    "api-v1:post_credit_screening": Probe(
        closed=('POST /api/v1/credit/screenings {{"purpose": "x", "subjects": []}}',)
    ),
    "api-v1:get_credit_screening": Probe(closed=("/api/v1/credit/screenings/{id}",)),
}
