"""The entries of ``licences/`` read from the mappings of its files; every fault with its line."""

from __future__ import annotations

import re
from dataclasses import fields as fields_of

from yishi.foundation.calendars.limits import LimitError, parse_limit
from yishi.foundation.cases.catalogue_errors import Problem
from yishi.foundation.cases.catalogue_fields import Fields
from yishi.foundation.cases.catalogue_yaml import Located
from yishi.systems.pledge_licences.catalogue import model
from yishi.systems.pledge_licences.catalogue.model import (
    Check,
    Condition,
    Forbidden,
    Later,
    Licence,
    Limits,
    Paper,
    Profile,
    Question,
    Trade,
)

KEY = re.compile(r"[a-z][a-z0-9_]{2,47}")
_TYPE = re.compile(r"[0-9A-Z]{21}")


def limit_of(fields: Fields, name: str, *, required: bool = True) -> str:
    """A limit in official wording by dates (工作日、自然日、个月); "" when missing or faulty."""
    text = fields.text(name, required=required, most=20)
    if not text:
        return ""
    try:
        limit = parse_limit(text, "licence")
    except LimitError as error:
        fields.fault(name, error.message)
        return ""
    if not limit.unit.by_date:
        fields.fault(name, "时限应写作 N工作日、N自然日或 N个月")
        return ""
    return text


def read_licence(node: Located, department: str, file: str, problems: list[Problem]) -> Licence:
    """One entry of ``items:``."""
    fields = Fields(node, file, problems)
    _risk(fields)
    if fields.items("exclusions", required=False):
        fields.fault("exclusions", "存在法定排除情形的事项不得实行告知承诺")
    roles, excludes = _screening(fields)
    exception = _exception(fields)
    health = fields.flag("health_or_safety", False)
    if health and not exception[0]:
        fields.fault(
            "exception",
            "直接涉及人身健康、生命财产安全的事项，须写明依法或依公布清单列入的依据（exception）",
        )
    found = Licence(
        key=fields.text("key", pattern=KEY, most=48),
        name=fields.text("name", most=100),
        item=fields.text("item", pattern=KEY, most=48),
        department=department,
        certificate=_paper(fields),
        holders=_holders(fields),
        risk=_risk_of(fields),
        health_or_safety=health,
        conditions=_conditions(fields),
        replaced=fields.texts("replaced", length=48, most=30),
        later=_later(fields),
        check=_check(fields),
        consequences=fields.texts("consequences", least=1, length=200),
        roles=roles,
        excludes=excludes,
        basis=fields.text("basis", required=False, most=300),
        regulator=fields.text("regulator", required=False, most=40),
        trade_kinds=fields.texts("trade_kinds", length=48),
        exception=exception,
        file=file,
    )
    fields.done()
    return found


def _risk(fields: Fields) -> None:
    if fields.text("risk", most=10) == "high":
        fields.fault("risk", "风险高、纠错成本高、损害难以挽回的事项不得实行告知承诺")


def _risk_of(fields: Fields) -> str:
    text = fields.text("risk", required=False, most=10)
    return "" if text == "high" else fields.choice("risk", model.RISKS, required=False)


def _exception(fields: Fields) -> tuple[str, str]:
    nested = fields.nested("exception")
    if nested is None:
        return "", ""
    found = nested.text("basis", most=200), nested.text("note", required=False, most=300)
    nested.done()
    return found


def _paper(fields: Fields) -> Paper:
    nested = fields.nested("certificate")
    if nested is None:
        fields.fault("certificate", "缺少必填字段")
        return Paper("", "", None)
    found = Paper(
        nested.text("name", most=80),
        nested.text("type", pattern=_TYPE, most=21),
        nested.number("months", 1, 1_200),
    )
    nested.done()
    return found


def _holders(fields: Fields) -> tuple[str, ...]:
    found = fields.texts("holders", least=1)
    for one in found:
        if one in model.NOT_MARKET:
            fields.fault("holders", f"“{one}”{model.NOT_A_MARKET_ENTITY}，不能持有经营许可")
        elif one not in model.HOLDERS:
            fields.fault("holders", f"“{one}”不在可选值中：{'、'.join(model.HOLDERS)}")
    return found


def _conditions(fields: Fields) -> tuple[Condition, ...]:
    found: list[Condition] = []
    for node in fields.items("conditions"):
        nested = Fields(node, fields.file, fields.problems)
        one = Condition(
            nested.text("key", pattern=KEY, most=48),
            nested.text("text", most=300),
            nested.text("basis", most=200),
            nested.choice("when", model.WHEN),
        )
        nested.done()
        if any(other.key == one.key for other in found):
            nested.fault("key", f"条件 {one.key} 重复")
        found.append(one)
    return tuple(found)


def _later(fields: Fields) -> tuple[Later, ...]:
    found: list[Later] = []
    for node in fields.items("later", required=False):
        nested = Fields(node, fields.file, fields.problems)
        found.append(Later(nested.text("material", most=48), limit_of(nested, "within")))
        nested.done()
    return tuple(found)


def _check(fields: Fields) -> Check:
    nested = fields.nested("check")
    if nested is None:
        fields.fault("check", "缺少必填字段")
        return Check("", "", False)
    found = Check(
        nested.text("profile", most=40),
        nested.choice("method", model.METHODS),
        nested.flag("full", True),
    )
    nested.done()
    return found


def _screening(fields: Fields) -> tuple[tuple[str, ...], tuple[str, ...]]:
    nested = fields.nested("screening")
    if nested is None:
        fields.fault("screening", "缺少必填字段")
        return (), ()
    roles = nested.texts("roles", least=1)
    excludes = nested.texts("excludes", least=1)
    for field, given, allowed in (
        ("roles", roles, model.ROLES),
        ("excludes", excludes, model.EXCLUDES),
    ):
        for one in given:
            if one not in allowed:
                nested.fault(field, f"“{one}”不在可选值中：{'、'.join(allowed)}")
    if roles and "applicant" not in roles:
        nested.fault("roles", "必须筛查申请人本身（applicant）")
    nested.done()
    return roles, excludes


def read_profile(node: Located, file: str, problems: list[Problem]) -> Profile:
    """One entry of ``profiles:``. The check's time always counts from the decision."""
    fields = Fields(node, file, problems)
    key = fields.text("key", pattern=KEY, most=40)
    fields.choice("from", {"decision": "决定之日"})
    found = Profile(
        key,
        fields.text("name", most=60),
        limit_of(fields, "limit", required=key != "none"),
        fields.text("source", most=200),
    )
    fields.done()
    return found


def read_limits(given: Fields | None) -> Limits:
    """``limits:`` beside the profiles; one that the file leaves out stays the usual one."""
    if given is None:
        return Limits()
    said = {one.name: limit_of(given, one.name, required=False) for one in fields_of(Limits)}
    given.done()
    return Limits(**{name: limit for name, limit in said.items() if limit})


def read_word(node: Located, file: str, problems: list[Problem]) -> Forbidden:
    """One entry of ``words:`` of the forbidden."""
    fields = Fields(node, file, problems)
    found = Forbidden(fields.text("word", most=20), "", fields.text("basis", most=200))
    fields.done()
    return found


def read_never(node: Located, file: str, problems: list[Problem]) -> Forbidden:
    """One entry of ``items:`` of the forbidden."""
    fields = Fields(node, file, problems)
    found = Forbidden("", fields.text("item", most=48), fields.text("basis", most=200))
    fields.done()
    return found


def read_trade(node: Located, group: str, file: str, problems: list[Problem]) -> Trade:
    """One entry of ``trades:``; ``words`` are what people also call it, for the search."""
    fields = Fields(node, file, problems)
    questions: list[Question] = []
    found_components = fields.texts("components", most=20, length=48)
    if len(found_components) < 2:
        fields.fault("components", "一业一证须至少整合两项；只有一项的不发综合许可证")
    for inner in fields.items("questions", required=False):
        nested = Fields(inner, file, problems)
        question = Question(
            nested.text("key", pattern=KEY, most=48),
            nested.text("text", most=120),
            nested.texts("adds", least=1, length=48),
        )
        nested.done()
        for one in question.adds:
            if one not in found_components:
                nested.fault("adds", f"“{one}”不是本行业的组成事项")
        questions.append(question)
    found = Trade(
        fields.text("key", pattern=KEY, most=48),
        fields.text("name", most=40),
        found_components,
        tuple(questions),
        file,
        group,
        fields.text("hint", required=False, most=80),
        fields.texts("words", length=20, most=20),
    )
    fields.done()
    return found
