"""Django app of policies and their items (政策与惠企事项)."""

from __future__ import annotations

from django.apps import AppConfig


class PoliciesConfig(AppConfig):
    """Policy documents and their dated items."""

    name = "yishi.systems.direct_benefits.policies"
    label = "benefit_policies"

    def ready(self) -> None:
        """The parameters are a file of the rulebook; processes read the items before the first
        request."""
        from yishi.foundation import revisions
        from yishi.foundation.places import label_at_hand
        from yishi.foundation.rulebook.seed import register_file
        from yishi.foundation.rulebook.wording import register_namer
        from yishi.systems.direct_benefits.policies import book
        from yishi.systems.direct_benefits.policies.areas import AREA
        from yishi.systems.direct_benefits.policies.facts import FOLDER, PARAMETERS_FILE

        register_file(f"{FOLDER}/{PARAMETERS_FILE}")
        register_namer(AREA, label_at_hand)
        revisions.READ_FIRST.append(book.shelf)
