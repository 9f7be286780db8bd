"""The log of exports: what left the house as a file, by whom, for what."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class Export(models.Model):
    """One file. Its number is printed in it; ``sha256`` lets a found file be told apart.

    ``day`` is the city's day, ``nth`` counts the person's exports of that day from 1. ``rows`` is
    empty until the file was complete. ``filters`` holds (label, text) with personal numbers masked.
    """

    at = models.DateTimeField()
    day = models.DateField()
    nth = models.IntegerField()
    actor_ref = models.CharField(max_length=64)
    who = models.CharField(max_length=64)
    table = models.CharField(max_length=40)
    title = models.CharField(max_length=60)
    filters = models.JSONField(default=list)
    purpose = models.CharField(max_length=200)
    rows = models.IntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["actor_ref", "day", "nth"], name="export_counted"),
            models.CheckConstraint(condition=~Q(purpose=""), name="export_has_purpose"),
            models.CheckConstraint(
                condition=Q(rows__isnull=True, sha256="")
                | (Q(rows__isnull=False, rows__gte=0) & ~Q(sha256="")),
                name="export_complete",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """What is printed in the file: ``DC20261124-000017``."""
        return f"DC{self.day:%Y%m%d}-{self.pk:06d}"
