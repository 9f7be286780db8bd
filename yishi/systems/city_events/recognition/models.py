"""The versions of the recogniser, and what officers decided for texts."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from yishi.foundation.cases.models import Case, ChildQuerySet


class RecogniserVersion(models.Model):
    """One immutable model of the recogniser; the newest is in force, older ones explain what they
    once said. ``told`` and ``weights`` are its two files."""

    version = models.CharField(max_length=16, unique=True)
    told = models.TextField()
    weights = models.BinaryField()
    loaded_at = models.DateTimeField()
    loaded_by = models.CharField(max_length=64)

    def __str__(self) -> str:
        return self.version


class Correction(models.Model):
    """A type that an officer decided for a case in words: what the next model learns from.

    ``guessed`` is what stood or was recognised before; the text stays with the report, so that
    erasing it there is enough.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="corrections")
    type_key = models.CharField(max_length=64)
    guessed = models.CharField(max_length=64, blank=True)
    model = models.CharField(max_length=16, blank=True)
    actor_ref = models.CharField(max_length=64)
    at = models.DateTimeField()

    objects: ClassVar[Any] = ChildQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.case_id} {self.guessed} → {self.type_key}"
