"""Simulated batches in every stage for the demo (模拟): made by the verbs themselves."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Max

from yishi.foundation.access.actors import SYSTEM as ITSELF
from yishi.foundation.access.actors import Actor, ActorGrant
from yishi.foundation.access.models import User
from yishi.foundation.calendars.timeline import SHANGHAI
from yishi.foundation.facts import simulating, snapshots
from yishi.foundation.parties.models import Identifier
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits import demo_firms
from yishi.systems.direct_benefits import states as s
from yishi.systems.direct_benefits.context import City, city, day_of
from yishi.systems.direct_benefits.exchange.demo import make_networks
from yishi.systems.direct_benefits.models import Batch, Payout
from yishi.systems.direct_benefits.payments import orders
from yishi.systems.direct_benefits.payments.demo import bank_answers
from yishi.systems.direct_benefits.policies.models import ItemVersion
from yishi.systems.direct_benefits.portal import folding
from yishi.systems.direct_benefits.ports import items
from yishi.systems.direct_benefits.runs import running
from yishi.systems.direct_benefits.runs.models import Candidate, Run
from yishi.systems.direct_benefits.services import (
    clawing,
    funding,
    leaving,
    listing,
    noticing,
    objecting,
    opening,
    paying,
)

#: How long ago the simulated spring was, in days: data came in, the run was made.
PAST = 42
#: How far batches come, one after the other; the first ones are the demo officer's.
STAGES = (
    "clawback",
    "objection",
    "listed",
    "funds_asked",
    "published",
    "paying",
    "declined",
    "short",
    "noticed",
    "confirmed",
    "published",
    "published",
    "clawback",
    "listed",
)
LEAST, MOST = 4, 200
#: The department whose officer has a demo account: half of the batches are its own.
HOME = "industry"


@dataclass
class Scene:
    """What the simulation shares. ``begun``: when the first batch was opened."""

    found: City
    run: Run
    now: datetime
    begun: datetime
    rng: random.Random
    maker: Actor
    checker: Actor
    theirs: frozenset[str]

    def day(self, start: datetime, working_days: int, hour: int) -> datetime:
        """An hour of a working day after another."""
        day = self.found.calendar.add_wd(day_of(start), working_days).day
        return datetime(day.year, day.month, day.day, hour, tzinfo=SHANGHAI)


def make_up(
    now: datetime,
    seed: str,
    wanted: Mapping[str, Any],
    tell: Callable[[str], None] = lambda line: None,
) -> int:
    """Made-up enterprises, one run, batches in every stage; nothing where there are any. Returns
    how many batches there are. *wanted*: ``enterprises`` (a number) and ``described``."""
    if Batch.objects.unscoped("the demo looks whether it was loaded").exists() or not wanted:
        return 0
    past = (now - timedelta(days=PAST)).astimezone(SHANGHAI).replace(hour=8, minute=0)
    with transaction.atomic():
        found = city()
        simulating.deliver(int(wanted.get("enterprises", 2_000)), 7, past, day_of(past))
        demo_firms.describe(wanted.get("described") or {}, past)
        run = running.run(past, snapshots.take(past), day_of(past), actor=ITSELF)
        versions = list(ItemVersion.objects.filter(pk__in=list(run.items.values())))
        demo_firms.lines(versions, found.places.root, past)
        scene = Scene(
            found,
            run,
            now,
            past + timedelta(hours=1),
            random.Random(f"benefits:{seed}"),
            _finance("benefit-maker", s.MAKER, found, past),
            _finance("benefit-checker", s.CHECKER, found, past),
            _theirs(list(wanted.get("described") or {}), run),
        )
        made = _batches(scene)
        _news(int(wanted.get("enterprises", 2_000)), wanted.get("described") or {}, now)
        make_networks(past)
        folding.fold(now)
    tell(f"direct_benefits: {made} simulated batches")
    return made


def _news(count: int, described: Mapping[str, Any], now: datetime) -> None:
    """This morning's data and a run over them: what is older than its limit counts as unknown."""
    at = min(now, now.astimezone(SHANGHAI).replace(hour=7, minute=0))
    simulating.deliver(count, 7, at, day_of(at))
    demo_firms.describe(described, at)
    running.run(now, snapshots.take(now), day_of(now), actor=ITSELF)


def _theirs(codes: Sequence[str], run: Run) -> frozenset[str]:
    """The items of which enterprises with these codes are candidates."""
    rows = Candidate.objects.unscoped("the demo looks what its own enterprises get")
    known = Identifier.objects.filter(kind="uscc", value__in=list(codes), ended_on=None)
    found = rows.filter(run=run, party_id__in=known.values("party_id"))
    return frozenset(found.values_list("item_key", flat=True))


def _finance(username: str, role: str, found: City, at: datetime) -> Actor:
    unit = found.unit(found.limits_at(at)[1].finance, found.places.root, at)
    return _user(username, role, unit, f"模拟{role}")


def _user(username: str, role: str, unit: int, name: str) -> Actor:
    user = User.objects.filter(username=username).first()
    ref = f"user:{user.pk}" if user else f"user:0-{username}"
    grants = (ActorGrant(role, unit, ""),)
    return Actor("user", ref, name, grants, user_id=user.pk if user else None)


def _officer(scene: Scene, item: items.Benefit) -> Actor:
    limits = scene.found.limits_at(scene.begun)[1]
    unit = opening.unit_of(item, scene.found, limits, "", scene.begun)
    username = "benefit-officer" if item.department == HOME else f"benefit-{item.department}"
    return _user(username, s.OFFICER, unit, "模拟经办")


def _batches(scene: Scene) -> int:
    """Items with a handy number of candidates, the demo officer's first, each at its stage."""
    counted = (
        Candidate.objects.unscoped("the demo chooses items")
        .filter(state="new", amount_fen__gt=0)
        .values("item_key", "period")
        .annotate(n=Count("pk"), version=Max("item_version"))
        .filter(n__gte=LEAST, n__lte=MOST)
        .order_by("item_key")
    )
    rows = [(one, items.benefit(int(one["version"]))) for one in counted]
    rows = [(one, item) for one, item in rows if item.fiscal and item.budget_code]
    home = [pair for pair in rows if pair[1].department == HOME]
    away = [pair for pair in rows if pair[1].department != HOME]
    scene.rng.shuffle(home)
    scene.rng.shuffle(away)
    # What the enterprises of the portal's accounts get is shown first: they look for it.
    away.sort(key=lambda pair: pair[1].key not in scene.theirs)
    half = len(STAGES) // 2 + 1
    # One of each budget line: a line that is cut short must not stop another batch.
    lines = {pair[1].budget_code: pair for pair in reversed([*home[:half], *away])}
    chosen = [pair for pair in [*home[:half], *away] if lines[pair[1].budget_code] is pair]
    chosen = chosen[: len(STAGES)]
    _accounts(chosen, scene)
    for (one, item), stage in zip(chosen, STAGES, strict=False):
        _live(scene, _officer(scene, item), item, str(one["period"]), stage)
    return len(chosen)


def _accounts(chosen: Sequence[tuple[Mapping[str, Any], items.Benefit]], scene: Scene) -> None:
    rows = Candidate.objects.unscoped("the demo gives accounts").filter(
        item_key__in=[item.key for _one, item in chosen]
    )
    demo_firms.accounts(set(rows.values_list("party_id", flat=True)), scene.begun)


def _live(scene: Scene, officer: Actor, item: items.Benefit, period: str, stage: str) -> None:
    """One batch up to its stage."""
    recent = stage in ("listed", "confirmed", "noticed", "objection")
    begun = scene.now - timedelta(days=6) if recent else scene.begun
    opened = min(scene.day(begun, 1, 9), scene.now)
    batch = opening.open_batch(officer, item.key, period, scene.run.pk, opened)
    posted = scene.day(opened, 1, 11)
    if stage == "listed" or posted > scene.now:
        return
    listing.confirm(officer, batch.number, None, scene.day(opened, 1, 10))
    if stage == "confirmed":
        return
    batch = noticing.post_notice(officer, batch.number, posted)
    if batch.notice_until is None:
        return
    if stage == "objection":
        _object(batch, scene.now - timedelta(hours=2))
    if recent:
        return
    if stage == "declined":
        _decline(batch, posted + timedelta(hours=3))
    if stage == "short":
        _shorten(item, batch, posted)
    asked = scene.day(batch.notice_until, 1, 9)
    batch = funding.ask_funds(officer, batch.number, asked)
    if stage == "funds_asked":
        return
    _pay(scene, officer, batch, asked, stage)


def _pay(scene: Scene, officer: Actor, batch: Batch, asked: datetime, stage: str) -> None:
    made = paying.order_payment(scene.maker, batch.number, asked + timedelta(hours=1))
    if made.order is None:
        return
    orders.check(scene.checker, made.order.number, asked + timedelta(hours=2))
    if stage == "paying":
        return
    bank_answers(scene.maker, made.order.number, scene.day(asked, 1, 9))
    published = scene.day(asked, 2, 10)
    try:
        paying.publish(officer, batch.number, published)
    except FieldError:
        return  # the bank booked nothing
    if stage == "clawback":
        _claw_back(officer, batch, scene.day(published, 2, 9))


def _object(batch: Batch, at: datetime) -> None:
    payout = _first(batch, "noticed")
    if payout is not None and batch.notice_from is not None and at > batch.notice_from:
        words = {
            "name": "模拟异议人",
            "contact": "16000009999",
            "reason": "该企业的数据与实际不符（模拟）",
        }
        objecting.object_to(batch.number, payout.pk, words, at)


def _decline(batch: Batch, at: datetime) -> None:
    payout = _first(batch, "noticed")
    if payout is not None:
        actor = Actor("party", "account:0", "", party_id=payout.party_id)
        leaving.decline(actor, payout.case.number, at, "已享受上级同类政策（模拟）")


def _shorten(item: items.Benefit, batch: Batch, at: datetime) -> None:
    """Leave on the line less than the batch claims, so that it is shared in proportion."""
    from yishi.foundation.ledger import budgets
    from yishi.systems.direct_benefits.ports import money

    line = money.line_of(item, at.year, batch.area)
    there = budgets.state(line).available
    keep = batch.totals.get("noticed", 0) * 4 // 5
    if there > keep > 0:
        budgets.cut(line, there - keep, f"襄财预〔{at.year}〕18号（模拟）", "system", at)


def _claw_back(officer: Actor, batch: Batch, at: datetime) -> None:
    payout = _first(batch, "done")
    if payout is None:
        return
    raw = {
        "ground": "wrong_data",
        "erred": "administration",
        "facts": "来源单位更正数据后，该企业不符合条件（模拟）",
        "basis": "政策原文追回条款（示意）",
    }
    clawing.notice(officer, payout.case.number, raw, at)


def _first(batch: Batch, state: str) -> Payout | None:
    rows = Payout.objects.unscoped("the demo picks one").filter(batch=batch, state=state)
    found: Payout | None = rows.select_related("case", "party").order_by("pk").first()
    return found
