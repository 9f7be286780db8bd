"""Moving a city event: every face, batch and worker calls these functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from yishi.foundation.access.actors import Actor
from yishi.foundation.access.models import Grant
from yishi.foundation.cases import advance as moving
from yishi.foundation.cases.change import Change
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.inputs import read_facts
from yishi.foundation.cases.lifecycle import Facts
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.models import CasePaper, Evaluation
from yishi.foundation.cases.state import CaseState
from yishi.foundation.papers.uploads import own_uploads
from yishi.foundation.places.values import PlaceError
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events import roles
from yishi.systems.city_events.context import City, city
from yishi.systems.city_events.filing import dispatched, routed_case, to_ruling
from yishi.systems.city_events.hotline import referrals
from yishi.systems.city_events.intake import refuse_repeated_photo
from yishi.systems.city_events.lifecycle import MOVES
from yishi.systems.city_events.onsite.presence import Position
from yishi.systems.city_events.reports import read_place

#: What the photos of a move document.
_PHOTO_STEPS = {
    "finish": "after",
    "report_check": "check",
    "report_verification": "verify",
    "co_answer": "joint",
    "ask_forced_close": "forced",
    "appeal": "appeal",
}
#: Steps of intake and of merging, which have functions of their own.
_NOT_BY_HAND = frozenset({"receive", "merge_report", "unmerge_report", "join_case"})
#: The moves that people and programs make.
BY_HAND = tuple(name for name, m in MOVES.items() if m.roles and name not in _NOT_BY_HAND)
#: Moves that may name the channel which the reporter is told.
_REFUSALS = frozenset({"reject", "exclude"})
_PHOTO_FIELDS = ("photos_before", "photos")
#: What may follow by itself: dispatch by rule, or the arbitration body after too many returns.
_FOLLOWED: dict[str, Callable[[CaseState, City, datetime], list[Change]]] = {
    "file": dispatched,
    "reopen": dispatched,
    "give_back": to_ruling,
}


def advance(
    actor: Actor,
    number: str,
    move: str,
    raw: Mapping[str, Any],
    now: datetime,
    *,
    expected_version: int | None = None,
    on_site: Position | None = None,
) -> CaseState:
    """Make *move* with the input *raw* (see the move's needs) on the case *number*.

    *on_site*: where the phone was on which it was written down; a fact of the move, no condition.

    Raises:
        yishi.foundation.cases.advance.CaseNotFound: when the actor may not see such a case.
        MoveRefused: when the move is not possible now, or somebody else was first.
        FieldError: for wrong input; nothing is changed.
    """
    if move not in BY_HAND:
        raise FieldError("move", "没有这个步骤", "unknown")
    registers = city()

    def facts_for(case: CaseState) -> Facts:
        facts = check_facts(actor, move, raw, case, registers)
        if move in _REFUSALS:
            referrals.check(facts, now, required=move == "exclude")
        if on_site is not None:
            facts["on_site"] = on_site.fact(case.lon, case.lat)
        return facts

    def after(change: Change, facts: Facts) -> None:
        _attach_photos(change, move, facts, now)

    if move in _FOLLOWED:
        with transaction.atomic():
            return _and_follow(actor, number, move, facts_for, registers, now, expected_version)
    with _repeated_photos():
        return moving.advance(
            actor,
            number,
            move,
            facts_for,
            now,
            registers.for_case,
            expected_version=expected_version,
            after=after,
        )


@contextmanager
def _repeated_photos() -> Iterator[None]:
    """A photo that hangs on another case already is refused by name."""
    try:
        yield
    except IntegrityError as error:
        refuse_repeated_photo(error)
        raise


def _and_follow(
    actor: Actor,
    number: str,
    move: str,
    facts_for: moving.FactsFor,
    registers: City,
    now: datetime,
    expected_version: int | None,
) -> CaseState:
    """A move with what follows by itself, in one commit."""
    case = moving.one_locked(actor, number)
    if expected_version is not None and case.version != expected_version:
        raise MoveRefused("version", "案件刚被他人办理，请查看最新状态后再试", case)
    from yishi.foundation.cases.plan import plan
    from yishi.systems.city_events.lifecycle import LIFECYCLE

    change = plan(LIFECYCLE, case, move, actor, facts_for(case), now, registers.for_case(case))
    changes = [change, *_FOLLOWED[move](change.after, registers, now)]
    commit(changes)
    return changes[-1].after


def check_facts(
    actor: Actor, move: str, raw: Mapping[str, Any], case: CaseState, registers: City
) -> dict[str, Any]:
    """The facts of a move, checked against register, accounts and attachments.

    Raises:
        FieldError: naming the field.
    """
    facts = read_facts(MOVES[move], raw)
    if "unit" in facts:
        try:
            unit = registers.register.unit(facts["unit"])
        except PlaceError as error:
            raise FieldError("unit", error.message, "unknown") from error
        if unit.valid_to is not None:
            raise FieldError("unit", f"{unit.name}已撤并，请选择其他单位", "unit_retired")
    if "person" in facts:
        _check_person(case, facts["person"])
    for name in _PHOTO_FIELDS:
        own_uploads(facts.get(name, ()), actor_ref=actor.ref, field=name)
    if "place" in facts:
        if not isinstance(facts["place"], Mapping):
            raise FieldError("place", "应包含地标、区划或经纬度", "type")
        place, where = read_place(facts["place"], registers.register)
        if not place.certain:
            raise FieldError("place", place.note or "地点不明确", "place")
        facts.update(place=place, where=where)
    return facts


def _check_person(case: CaseState, person: int) -> None:
    main = case.duty(roles.MAIN)
    unit = main.unit_id if main else 0
    held = Grant.objects.filter(
        user_id=person, unit_id=unit, role__in=("handler", "unit_officer"), user__is_active=True
    )
    if not held.exists():
        raise FieldError("person", "该人员不属于本处置部门", "unknown")


def _attach_photos(change: Change, move: str, facts: Facts, now: datetime) -> None:
    steps = {"photos_before": "before", "photos": _PHOTO_STEPS.get(move, "other")}
    chosen = {photo: steps[name] for name in _PHOTO_FIELDS for photo in facts.get(name) or ()}
    for photo, step in chosen.items():
        row = {"case_id": change.after.id, "attachment_id": photo, "step": step, "at": now}
        change.rows.append((CasePaper, row))


def advance_batch(
    actor: Actor, ids: Sequence[int], move: str, now: datetime
) -> tuple[list[CaseState], list[MoveRefused]]:
    """Sign or dispatch many cases at once; what cannot be moved is left and named.

    Raises:
        FieldError: for a move that is not made in batches, or more than 200 cases.
    """
    if move not in ("sign", "dispatch", "forward"):
        raise FieldError("move", "此步骤不能批量办理", "unknown")
    if len(ids) > 200:
        raise FieldError("cases", "一次最多办理200件", "too_many")
    registers = city()
    wanted: list[tuple[int, Facts]] = []
    if move == "dispatch":
        for case in load_states(ids):
            if case.state in ("filed", "returned"):
                found = routed_case(case, registers, now)
                if found.unit_id is not None:
                    facts = {"unit": found.unit_id, "reason": found.reason, "row": found.row}
                    wanted.append((case.id, facts))
    else:
        wanted = [(case_id, {}) for case_id in ids]
    return moving.advance_many(actor, wanted, move, now, registers.for_case)


def evaluate(
    actor: Actor,
    case_id: int,
    score: Any,
    solved: Any,
    text: Any,
    now: datetime,
) -> Evaluation:
    """Rate a closed case (GB/T 39046: 1 very satisfied … 5 very dissatisfied), once a closing.

    Raises:
        FieldError: for a wrong score, an unfinished case, or a second rating.
    """
    from yishi.foundation.cases.inputs import clean_text, read_int
    from yishi.foundation.cases.models import Case

    value = read_int("score", score)
    if not 1 <= value <= 5:
        raise FieldError("score", "请选择满意度", "range")
    if solved not in (True, False, "yes", "no"):
        raise FieldError("solved", "请选择问题是否解决", "required")
    words = clean_text("text", text, 1000)
    with transaction.atomic():
        case = Case.objects.visible_to(actor).select_for_update().filter(pk=case_id).first()
        if case is None or case.state != "closed":
            raise FieldError("score", "案件结案后才能评价", "state")
        round_ = case.data.get("round", 1)
        made: bool
        rating: Evaluation
        rating, made = Evaluation.objects.unscoped("the case was found in scope").get_or_create(
            case_id=case.pk,
            rater_ref=actor.ref,
            round=round_,
            defaults={
                "score": value,
                "solved": solved in (True, "yes"),
                "text": words,
                "at": now,
            },
        )
        if not made:
            raise FieldError("score", "您已评价过本次办理结果", "repeated")
    return rating
