"""Screening (信用筛查): PASS, EXCLUDED with its reasons, or UNKNOWN; as of the moment it is asked.

Exact by number; a name alone is for a person's eye. A source that did not answer usably leaves its
lists uncovered. The answer is stored with what every source said and when, and with the decision
of the rule ``credit.screening`` (国办发〔2020〕42号). UNKNOWN is never PASS: the ordinary route is
offered instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from yishi.foundation.access.actors import Actor
from yishi.foundation.calendars import SHANGHAI
from yishi.foundation.credit import near, sources
from yishi.foundation.credit.asking import APPLICANT, Asked, Subject, check_holder, resolve
from yishi.foundation.credit.book import CreditBook, book
from yishi.foundation.credit.judging import Finding, Policy, Reason, judge
from yishi.foundation.credit.models import CreditSource, Screening, SourceCheck
from yishi.foundation.credit.screening_models import EXCLUDED, PASS, UNKNOWN
from yishi.foundation.credit.sources import Consulted, Source
from yishi.foundation.parties.normalise import clean_text
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook.models import Decision, decision_row
from yishi.foundation.rulebook.outcome import Outcome, Truth
from yishi.foundation.rulebook.store import rulebook

RULE = "credit.screening"
SUBJECT_KIND = "credit_screening"
_OUTCOMES = {Truth.TRUE: PASS, Truth.FALSE: EXCLUDED, Truth.UNKNOWN: UNKNOWN}


@dataclass(frozen=True, slots=True)
class Looked:
    """A screening before it is stored."""

    outcome: str
    finding: Finding
    consulted: tuple[Consulted, ...]
    decided: Outcome | None
    asked: tuple[Asked, ...] = field(repr=False)


def screen(
    subjects: Sequence[Subject],
    purpose: str,
    now: datetime,
    actor: Actor,
    *,
    policy: Policy | None = None,
    sources: Sequence[Source] | None = None,
    unit_id: int | None = None,
    simulated: bool = False,
) -> Screening:
    """Ask about *subjects* for a stated *purpose* and store the answer in one transaction.

    *policy*: which grounds count, of whom (the city's default else); *sources*: instead of the
    configured ones. What a source does never raises.

    Raises:
        FieldError: ``purpose``, ``subjects`` or ``subjects[i].identifier`` …: for the caller to
            correct; nothing is stored then.
    """
    why = clean_text("purpose", purpose, longest=120, required=True)
    if not subjects:
        raise FieldError("subjects", "请写明筛查谁", "required")
    known = book()
    looked = look(subjects, now, known, policy=policy, sources=sources)
    with transaction.atomic():
        return _store(looked, known, policy, why, now, actor, unit_id, simulated)


def look(
    subjects: Sequence[Subject],
    now: datetime,
    known: CreditBook,
    *,
    policy: Policy | None = None,
    sources: Sequence[Source] | None = None,
) -> Looked:
    """The same without storing anything."""
    from yishi.foundation.credit.stored import configured

    chosen = policy or default_policy(known)
    asked = resolve(subjects, now.astimezone(SHANGHAI).date())
    rules = known.screening
    consulted = _consult(configured() if sources is None else sources, asked, now, rules)
    answers = near.answers([one.key for one in asked])
    finding = judge(asked, consulted, chosen, known, answers, now)
    outcome, decided = _decide(finding, now)
    return Looked(outcome, finding, tuple(consulted), decided, tuple(asked))


def default_policy(known: CreditBook | None = None) -> Policy:
    """What counts where a matter says nothing of its own."""
    rules = (known or book()).screening
    return Policy(frozenset(rules.roles), frozenset(rules.excludes))


def _consult(
    chosen: Sequence[Source], asked: Sequence[Asked], now: datetime, rules: Any
) -> list[Consulted]:
    return sources.consult(
        chosen, asked, now, timeout=rules.timeout / 1000, attempts=rules.attempts
    )


def _decide(finding: Finding, now: datetime) -> tuple[str, Outcome | None]:
    """The rule's outcome. It may only be stricter than what was found, so that no rule file can
    let somebody pass whom a source could not clear."""
    facts = {
        "screen_clear": not finding.excluding,
        "screen_sources_answered": None if finding.uncovered else True,
        "screen_near_settled": None if finding.open or finding.unsure else True,
    }
    computed = EXCLUDED if finding.excluding else UNKNOWN if finding.unclear else PASS
    try:
        decided = rulebook().decide(RULE, facts, now)
    except FieldError:
        return (UNKNOWN if computed == PASS else computed), None
    said = _OUTCOMES[decided.truth]
    return (said if computed == PASS else computed), decided


def _store(
    looked: Looked,
    known: CreditBook,
    policy: Policy | None,
    purpose: str,
    now: datetime,
    actor: Actor,
    unit_id: int | None,
    simulated: bool,
) -> Screening:
    chosen = policy or default_policy(known)
    applicant = next((one for one in looked.asked if one.role == APPLICANT), looked.asked[0])
    row = Screening.objects.create(
        party_id=applicant.party_id,
        purpose=purpose,
        outcome=looked.outcome,
        subjects=[
            {"role": one.role, "party": str(one.party_id) if one.party_id else None}
            for one in looked.asked
        ],
        policy={
            "roles": sorted(chosen.roles),
            "excludes": sorted(chosen.excludes),
            "rules": known.version,
        },
        reasons=[one.as_json() for one in looked.finding.reasons],
        sources=[one.as_json(now) for one in looked.consulted],
        at=now,
        actor_ref=actor.ref,
        unit_id=unit_id,
        simulated=simulated,
    )
    if looked.decided is not None:
        decided = decision_row(looked.decided, SUBJECT_KIND, row.pk, actor.ref, now)
        row.decision = Decision.objects.create(**decided.as_row())
        row.save(update_fields=["decision"])
    near.store(looked.finding, row, now)
    _log_sources(looked.consulted, now)
    return row


def _log_sources(consulted: Sequence[Consulted], now: datetime) -> None:
    """Tries that failed, each on its own, and the state of sources that changed."""
    known = {row.key: row for row in CreditSource.objects.all()}
    checks = []
    for one in consulted:
        row = known.get(one.key)
        if row is None:
            continue
        failed = len(one.attempts) > 1 or one.state != sources.OK
        checks += [
            SourceCheck(
                source=row,
                at=now,
                why="screening" if i == 0 else "retry",
                state=tried.state,
                milliseconds=tried.milliseconds,
                problem=tried.problem,
            )
            for i, tried in enumerate(one.attempts)
            if failed
        ]
        state = near.source_state(one.state)
        if row.state != state:
            CreditSource.objects.filter(pk=row.pk).update(
                state=state, state_at=now, problem=one.problem
            )
    SourceCheck.objects.bulk_create(checks)


__all__ = [
    "EXCLUDED",
    "PASS",
    "RULE",
    "UNKNOWN",
    "Policy",
    "Reason",
    "Subject",
    "check_holder",
    "default_policy",
    "look",
    "screen",
]
