"""The two made-up service networks of the demo (模拟)."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from yishi.foundation.exchange import partners
from yishi.foundation.exchange.models import Partner
from yishi.foundation.exchange.partners import NETWORK
from yishi.systems.direct_benefits.exchange.simulated import HOST

NETWORKS = (
    ("national-network", "国家政务服务平台（模拟）"),
    ("province-network", "湖北省政务服务平台（模拟）"),
)


def make_networks(now: datetime) -> int:
    """Make them where they are not there yet; returns how many were made. In the demo only."""
    if not settings.DEMO:
        return 0
    known = set(Partner.objects.values_list("key", flat=True))
    made = 0
    for key, name in NETWORKS:
        if key not in known:
            address = f"https://{key}{HOST}/policies"
            partners.add(key, name, "upper", now, callback_url=address, scopes=[NETWORK])
            made += 1
    return made
