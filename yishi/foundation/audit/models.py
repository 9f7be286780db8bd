"""Who looked at what, and the daily root over all traces."""

from __future__ import annotations

from django.db import models


class Look(models.Model):
    """One look at protected data, or one export of it: by whom, at what, for what purpose."""

    at = models.DateTimeField()
    actor_ref = models.CharField(max_length=64)
    action = models.CharField(max_length=32)
    subject = models.CharField(max_length=120)
    purpose = models.CharField(max_length=200, blank=True)
    rows = models.IntegerField(default=1)

    class Meta:
        indexes = (
            models.Index(fields=["subject", "at"], name="look_subject"),
            models.Index(fields=["actor_ref", "at"], name="look_actor"),
        )

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.actor_ref} {self.action} {self.subject}"


class DailyRoot(models.Model):
    """Signed Merkle root over the heads of all traces of one system, as of ``made_at``.

    ``day`` is the city's day on which it was made (shortly after midnight, so that it covers all
    before); ``before`` the digest of the previous root's statement, ``leaves`` of the file with
    the heads that changed since; ``key`` names the signing key.
    """

    day = models.DateField()
    chain = models.CharField(max_length=32)
    heads = models.BigIntegerField()
    algorithm = models.CharField(max_length=16)
    root = models.BinaryField()
    signature = models.BinaryField()
    before = models.BinaryField()
    leaves = models.BinaryField()
    key = models.CharField(max_length=16)
    made_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["chain", "day"], name="one_root_a_day"),)

    def __str__(self) -> str:
        return f"{self.chain} {self.day}"
