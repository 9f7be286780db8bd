"""What city events hold of people, and how it is erased: contacts and words of reporters.

Case, type, place and times stay. The place is where something lies in the city; an address that a
reporter typed belongs to it and is not erased.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from yishi.foundation.access.actors import Actor
from yishi.foundation.audit import access_log, erasures
from yishi.foundation.audit.erasures import Certificate
from yishi.foundation.cases.erasure import (
    NotErased,
    Part,
    deciding,
    locked_case,
    parts_of,
)
from yishi.foundation.cases.models import Case
from yishi.foundation.parties.contacts import find_contacts
from yishi.foundation.parties.models import Contact
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events.models import Report


def erase_reporter(
    actor: Actor,
    phone: str,
    reason: str,
    now: datetime,
    *,
    second: Actor | None = None,
) -> Certificate:
    """Erase contact and words of whoever reported with the number *phone*, in all their reports.

    Other reporters of the same cases keep theirs; photos go where nobody else reported the case.

    Raises:
        FieldError: for a missing ``reason``, a malformed or unknown ``phone``.
        yishi.foundation.cases.erasure.NotErased: see :func:`yishi.foundation.cases.erasure.erase`;
            one running or held case among them refuses all.
    """
    if not reason.strip():
        raise FieldError("reason", "不能为空", "required")
    with transaction.atomic():
        found = find_contacts(phone, actor=actor, purpose=reason, now=now)
        reports = Report.objects.unscoped("erasure, checked case by case below")
        rows = list(reports.filter(contact_id__in=[c.id for c in found]).select_related("case"))
        if not rows:
            raise FieldError("phone", "没有这个号码的上报", "unknown")
        alone = []
        for number in sorted({row.case.number for row in rows}):
            try:
                case = locked_case(number, actor, second)
            except NotErased as error:
                raise NotErased(f"{number}：{error}") from error
            others = reports.filter(case_id=case.pk).exclude(pk__in=[row.pk for row in rows])
            alone += [] if others.exists() else [case.pk]
        counts: Counter[str] = Counter(_erase_reports(rows))
        for part in parts_of(["photo"]):
            counts[part.name] += part.erase(alone)
        subjects = sorted({f"report:{row.pk}" for row in rows})
        for who in deciding(actor, second):
            access_log.look(
                who.ref, "reporter.erase", "contact", reason.strip(), now, rows=len(rows)
            )
        return erasures.certify(
            reason=reason.strip()[:200],
            by=[who.ref for who in deciding(actor, second)],
            subjects=subjects,
            counts=counts,
            now=now,
        )


def _erase_reports(rows: Collection[Report]) -> dict[str, int]:
    ids = [row.pk for row in rows]
    return {
        "reporter_contact": _erase_contacts(Report.objects.unscoped("erasure").filter(pk__in=ids)),
        "report_text": _erase_texts(Report.objects.unscoped("erasure").filter(pk__in=ids)),
    }


def _erase_contacts(reports: QuerySet[Report]) -> int:
    """Delete contacts and every reference to them in reports and in what cases remember."""
    pairs = list(reports.exclude(contact_id=None).values_list("case_id", "contact_id"))
    if not pairs:
        return 0
    contacts = [str(contact) for _, contact in pairs]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE cases_case SET data = jsonb_set(data, '{contacts}', coalesce((SELECT "
            "jsonb_agg(c) FROM jsonb_array_elements(data->'contacts') c "
            "WHERE NOT c->>0 = ANY(%s)), '[]')) WHERE id = ANY(%s) AND data ? 'contacts'",
            [contacts, [case for case, _ in pairs]],
        )
    reports.update(contact_id=None)
    return Contact.objects.filter(id__in=contacts).delete()[0]


def _erase_texts(reports: QuerySet[Report]) -> int:
    return reports.exclude(text="").update(text="")


def _of(ids: Collection[int]) -> Any:
    return Report.objects.unscoped("erasure").filter(case_id__in=ids)


def _with_contacts(cases: QuerySet[Case]) -> QuerySet[Case]:
    rows = Report.objects.unscoped("retention").exclude(contact_id=None)
    return cases.filter(pk__in=rows.values("case_id"))


def _with_texts(cases: QuerySet[Case]) -> QuerySet[Case]:
    rows = Report.objects.unscoped("retention").exclude(text="")
    return cases.filter(pk__in=rows.values("case_id"))


PARTS = (
    Part(
        "reporter_contact",
        "上报人联系方式",
        lambda ids: _erase_contacts(_of(ids)),
        _with_contacts,
    ),
    Part("report_text", "上报人原话", lambda ids: _erase_texts(_of(ids)), _with_texts),
)
