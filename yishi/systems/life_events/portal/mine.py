"""What a signed-in resident or enterprise finds of its theme cases on 我的."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from yishi.foundation.access.actors import Actor
from yishi.foundation.ui.applicant import MineSection
from yishi.systems.life_events.lifecycle import LIFECYCLE
from yishi.systems.life_events.models import Application
from yishi.systems.life_events.versions import themes_of


def context(actor: Actor, now: datetime) -> Mapping[str, Any]:
    """Drafts and cases of the party for whom the actor acts, the newest first (1 statement)."""
    rows = Application.objects.unscoped("the party's own applications")
    own = rows.filter(party_id=actor.party_id).select_related("case")
    found = []
    for one in own.order_by("-updated_at")[:20]:
        theme = themes_of(one.catalogue_id).themes.get(one.theme)
        state = LIFECYCLE.states[one.case.state].label if one.case else ""
        found.append({"row": one, "name": theme.name if theme else one.theme, "state": state})
    return {"matters": found}


SECTION = MineSection(
    "life_events", _("我的一件事"), "life_events/portal/mine.html", context, order=20
)
