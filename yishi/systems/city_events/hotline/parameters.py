"""The dated parameters of the hotline, read from the rulebook (``cities/*/rules/hotline.yaml``)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from yishi.foundation.rulebook.store import Rulebook


class ParameterMissing(LookupError):
    """A parameter that the hotline needs has no value in force."""

    def __init__(self, name: str) -> None:
        super().__init__(f"参数 {name} 没有生效的取值，请先运行 yishi rules load")
        self.name = name


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters in force at *at* for the managed path *area*."""

    rulebook: Rulebook
    at: datetime
    area: str = ""

    def _value(self, name: str) -> Any:
        value = self.rulebook.value(name, self.at, self.area)
        if value is None:
            raise ParameterMissing(name)
        return value

    def whole(self, name: str) -> int:
        """A whole number.

        Raises:
            ParameterMissing: when none is in force.
        """
        return int(self._value(name))

    def decimal(self, name: str) -> Decimal:
        """A decimal number, exact.

        Raises:
            ParameterMissing: when none is in force.
        """
        return Decimal(str(self._value(name)))

    def hours(self, name: str) -> timedelta:
        """A whole number of continuous hours.

        Raises:
            ParameterMissing: when none is in force.
        """
        return timedelta(hours=self.whole(name))

    def optional(self, name: str) -> Any:
        """The value, or ``None`` where the city says nothing."""
        return self.rulebook.value(name, self.at, self.area)
