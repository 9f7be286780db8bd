"""Partners (合作平台), what is sent to them, and what they sent about cases."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from yishi.foundation.access.models import ApiClient
from yishi.foundation.cases.models import Case
from yishi.foundation.places.models import Unit


class Partner(models.Model):
    """Another platform that cases are exchanged with: the province, 12345, a unit's own system.

    ``key`` is its OAuth client id; ``client`` carries its grants and is the actor of its moves.
    ``secret_enc`` signs webhooks (a token of :mod:`yishi.foundation.parties.crypto`); the one
    before it stays valid until ``previous_until``. Of the OAuth client secret only the digest is
    kept; ``credentials`` rises with every rotation and ends the tokens issued before.
    """

    class Kind(models.TextChoices):
        """What the partner is."""

        UPPER = "upper", _("上级平台")
        HOTLINE = "hotline", _("12345热线平台")
        UNIT = "unit", _("部门业务系统")
        OTHER = "other", _("其他平台")

    class State(models.TextChoices):
        """``PAUSED``: nothing is delivered, all is kept; ``DISABLED``: nothing is kept either."""

        ACTIVE = "active", _("正常")
        PAUSED = "paused", _("已暂停推送")
        DISABLED = "disabled", _("已停用")

    client = models.OneToOneField(ApiClient, models.PROTECT, related_name="partner")
    key = models.CharField(max_length=24, unique=True)
    name = models.CharField(max_length=64)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ACTIVE)
    #: Where webhooks go; empty for a partner that only calls.
    callback_url = models.CharField(max_length=500, blank=True)
    scopes = models.JSONField(default=list)
    secret_enc = models.TextField(blank=True)
    previous_enc = models.TextField(blank=True)
    previous_until = models.DateTimeField(null=True)
    client_hash = models.BinaryField(max_length=32)
    credentials = models.IntegerField(default=1)
    #: Failed deliveries in a row, since when, and when the next one is tried.
    failures = models.IntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    next_attempt_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=120, blank=True)
    last_success_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class PartnerUnit(models.Model):
    """A unit whose cases go to a partner."""

    partner = models.ForeignKey(Partner, models.CASCADE, related_name="units")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["partner", "unit"], name="partner_unit_once"),
        )

    def __str__(self) -> str:
        return f"{self.partner_id} {self.unit_id}"


class Outgoing(models.Model):
    """One message to a partner: a step of a case, by its trace number.

    Holds references only. The content is drawn from the append-only trace when it is sent, so that
    a repetition says the same. The id is the same on every attempt.
    """

    class State(models.TextChoices):
        """``FAILED`` holds back later messages of the case; ``SKIPPED`` was given up by hand."""

        QUEUED = "queued", _("待推送")
        SENT = "sent", _("已送达")
        FAILED = "failed", _("被拒绝")
        SKIPPED = "skipped", _("已跳过")

    id = models.UUIDField(primary_key=True, editable=False)
    partner = models.ForeignKey(Partner, models.CASCADE, related_name="outgoing")
    case = models.ForeignKey(Case, models.CASCADE, related_name="+")
    seq = models.IntegerField()
    kind = models.CharField(max_length=32)
    state = models.CharField(max_length=8, choices=State.choices)
    attempts = models.IntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["partner", "case", "seq"], name="outgoing_once"),
        )
        indexes: ClassVar = [
            models.Index(
                fields=["partner", "next_attempt_at"],
                name="outgoing_due",
                condition=models.Q(state="queued"),
            ),
            models.Index(fields=["partner", "-id"], name="outgoing_log"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class Incoming(models.Model):
    """A status message of a partner about a case, kept so that a repetition gets its answer."""

    partner = models.ForeignKey(Partner, models.CASCADE, related_name="+")
    case = models.ForeignKey(Case, models.CASCADE, related_name="+")
    message_id = models.CharField(max_length=64)
    seq = models.IntegerField()
    kind = models.CharField(max_length=16)
    body_hash = models.BinaryField(max_length=32)
    answer = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["partner", "message_id"], name="incoming_once"),
            models.UniqueConstraint(fields=["partner", "case", "seq"], name="incoming_order"),
            models.CheckConstraint(condition=models.Q(seq__gte=1), name="incoming_from_one"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.message_id}"
