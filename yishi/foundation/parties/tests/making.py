"""Made-up parties for tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from yishi.foundation.parties import services
from yishi.foundation.parties.identifiers import IdentifierKind
from yishi.foundation.parties.models import Mandate, Party
from yishi.foundation.parties.synthetic import enterprise_number, person_number


@dataclass(frozen=True)
class Somebody:
    """Whoever looks and writes."""

    ref: str = "system"


SYSTEM = Somebody()
NOW = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
TODAY = date(2026, 3, 10)
PURPOSE = "测试"


def person(n: int = 0, name: str = "王模拟", source: str = "declared") -> Party:
    """A person; *n* tells them apart."""
    number = person_number("420606", date(1990, 1, 1) + timedelta(days=n), n)
    raw = services.PartyInput(name, number, source=source)
    return services.find_or_create(raw, actor=SYSTEM, purpose=PURPOSE, now=NOW)[0]


def firm(n: int = 0, name: str = "", source: str = "registry") -> Party:
    """An enterprise; *n* tells them apart."""
    raw = services.PartyInput(
        name or f"襄阳模拟{n}号有限公司",
        enterprise_number("420606", n),
        IdentifierKind.USCC,
        source=source,
    )
    return services.find_or_create(raw, actor=SYSTEM, purpose=PURPOSE, now=NOW)[0]


def boss(of: Party, who: Party) -> Mandate:
    """*who* as legal representative of *of*."""
    raw = services.MandateInput(Mandate.LEGAL, valid_from=TODAY - timedelta(days=100))
    return services.give(of, who, raw, giver=None, actor=SYSTEM, now=NOW)
