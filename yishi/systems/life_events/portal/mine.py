"""What a signed-in resident or enterprise finds of its theme cases on 我的."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from yishi.foundation.access.actors import Actor
from yishi.foundation.ui.applicant import MineSection
from yishi.systems.life_events import together
from yishi.systems.life_events.lifecycle import LIFECYCLE
from yishi.systems.life_events.models import Application
from yishi.systems.life_events.versions import themes_of


def context(actor: Actor, now: datetime) -> Mapping[str, Any]:
    """Drafts and cases of the party for whom the actor acts, the newest first, and
    what waits for its confirmation (2 statements)."""
    rows = Application.objects.unscoped("the party's own applications")
    own = rows.filter(party_id=actor.party_id).select_related("case")
    found = []
    for one in own.order_by("-updated_at")[:20]:
        state = LIFECYCLE.states[one.case.state].label if one.case else ""
        found.append({"row": one, "name": _name(one.catalogue_id, one.theme), "state": state})
    asked = [
        (row, _name(row.application.catalogue_id, row.application.theme))
        for row in together.asked_of(actor)
    ]
    return {"matters": found, "asked": asked}


def _name(version: int, key: str) -> str:
    theme = themes_of(version).themes.get(key)
    return theme.name if theme else key


SECTION = MineSection(
    "life_events", _("我的一件事"), "life_events/portal/mine.html", context, order=20
)
