"""A theme file as a theme. What it says of items and papers is looked at by ``checking``."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from yishi.foundation.approvals.catalogue.conditions import (
    LISTS,
    TRUTH,
    When,
    facts_of,
    plain_when,
    read_when,
)
from yishi.foundation.approvals.catalogue.model import LEVELS
from yishi.foundation.calendars.limits import LimitError, parse_limit
from yishi.foundation.cases.catalogue_errors import Problem
from yishi.foundation.cases.catalogue_fields import Fields
from yishi.foundation.cases.catalogue_yaml import Located
from yishi.systems.life_events.catalogue.model import (
    AUDIENCES,
    GIVES,
    GROUPS,
    After,
    National,
    Question,
    Theme,
    ThemeItem,
)

KEY = re.compile(r"[a-z][a-z0-9_]{0,47}")
LEVEL_NAMES = {key: name for key, (_, name) in LEVELS.items()}
MOST_CHOICES = 12
MOST_QUESTIONS = 12
MOST_ITEMS = 60


def read_theme(node: Located, file: str, problems: list[Problem]) -> tuple[Theme, dict[str, int]]:
    """The theme of one tree, and the lines of its parts (``questions.KEY``, ``items.KEY``,
    ``same``, ``name`` …). Faults go to *problems*; what could be read is returned."""
    fields = Fields(node, file, problems)
    lines = {name: fields.line_of(name) for name in fields.names} | {"": node.line}
    questions = _questions(fields, lines)
    form, papers = fields.nested("fields"), fields.nested("materials")
    theme = Theme(
        key=fields.text("key", most=48, pattern=KEY),
        name=fields.text("name", most=60),
        audience=fields.choice("audience", AUDIENCES),
        group=fields.choice("group", GROUPS),
        lead=fields.text("lead", most=48),
        level=fields.choice("level", LEVEL_NAMES, required=False) or "county",
        summary=fields.text("summary", most=200),
        questions=questions,
        items=_items(fields, questions, lines),
        promise=_promise(fields),
        national=fields.text("national", required=False, most=40),
        deep=fields.flag("deep", False),
        same_fields=_groups(form),
        same_materials=_groups(papers),
        labels=_labels(form.nested("labels")) if form else {},
        order=form.texts("order", most=100, length=48) if form else (),
        distinct_from=fields.texts("distinct_from", length=60),
    )
    for part in (form, papers, fields):
        if part is not None:
            part.done()
    return theme, lines


def read_national(node: Located, key: str, file: str, problems: list[Problem]) -> National:
    """A national list's names."""
    fields = Fields(node, file, problems)
    found = National(
        key,
        fields.text("list", most=200),
        fields.text("document", required=False, most=500),
        fields.texts("names", least=1, most=400, length=100),
    )
    for extra in ("note", "source", "status"):
        fields.text(extra, required=False, most=1_000)
    fields.done()
    return found


def _promise(fields: Fields) -> str:
    written = fields.text("promise", required=False, most=20)
    if written:
        try:
            parse_limit(written, "licence")
        except LimitError as error:
            fields.fault("promise", error.reason)
            return ""
    return written


def _labels(fields: Fields | None) -> dict[str, str]:
    return {name: fields.text(name, most=60) for name in fields.names} if fields else {}


def _groups(fields: Fields | None) -> tuple[tuple[str, ...], ...]:
    if fields is None:
        return ()
    found = []
    seen: set[str] = set()
    for node in fields.items("same", required=False):
        group = _texts(node)
        if group is None or len(group) < 2:
            fields.fault("same", "每组应为至少两个键的列表", node.line)
            continue
        for key in group:
            if key in seen:
                fields.fault("same", f"{key} 重复出现", node.line)
            seen.add(key)
        found.append(group)
    return tuple(found)


def _texts(node: Located) -> tuple[str, ...] | None:
    if not isinstance(node.value, list):
        return None
    found = [one.value for one in node.value if isinstance(one.value, str)]
    return tuple(found) if len(found) == len(node.value) else None


def _questions(parent: Fields, lines: dict[str, int]) -> tuple[Question, ...]:
    found: dict[str, Question] = {}
    nodes = parent.items("questions", required=False)
    keys = [_named(node, "key") for node in nodes]
    for i, node in enumerate(nodes):
        fields = Fields(node, parent.file, parent.problems)
        question = Question(
            fields.text("key", most=48, pattern=KEY),
            fields.text("ask", most=120),
            _choices(fields),
            read_when(fields),
            fields.text("help", required=False, most=300),
        )
        fields.done()
        _check_when(fields, question.when, found, set(keys[i:]))
        if question.key in found:
            fields.fault("key", f"问题 {question.key} 重复")
        elif question.key:
            found[question.key] = question
            lines[f"questions.{question.key}"] = node.line
    if len(nodes) > MOST_QUESTIONS:
        parent.fault("questions", f"超过 {MOST_QUESTIONS} 个问题")
    return tuple(found.values())


def _named(node: Located, name: str) -> str:
    found = node.value.get(name) if isinstance(node.value, dict) else None
    return found.value if found is not None and isinstance(found.value, str) else ""


def _choices(fields: Fields) -> dict[str, str]:
    choices = _in_order(fields)
    if not choices and "choices" not in fields.names:
        return {}
    if not 2 <= len(choices) <= MOST_CHOICES:
        fields.fault("choices", f"应有 2 至 {MOST_CHOICES} 个选项")
    for name in choices:
        if not KEY.fullmatch(name):
            fields.fault(
                "choices", f"选项“{name[:40]}”应以小写字母开头，只用小写字母、数字、下划线"
            )
    if len(set(choices.values())) < len(choices):
        fields.fault("choices", "两个选项的文字相同")
    return choices


def _in_order(fields: Fields) -> dict[str, str]:
    """Files map keys to labels; the database, which forgets the order of a mapping, has pairs."""
    if not fields.is_list("choices"):
        nested = fields.nested("choices")
        return {name: nested.text(name, most=60) for name in nested.names} if nested else {}
    found: dict[str, str] = {}
    for node in fields.items("choices"):
        pair = _texts(node)
        if pair is None or len(pair) != 2 or pair[0] in found or not pair[1].strip():
            fields.fault("choices", "每个选项应为代码和文字，代码不重复", node.line)
            continue
        found[pair[0]] = pair[1].strip()[:60]
    return found


def _items(
    parent: Fields, questions: tuple[Question, ...], lines: dict[str, int]
) -> tuple[ThemeItem, ...]:
    asked = {one.key: one for one in questions}
    found: dict[str, ThemeItem] = {}
    nodes = parent.items("items")
    for node in nodes:
        fields = Fields(node, parent.file, parent.problems)
        item = ThemeItem(
            fields.text("item", most=48),
            read_when(fields),
            _after(fields),
            fields.text("held_by", required=False, most=48),
        )
        fields.done()
        _check_when(fields, item.when, asked, ())
        if item.item in found:
            fields.fault("item", f"事项 {item.item} 重复")
        elif item.item:
            found[item.item] = item
            lines[f"items.{item.item}"] = node.line
            lines[f"after.{item.item}"] = fields.line_of("after")
    if len(nodes) > MOST_ITEMS:
        parent.fault("items", f"超过 {MOST_ITEMS} 个事项")
    return tuple(found.values())


def _after(parent: Fields) -> tuple[After, ...]:
    found: dict[str, After] = {}
    for node in parent.items("after", required=False):
        fields = Fields(node, parent.file, parent.problems)
        after = After(fields.text("item", most=48), fields.choice("gives", GIVES))
        fields.done()
        if after.item in found:
            fields.fault("item", f"前置事项 {after.item} 重复")
        found[after.item] = after
    return tuple(found.values())


def _check_when(
    fields: Fields, when: When, asked: Mapping[str, Question], later: Collection[str]
) -> None:
    for term in facts_of(when):
        question = asked.get(term.fact)
        if question is None:
            where = "是本题或排在后面的问题" if term.fact in later else "没有这个问题"
            fields.fault("when", f"条件中的 {term.fact}：{where}")
            continue
        if (term.op in TRUTH) == bool(question.choices):
            ops = "eq、ne、in、not_in" if question.choices else "is_true、is_false"
            fields.fault("when", f"“{question.ask}”可用的比较：{ops}")
            continue
        values = term.value if term.op in LISTS else (term.value,)
        for one in values or ():
            if one is not None and one not in question.options:
                fields.fault("when", f"“{question.ask}”没有选项 {one}")


def file_content(theme: Theme) -> dict[str, Any]:
    """*theme* as files write it."""
    content = theme_content(theme)
    for question in content["questions"]:
        if "choices" in question:
            question["choices"] = dict(question["choices"])
    return content


def theme_content(theme: Theme) -> dict[str, Any]:
    """*theme* as it is stored and edited in the browser: as in a file, but choices are pairs."""
    content: dict[str, Any] = {"key": theme.key, "name": theme.name}
    content |= {"audience": theme.audience, "group": theme.group}
    content |= {"national": theme.national} if theme.national else {}
    content |= {"lead": theme.lead, "level": theme.level, "summary": theme.summary}
    content |= {"deep": True} if theme.deep else {}
    content |= {"promise": theme.promise} if theme.promise else {}
    content |= {"distinct_from": list(theme.distinct_from)} if theme.distinct_from else {}
    content["questions"] = [_question_content(one) for one in theme.questions]
    content["items"] = [_item_content(one) for one in theme.items]
    form: dict[str, Any] = {}
    form |= {"same": [list(group) for group in theme.same_fields]} if theme.same_fields else {}
    form |= {"labels": dict(theme.labels)} if theme.labels else {}
    form |= {"order": list(theme.order)} if theme.order else {}
    content |= {"fields": form} if form else {}
    if theme.same_materials:
        content["materials"] = {"same": [list(group) for group in theme.same_materials]}
    return content


def _question_content(question: Question) -> dict[str, Any]:
    found: dict[str, Any] = {"key": question.key, "ask": question.ask}
    if question.choices:
        found["choices"] = [list(pair) for pair in question.choices.items()]
    found |= {"when": plain_when(question.when)} if question.when else {}
    found |= {"help": question.help} if question.help else {}
    return found


def _item_content(item: ThemeItem) -> dict[str, Any]:
    found: dict[str, Any] = {"item": item.item}
    found |= {"when": plain_when(item.when)} if item.when else {}
    if item.after:
        found["after"] = [{"item": one.item, "gives": one.gives} for one in item.after]
    found |= {"held_by": item.held_by} if item.held_by else {}
    return found
