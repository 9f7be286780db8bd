"""Messages to the national and provincial service networks (国家、省政务服务平台), and receipts."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from yishi.foundation.exchange.models import Partner


class NetworkMessage(models.Model):
    """One message to one network. ``subject`` (``policy:KEY``, ``item:KEY``, ``payout:NUMBER``)
    orders: ``seq`` counts the messages about it, and none goes out before the one before it.

    The content is frozen when the message is written, so that a repetition says the same; its
    ``digest`` says whether a newer state of the subject differs from what was told last.
    """

    class State(models.TextChoices):
        """``REFUSED``: the network took it and said no; a person decides."""

        QUEUED = "queued", _("待推送")
        SENT = "sent", _("已送达，待回执")
        ACCEPTED = "accepted", _("已受理")
        REFUSED = "refused", _("被退回")
        SKIPPED = "skipped", _("已跳过")

    id = models.UUIDField(primary_key=True, editable=False)
    partner = models.ForeignKey(Partner, models.CASCADE, related_name="+")
    subject = models.CharField(max_length=120)
    seq = models.IntegerField()
    kind = models.CharField(max_length=32)
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    attempts = models.IntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    #: The network's own number of what it registered, and why it refused.
    their_number = models.CharField(max_length=64, blank=True, default="")
    last_error = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["partner", "subject", "seq"], name="network_message_order"
            ),
            models.CheckConstraint(condition=Q(seq__gte=1), name="network_message_from_one"),
        )
        indexes: ClassVar = [
            models.Index(
                fields=["partner", "next_attempt_at"],
                name="network_message_due",
                condition=Q(state="queued"),
            ),
            models.Index(fields=["partner", "-created_at"], name="network_message_log"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class NetworkReceipt(models.Model):
    """A network's acknowledgement, kept so that a repetition gets its answer."""

    partner = models.ForeignKey(Partner, models.CASCADE, related_name="+")
    receipt_id = models.CharField(max_length=64)
    message = models.ForeignKey(NetworkMessage, models.CASCADE, related_name="receipts")
    body_hash = models.BinaryField(max_length=32)
    result = models.CharField(max_length=8)
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["partner", "receipt_id"], name="network_receipt_once"),
        )

    def __str__(self) -> str:
        return f"{self.result} {self.receipt_id}"
