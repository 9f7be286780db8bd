"""What the city decides about signing in: the section ``sign_in`` of its ``city.yaml``::

sign_in:
  second_factor: [administrator]   # roles that sign in with a second factor only
  accounts_from_provider: false    # may the identity provider bring new accounts?
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml
from django.conf import settings


@dataclass(frozen=True, slots=True)
class SignInRules:
    """Roles that need a second factor, and whether unknown people of the provider get accounts."""

    second_factor: frozenset[str] = frozenset()
    accounts_from_provider: bool = False


def sign_in_rules() -> SignInRules:
    """The rules of this installation's city (read once per process)."""
    return _read(Path(settings.CITY_DIR))


@lru_cache(maxsize=8)
def _read(folder: Path) -> SignInRules:
    try:
        with (folder / "city.yaml").open(encoding="utf-8") as file:
            city = yaml.safe_load(file)
    except OSError:
        return SignInRules()
    section = city.get("sign_in") if isinstance(city, dict) else None
    if not isinstance(section, dict):
        return SignInRules()
    roles = section.get("second_factor") or []
    return SignInRules(
        frozenset(str(role) for role in roles if isinstance(role, str)),
        section.get("accounts_from_provider") is True,
    )
