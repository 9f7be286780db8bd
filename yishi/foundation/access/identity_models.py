"""How officers prove who they are, beside the password."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class Identity(models.Model):
    """An officer as an identity provider (统一身份认证) knows them: issuer and subject.

    Source: OpenID Connect Core 1.0, section 2: only ``iss`` and ``sub`` together identify.
    """

    user = models.ForeignKey("access.User", models.CASCADE, related_name="identities")
    issuer = models.CharField(max_length=255)
    subject = models.CharField(max_length=255)
    linked_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["issuer", "subject"], name="identity_once"),
            models.UniqueConstraint(fields=["issuer", "user"], name="identity_per_issuer"),
        )

    def __str__(self) -> str:
        return f"{self.issuer} {self.subject}"


class Totp(models.Model):
    """A code generator (动态口令, RFC 6238): its sealed secret and the last time step used."""

    user = models.OneToOneField("access.User", models.CASCADE, primary_key=True)
    secret_enc = models.TextField()
    confirmed_at = models.DateTimeField(null=True)
    #: The newest time step (30 s) whose code was accepted; it and older ones are refused.
    last_step = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"user:{self.user_id}"


class RecoveryCode(models.Model):
    """A code for one sign-in without the device (恢复码), stored as a digest."""

    user = models.ForeignKey("access.User", models.CASCADE, related_name="recovery_codes")
    digest = models.BinaryField(max_length=32)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["user", "digest"], name="recovery_code_once"),
        )

    def __str__(self) -> str:
        return f"user:{self.user_id}"


class Passkey(models.Model):
    """A public key of an authenticator (通行密钥, WebAuthn level 3)."""

    user = models.ForeignKey("access.User", models.CASCADE, related_name="passkeys")
    name = models.CharField(max_length=60)
    credential = models.BinaryField(unique=True)
    public_key = models.BinaryField()
    sign_count = models.BigIntegerField(default=0)
    transports = models.JSONField(default=list)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class RateCount(models.Model):
    """Tries of one kind by one address in one stretch of time; old ones are deleted at night."""

    key = models.CharField(max_length=64)
    slot = models.BigIntegerField()
    hits = models.IntegerField(default=1)
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (models.UniqueConstraint(fields=["key", "slot"], name="rate_count_once"),)

    def __str__(self) -> str:
        return f"{self.key} {self.slot}"
