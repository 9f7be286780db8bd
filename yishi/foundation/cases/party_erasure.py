"""Erasing a person's file: what the law asks for (个人信息保护法 art. 47), and not more.

What goes: name, other names, numbers, papers with their files, known values, words of disputes, the
portal account, who held a certificate that no longer counts, with its signed files. What stays: the
row itself, mandates, cases and certificates, which name nobody any more, and every trace.
Organisations are public and have no such right.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from yishi.foundation.access.actors import Actor
from yishi.foundation.access.models import PortalAccount
from yishi.foundation.audit import access_log, erasures
from yishi.foundation.audit.erasures import Certificate
from yishi.foundation.cases.erasure import NotErased, Part, agreed, deciding
from yishi.foundation.cases.models import Case, CaseParty
from yishi.foundation.cases.party_access import visible_parties
from yishi.foundation.papers.certificates import models as certificates
from yishi.foundation.papers.certificates.keeping import erase_holder, holds_in_force
from yishi.foundation.papers.uploads import remove_attachments
from yishi.foundation.parties.mandates import acts_for
from yishi.foundation.parties.models import (
    Alias,
    DataTicket,
    HeldMaterial,
    Identifier,
    Mandate,
    Party,
    PartyField,
)
from yishi.foundation.parties.party_models import ERASED, PERSON
from yishi.foundation.parties.registering import today_of
from yishi.foundation.revisions.errors import FieldError


@dataclass(frozen=True, slots=True)
class Holder:
    """What a package above keeps of people: ``refuse`` says why a file must stay for now (empty: it
    need not), ``kept`` gives the ids of files that retention leaves alone, ``erase`` empties what
    hangs on some records, and counts by kind."""

    name: str
    refuse: Callable[[Party], str]
    kept: Callable[[], QuerySet[Any, Any]]
    erase: Callable[[Sequence[UUID]], dict[str, int]]


HOLDERS: dict[str, Holder] = {}


def register_holder(holder: Holder) -> None:
    """Let a package take part in erasing people (called from an app's ``ready``)."""
    HOLDERS[holder.name] = holder


def erase_person(
    actor: Actor, party: Party, reason: str, now: datetime, *, second: Actor | None = None
) -> Certificate:
    """Erase what makes a person's file a person's. *actor* is an administrator, or *second* is
    another officer who agrees; both must see the file.

    Raises:
        FieldError: for a missing ``reason``, and a ``party`` out of sight or no person.
        NotErased: without that agreement; while a case runs or is under a hold, while the person
            represents an organisation, and under a hold of the file (``party:<id>``).
    """
    if not reason.strip():
        raise FieldError("reason", "不能为空", "required")
    with transaction.atomic():
        found = Party.objects.select_for_update().filter(pk=party.file_id).first()
        seen = found is not None and all(
            visible_parties(who).filter(pk=found.pk).exists() for who in deciding(actor, second)
        )
        if found is None or not seen or not found.is_person:
            raise FieldError("party", "没有这份个人档案", "unknown")
        if not agreed(actor, second):
            raise NotErased("删除须由系统管理员办理，或由两名不同的中心工作人员共同确认")
        _check_free(found, now)
        subject = f"party:{found.pk}"
        counts = _erase([found], now)
        for who in deciding(actor, second):
            access_log.look(who.ref, "party.erase", subject, reason.strip(), now)
        return erasures.certify(
            reason=reason.strip()[:200],
            by=[who.ref for who in deciding(actor, second)],
            subjects=[subject],
            counts=counts,
            now=now,
        )


def _check_free(found: Party, now: datetime) -> None:
    links = CaseParty.objects.unscoped("erasure").filter(party__file_id=found.pk)
    if links.filter(case__closed_at__isnull=True).exists():
        raise NotErased("该人员有正在办理的案件，办结后才能删除")
    held = [int(pk) for pk in erasures.held_subjects()]
    if links.filter(case_id__in=held).exists():
        raise NotErased("该人员的案件处于保全状态，不能删除")
    if str(found.pk) in erasures.held_subjects("party"):
        raise NotErased("该档案处于保全状态，不能删除")
    if holds_in_force(found):
        raise NotErased("该人员持有有效的电子证照，注销后才能删除")
    if any(m.kind in (Mandate.LEGAL, Mandate.OPERATOR) for m in acts_for(found, today_of(now))):
        raise NotErased("该人员是组织的法定代表人或经营者，变更登记后才能删除")
    for holder in HOLDERS.values():
        if why := holder.refuse(found):
            raise NotErased(why)


def _erase(found: Sequence[Party], now: datetime) -> dict[str, int]:
    """Empty the files, of all their records; returns counts by kind."""
    records = Party.objects.filter(file__in=found)
    ids = list(records.values_list("pk", flat=True))
    materials = HeldMaterial.objects.filter(party_id__in=ids)
    tickets = DataTicket.objects.filter(party_id__in=ids)
    mandates = Mandate.objects.filter(Q(principal_id__in=ids) | Q(agent_id__in=ids))
    papers = [
        pk
        for rows in (materials, tickets, mandates)
        for pk in rows.exclude(attachment=None).values_list("attachment_id", flat=True)
        if pk is not None
    ]
    mandates.update(attachment=None)
    mandates.filter(revoked_at__isnull=True).update(
        revoked_at=now, revoked_by="system", revoke_reason="个人信息已删除"
    )
    counts = {
        "party_ticket": tickets.delete()[0],
        "party_material": materials.delete()[0],
        "party_field": PartyField.objects.filter(party_id__in=ids).delete()[0],
        "party_identifier": Identifier.objects.filter(party_id__in=ids).delete()[0],
        "party_alias": Alias.objects.filter(party_id__in=ids).delete()[0],
        "party_certificate": erase_holder(ids),
        "party_account": PortalAccount.objects.filter(person_id__in=ids).delete()[0],
        "party_name": records.update(name_enc="", name_hash="", state=ERASED),
    }
    remove_attachments(papers)
    for holder in HOLDERS.values():
        counts |= holder.erase(ids)
    return counts


def purge_idle(before: datetime, most: int) -> int:
    """People's files that nobody needs: older, without case, account, mandate in force or hold.

    A person whose last case's link was erased becomes one of these.
    """
    with transaction.atomic():
        held = list(erasures.held_subjects("party"))
        links = CaseParty.objects.unscoped("retention").filter(party__file_id=OuterRef("pk"))
        mandates = Mandate.objects.filter(
            Q(principal__file_id=OuterRef("pk")) | Q(agent__file_id=OuterRef("pk")),
            revoked_at__isnull=True,
        )
        accounts = PortalAccount.objects.filter(person__file_id=OuterRef("pk"))
        rows = Party.objects.filter(kind=PERSON, created_at__lt=before).exclude(state=ERASED)
        rows = rows.exclude(pk__in=held)
        held_now = certificates.Certificate.objects.filter(
            holder__file_id=OuterRef("pk"), status__in=certificates.IN_FORCE
        )
        rows = rows.filter(~Exists(links), ~Exists(mandates), ~Exists(accounts), ~Exists(held_now))
        for holder in HOLDERS.values():
            rows = rows.exclude(pk__in=holder.kept())
        found = list(rows.order_by("pk")[:most])
        if found:
            _erase(found, before)
        return len(found)


def _erase_links(ids: Collection[int]) -> int:
    """Unlink people from closed cases; organisations stay, they are public."""
    rows = CaseParty.objects.unscoped("erasure").filter(case_id__in=ids, party__kind=PERSON)
    return int(rows.delete()[0])


def _linked(cases: QuerySet[Case]) -> QuerySet[Case]:
    people = CaseParty.objects.unscoped("retention").filter(party__kind=PERSON)
    return cases.filter(pk__in=people.values("case_id"))


def own_parts() -> tuple[Part, ...]:
    """What cases hold of people: that they were parties to them."""
    return (Part("case_party", "案件与个人的关联", _erase_links, _linked),)
