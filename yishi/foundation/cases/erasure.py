"""Erasing personal data of cases, by kind: what the law asks for, and not more.

What stays: case, times, decisions, traces (whose bodies never held personal values) and figures.
What goes: contacts, reporters' words, photos, officers' notes, words of ratings. A case under a
legal hold is left alone. Systems register what hangs on their own tables.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from yishi.foundation.access.actors import ROLES, Actor, Reach
from yishi.foundation.audit import access_log, erasures
from yishi.foundation.audit.erasures import Certificate
from yishi.foundation.audit.retention import Kind, register_kind
from yishi.foundation.cases.models import Case, CasePaper, Evaluation, Trace
from yishi.foundation.cases.policy import sees
from yishi.foundation.papers.uploads import remove_attachments
from yishi.foundation.revisions.errors import FieldError

ADMINISTRATOR = "administrator"
#: Erases a kind of data of cases (by id); returns the number of rows.
Eraser = Callable[[Collection[int]], int]


@dataclass(frozen=True, slots=True)
class Part:
    """A kind of data that can be erased. ``due`` selects ids of cases that still have any."""

    name: str
    label: str
    erase: Eraser
    due: Callable[[QuerySet[Case]], QuerySet[Case]]


PARTS: dict[str, Part] = {}


def register_part(*parts: Part) -> None:
    """Declare what a package holds of cases (called from an app's ``ready``): it can be erased, and
    a city can say how many days after closing it is kept."""
    for part in parts:
        PARTS[part.name] = part
        register_kind(Kind(part.name, part.label, purge_part(part)))


#: How systems erase a reporter by telephone number; called as ``erase`` below, with the number.
REPORTERS: list[Callable[..., Certificate]] = []


class NotErased(Exception):
    """The erasure is refused; the message says why. Nothing was changed."""


def erase(
    actor: Actor,
    number: str,
    reason: str,
    now: datetime,
    *,
    second: Actor | None = None,
    what: Collection[str] = (),
) -> Certificate:
    """Erase personal data of the case *number*, of all kinds or those named in *what*.

    *actor* is an administrator, or *second* is another officer who agrees (双人复核); both must
    have the case in their scope.

    Raises:
        FieldError: for a missing ``reason``, an unknown ``number`` or kind.
        NotErased: without that agreement, for a running case, and under a hold.
    """
    if not reason.strip():
        raise FieldError("reason", "不能为空", "required")
    chosen = parts_of(what)
    with transaction.atomic():
        case = locked_case(number, actor, second)
        counts: Counter[str] = Counter()
        for part in chosen:
            counts[part.name] += part.erase([case.pk])
        for who in deciding(actor, second):
            access_log.look(who.ref, "case.erase", f"case:{case.pk}", reason.strip(), now)
        return erasures.certify(
            reason=reason.strip()[:200],
            by=[who.ref for who in deciding(actor, second)],
            subjects=[f"case:{case.pk}"],
            counts=counts,
            now=now,
        )


def parts_of(what: Collection[str]) -> list[Part]:
    """The kinds named, or all. Raises `FieldError` on ``what`` for an unknown one."""
    for name in what:
        if name not in PARTS:
            raise FieldError("what", f"没有这个类别：{name}；可用：{'、'.join(PARTS)}", "unknown")
    return [part for name, part in sorted(PARTS.items()) if not what or name in what]


def deciding(actor: Actor, second: Actor | None) -> tuple[Actor, ...]:
    """Whoever decides."""
    return (actor,) if second is None else (actor, second)


def locked_case(number: str, actor: Actor, second: Actor | None) -> Case:
    """The case, locked, if these two may have something of it erased. Raises as :func:`erase`."""
    from yishi.foundation.cases.load import load_states

    states = load_states(number=number, lock=True)
    if not states or not all(sees(who, states[0]) for who in deciding(actor, second)):
        raise FieldError("number", "没有这个案件", "unknown")
    if not agreed(actor, second):
        raise NotErased("删除须由系统管理员办理，或由两名不同的中心工作人员共同确认")
    if states[0].closed_at is None:
        raise NotErased("案件正在办理，结案后才能删除")
    if str(states[0].id) in erasures.held_subjects():
        raise NotErased("案件处于保全状态，不能删除")
    case: Case = Case.objects.unscoped("found in scope above").get(pk=states[0].id)
    return case


def held_case(actor: Actor, number: str) -> str:
    """The subject under which an administrator or auditor holds a case (1 statement).

    Raises `FieldError` for an unknown case and for other roles.
    """
    from yishi.foundation.cases.load import load_states

    states = load_states(number=number)
    if not states or not sees(actor, states[0]) or not actor.has(ADMINISTRATOR, "auditor"):
        raise FieldError("number", "没有这个案件，或无权保全", "unknown")
    return f"case:{states[0].id}"


def agreed(actor: Actor, second: Actor | None) -> bool:
    """Whether those who decide may: an administrator, or two different officers of centres."""
    if actor.has(ADMINISTRATOR):
        return True
    if second is None or second.ref == actor.ref:
        return False
    centre = {name for name, role in ROLES.items() if role.reach is Reach.SCOPE}
    return actor.has(*centre) and second.has(*centre)


def purge_part(part: Part) -> Callable[[datetime, int], int]:
    """*part* as the retention knows it: of cases closed before a moment, those not held."""

    def purge(before: datetime, most: int) -> int:
        with transaction.atomic():
            rows = Case.objects.unscoped("retention").filter(closed_at__lt=before)
            held = [int(pk) for pk in erasures.held_subjects()]
            due = part.due(rows.exclude(pk__in=held)).order_by("pk")
            ids = list(due.values_list("pk", flat=True)[:most])
            if not ids:
                return 0
            part.erase(ids)
            return len(ids)

    return purge


def _erase_photos(ids: Collection[int]) -> int:
    papers = CasePaper.objects.unscoped("erasure").filter(case_id__in=ids)
    attachments = list(papers.values_list("attachment_id", flat=True))
    papers.delete()
    return remove_attachments(attachments)


def _erase_notes(ids: Collection[int]) -> int:
    """Officers' words; the trigger lets nothing else of a trace go."""
    traces = Trace.objects.unscoped("erasure").filter(case_id__in=ids).exclude(note="")
    return int(traces.update(note=""))


def _erase_ratings(ids: Collection[int]) -> int:
    rows = Evaluation.objects.unscoped("erasure").filter(case_id__in=ids).exclude(text="")
    return int(rows.update(text=""))


def _with_photos(cases: QuerySet[Case]) -> QuerySet[Case]:
    papers = CasePaper.objects.unscoped("retention").values("case_id")
    return cases.filter(pk__in=papers)


def _with_notes(cases: QuerySet[Case]) -> QuerySet[Case]:
    noted = Trace.objects.unscoped("retention").exclude(note="").values("case_id")
    rated = Evaluation.objects.unscoped("retention").exclude(text="").values("case_id")
    return cases.filter(Q(pk__in=noted) | Q(pk__in=rated))


def own_parts() -> Sequence[Part]:
    """What this package holds itself."""
    return (
        Part("photo", "照片和附件", _erase_photos, _with_photos),
        Part(
            "note",
            "办理意见和评价文字",
            lambda ids: _erase_notes(ids) + _erase_ratings(ids),
            _with_notes,
        ),
    )


def purge_looks(before: datetime, most: int) -> int:
    """Rows of the log of looks that are older."""
    return _purge_rows("audit_look", "at < %s", before, most)


def purge_messages(before: datetime, most: int) -> int:
    """Messages that are done with and older."""
    return _purge_rows("messaging_message", "created_at < %s AND state <> 'queued'", before, most)


def _purge_rows(table: str, condition: str, before: datetime, most: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {table} WHERE id IN "
            f"(SELECT id FROM {table} WHERE {condition} LIMIT %s FOR UPDATE SKIP LOCKED)",
            [before, most],
        )
        return int(cursor.rowcount)
