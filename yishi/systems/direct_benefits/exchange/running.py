"""One round of the port: what changed is queued, what is due is sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from yishi.systems.direct_benefits.exchange import delivery, simulated, telling
from yishi.systems.direct_benefits.exchange.outbox import networks, queue


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did."""

    queued: int
    sent: int
    refused: int
    acknowledged: int


def run(now: datetime) -> Round:
    """Compare, queue, deliver; the made-up networks of the demo then acknowledge."""
    found = networks()
    if not found:
        return Round(0, 0, 0, 0)
    queued = queue(list(telling.entries(now)), now)
    done = delivery.deliver_all(now)
    peers = [peer for one in found if (peer := simulated.peer_of(one)) is not None]
    acknowledged = sum(peer.acknowledge(now) for peer in peers)
    return Round(
        queued,
        sum(one.sent for one in done.values()),
        sum(one.refused for one in done.values()),
        acknowledged,
    )
