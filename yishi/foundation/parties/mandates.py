"""Who acts for whom: legal representatives from registers, agents by mandate, guardians.

A mandate never reaches beyond its principal: whoever gives one for an organisation acts for it
with the same reach and term at least, and what was passed on ends with what it was passed on from.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from yishi.foundation.audit import access_log
from yishi.foundation.parties.file_models import Mandate
from yishi.foundation.parties.ids import time_uuid
from yishi.foundation.parties.normalise import clean_text
from yishi.foundation.parties.party_models import ACTIVE, Party
from yishi.foundation.parties.registering import Looker, today_of
from yishi.foundation.revisions.errors import FieldError

ALL = "*"
#: How deep mandates may be passed on.
DEEPEST = 3


@dataclass(frozen=True, slots=True)
class MandateInput:
    """A mandate as it is to be given. ``scope``: keys of matters, or ``*``."""

    kind: str
    scope: Sequence[str] = (ALL,)
    valid_from: date | None = None
    valid_to: date | None = None
    may_pass_on: bool = False
    attachment_id: uuid.UUID | None = None


def in_force(at: date, prefix: str = "") -> Q:
    """Mandates that are neither ended nor revoked at a day; what they were passed on from is looked
    at by :func:`effective`."""
    return (
        Q(**{f"{prefix}revoked_at__isnull": True, f"{prefix}valid_from__lte": at})
        & (Q(**{f"{prefix}valid_to__isnull": True}) | Q(**{f"{prefix}valid_to__gte": at}))
        & Q(**{f"{prefix}principal__file__state": ACTIVE, f"{prefix}agent__file__state": ACTIVE})
    )


def effective(at: date) -> QuerySet[Mandate]:
    """Mandates that count at a day, with all that they were passed on from."""
    condition = in_force(at)
    chain = Q(under__isnull=True)
    for depth in range(1, DEEPEST + 1):
        path = "under__" * depth
        links = Q()
        for step in range(1, depth + 1):
            links &= in_force(at, "under__" * step)
        chain |= links & Q(**{f"{path}under__isnull": True, f"{path}id__isnull": False})
    return Mandate.objects.filter(condition & chain)


def mandates_of(party: Party, at: date) -> list[Mandate]:
    """The mandates under which others act for a party at a day (1 statement)."""
    rows = effective(at).filter(principal__file_id=party.file_id)
    return list(rows.select_related("agent__file", "under").order_by("kind", "-valid_from", "id"))


def acts_for(party: Party, at: date) -> list[Mandate]:
    """The mandates under which a party acts for others at a day (1 statement)."""
    rows = effective(at).filter(agent__file_id=party.file_id)
    return list(rows.select_related("principal__file", "under").order_by("kind", "id"))


def covers(mandate: Mandate, matters: Iterable[str]) -> bool:
    """Whether a mandate reaches all of *matters* (keys of items or themes)."""
    return ALL in mandate.scope or set(matters) <= set(mandate.scope)


def authority(
    principal: Party, agent: Party, matters: Iterable[str], at: date, kinds: Sequence[str] = ()
) -> Mandate | None:
    """The mandate under which *agent* may act for *principal* in *matters*: by law before by
    mandate (1 statement). ``None``: there is none."""
    wanted = list(matters)
    rows = [m for m in mandates_of(principal, at) if m.agent.file_id == agent.file_id]
    fitting = [m for m in rows if covers(m, wanted) and (not kinds or m.kind in kinds)]
    return min(fitting, key=lambda m: (m.kind not in Mandate.BY_LAW, m.kind), default=None)


@transaction.atomic
def give(
    principal: Party,
    agent: Party,
    raw: MandateInput,
    *,
    giver: Party | None,
    actor: Looker,
    now: datetime,
    basis: str = "",
) -> Mandate:
    """Let *agent* act for *principal*. *basis*: the register or paper it was seen in, for the log.

    *giver* is the party who decides it: the principal itself (a person), its legal representative
    or operator, or an agent who may pass a mandate on. ``None``: a register or an officer who saw
    the papers; only so are mandates by law (legal representative, guardian) recorded.

    Raises:
        FieldError: ``kind``, ``agent``, ``scope``, ``valid_from``, ``valid_to`` or ``giver``.
    """
    today = today_of(now)
    begin = raw.valid_from or today
    scope = _checked_scope(raw)
    _check_kind(principal, agent, raw, giver)
    if raw.valid_to is not None and raw.valid_to < max(begin, today):
        raise FieldError("valid_to", "截止日期不能早于开始日期和今天", "date")
    if raw.kind == Mandate.AGENT and raw.valid_to is None:
        raise FieldError("valid_to", "委托须写明截止日期", "required")
    Party.objects.select_for_update().get(pk=principal.file_id)  # one giving at a time
    under = _under(principal, giver, scope, begin, raw, today)
    if raw.kind in (Mandate.LEGAL, Mandate.OPERATOR):
        _end_earlier(principal, raw.kind, begin, actor, now)
    row = Mandate.objects.create(
        id=time_uuid(now),
        principal=principal,
        agent=agent,
        kind=raw.kind,
        scope=scope,
        valid_from=begin,
        valid_to=raw.valid_to,
        may_pass_on=raw.may_pass_on and raw.kind == Mandate.AGENT,
        under=under,
        given_by=f"party:{giver.id}" if giver else actor.ref,
        attachment_id=raw.attachment_id,
        created_at=now,
    )
    subject = f"party:{principal.id}"
    said = f"{raw.kind} {row.id} {basis}".strip()
    access_log.look(actor.ref, "party.mandate", subject, said, now)
    return row


@transaction.atomic
def revoke(mandate: Mandate, reason: object, *, actor: Looker, now: datetime) -> Mandate:
    """End a mandate now; what was passed on under it no longer counts either.

    Whether *actor* may is the caller's question (:func:`may_revoke`). Raises `FieldError` on
    ``reason``, and on ``mandate`` when it was revoked already.
    """
    why = clean_text("reason", reason, longest=200, required=True)
    row = Mandate.objects.select_for_update().get(pk=mandate.pk)
    if row.revoked_at is not None:
        raise FieldError("mandate", "这项授权已经撤销", "revoked")
    row.revoked_at, row.revoked_by, row.revoke_reason = now, actor.ref, why
    row.save(update_fields=["revoked_at", "revoked_by", "revoke_reason"])
    subject = f"party:{row.principal_id}"
    access_log.look(actor.ref, "party.mandate_end", subject, f"{row.id} {why}", now)
    return row


def may_revoke(mandate: Mandate, who: Party, at: date) -> bool:
    """Whether a party may end a mandate: the principal, whoever may act for it in everything, the
    one who passed it on, and the agent, who may lay it down. Mandates by law only a register ends.
    """
    if mandate.kind in Mandate.BY_LAW:
        return False
    own = {mandate.principal.file_id, mandate.agent.file_id}
    if who.file_id in own or mandate.given_by == f"party:{who.id}":
        return True
    return authority(mandate.principal, who, (ALL,), at, sorted(Mandate.BY_LAW)) is not None


def _checked_scope(raw: MandateInput) -> list[str]:
    scope: list[str] = []
    for key in raw.scope:
        text: Any = key
        if not isinstance(text, str) or not text or len(text) > 64 or not text.isprintable():
            raise FieldError("scope", "授权事项无法识别", "type")
        scope.append(text)
    if not scope:
        raise FieldError("scope", "请至少选择一个授权事项", "required")
    if len(scope) > 200:
        raise FieldError("scope", "授权事项过多，可选择“全部事项”", "too_long")
    return [ALL] if ALL in scope else sorted(set(scope))


def _check_kind(principal: Party, agent: Party, raw: MandateInput, giver: Party | None) -> None:
    if raw.kind not in dict(Mandate.KINDS):
        raise FieldError("kind", "没有这种授权", "unknown")
    if principal.file_id == agent.file_id:
        raise FieldError("agent", "不能授权给本人", "self")
    if principal.state != ACTIVE:
        raise FieldError("principal", "该主体已终止，不能再授权", "ended")
    if agent.state != ACTIVE or not agent.is_person:
        raise FieldError("agent", "被授权人应为自然人", "kind")
    if raw.kind in Mandate.BY_LAW and giver is not None:
        raise FieldError("kind", "法定代表人、经营者和监护人以登记或证明材料为准", "by_law")
    if raw.kind == Mandate.GUARDIAN and not principal.is_person:
        raise FieldError("kind", "监护只适用于自然人", "kind")
    if raw.kind in (Mandate.LEGAL, Mandate.OPERATOR) and principal.is_person:
        raise FieldError("kind", "自然人没有法定代表人", "kind")


def _under(
    principal: Party,
    giver: Party | None,
    scope: list[str],
    begin: date,
    raw: MandateInput,
    today: date,
) -> Mandate | None:
    """The mandate that the new one is passed on from; ``None`` when the principal itself, whoever
    represents it by law, or a register gives it."""
    if giver is None or giver.file_id == principal.file_id:
        if giver is not None and not principal.is_person:
            raise FieldError("giver", "组织的授权由法定代表人或经授权的人作出", "giver")
        return None
    rows = [m for m in mandates_of(principal, today) if m.agent.file_id == giver.file_id]
    if any(m.kind in Mandate.BY_LAW for m in rows):
        return None
    wide = [m for m in rows if m.may_pass_on and covers(m, scope if ALL not in scope else (ALL,))]
    if not wide:
        raise FieldError("giver", "没有转委托的权限，或超出了本人的授权事项", "beyond")
    for mandate in wide:
        long = mandate.valid_to is None or (
            raw.valid_to is not None and raw.valid_to <= mandate.valid_to
        )
        if long and begin >= mandate.valid_from and _depth(mandate) < DEEPEST:
            return mandate
    raise FieldError("valid_to", "转委托的期限不能超出本人的授权期限", "beyond")


def _depth(mandate: Mandate) -> int:
    depth, above = 0, mandate.under
    while above is not None:
        depth, above = depth + 1, above.under
    return depth


def _end_earlier(principal: Party, kind: str, on: date, actor: Looker, now: datetime) -> None:
    """A new legal representative ends the former one's term. What the organisation gave through
    the former one stays: it was the organisation's mandate (民法典 art. 61, 161)."""
    Mandate.objects.filter(
        principal__file_id=principal.file_id, kind=kind, revoked_at__isnull=True
    ).filter(Q(valid_to__isnull=True) | Q(valid_to__gte=on)).update(
        revoked_at=now, revoked_by=actor.ref, revoke_reason="登记变更"
    )
