"""Who looked at what, what was erased or must be kept, and the daily root over all traces."""

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


class Hold(models.Model):
    """Something that must be kept whole (诉讼、调查保全) until it is lifted.

    ``subject`` names it as the log of looks does: ``case:12``.
    """

    subject = models.CharField(max_length=64)
    reason = models.CharField(max_length=200)
    set_by = models.CharField(max_length=64)
    set_at = models.DateTimeField()
    lifted_by = models.CharField(max_length=64, blank=True)
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["subject"],
                condition=models.Q(lifted_at__isnull=True),
                name="one_hold_at_a_time",
            ),
        )

    def __str__(self) -> str:
        return f"{self.subject} {self.reason}"


class Erasure(models.Model):
    """The certificate of one erasure: what, why, by whom, how many rows. Append-only and chained.

    ``body`` is canonical JSON that ``hash`` covers together with the hash of the certificate
    before (:mod:`yishi.foundation.audit.chain`). It names references, never what was erased.
    """

    at = models.DateTimeField()
    seq = models.BigIntegerField(unique=True)
    body = models.BinaryField()
    algorithm = models.CharField(max_length=16)
    hash = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.seq} {self.at:%F %T}"
