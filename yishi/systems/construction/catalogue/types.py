"""What the city decided about construction projects: kinds with their limits, stages, items,
surveying and acceptance. Plain values, read from ``construction/`` of the city's folder."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

#: How an item may be applied for.
MODES = {"normal": "一般办理", "pledge": "告知承诺", "deferred": "容缺受理"}
#: How a department's part weighs in a joint acceptance.
JOINT = {"statutory": "法定验收事项", "minor": "可以列为后续事项"}
#: What an item is done for: the project, or each unit (单体) of it too.
PER = {"project": "项目", "unit": "单位工程"}
#: Grades of surveying qualification, the best first.
GRADES = ("甲", "乙", "丙")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of project: *limit* in working days, *stages* its shares in their order."""

    key: str
    name: str
    limit: int
    stages: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """One of the four stages with the function of the department that leads it."""

    number: int
    name: str
    lead: str


@dataclass(frozen=True, slots=True)
class Discipline:
    """A kind of measuring: *days* when ordered on its own, *grade* that it needs at least."""

    key: str
    name: str
    phase: int
    days: int
    grade: str


@dataclass(frozen=True, slots=True)
class Surveyor:
    """A surveying institution: its unit (key of ``units.yaml``), grade and disciplines."""

    key: str
    name: str
    uscc: str
    unit: str
    grade: str
    disciplines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProjectItem:
    """What projects need to know of an item; its form and papers stand in the item catalogue.

    *promise* and *legal* are working days (*legal* of calendar days: those that they surely hold).
    *after* are items whose result it needs; those that a project does not have are left out.
    """

    key: str
    name: str
    function: str
    level: str
    stage: int
    counted: bool
    kinds: tuple[str, ...]
    promise: int
    legal: int
    after: tuple[str, ...] = ()
    modes: tuple[str, ...] = ("normal",)
    when: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    joint: str = ""
    per: str = "project"

    def fits(self, kind: str, traits: Collection[str]) -> bool:
        """Whether a project of *kind* with *traits* has this item."""
        return (
            kind in self.kinds
            and all(trait in traits for trait in self.when)
            and not any(trait in traits for trait in self.unless)
        )


@dataclass(frozen=True, slots=True)
class Policy:
    """The figures of ``policy.yaml``. Days are working days unless the name says otherwise."""

    document: str
    effective_from: str
    kinds: tuple[Kind, ...]
    stages: tuple[Stage, ...]
    window: str
    light_share: int
    light_least: int
    traits: Mapping[str, str]
    disciplines: tuple[Discipline, ...]
    industrial_share: int
    real_estate_saving: int
    joint_item: str
    unit_item: str
    planning_item: str
    permit_item: str
    area_tolerance: Decimal
    filing_days: int
    start_months: int
    start_extensions: int


@dataclass(frozen=True)
class Book:
    """One version of all of it, with look-ups by key."""

    policy: Policy
    items: tuple[ProjectItem, ...]
    surveyors: tuple[Surveyor, ...]

    @cached_property
    def item(self) -> dict[str, ProjectItem]:
        """The items by key."""
        return {item.key: item for item in self.items}

    @cached_property
    def kind(self) -> dict[str, Kind]:
        """The kinds of projects by key."""
        return {kind.key: kind for kind in self.policy.kinds}

    @cached_property
    def stage(self) -> dict[int, Stage]:
        """The stages by number."""
        return {stage.number: stage for stage in self.policy.stages}

    @cached_property
    def discipline(self) -> dict[str, Discipline]:
        """The disciplines of surveying by key."""
        return {one.key: one for one in self.policy.disciplines}

    @cached_property
    def surveyor(self) -> dict[str, Surveyor]:
        """The surveying institutions by key."""
        return {one.key: one for one in self.surveyors}

    def items_of(
        self, kind: str, traits: Collection[str], stage: int | None = None
    ) -> list[ProjectItem]:
        """The items that a project has, of one stage or of all."""
        return [
            item
            for item in self.items
            if item.fits(kind, traits) and (stage is None or item.stage == stage)
        ]

    def before(self, item: ProjectItem, kind: str, traits: Collection[str]) -> list[ProjectItem]:
        """What a project must have been granted before *item* can be."""
        return [self.item[key] for key in item.after if self.item[key].fits(kind, traits)]

    def joint_members(self, kind: str, traits: Collection[str]) -> list[ProjectItem]:
        """The items whose departments act together in a joint acceptance."""
        return [item for item in self.items_of(kind, traits) if item.joint]
