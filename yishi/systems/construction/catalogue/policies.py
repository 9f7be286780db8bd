"""``policy.yaml`` and ``surveyors.yaml``, read strictly."""

from __future__ import annotations

import re
from decimal import Decimal

from yishi.foundation.cases.catalogue_errors import Problem
from yishi.foundation.cases.catalogue_fields import Fields
from yishi.foundation.cases.catalogue_yaml import Located
from yishi.systems.construction.catalogue.types import (
    GRADES,
    Discipline,
    Kind,
    Policy,
    Stage,
    Surveyor,
)

FORMAT = "1"
STAGES = 4
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_]{1,39}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_DECIMAL = re.compile(r"\d{1,2}(\.\d{1,2})?")

Lines = dict[str, tuple[str, int]]


def read_policy(node: Located, file: str, problems: list[Problem], lines: Lines) -> Policy:
    """The policy; *lines* learns where each kind stands (``kind:KEY``)."""
    fields = Fields(node, file, problems)
    _format(fields)
    empty = Fields(Located({}, node.line), file, problems)
    light = fields.nested("light") or empty
    surveying = fields.nested("surveying") or empty
    acceptance = fields.nested("acceptance") or empty
    works = fields.nested("works") or empty
    policy = Policy(
        document=fields.text("document", most=200),
        effective_from=fields.text("effective_from", pattern=_DAY),
        kinds=tuple(_read_kinds(fields, lines)),
        stages=tuple(_read_stages(fields)),
        window=fields.text("window", most=40),
        light_share=light.number("share", 1, 100) or 20,
        light_least=light.number("least", 1, 30) or 1,
        traits=_read_traits(fields),
        disciplines=tuple(_read_disciplines(surveying)),
        industrial_share=_number(surveying, "industrial_share", 1, 100),
        real_estate_saving=_number(surveying, "real_estate_saving", 1, 200),
        joint_item=acceptance.text("joint_item", most=48),
        unit_item=acceptance.text("unit_item", most=48),
        planning_item=acceptance.text("planning_item", most=48),
        permit_item=works.text("permit_item", most=48),
        area_tolerance=Decimal(acceptance.text("area_tolerance", pattern=_DECIMAL) or "0"),
        filing_days=_number(acceptance, "filing_days", 1, 90),
        start_months=_number(works, "start_months", 1, 24),
        start_extensions=_number(works, "extensions", 0, 9),
    )
    for part in (light, surveying, acceptance, works):
        if part is not empty:
            part.done()
    fields.done()
    return policy


def _format(fields: Fields) -> None:
    if fields.text("format", most=4) not in ("", FORMAT):
        fields.fault("format", f"只能读取格式 {FORMAT}")


def _number(fields: Fields, name: str, least: int, most: int) -> int:
    number = fields.number(name, least, most)
    if number is None and name not in fields.names:
        fields.fault(name, "缺少必填字段")
    return number or 0


def _read_kinds(fields: Fields, lines: Lines) -> list[Kind]:
    kinds: list[Kind] = []
    for node in fields.items("kinds"):
        one = Fields(node, fields.file, fields.problems)
        key = one.text("key", pattern=_CODE)
        shares = [_share(item) for item in one.items("stages")]
        if len(shares) != STAGES or None in shares:
            one.fault("stages", "应为四个阶段的工作日数")
        kind = Kind(
            key,
            one.text("name", most=30),
            _number(one, "limit", 1, 400),
            tuple(share or 0 for share in [*shares, *[0] * STAGES][:STAGES]),
        )
        one.done()
        if key in {known.key for known in kinds}:
            one.fault("key", f"“{key}”重复")
        if sum(kind.stages) != kind.limit:
            total = "+".join(map(str, kind.stages))
            one.fault(
                "stages", f"四个阶段相加 {total}={sum(kind.stages)}，不等于总时限 {kind.limit}"
            )
        lines[f"kind:{key}"] = (fields.file, node.line)
        kinds.append(kind)
    return kinds


def _share(node: Located) -> int | None:
    text = node.value
    return int(text) if isinstance(text, str) and re.fullmatch(r"[0-9]{1,3}", text) else None


def _read_stages(fields: Fields) -> list[Stage]:
    stages: list[Stage] = []
    for node in fields.items("stages"):
        one = Fields(node, fields.file, fields.problems)
        number = _number(one, "number", 1, STAGES)
        stages.append(Stage(number, one.text("name", most=30), one.text("lead", most=40)))
        one.done()
    if [stage.number for stage in stages] != list(range(1, STAGES + 1)):
        fields.fault("stages", "应依次为第 1 至第 4 阶段")
    return stages


def _read_traits(fields: Fields) -> dict[str, str]:
    traits: dict[str, str] = {}
    for node in fields.items("traits", required=False):
        one = Fields(node, fields.file, fields.problems)
        key = one.text("key", pattern=_CODE)
        if key in traits:
            one.fault("key", f"“{key}”重复")
        traits[key] = one.text("name", most=40)
        one.done()
    return traits


def _read_disciplines(fields: Fields) -> list[Discipline]:
    found: list[Discipline] = []
    for node in fields.items("disciplines"):
        one = Fields(node, fields.file, fields.problems)
        grade = one.choice("grade", {grade: grade for grade in GRADES})
        discipline = Discipline(
            one.text("key", pattern=_CODE),
            one.text("name", most=30),
            _number(one, "phase", 1, STAGES),
            _number(one, "days", 1, 120),
            grade or GRADES[0],
        )
        if discipline.key in {known.key for known in found}:
            one.fault("key", f"“{discipline.key}”重复")
        one.done()
        found.append(discipline)
    return found


def read_surveyors(
    node: Located, file: str, policy: Policy, problems: list[Problem]
) -> tuple[Surveyor, ...]:
    """The surveying institutions of ``surveyors.yaml``."""
    known = {one.key for one in policy.disciplines}
    found: list[Surveyor] = []
    fields = Fields(node, file, problems)
    _format(fields)
    for item in fields.items("surveyors"):
        one = Fields(item, file, problems)
        disciplines = one.texts("disciplines", least=1, length=40)
        for key in disciplines:
            if key not in known:
                one.fault("disciplines", f"没有测绘事项 {key}")
        found.append(
            Surveyor(
                one.text("key", pattern=_CODE),
                one.text("name", most=60),
                one.text("uscc", most=18),
                one.text("unit", most=20),
                one.choice("grade", {grade: grade for grade in GRADES}) or GRADES[-1],
                disciplines,
            )
        )
        one.done()
        if found[-1].key in {other.key for other in found[:-1]}:
            one.fault("key", f"“{found[-1].key}”重复")
    fields.done()
    return tuple(found)
