"""How many cases stand where: changes as they are written, and their sums."""

from __future__ import annotations

from django.db import models


class RollUpDelta(models.Model):
    """A change of one cell of the roll-up, written with the case and folded by a worker."""

    day = models.DateField()
    system = models.CharField(max_length=32)
    managed_path = models.CharField(max_length=200)
    type_key = models.CharField(max_length=64)
    unit_id = models.BigIntegerField(default=0)
    stage = models.CharField(max_length=16)
    timeliness = models.CharField(max_length=8, blank=True)
    n = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.day} {self.stage} {self.n:+d}"


class RollUp(models.Model):
    """How many cases of a day, place, type and unit stand in a stage: the folded deltas."""

    day = models.DateField()
    system = models.CharField(max_length=32)
    managed_path = models.CharField(max_length=200)
    type_key = models.CharField(max_length=64)
    unit_id = models.BigIntegerField(default=0)
    stage = models.CharField(max_length=16)
    timeliness = models.CharField(max_length=8, blank=True)
    n = models.BigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=[
                    "day",
                    "system",
                    "managed_path",
                    "type_key",
                    "unit_id",
                    "stage",
                    "timeliness",
                ],
                name="roll_up_cell",
            ),
        )

    def __str__(self) -> str:
        return f"{self.day} {self.stage} {self.n}"


class RollUpSum(models.Model):
    """The cells of a day in a county, put together: what a screen of many days reads.

    ``kind`` says how (``cases/sums.py``), ``key`` which of them.
    """

    system = models.CharField(max_length=32)
    kind = models.CharField(max_length=8)
    day = models.DateField()
    area = models.CharField(max_length=200)
    key = models.CharField(max_length=200)
    stage = models.CharField(max_length=16)
    timeliness = models.CharField(max_length=8, blank=True)
    n = models.BigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["system", "kind", "day", "area", "key", "stage", "timeliness"],
                name="roll_up_sum",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=("below", "family", "unit", "place")),
                name="roll_up_sum_kind",
            ),
        )

    def __str__(self) -> str:
        return f"{self.area} {self.kind} {self.day} {self.key} {self.stage} {self.n}"
