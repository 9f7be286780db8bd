"""Django app of screening runs (筛选批次)."""

from __future__ import annotations

from django.apps import AppConfig


class RunsConfig(AppConfig):
    """Runs over all parties and items, and who came out."""

    name = "yishi.systems.direct_benefits.runs"
    label = "benefit_runs"
