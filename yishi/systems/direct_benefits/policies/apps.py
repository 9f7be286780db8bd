"""Django app of policies and their items (政策与惠企事项)."""

from __future__ import annotations

from django.apps import AppConfig


class PoliciesConfig(AppConfig):
    """Policy documents, dated items, drafts."""

    name = "yishi.systems.direct_benefits.policies"
    label = "benefit_policies"
