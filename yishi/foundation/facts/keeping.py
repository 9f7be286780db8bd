"""Which stored files are needed: those of deliveries and snapshots, for good."""

from __future__ import annotations

from yishi.foundation.facts.models import Delivery, Snapshot


def used(name: str) -> bool:
    """Whether a delivery or a snapshot is stored under *name* (2 statements)."""
    delivered = Delivery.objects.unscoped("whether a file is needed").filter(file=name)
    return delivered.exists() or Snapshot.objects.filter(file=name).exists()
