"""The two loops of repair: the application as a whole, and each record of it."""

from yishi.foundation.credit.repair.lifecycle.application import LIFECYCLE
from yishi.foundation.credit.repair.lifecycle.record import LIFECYCLE as RECORD_LIFECYCLE

__all__ = ["LIFECYCLE", "RECORD_LIFECYCLE"]
