"""What is asked of the API of direct benefits: no batch of another unit is read."""

from __future__ import annotations

from tests.probe import Probe

BENEFITS_API: dict[str, Probe] = {
    "api-v1:list_benefit_batches": Probe(
        own=("/api/v1/benefits/batches",), open=("/api/v1/benefits/batches",)
    ),
    "api-v1:list_benefit_payouts": Probe(closed=("/api/v1/benefits/batches/{number}/payouts",)),
    "api-v1:list_benefit_candidates": Probe(
        own=("/api/v1/benefits/candidates?item=none",),
        open=("/api/v1/benefits/candidates?item=none",),
    ),
}
