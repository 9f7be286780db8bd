"""Django app of direct benefits (无申请兑现)."""

from __future__ import annotations

from django.apps import AppConfig


class DirectBenefitsConfig(AppConfig):
    """Batches of payouts from the list to the account."""

    name = "yishi.systems.direct_benefits"
    label = "direct_benefits"
