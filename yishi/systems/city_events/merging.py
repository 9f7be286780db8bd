"""Several reports of one thing are one case; each reporter is answered; a wrong merge is undone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from django.db import transaction

from yishi.foundation.access.actors import SYSTEM, Actor
from yishi.foundation.cases.advance import one_locked
from yishi.foundation.cases.change import Change
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.load import reserve
from yishi.foundation.cases.models import CasePaper, CaseWords, IntakeKey
from yishi.foundation.cases.plan import plan
from yishi.foundation.cases.state import CaseState
from yishi.foundation.exchange.register import CHANNEL as PARTNER
from yishi.foundation.parties.contacts import ContactRow
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events.context import City, city
from yishi.systems.city_events.filing import opened
from yishi.systems.city_events.hotline.tickets import ticket_facts
from yishi.systems.city_events.lifecycle import LIFECYCLE
from yishi.systems.city_events.lifecycle.common import place_of
from yishi.systems.city_events.models import Report, words_part
from yishi.systems.city_events.reports import MACHINE_CHANNELS, ReportInput


def merged_into(
    case: CaseState,
    data: ReportInput,
    actor: Actor,
    registers: City,
    now: datetime,
    *,
    added: bool = False,
) -> Change:
    """The change that adds *data* to the open *case*, found by the type's merge rule, or *added*
    by one of its reporters."""
    change = plan(
        LIFECYCLE,
        case,
        "merge_report",
        SYSTEM,
        {
            "report": f"{data.channel}:{data.body_hash.hex()[:12]}",
            "added": added,
            **ticket_facts(registers.rulebook, data.channel, now, case.managed_path),
        },
        now,
        registers.for_case(case),
    )
    if data.contact is not None and data.notify:
        contacts = list(change.after.data.get("contacts", ()))
        change.after.data["contacts"] = [*contacts, [str(data.contact["id"]), data.notify]]
    if data.channel.startswith(PARTNER):
        senders = list(change.after.data.get("senders", ()))
        change.after.data["senders"] = [*senders, [data.channel, data.external_id]]
    return change


def unmerge(actor: Actor, number: str, report_id: int, now: datetime) -> CaseState:
    """Take a report out of the case it was merged into; it gets a case of its own.

    The report keeps its tracking code, which leads to the new case from now on, and so do its
    photos, its contact and a repetition of its key. Returns the new case.

    Raises:
        yishi.foundation.cases.advance.CaseNotFound: when *actor* sees no such case.
        yishi.foundation.cases.draft.MoveRefused: when role, scope or state say no.
        FieldError: on ``report`` when it is not one of several reports of the case.
    """
    with transaction.atomic():
        case = one_locked(actor, number)
        registers = city()
        report = _leaving(case, report_id)
        contacts = [pair for pair in case.data.get("contacts", ()) if _is_of(pair, report)]
        (new_id,) = reserve(1)
        opening = opened(new_id, _as_input(report, case, contacts), actor, registers, now)
        opening.after.data["split_from"] = case.number
        facts = {"report": f"report:{report.pk}", "opened": opening.after.number}
        context = registers.for_case(case)
        leaving = plan(LIFECYCLE, case, "unmerge_report", actor, facts, now, context)
        kept = [pair for pair in case.data.get("contacts", ()) if not _is_of(pair, report)]
        leaving.after.data["contacts"] = kept
        if case.data.get("senders"):
            own = [report.channel, report.external_id]
            leaving.after.data["senders"] = [s for s in case.data["senders"] if s != own]
        commit([leaving, opening])
        move_rows(report, case, opening.after)
    return opening.after


def _leaving(case: CaseState, report_id: int) -> Report:
    """The report that leaves: never the one that the case was opened for."""
    rows = Report.objects.unscoped("the case is locked and in the actor's sight")
    reports: list[Report] = list(
        rows.filter(case_id=case.id).order_by("received_at", "id").select_for_update()
    )
    found = next((one for one in reports if one.pk == report_id and one.merged), None)
    if found is None:
        raise FieldError(
            "report", "这条上报不能拆出：它不在本案中，或是立案时的第一条上报", "unknown"
        )
    return found


def _is_of(pair: Sequence[str], report: Report) -> bool:
    return report.contact_id is not None and pair[0] == str(report.contact_id)


def _as_input(report: Report, case: CaseState, contacts: Sequence[Sequence[str]]) -> ReportInput:
    """The report as intake would read it. Its place is that of the case it was near to; an officer
    looked at it, so that a machine's doubt no longer counts."""
    contact = cast("ContactRow", {"id": report.contact_id}) if contacts else None
    return ReportInput(
        channel=report.channel,
        external_id=report.external_id,
        body_hash=b"",
        type_key=case.type_key,
        standard=str(case.data.get("standard") or ""),
        description=report.text,
        place=place_of(case),
        where=str(case.data.get("where") or ""),
        contact=contact,
        notify=contacts[0][1] if contacts else "",
        secret=report.secret,
        photos=(),
        object_ref=report.object_ref,
        confidence=1.0 if report.channel in MACHINE_CHANNELS else None,
    )


def move_rows(report: Report, old: CaseState, new: CaseState, *, merged: bool = False) -> None:
    """Report, its words, photos and intake key follow to the other case (5 statements)."""
    reason = "the case is locked and in the actor's sight"
    Report.objects.unscoped(reason).filter(pk=report.pk).update(case_id=new.id, merged=merged)
    CaseWords.objects.unscoped(reason).filter(
        case_id=old.id, part=words_part(report.tracking_hash)
    ).update(case_id=new.id)
    CasePaper.objects.unscoped(reason).filter(
        case_id=old.id, step="before", at=report.received_at
    ).update(case_id=new.id)
    key = IntakeKey.objects.filter(channel=report.channel, key=report.external_id).first()
    if key is not None:
        key.case_id = new.id
        key.answer = {**key.answer, "number": new.number, "state": new.state, "merged": merged}
        key.save(update_fields=["case", "answer"])
