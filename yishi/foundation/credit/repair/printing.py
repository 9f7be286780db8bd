"""Papers as numbered PDFs, for pages and programs alike."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.utils.translation import override

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.state import CaseState
from yishi.foundation.cases.steps import steps_of
from yishi.foundation.credit import subjects
from yishi.foundation.credit.models import CreditRecord
from yishi.foundation.credit.repair import catalogue, notices, two_papers
from yishi.foundation.credit.repair import states as s
from yishi.foundation.credit.repair.reading import Offer, Whole
from yishi.foundation.credit.repair.registers import Registers
from yishi.foundation.papers.issuing import issue
from yishi.foundation.parties.masking import mask_name
from yishi.foundation.parties.models import Party
from yishi.foundation.parties.naming import open_name

Address = Callable[[str], str]


def paper(
    actor: Actor,
    whole: Whole,
    case: CaseState,
    seq: int,
    found: Registers,
    now: datetime,
    verify: Address,
) -> bytes | None:
    """The paper that step *seq* of *case* made, or ``None`` when it made none."""
    steps = steps_of(actor, case)
    made = next((one for one in notices.papers_of(case, steps) if one.seq == seq), None)
    if made is None:
        return None
    book = catalogue.version(case.catalogue_id)
    demo, name = bool(settings.DEMO), name_for(actor, whole.party)
    with override("zh-hans"):
        if case.system == s.SYSTEM:
            data = notices.pledge_data(case, book, found.places, name, demo=demo)
        else:
            step = next(one for one in steps if one.seq == seq)
            telling = notices.Telling(case, whole.records[case.id], book, found.places, step)
            data = notices.paper_data(telling, made, name, demo=demo)
    issued = issue(
        made.kind,
        notices.TEMPLATE,
        data,
        about=("case", case.id),
        actor_ref=actor.ref,
        now=now,
        verify_url=verify,
    )
    return issued.pdf


def record_notice(
    actor: Actor, offer: Offer, found: Registers, now: datetime, verify: Address
) -> bytes:
    """两书同达: the notice of the record with that of its repair."""
    record = offer.record
    _version, book = found.book(now)
    name = _name_on(actor, record)
    with override("zh-hans"):
        data = two_papers.record_notice(
            record,
            book,
            found.places,
            offer.standing.subject.earliest,
            offer.standing.duties,
            applicant=name,
            demo=bool(settings.DEMO),
        )
    issued = issue(
        "repair_notice",
        notices.TEMPLATE,
        data,
        about=("credit_record", record.id),
        actor_ref=actor.ref,
        now=now,
        verify_url=verify,
    )
    return issued.pdf


def name_for(actor: Actor, party: Party) -> str:
    """The applicant's name: in full for itself, of a person masked for others."""
    whole = actor.party_id == party.file_id or not party.is_person
    return open_name(party) if whole else mask_name(open_name(party))


def _name_on(actor: Actor, record: CreditRecord) -> str:
    own = record.party is not None and actor.party_id == record.party.file_id
    return subjects.open_name(record) if own else subjects.shown_name(record)
