"""Django app of facts that departments supply and their snapshots (数据归集)."""

from __future__ import annotations

from django.apps import AppConfig


class FactsConfig(AppConfig):
    """Sources, deliveries and immutable snapshots of facts about parties."""

    name = "yishi.foundation.facts"
    label = "facts"
