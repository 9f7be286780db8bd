"""What stands, as the service networks are told it: documents, items, results."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import chain
from typing import Any

from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Concat
from django.urls import reverse
from django.utils.translation import override

from yishi.foundation.calendars.timeline import SHANGHAI
from yishi.foundation.parties.party_models import ORGANISATION
from yishi.systems.direct_benefits.exchange.models import NetworkMessage
from yishi.systems.direct_benefits.exchange.outbox import Entry
from yishi.systems.direct_benefits.models import Payout
from yishi.systems.direct_benefits.policies.facts import declared
from yishi.systems.direct_benefits.policies.model import PolicyText
from yishi.systems.direct_benefits.portal import catalogue, names, words
from yishi.systems.direct_benefits.portal.catalogue import Shelf

#: Results that one round takes up.
MOST = 2_000
_WHY = "published results go to the service networks"


def entries(now: datetime) -> Iterator[Entry]:
    """Everything that the networks should know at *now*."""
    with override("zh-hans"):
        shelf, today = catalogue.shelf(), catalogue.today_of(now)
        yield from chain(
            (policy_entry(one, shelf, today) for one in shelf.policies.values()),
            item_entries(shelf, today),
            result_entries(),
        )


def policy_entry(policy: PolicyText, shelf: Shelf, today: date) -> Entry:
    """A document: published, or repealed once its last day is past."""
    ends = [day for day in (policy.valid_to, policy.repealed_on) if day is not None]
    over = bool(policy.repealed_on) or any(day < today for day in ends)
    return Entry(
        f"policy:{policy.key}",
        "policy.repealed" if over else "policy.published",
        {
            "key": policy.key,
            "number": policy.number,
            "title": policy.title,
            "issuer": policy.issuer,
            "level": policy.level,
            "valid": _valid(policy.valid_from, policy.valid_to),
            "repealed_on": _day(policy.repealed_on),
            "plain": policy.plain,
            "items": sorted(one.key for one in shelf.of_policy(policy.key)),
            "illustrative": policy.illustrative,
            "url": _url("policies:document", policy.key),
        },
    )


def item_entries(shelf: Shelf, today: date) -> Iterator[Entry]:
    """The version of each item that is in force, to come or was last."""
    params = declared().params_on(today)
    for one in shelf.entries.values():
        item, ended = one.item, one.standing(today) == catalogue.ENDED
        yield Entry(
            f"item:{one.key}",
            "item.ended" if ended else "item.published",
            {
                "key": one.key,
                "version": one.number,
                "policy": one.policy.key,
                "policy_number": one.policy.number,
                "name": item.name,
                "mode": item.mode,
                "kind": item.kind,
                "audience": list(item.audience),
                "region": item.region,
                "valid": _valid(one.first, one.ends_on),
                "conditions": words.flat_requirements(one.engine.rule, params),
                "amount": item.right or words.amount_words(item.amount, params),
                "department": one.department,
                "illustrative": item.illustrative,
                "url": _url("policies:item", one.key),
            },
        )


def result_entries() -> Iterator[Entry]:
    """Published payouts that no network was told yet, and those repaid since (3 statements)."""
    told = NetworkMessage.objects.filter(subject=OuterRef("subject_"))
    rows = Payout.objects.unscoped(_WHY).filter(published_at__isnull=False, paid_fen__gt=0)
    rows = rows.annotate(subject_=Concat(Value("payout:"), "case__number"))
    new = Q(~Exists(told))
    back = Q(state="repaid") & ~Exists(told.filter(kind="result.recovered"))
    found = list(
        rows.filter(new | back).select_related("party", "batch", "case").order_by("pk")[:MOST]
    )
    yield from _results(found)


def _results(found: Iterable[Payout]) -> Iterator[Entry]:
    payouts = list(found)
    codes = names.codes_of({one.party_id for one in payouts})
    shelf = catalogue.shelf()
    for one in payouts:
        version = shelf.versions.get(one.batch.item_version_id)
        if version is None or one.paid_at is None:
            continue
        gone = one.state == "repaid"
        yield Entry(
            f"payout:{one.case.number}",
            "result.recovered" if gone else "result.paid",
            {
                "number": one.case.number,
                "item": one.item_key,
                "version": version.number,
                "policy": version.policy.key,
                "period": one.batch.period,
                "party": _party(one, codes),
                "amount": f"{one.paid_fen // 100}.{one.paid_fen % 100:02d}",
                "currency": "CNY",
                "state": "recovered" if gone else "paid",
                "on": one.paid_at.astimezone(SHANGHAI).date().isoformat(),
                "snapshot": one.batch.snapshot_hash,
                "simulated": one.batch.simulated,
            },
        )


def _party(one: Payout, codes: dict[Any, str]) -> dict[str, Any]:
    """Organisations by name and code; of the self-employed neither leads to a person."""
    whole = one.party.kind == ORGANISATION
    code = codes.get(one.party_id) if whole else None
    return {"name": names.public_name(one.party), "code": code}


def _valid(first: date, last: date | None) -> dict[str, Any]:
    return {"from": first.isoformat(), "to": _day(last)}


def _day(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None


def _url(name: str, key: str) -> str:
    """The page's path; the network knows the host that it was told."""
    return reverse(name, args=[key])
