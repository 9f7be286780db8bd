"""What a benefit pays: fixed, a rate with floor and cap, tiers, or so much a unit; in fen."""

from __future__ import annotations

from yishi.foundation.rulebook.amounts.content import amount_from, content_of
from yishi.foundation.rulebook.amounts.kinds import Amount, Fixed, PerUnit, Rate, Tiers

__all__ = ["Amount", "Fixed", "PerUnit", "Rate", "Tiers", "amount_from", "content_of"]
