"""Accounts of residents at the portal. Enterprises have none: their people act for them."""

from __future__ import annotations

from django.db import models

from yishi.foundation.parties.models import Party


class PortalAccount(models.Model):
    """A person whom a real-name service has vouched for: its issuer and subject, and their file.

    There is no password here; whom the account may act for stands in mandates.
    """

    person = models.OneToOneField(Party, models.PROTECT, related_name="portal_account")
    issuer = models.CharField(max_length=255)
    subject = models.CharField(max_length=255)
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["issuer", "subject"], name="portal_account_once"),
        )

    def __str__(self) -> str:
        return f"account:{self.pk}"
