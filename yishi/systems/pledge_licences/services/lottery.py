"""随机抽查: a monthly lot over the licences that stand archived, the same for everybody who draws
it again with the same seed from the same population.

Each licence's place is SM3(seed, number); of each level of supervision as many are picked as its
share and rounds a year call for, the fraction decided by the seed too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from yishi.foundation.access.actors import SYSTEM as ITSELF
from yishi.foundation.access.actors import Actor
from yishi.foundation.audit.chain import canonical, digest
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.inputs import clean_text
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.plan import plan
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.pledge_licences import states as s
from yishi.systems.pledge_licences.catalogue.model import Level
from yishi.systems.pledge_licences.context import City, city
from yishi.systems.pledge_licences.lifecycle import LIFECYCLE
from yishi.systems.pledge_licences.models import Check, Lottery
from yishi.systems.pledge_licences.models import Licence as Held
from yishi.systems.pledge_licences.services import tasks_of

ROLES = (s.OFFICE, s.HEAD, s.REGULATOR)
_WHOLE = 1 << 64


@dataclass(frozen=True, slots=True)
class Ball:
    """A licence in the drum: the case's number and its level of supervision."""

    number: str
    level: str


def rank(seed: str, text: str) -> int:
    """The place of *text* under *seed*: 64 bits of SM3."""
    return int.from_bytes(digest(f"{seed}\0{text}".encode())[:8], "big")


def pick(balls: Iterable[Ball], levels: Mapping[str, Level], seed: str) -> list[Ball]:
    """Who is drawn (no statement, no clock): the same for the same balls, levels and seed."""
    by_level: dict[str, list[Ball]] = {}
    for ball in balls:
        by_level.setdefault(ball.level, []).append(ball)
    found: list[Ball] = []
    for key in sorted(by_level):
        level = levels.get(key)
        if level is None:
            continue
        drum = sorted(by_level[key], key=lambda ball: (rank(seed, ball.number), ball.number))
        found += drum[: _count(len(drum), level, seed)]
    return found


def _count(size: int, level: Level, seed: str) -> int:
    """Checks of one month: size · share · rounds / 12; the fraction is decided by the seed."""
    wanted = round(size * level.share * level.times * 10_000) // 12
    whole, rest = divmod(wanted, 10_000)
    return min(size, whole + (rank(seed, level.key) * 10_000 < rest * _WHOLE))


def population_hash(balls: Sequence[Ball]) -> str:
    """SM3 over the drum in the order of numbers."""
    return digest(canonical([[ball.number, ball.level] for ball in balls])).hex()


def drum(now: datetime) -> list[Ball]:
    """The licences that may be drawn: in force, archived, nothing open (1 statement)."""
    rows = Held.objects.unscoped("the lot is over all licences").filter(
        state=Held.VALID, case__state__in=("qualified", "kept"), granted_at__lte=now
    )
    found = rows.order_by("case__number").values_list("case__number", "level")
    return [Ball(number, level) for number, level in found]


def draw(month: date, seed: object, actor: Actor, now: datetime) -> Lottery:
    """Draw the lot of a month, once: checks are opened for whoever was drawn.

    Raises:
        FieldError: ``month`` (drawn already, not yet begun), ``seed``, ``actor``.
    """
    if actor.kind != "system" and not actor.has(*ROLES):
        raise FieldError("actor", "抽查由监管部门或审批监督岗位组织", "role")
    text = clean_text("seed", seed, 64)
    if len(text) < 4:
        raise FieldError("seed", "请填写公开产生的种子（至少4个字符）", "required")
    month = month.replace(day=1)
    found = city()
    version, book = found.list_at(now)
    with transaction.atomic():
        if Lottery.objects.filter(month=month).exists():
            raise FieldError("month", "本月已经抽取", "taken")
        balls = drum(now)
        drawn = pick(balls, book.supervision.levels, text)
        row = Lottery.objects.create(
            month=month,
            seed=text,
            catalogue_id=version,
            population=population_hash(balls),
            drum=[[ball.number, ball.level] for ball in balls],
            of=len(balls),
            picked=len(drawn),
            drawn_at=now,
            drawn_by=actor.ref,
        )
        _open(row, drawn, found, now)
    return row


def _open(row: Lottery, drawn: Sequence[Ball], found: City, now: datetime) -> None:
    numbers = [ball.number for ball in drawn]
    ids = Held.objects.unscoped("the lot is over all licences").filter(case__number__in=numbers)
    changes, rows = [], list[Any]()
    for case in load_states(ids.values_list("case_id", flat=True), lock=True):
        context = found.for_case(case)
        limit = context.catalogue.limits.lot
        facts = {"limit": limit, "check": f"lottery:{row.pk}", "why": Check.LOT}
        change = plan(LIFECYCLE, case, "check_again", ITSELF, facts, now, context, trusted=True)
        changes.append(change)
        licence = context.catalogue.licences[case.type_key]
        task = tasks_of.row(change.after, licence, Check.LOT, now, lottery_id=row.pk)
        rows.append((Check, task))
    if changes:
        commit(changes, rows)


def verify(row: Lottery, levels: Mapping[str, Level]) -> list[str]:
    """Draw again from what was kept: what differs, [] when it holds (1 statement)."""
    balls = [Ball(number, level) for number, level in row.drum]
    wrong = []
    if population_hash(balls) != row.population:
        wrong.append("抽取范围的摘要不符")
    again = {ball.number for ball in pick(balls, levels, row.seed)}
    checks = Check.objects.unscoped("the lot's own checks").filter(lottery=row)
    if again != set(checks.values_list("case__number", flat=True)):
        wrong.append("重新抽取的结果与记录不符")
    return wrong
