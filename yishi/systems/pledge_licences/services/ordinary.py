"""The ordinary route of a component that is not on the list, applied for with the others."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from yishi.foundation.access.actors import Actor
from yishi.foundation.approvals import single
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.state import CaseState
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.pledge_licences.context import city


def apply(actor: Actor, raw: Mapping[str, Any], now: datetime) -> CaseState:
    """Open the ordinary application of a single item for the party that *actor* is or acts for:
    ``item``, ``division``, ``channel``, ``values``.

    Raises:
        FieldError: naming the field; nothing is stored.
    """
    if actor.party_id is None:
        raise FieldError("holder", "请先登录再申请", "required")
    if not actor.acts_in(str(raw.get("item"))):
        raise FieldError("item", "您的授权范围不包括这个事项", "mandate")
    item = city().items(now).items.get(str(raw.get("item")))
    channel = raw.get("channel", "mobile")
    if item is not None and channel not in item.channels:
        channel = item.channels[0]
    wanted = {name: raw.get(name) for name in ("item", "division", "values")}
    with transaction.atomic():
        change = single.planned(actor, {**wanted, "channel": channel}, now, party=actor.party_id)
        commit([change])
    return change.after
