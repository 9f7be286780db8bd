"""A theme's parts as forms in the browser: base, questions, items, maps.

A condition is chosen by ticking, for each earlier question, the answers that count; questions are
joined by AND. What cannot be said so (``any`` groups) is kept as it is while its box stays ticked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yishi.foundation.revisions.errors import FieldError
from yishi.systems.life_events.catalogue.model import NO, YES, YES_NO

Content = dict[str, Any]
MOST_LINES = 60


def options_of(question: Mapping[str, Any]) -> dict[str, str]:
    """The possible answers of a question in a draft."""
    choices = question.get("choices")
    return {str(key): str(label) for key, label in choices} if choices else dict(YES_NO)


def ticked(when: Any, questions: list[Content]) -> tuple[dict[str, set[str]], list[Any]]:
    """A condition as ticked answers by question, and what cannot be said so."""
    known = {str(one.get("key")): options_of(one) for one in questions}
    found: dict[str, set[str]] = {}
    rest: list[Any] = []
    for part in when or ():
        options = known.get(str(part.get("fact", "")))
        said = _said(part, options) if options else None
        if said is None or part["fact"] in found:
            rest.append(part)
        else:
            found[part["fact"]] = said
    return found, rest


def _said(part: Mapping[str, Any], options: Mapping[str, str]) -> set[str] | None:
    op, value = part.get("is"), part.get("value")
    values = {str(one) for one in value} if isinstance(value, (list, tuple)) else {str(value)}
    if op in ("eq", "in"):
        return values
    if op in ("ne", "not_in"):
        return set(options) - values
    if op in ("is_true", "is_false"):
        return {YES if op == "is_true" else NO}
    return None


def when_of(post: Mapping[str, Any], questions: list[Content], rest: list[Any]) -> list[Content]:
    """The condition that was ticked (``when.QUESTION`` lists), with the kept rest."""
    found: list[Content] = []
    for question in questions:
        key = str(question.get("key"))
        options = options_of(question)
        chosen = [one for one in _list(post, f"when.{key}") if one in options]
        if not chosen or len(chosen) == len(options):
            continue
        if question.get("choices"):
            many = len(chosen) > 1
            found.append(
                {"fact": key, "is": "in" if many else "eq", "value": chosen if many else chosen[0]}
            )
        else:
            found.append({"fact": key, "is": "is_true" if chosen[0] == YES else "is_false"})
    return found + (rest if _text(post, "keep") else [])


def base(content: Content, post: Mapping[str, Any]) -> Content:
    """Name, summary, audience, group, lead, level, promise."""
    new = dict(content)
    for name in ("name", "summary", "audience", "group", "lead", "level", "promise"):
        value = _text(post, name)
        new[name] = value
    if not new["promise"]:
        new.pop("promise")
    return new


def question(content: Content, place: int, post: Mapping[str, Any]) -> Content:
    """Change question *place*, or add one behind the last."""
    questions = [dict(one) for one in content.get("questions", [])]
    old = questions[place] if place < len(questions) else {}
    earlier = questions[:place]
    _, rest = ticked(old.get("when"), earlier)
    new: Content = {"key": _text(post, "key"), "ask": _text(post, "ask")}
    choices = _pairs(_text(post, "choices"), "choices")
    new |= {"choices": [list(pair) for pair in choices.items()]} if choices else {}
    when = when_of(post, earlier, rest)
    new |= {"when": when} if when else {}
    new |= {"help": _text(post, "help")} if _text(post, "help") else {}
    return {**content, "questions": _put(questions, place, new)}


def item(content: Content, place: int, post: Mapping[str, Any]) -> Content:
    """Change item *place*, or add one behind the last."""
    items = [dict(one) for one in content.get("items", [])]
    old = items[place] if place < len(items) else {}
    questions = list(content.get("questions", []))
    _, rest = ticked(old.get("when"), questions)
    new: Content = {"item": _text(post, "item")}
    when = when_of(post, questions, rest)
    new |= {"when": when} if when else {}
    after = [
        {"item": str(one["item"]), "gives": gives}
        for one in items
        if (gives := _text(post, f"after.{one['item']}")) in ("licence", "data")
        and one["item"] != new["item"]
    ]
    new |= {"after": after} if after else {}
    new |= {"held_by": _text(post, "held_by")} if _text(post, "held_by") else {}
    return {**content, "items": _put(items, place, new)}


def maps(content: Content, post: Mapping[str, Any]) -> Content:
    """What means the same here: fields, labels, order, materials; a group a line."""
    new = {name: one for name, one in content.items() if name not in ("fields", "materials")}
    fields: Content = {}
    same = _groups(_text(post, "same_fields"))
    labels = _pairs(_text(post, "labels"), "labels")
    order = _text(post, "order").split()
    fields |= {"same": same} if same else {}
    fields |= {"labels": labels} if labels else {}
    fields |= {"order": order} if order else {}
    new |= {"fields": fields} if fields else {}
    materials = _groups(_text(post, "same_materials"))
    new |= {"materials": {"same": materials}} if materials else {}
    return new


def shift(content: Content, kind: str, place: int, by: int) -> Content:
    """Move a question or item up or down."""
    entries = list(content.get(kind, []))
    other = place + by
    if 0 <= place < len(entries) and 0 <= other < len(entries):
        entries[place], entries[other] = entries[other], entries[place]
    return {**content, kind: entries}


def remove(content: Content, kind: str, place: int) -> Content:
    """Take a question or item out; items that waited for it no longer do."""
    entries = list(content.get(kind, []))
    if not 0 <= place < len(entries):
        return content
    gone = entries.pop(place)
    if kind == "items":
        entries = [_not_after(one, gone.get("item")) for one in entries]
    return {**content, kind: entries}


def _not_after(one: Content, gone: Any) -> Content:
    after = [a for a in one.get("after", []) if a.get("item") != gone]
    kept = {name: value for name, value in one.items() if name != "after"}
    return kept | ({"after": after} if after else {})


def _put(entries: list[Content], place: int, new: Content) -> list[Content]:
    return [*entries[:place], new, *entries[place + 1 :]]


def _text(post: Mapping[str, Any], name: str) -> str:
    value = post.get(name, "")
    return value.replace("\r\n", "\n").strip() if isinstance(value, str) else ""


def _list(post: Mapping[str, Any], name: str) -> list[str]:
    getlist = getattr(post, "getlist", None)
    found = getlist(name) if getlist is not None else post.get(name, [])
    return [str(one) for one in found]


def _lines(text: str, field: str) -> list[str]:
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if len(lines) > MOST_LINES:
        raise FieldError(field, f"最多 {MOST_LINES} 行", "too_many")
    return lines


def _pairs(text: str, field: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in _lines(text, field):
        key, _, label = line.partition(" ")
        if not label.strip():
            raise FieldError(field, f"“{line[:40]}”应写作：代码 文字", "format")
        found[key] = label.strip()
    return found


def _groups(text: str) -> list[list[str]]:
    return [line.split() for line in _lines(text, "same")]


def pair_lines(found: Any) -> str:
    """A mapping or pairs as lines of a text area."""
    pairs = found.items() if isinstance(found, Mapping) else found or ()
    return "\n".join(f"{key} {label}" for key, label in pairs)


def group_lines(found: Any) -> str:
    """Groups as lines of a text area."""
    return "\n".join(" ".join(group) for group in found or ())
