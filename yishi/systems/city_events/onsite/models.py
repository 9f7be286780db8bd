"""What phones sent, by their own keys: a repeated sending gets the answer of the first."""

from __future__ import annotations

from django.db import models


class Submission(models.Model):
    """One entry of an officer's queue that was carried out. Refused ones leave no row: the worker
    decides about them and may send them again under the same key.

    ``body_hash`` covers what was entered with its photos; ``answer`` holds references and states,
    nothing of what anybody wrote.
    """

    user = models.ForeignKey("access.User", models.PROTECT, related_name="+", db_index=False)
    key = models.UUIDField()
    kind = models.CharField(max_length=8)
    body_hash = models.BinaryField(max_length=32)
    answer = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["user", "key"], name="submission_once"),
            models.CheckConstraint(
                condition=models.Q(kind__in=("move", "report", "settle")), name="submission_kind"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
