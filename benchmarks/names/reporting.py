"""The figures of a run in the form of RESULTS.md."""

from __future__ import annotations

from typing import Any


def markdown(figures: dict[str, Any]) -> str:
    """Everything that a run measured."""
    return ""
