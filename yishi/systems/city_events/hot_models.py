"""Hot issues as counted last, so that a page reads a few rows instead of a month of cases."""

from __future__ import annotations

from django.db import models


class HotCount(models.Model):
    """One count of the whole city's hot issues: the last *days* days, from *since* on.

    ``least``: groups with fewer reports were not stored.
    """

    days = models.SmallIntegerField(unique=True)
    since = models.DateField()
    least = models.IntegerField()
    counted_at = models.DateTimeField()
    took_ms = models.IntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.days} {self.counted_at:%F %T}"


class HotGroup(models.Model):
    """Cases and reports of one type in one community, by where they are managed: whoever sees a
    part of a group counts that part."""

    count = models.ForeignKey(HotCount, models.CASCADE, related_name="groups", db_index=False)
    type_key = models.CharField(max_length=64)
    division = models.CharField(max_length=12)
    managed_path = models.CharField(max_length=200)
    cases = models.IntegerField()
    reports = models.IntegerField()
    open = models.IntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["count", "type_key", "division", "managed_path"], name="hot_group_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.type_key} {self.managed_path}: {self.reports}"


__all__ = ["HotCount", "HotGroup"]
