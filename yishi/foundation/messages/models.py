"""The outbox: a message is a row written in the transaction of the change it reports."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    """How a message travels."""

    IN_APP = "in_app", _("站内消息")
    EMAIL = "email", _("电子邮件")
    SMS = "sms", _("短信")
    WECOM = "wecom", _("企业微信")
    DINGTALK = "dingtalk", _("钉钉")


class State(models.TextChoices):
    """Where a message is. ``INBOX_ONLY``: its channel is not configured, so it stays in-app."""

    QUEUED = "queued", "待发送"
    SENT = "sent", "已发送"
    INBOX_ONLY = "inbox_only", "仅站内可见"
    FAILED = "failed", "发送失败"
    READ = "read", "已读"


class Message(models.Model):
    """One message to one user, one unit's desk or one contact.

    ``params`` holds references and public words only (numbers of cases, names of units), never
    personal values; the address is looked up when the message is sent. ``key`` is unique: writing
    the same notice twice stores it once. Rows carry plain ids instead of foreign keys, because the
    outbox outlives users and erased contacts.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    key = models.CharField(max_length=160, unique=True)
    user_id = models.BigIntegerField(null=True)
    unit_id = models.BigIntegerField(null=True)
    contact_id = models.UUIDField(null=True)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    template = models.CharField(max_length=60)
    params = models.JSONField(default=dict)
    about_kind = models.CharField(max_length=40, blank=True, default="")
    about_id = models.CharField(max_length=64, blank=True, default="")
    state = models.CharField(max_length=10, choices=State.choices)
    attempts = models.IntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    #: Goes out at once, whatever the hour.
    urgent = models.BooleanField(default=False, db_default=False)
    status_note = models.CharField(max_length=120, blank=True, default="")
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    read_by = models.BigIntegerField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["next_attempt_at"],
                name="message_due",
                condition=models.Q(state=State.QUEUED),
            ),
            models.Index(fields=["user_id", "-id"], name="message_user"),
            models.Index(
                fields=["unit_id", "-id"],
                name="message_unit",
                condition=models.Q(unit_id__isnull=False),
            ),
            models.Index(
                fields=["user_id"],
                name="message_unread",
                condition=models.Q(read_at__isnull=True, user_id__isnull=False),
            ),
            models.Index(fields=["about_kind", "about_id"], name="message_about"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=(
                    models.Q(
                        user_id__isnull=False,
                        unit_id__isnull=True,
                        contact_id__isnull=True,
                    )
                    | models.Q(
                        user_id__isnull=True,
                        unit_id__isnull=False,
                        contact_id__isnull=True,
                    )
                    | models.Q(
                        user_id__isnull=True,
                        unit_id__isnull=True,
                        contact_id__isnull=False,
                    )
                ),
                name="message_one_recipient",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template} {self.id}"


class Outside(models.Model):
    """An officer's wish to be told outside the application too, of what stays unread there."""

    class Hours(models.TextChoices):
        """When: within the working periods of the calendar (urgent matters always), or always."""

        WORKING = "working", _("工作时间（紧急事项随时）")
        ALWAYS = "always", _("随时")

    user_id = models.BigIntegerField(primary_key=True)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    hours = models.CharField(max_length=8, choices=Hours.choices, default=Hours.WORKING)
    since = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.user_id} {self.channel}"


class CalendarFeed(models.Model):
    """The secret address under which a person's calendar program reads deadlines and duty.

    Only the digest of the token is kept. A person has one feed; a renewed or revoked one is dead.
    """

    user = models.ForeignKey("access.User", models.CASCADE, related_name="+")
    token_hash = models.BinaryField(max_length=32, unique=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(revoked_at__isnull=True),
                name="one_calendar_feed",
            ),
        ]

    def __str__(self) -> str:
        return f"calendar of {self.user_id}"
