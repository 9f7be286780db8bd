"""What is asked of the officers' addresses of direct benefits (see `tests.probes`). That nobody
sees the batch of another department is tried in
``yishi/systems/direct_benefits/pages/tests/test_officers_pages.py``."""

from __future__ import annotations

from tests.probe import Probe

_B = "/desk/benefits/"
_S = f"{_B}studio/"


def _closed(*requests: str) -> Probe:
    return Probe(closed=requests)


def _open(request: str) -> Probe:
    """Officers of benefits may open it; it shows no case of somebody else."""
    return Probe(open=(request,))


BENEFITS_DESK: dict[str, Probe] = {
    "desk:direct_benefits:overview": _open(_B),
    "desk:direct_benefits:items": _open(f"{_B}items/?q={{number}}"),
    "desk:direct_benefits:item": _open(f"{_B}items/science.rd_share_mid/"),
    "desk:direct_benefits:runs": _open(f"{_B}runs/"),
    "desk:direct_benefits:run-start": _closed(f"POST {_B}runs/start/ on=2026-06-01"),
    "desk:direct_benefits:run": _closed(f"{_B}runs/{{number}}/"),
    "desk:direct_benefits:why": _closed(f"{_B}runs/{{number}}/why/?q=x&item=a.b"),
    "desk:direct_benefits:run-item": _closed(f"{_B}runs/{{number}}/items/a.b/"),
    "desk:direct_benefits:party": _closed(f"{_B}enterprises/91420606MNXY900126/"),
    "desk:direct_benefits:unknown": _open(f"{_B}unknown/"),
    "desk:direct_benefits:unknown-task": _closed(
        f"{_B}unknown/{{id}}/", f"POST {_B}unknown/{{id}}/ act=answer&text=x"
    ),
    "desk:direct_benefits:batches": _open(f"{_B}batches/?q={{number}}"),
    "desk:direct_benefits:batch-open": _closed(f"POST {_B}batches/open/ item=a.b&period=2026"),
    "desk:direct_benefits:batch": _closed(f"{_B}batches/{{number}}/"),
    "desk:direct_benefits:batch-act": _closed(
        f"POST {_B}batches/{{number}}/act/ act=confirm",
        f"POST {_B}batches/{{number}}/act/ act=strike&payouts={{id}}&reason=x",
    ),
    "desk:direct_benefits:batch-export": _closed(
        f"{_B}batches/{{number}}/export/", f"POST {_B}batches/{{number}}/export/ purpose=周例会"
    ),
    "desk:direct_benefits:batch-notice": _closed(f"{_B}batches/{{number}}/notice.pdf"),
    "desk:direct_benefits:objections": _open(f"{_B}objections/"),
    "desk:direct_benefits:objection": _closed(
        f"{_B}objections/{{number}}/",
        f"POST {_B}objections/{{number}}/ decision=upheld&finding=x",
    ),
    "desk:direct_benefits:clawbacks": _open(f"{_B}clawbacks/"),
    "desk:direct_benefits:clawback": _closed(
        f"{_B}clawbacks/{{number}}/", f"POST {_B}clawbacks/{{number}}/ act=drop&note=x"
    ),
    "desk:direct_benefits:clawback-paper": _closed(
        f"{_B}clawbacks/{{number}}/notice.pdf", f"{_B}clawbacks/{{number}}/decision.pdf"
    ),
    "desk:direct_benefits:clawback-new": _closed(
        f"{_B}payouts/{{number}}/clawback/",
        f"POST {_B}payouts/{{number}}/clawback/ ground=duplicate&erred=nobody&facts=x",
    ),
    "desk:benefit_studio:studio": _open(_S),
    "desk:benefit_studio:begin": _closed(f"POST {_S}begin/ key=a.b"),
    "desk:benefit_studio:ask-ending": _closed(f"POST {_S}endings/ key=a.b&kind=withdraw"),
    "desk:benefit_studio:decide-ending": _closed(f"POST {_S}endings/{{id}}/ agree=yes"),
    "desk:benefit_studio:versions": _open(f"{_S}versions/science.rd_share_mid/"),
    "desk:benefit_studio:edit": _closed(f"{_S}{{id}}/", f"POST {_S}{{id}}/ act=save"),
    "desk:benefit_studio:example": _closed(f"POST {_S}{{id}}/example/ code=x"),
    "desk:benefit_studio:rehearsal": _closed(
        f"{_S}{{id}}/rehearsal/", f"POST {_S}{{id}}/rehearsal/ x=1"
    ),
    "desk:benefit_studio:step": _closed(f"POST {_S}{{id}}/step/ act=publish"),
}
