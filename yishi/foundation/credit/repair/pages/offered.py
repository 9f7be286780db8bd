"""What the desk and the portal offer."""

from __future__ import annotations


def register_all() -> None:
    """Register pages, papers and menus."""
