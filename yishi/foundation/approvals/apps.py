"""Django app of single items (办件): what integrated services and construction share."""

from __future__ import annotations

from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    """Registers the catalogue of items."""

    name = "yishi.foundation.approvals"
    label = "approvals"

    def ready(self) -> None:
        """Tell the house what this package brings."""
        from yishi.foundation.approvals import catalogue
        from yishi.foundation.cases.catalogue import register_parser

        register_parser(
            catalogue.SYSTEM, catalogue.parse_folder, catalogue.dump_folder, catalogue.from_content
        )
