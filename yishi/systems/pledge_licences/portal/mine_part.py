"""What a signed-in enterprise finds of its licences on 我的."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from yishi.foundation.access.actors import Actor
from yishi.foundation.ui.applicant import MineSection
from yishi.systems.pledge_licences.portal.holding import matters_of

SHOWN = 5


def context(actor: Actor, now: datetime) -> Mapping[str, Any]:
    """The newest of them."""
    return {"matters": matters_of(actor)[:SHOWN]}


SECTION = MineSection(
    "pledge_licences",
    _("我的许可（承诺即入）"),
    "pledge_licences/portal/mine_part.html",
    context,
    order=30,
)
