"""Who has to do with payments. The roles themselves are declared by the system."""

from __future__ import annotations

from yishi.systems.direct_benefits.states import CHECKER, MAKER

__all__ = ["CHECKER", "FINANCE", "MAKER"]
FINANCE = (MAKER, CHECKER)
