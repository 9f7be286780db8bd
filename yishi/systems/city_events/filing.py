"""A new case from a report: received, and filed and dispatched by itself where all is certain."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from yishi.foundation.access.actors import SYSTEM as SYSTEM_ACTOR
from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.change import Change, joined
from yishi.foundation.cases.plan import plan
from yishi.foundation.cases.state import CaseState
from yishi.foundation.exchange.register import CHANNEL as PARTNER
from yishi.foundation.rulebook.models import DecisionRow, decision_row
from yishi.foundation.rulebook.outcome import Outcome, Truth
from yishi.systems.city_events.catalogue import EventType
from yishi.systems.city_events.context import City
from yishi.systems.city_events.hotline.tickets import ticket_facts
from yishi.systems.city_events.lifecycle import LIFECYCLE, SYSTEM
from yishi.systems.city_events.lifecycle.common import place_of
from yishi.systems.city_events.notices import CITY_TIME
from yishi.systems.city_events.recognition.standards import standard_for
from yishi.systems.city_events.reports import MACHINE_CHANNELS, ReportInput
from yishi.systems.city_events.routing.deciding import Routed, route
from yishi.systems.city_events.routing.table import Question


def case_number(prefix: str, case_id: int, now: datetime) -> str:
    """Prefix, local day, and the last six digits of the case's id: unique while a day has fewer
    than a million cases, and no counter that reports would have to queue for."""
    day = now.astimezone(CITY_TIME)
    return f"{prefix}{day.year:04d}{day.month:02d}{day.day:02d}{case_id % 1_000_000:06d}"


def received(
    case_id: int,
    data: ReportInput,
    actor: Actor,
    registers: City,
    now: datetime,
    more: Mapping[str, Any] | None = None,
) -> Change:
    """The change that takes *data* in as a case of its own; *more* are facts of ``receive``."""
    version, _catalogue = registers.catalogue(now)
    case = _new_case(case_id, version, data, registers, now)
    ticket = ticket_facts(registers.rulebook, data.channel, now, case.managed_path)
    context = registers.for_case(case)
    facts = {**ticket, **(more or {})}
    return plan(LIFECYCLE, case, "receive", actor, facts, now, context, trusted=True)


def opened(
    case_id: int,
    data: ReportInput,
    actor: Actor,
    registers: City,
    now: datetime,
    more: Mapping[str, Any] | None = None,
) -> Change:
    """The change that opens a case for *data*, joined with filing and dispatch if they follow."""
    _version, catalogue = registers.catalogue(now)
    changes = [received(case_id, data, actor, registers, now, more)]
    case = changes[-1].after
    context = registers.for_case(case)
    facts = filing_facts(data, registers, now)
    filing, row = decided("city_events.auto_file", facts, case, registers, now)
    changes[-1].decisions.append(row)
    if filing.truth is not Truth.TRUE:
        changes[-1].after.data["manual_reason"] = [filing.against()]
        return joined(changes)
    kind = catalogue.by_key[data.type_key]
    code, _ = chosen_standard(kind, data)
    choice = {"type": kind.key, "standard": code}
    changes.append(plan(LIFECYCLE, changes[-1].after, "file", SYSTEM_ACTOR, choice, now, context))
    changes += dispatched(changes[-1].after, registers, now)
    return joined(changes)


def chosen_standard(kind: EventType | None, data: ReportInput) -> tuple[str, tuple[str, ...]]:
    """The standard that a report means, with the words that say so."""
    machine = data.channel in MACHINE_CHANNELS
    return standard_for(kind, data.standard, data.description, machine=machine)


def dispatched(case: CaseState, registers: City, now: datetime) -> list[Change]:
    """The change that dispatches a filed case by itself, or none when a person has to."""
    context = registers.for_case(case)
    routed = routed_case(case, registers, now)
    unit = routed.unit_id
    facts = {"unit_found": unit is not None, "place_certain": bool(case.data["place_certain"])}
    decision, row = decided("city_events.auto_dispatch", facts, case, registers, now)
    if decision.truth is not Truth.TRUE or unit is None:
        return []
    given = {"unit": unit, "reason": routed.reason, "row": routed.row}
    change = plan(LIFECYCLE, case, "dispatch", SYSTEM_ACTOR, given, now, context)
    change.decisions.append(row)
    # What the unit was found from, as it was: type and place may be put right later.
    change.after.data["routed"] = {
        "at": now.isoformat(),
        "unit": unit,
        "type": case.type_key,
        "standard": case.data["standard"],
        "path": case.managed_path,
        "row": routed.row,
    }
    return [change]


def to_ruling(case: CaseState, registers: City, now: datetime) -> list[Change]:
    """The change that takes a case which too many units returned to arbitration, or none."""
    if not case.data.get("must_rule"):
        return []
    context = registers.for_case(case)
    return [plan(LIFECYCLE, case, "ask_ruling", SYSTEM_ACTOR, {}, now, context)]


def responsible_unit(
    case: CaseState, registers: City, now: datetime
) -> tuple[int | None, list[str]]:
    """Who should handle *case*, with the steps of the reason."""
    routed = routed_case(case, registers, now)
    return routed.unit_id, routed.reason


def routed_case(case: CaseState, registers: City, now: datetime) -> Routed:
    """Who should handle *case*: a unit that was designated, else as `routing` finds it."""
    named = case.data.get("designated")
    if named is not None:
        return Routed(named, ["经派遣争议裁定指定承办"])
    kind = registers.for_case(case).catalogue.by_key[case.type_key]
    question = Question(
        case.type_key,
        case.managed_path,
        now,
        bool(case.data.get("urgent")),
        str(case.data.get("channel") or ""),
        str(case.data.get("object") or ""),
    )
    return route(
        question,
        kind,
        place_of(case),
        case.data.get("owner"),
        registers.tables.at(now),
        registers.register,
        registers.calendar,
        registers.absences.at(now),
    )


def _new_case(
    case_id: int, version: int, data: ReportInput, registers: City, now: datetime
) -> CaseState:
    place = data.place
    _, catalogue = registers.catalogue(now)
    kind = catalogue.by_key.get(data.type_key)
    name = kind.name if kind else "待识别事项"
    content: dict[str, Any] = {
        "type_name": kind.name if kind else "",
        "where": data.where,
        "cell": place.cell,
        "place_certain": place.certain,
        "place_note": place.note,
        "channel": data.channel,
        "reports": 1,
        # What the automatic filing begins from, as it was given: people may put it right later.
        "said": [data.type_key if kind and not data.type_by_text else "", data.standard],
    }
    if data.recognised is not None:
        content["recognition"] = {
            "model": data.recognised.model,
            "guesses": [list(guess) for guess in data.recognised.guesses],
        }
    if data.object_ref:
        content["object"] = data.object_ref
    if data.contact is not None and data.notify:
        content["contacts"] = [[str(data.contact["id"]), data.notify]]
    if data.channel.startswith(PARTNER):
        content["senders"] = [[data.channel, data.external_id]]
    return CaseState(
        id=case_id,
        number=case_number(registers.register.number_prefix, case_id, now),
        system=SYSTEM,
        type_key=data.type_key if kind else "",
        catalogue_id=version,
        subject=f"{name} · {data.where}"[:200] if data.where else name,
        division=place.division,
        managed_path=place.managed_path,
        received_at=now,
        received_on=now.astimezone(CITY_TIME).date(),
        lon=place.lon,
        lat=place.lat,
        secret=data.secret,
        data=content,
    )


def filing_facts(data: ReportInput, registers: City, now: datetime) -> dict[str, Any]:
    """The declared facts about a report that the rule for automatic filing reads."""
    _, catalogue = registers.catalogue(now)
    guess = data.recognised
    kind = catalogue.by_key.get(data.type_key or (guess.key if guess else ""))
    code, _ = chosen_standard(kind, data)
    least = registers.text_confidence(now, data.place.managed_path)
    facts: dict[str, Any] = {
        "type_known": kind is not None,
        "type_auto": bool(kind and kind.auto),
        "standard_known": bool(code),
        "place_certain": data.place.certain,
        "place_in_city": data.place.division != registers.register.root,
        "channel": data.channel,
        "description_conflicts": bool(
            kind
            and guess is None
            and registers.recogniser.conflicts(catalogue, data.description, kind.key, least)
        ),
        "type_by_text": guess is not None,
    }
    if guess is not None:
        facts["text_confidence"] = Decimal(str(guess.confidence))
    if data.channel in MACHINE_CHANNELS:
        facts["confidence"] = Decimal(str(data.confidence))
        # What a type asks of machines comes on top of the city's parameter, which the rule reads.
        own = kind.confidence if kind else None
        facts["type_auto"] &= own is None or (data.confidence or 0) >= own
    return facts


def decided(
    rule: str, facts: Mapping[str, Any], case: CaseState, registers: City, now: datetime
) -> tuple[Outcome, DecisionRow]:
    """What *rule* says of *facts*, with the row that keeps the decision and its reasons."""
    outcome = registers.rulebook.decide(rule, facts, now, case.managed_path)
    return outcome, decision_row(outcome, "case", case.id, SYSTEM_ACTOR.ref, now)
