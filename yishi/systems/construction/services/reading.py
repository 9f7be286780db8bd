"""Everything that is known of one project, read once: for its page, its picture and its papers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.advance import CaseNotFound
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.models import Case
from yishi.foundation.cases.policy import sees
from yishi.foundation.cases.scope import storable_number
from yishi.foundation.cases.state import CaseState
from yishi.systems.construction.catalogue import Book, version
from yishi.systems.construction.catalogue.types import ProjectItem
from yishi.systems.construction.models import (
    Card,
    DepartmentOpinion,
    Parcel,
    ProjectCode,
    Round,
    SurveyOrder,
    SurveyResult,
    Unit,
)
from yishi.systems.construction.rules import units as unit_rules
from yishi.systems.construction.services.surveying import survey_state
from yishi.systems.construction.states import GRANTING, SYSTEM


@dataclass(frozen=True)
class Project:
    """A project with its members and all rows that hang on it."""

    case: CaseState
    book: Book
    members: tuple[CaseState, ...]
    units: tuple[Unit, ...]
    orders: tuple[SurveyOrder, ...]
    results: tuple[SurveyResult, ...]
    rounds: tuple[Round, ...]
    opinions: tuple[DepartmentOpinion, ...]
    cards: tuple[Card, ...]
    codes: tuple[ProjectCode, ...]
    parcels: tuple[Parcel, ...]

    @property
    def items(self) -> list[tuple[ProjectItem, CaseState]]:
        """The members with what the catalogue says of them, oldest first."""
        return [
            (self.book.item[member.type_key], member)
            for member in self.members
            if member.type_key in self.book.item
        ]

    def granted(self, key: str, unit: str = "") -> CaseState | None:
        """The member that granted *key*, for *unit* or for the project as a whole."""
        for member in reversed(self.members):
            mine = member.type_key == key and member.outcome in GRANTING
            if mine and member.data.get("unit", "") in ("", unit):
                return member
        return None

    def open_of(self, key: str, unit: str = "") -> CaseState | None:
        """The undecided member of *key* (and unit), if there is one."""
        for member in self.members:
            mine = member.type_key == key and not member.outcome
            if mine and member.data.get("unit", "") == unit:
                return member
        return None

    @property
    def buildings(self) -> list[Unit]:
        """The units without the outdoor works."""
        return [unit for unit in self.units if unit.kind == Unit.BUILDING]

    def facts_of(self, unit: Unit) -> unit_rules.UnitFacts:
        """What the gates of an early acceptance look at."""
        check = self.granted(self.book.policy.planning_item, unit.code)
        return unit_rules.UnitFacts(
            code=unit.code,
            area=unit.area,
            in_permit=unit.in_permit,
            planning_checked=check is not None or unit.accepted_on is not None,
            accepted_on=unit.accepted_on,
            survey=survey_state(self.results, unit.code, unit_rules.SURVEY),
            declared=frozenset(unit.declared),
        )

    @property
    def standing(self) -> unit_rules.Standing:
        """How many units of how much area are accepted."""
        outdoor = [u.code for u in self.units if u.kind == Unit.OUTDOOR and not u.accepted_on]
        return unit_rules.standing([self.facts_of(unit) for unit in self.buildings], outdoor)

    @property
    def permitted_area(self) -> Decimal:
        """The area of the planning permit, m²."""
        return Decimal(str(self.case.data.get("floor_area") or 0))

    def filed_on(self, unit: Unit) -> date | None:
        """When the acceptance of *unit* was filed."""
        from yishi.systems.construction.rules.union import day_of

        member = self.granted("gc_completion_filing", unit.code)
        return day_of(member.closed_at or member.received_at) if member is not None else None

    def open_round(self, item: int | None = None) -> Round | None:
        """The round that departments look at now."""
        for one in reversed(self.rounds):
            if one.state == "on_site" and item in (None, one.item_id):
                return one
        return None

    def opinions_of(self, one: Round) -> list[DepartmentOpinion]:
        """The opinions of a round."""
        return [opinion for opinion in self.opinions if opinion.round_id == one.pk]

    def member(self, case_id: int) -> CaseState:
        """A member by id. Raises StopIteration for a stranger."""
        return next(member for member in self.members if member.id == case_id)


def find(actor: Actor, number: str) -> CaseState:
    """The project *number* (1 statement).

    Raises:
        CaseNotFound: when there is none that *actor* may see.
    """
    states = load_states(number=number) if storable_number(number) else []
    if not states or states[0].system != SYSTEM or not sees(actor, states[0]):
        raise CaseNotFound(number)
    return states[0]


def members_of(project: int) -> tuple[CaseState, ...]:
    """The members of a project whose page somebody may see (2 statements)."""
    ids = Case.objects.unscoped("the members of a project in sight").filter(root_id=project)
    return tuple(load_states(list(ids.values_list("id", flat=True))))


def read(actor: Actor, number: str) -> Project:
    """The whole project (11 statements, however much hangs on it).

    Raises:
        CaseNotFound: when there is none that *actor* may see.
    """
    return whole(find(actor, number))


def whole(case: CaseState, members: Sequence[CaseState] | None = None) -> Project:
    """A project that is known to be in sight, with its rows."""
    why = "rows of a project in sight"

    def rows(model: type, order: str = "id") -> tuple:  # type: ignore[type-arg]
        return tuple(model.objects.unscoped(why).filter(case_id=case.id).order_by(order))  # type: ignore[attr-defined]

    return Project(
        case=case,
        book=version(case.catalogue_id),
        members=tuple(members) if members is not None else members_of(case.id),
        units=rows(Unit),
        orders=rows(SurveyOrder),
        results=rows(SurveyResult),
        rounds=rows(Round, "opened_at"),
        opinions=rows(DepartmentOpinion),
        cards=rows(Card),
        codes=rows(ProjectCode),
        parcels=rows(Parcel),
    )


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose turn it is: ``who`` (a name or 建设单位), ``what``, since when."""

    who: str
    what: str
    since: datetime | None = None
    owner: bool = False
