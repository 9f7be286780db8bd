"""Django app of screening runs (筛选批次)."""

from __future__ import annotations

from django.apps import AppConfig


class RunsConfig(AppConfig):
    """Runs over all parties and items, and who came out."""

    name = "yishi.systems.direct_benefits.runs"
    label = "benefit_runs"

    def ready(self) -> None:
        """The stored files of runs are kept."""
        from yishi.foundation.papers.uploads import register_keeper
        from yishi.systems.direct_benefits.runs import keeping

        register_keeper(keeping.used)
