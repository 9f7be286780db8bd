"""Fields, materials and items read from the mappings of catalogue files."""

from __future__ import annotations

import re
from collections.abc import Mapping

from yishi.foundation.approvals.catalogue import model
from yishi.foundation.approvals.catalogue.conditions import read_when
from yishi.foundation.approvals.catalogue.model import (
    FieldSpec,
    Item,
    Material,
    Result,
    Source,
    Wanted,
)
from yishi.foundation.calendars.limits import Limit, LimitError, Unit, parse_limit
from yishi.foundation.cases.catalogue_errors import Problem
from yishi.foundation.cases.catalogue_fields import Fields
from yishi.foundation.cases.catalogue_yaml import Located, plain

KEY = re.compile(r"[a-z][a-z0-9_]{2,47}")
NAME = re.compile(r"[a-z][a-z0-9_]{0,47}")
#: The folder whose items belong to no system of their own.
GENERAL = "services"
#: Days of the calendar that one unit is about, for comparing limits of different units.
_DAYS = {Unit.WORKING_DAY: 1.4, Unit.CALENDAR_DAY: 1.0, Unit.MONTH: 30.0}


def read_field(key: str, node: Located, file: str, problems: list[Problem]) -> FieldSpec:
    """One entry of ``fields:``."""
    fields = Fields(node, file, problems)
    if not NAME.fullmatch(key):
        fields.fault("", f"字段代码“{key[:40]}”应为小写字母、数字和下划线")
    kind = fields.choice("type", model.FIELD_TYPES)
    choices = _choices(fields)
    if (kind == "choice") != bool(choices):
        fields.fault("choices", "只有选项字段（choice）才列出选项，并且必须列出")
    found = FieldSpec(
        key,
        fields.text("label", most=40),
        kind,
        fields.choice("section", model.SECTIONS, required=False) or "matter",
        fields.text("hint", required=False, most=120),
        choices,
        _source(fields),
        fields.flag("personal", False),
        fields.number("max", 1, 9_999_999),
        file,
    )
    fields.done()
    return found


def _choices(fields: Fields) -> tuple[tuple[str, str], ...]:
    if fields.is_list("choices"):
        return _pairs(fields)
    nested = fields.nested("choices")
    if nested is None:
        return ()
    found = []
    for key in nested.names:
        if not NAME.fullmatch(key):
            nested.fault(key, f"选项代码“{key[:40]}”应为小写字母、数字和下划线（是、否等请加引号）")
        found.append((key, nested.text(key, most=60)))
    labels = [label for _, label in found]
    if len(set(labels)) < len(labels):
        fields.fault("choices", "选项名称重复")
    return tuple(found)


def _pairs(fields: Fields) -> tuple[tuple[str, str], ...]:
    """Choices as stored content has them: [code, label] in their order."""
    found = []
    for node in fields.items("choices"):
        pair = plain(node)
        if not isinstance(pair, list) or [type(one) for one in pair] != [str, str]:
            fields.fault("choices", "应为 [代码, 名称]")
            continue
        found.append((pair[0], pair[1]))
    return tuple(found)


def _source(fields: Fields) -> Source | None:
    nested = fields.nested("source")
    if nested is None:
        return None
    found = Source(nested.text("from", most=40), nested.text("as", most=40))
    nested.done()
    return found


def read_material(key: str, node: Located, file: str, problems: list[Problem]) -> Material:
    """One entry of ``materials:``."""
    fields = Fields(node, file, problems)
    if not NAME.fullmatch(key):
        fields.fault("", f"材料代码“{key[:40]}”应为小写字母、数字和下划线")
    found = Material(
        key,
        fields.text("name", most=80),
        fields.choice("kind", model.MATERIAL_KINDS),
        fields.text("issuer", required=False, most=60),
        fields.flag("shared"),
        fields.texts("aliases", length=80),
        file,
    )
    fields.done()
    return found


def read_item(node: Located, department: str, file: str, problems: list[Problem]) -> Item:
    """One entry of ``items:``. In the folder of a system of its own further fields are kept."""
    fields = Fields(node, file, problems)
    kind = fields.choice("kind", model.KINDS)
    legal, promise = _limit(fields, "legal", kind), _limit(fields, "promise", kind)
    if legal and promise and days_of(promise) > days_of(legal):
        fields.fault("promise", f"承诺时限“{promise.text}”超过法定时限“{legal.text}”")
    basis = fields.text("basis", required=kind == model.LICENCE, most=300)
    if kind == model.LICENCE and not basis:
        fields.fault("basis", "行政许可必须写明设定依据")
    found = Item(
        key=fields.text("key", pattern=KEY, most=48),
        name=fields.text("name", most=100),
        department=department,
        kind=kind,
        function=fields.text("function", most=40),
        level=fields.choice("level", {level: name for level, (_, name) in model.LEVELS.items()}),
        audience=_several(fields, "audience", model.AUDIENCES, least=1),
        basis=basis,
        legal=legal.text if legal else "",
        promise=promise.text if promise else "",
        handling=fields.choice("handling", model.HANDLING),
        channels=_several(fields, "channels", model.CHANNELS, least=1),
        visits=fields.number("visits", 0, 20) or 0,
        fee=fields.text("fee", most=200),
        result=_result(fields),
        special=_several(fields, "special", model.SPECIAL),
        conditions=fields.texts("conditions", length=200, most=30),
        fields=fields.texts("fields", least=1, most=60, length=48),
        materials=_materials(fields),
        distinct_from=fields.texts("distinct_from", length=100),
        extra=fields.rest() if file.partition("/")[0] not in (GENERAL, "") else {},
        file=file,
    )
    fields.done()
    return found


def days_of(limit: Limit) -> float:
    """About how many days of the calendar a limit is."""
    return limit.amount * _DAYS[limit.unit]


def _limit(fields: Fields, field: str, kind: str) -> Limit | None:
    text = fields.text(field, most=20)
    if not text:
        return None
    try:
        limit = parse_limit(text, "licence" if kind == model.LICENCE else "hotline")
    except LimitError as error:
        fields.fault(field, error.reason)
        return None
    if limit.unit not in _DAYS:
        fields.fault(field, "时限应写作 N工作日、N自然日或 N个月；当场办结写 1工作日")
        return None
    return limit


def _several(
    fields: Fields, field: str, allowed: Mapping[str, str], *, least: int = 0
) -> tuple[str, ...]:
    found = fields.texts(field, least=least)
    for one in found:
        if one not in allowed:
            fields.fault(field, f"“{one}”不在可选值中：{'、'.join(allowed)}")
    return found


def _result(fields: Fields) -> Result:
    nested = fields.nested("result")
    if nested is None:
        fields.fault("result", "缺少必填字段")
        return Result("", "none")
    kind = nested.choice("kind", model.RESULTS)
    name = nested.text("name", required=kind != "none", most=80)
    months = nested.number("months", 1, 1_200)
    nested.done()
    return Result(name, kind, months)


def _materials(fields: Fields) -> tuple[Wanted, ...]:
    found: list[Wanted] = []
    for node in fields.items("materials", required=False):
        nested = Fields(node, fields.file, fields.problems)
        material = nested.text("material", most=48)
        copies = nested.number("copies", 0, 50)
        wanted = Wanted(
            material,
            nested.text("as", required=False, most=100) or material,
            nested.text("holder", required=False, most=40, pattern=NAME) or "applicant",
            nested.choice("form", model.FORMS, required=False) or "original",
            1 if copies is None else copies,
            nested.flag("required", True),
            nested.flag("deferrable", False),
            read_when(nested),
        )
        nested.done()
        same = (wanted.material, wanted.holder, wanted.form, wanted.when)
        if any((w.material, w.holder, w.form, w.when) == same for w in found):
            nested.fault("material", f"同一事项重复列出“{wanted.named}”")
        found.append(wanted)
    return tuple(found)
