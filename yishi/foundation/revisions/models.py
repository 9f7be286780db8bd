"""Numbers that say when a register changed, so that a process may keep an immutable copy of it."""

from __future__ import annotations

from django.db import models


class Revision(models.Model):
    """The running number of one register (``places``, ``calendars``, ``catalogue`` …)."""

    name = models.CharField(primary_key=True, max_length=64)
    number = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} {self.number}"
