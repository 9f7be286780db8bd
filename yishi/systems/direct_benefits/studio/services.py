"""The verbs of the studio: begin, change, ask for a second look, return, publish, end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.inputs import CITY_TIME, clean_text
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits import states as s
from yishi.systems.direct_benefits.studio import composing, seams
from yishi.systems.direct_benefits.studio.models import Ending, ItemDraft
from yishi.systems.direct_benefits.studio.shape import Tree
from yishi.systems.direct_benefits.studio.vocabulary import Vocabulary

OPEN = (ItemDraft.DRAFT, ItemDraft.RETURNED)


def _need(actor: Actor, role: str, what: str) -> None:
    if not actor.has(role):
        raise FieldError("actor", f"您的岗位不能{what}", "role")


def begin(key: object, copy_of: object, actor: Actor, now: datetime) -> ItemDraft:
    """Begin to change the item *key*, or to compose a new one of that key (as *copy_of*, if given).

    Raises:
        FieldError: for a key that cannot be one, or an item that is being changed already.
    """
    _need(actor, s.POLICY, "编制政策事项")
    text = clean_text("key", key, 80)
    if not composing.KEY.fullmatch(text):
        message = "代码形如 science_technology.first_award，只用小写字母、数字、下划线和点"
        raise FieldError("key", message, "format")
    known = seams.newest(text)
    content = seams.plain(known.content) if known else composing.fresh(text)
    source = clean_text("copy_of", copy_of, 80)
    if not known and source:
        model = seams.newest(source)
        if model is None:
            raise FieldError("copy_of", "没有这个事项，请从列表中选择", "unknown")
        content = seams.plain(model.content) | {"key": text, "name": ""}
    try:
        with transaction.atomic():
            return ItemDraft.objects.create(
                key=text,
                name=str(content.get("name") or "")[:200],
                content=content,
                base=known.id if known else None,
                author=actor.ref,
                author_name=actor.name[:60],
                created_at=now,
                updated_at=now,
            )
    except IntegrityError as error:
        raise FieldError("key", "这个事项正在编制中，请打开已有的编制稿", "open") from error


def locked(draft: int) -> ItemDraft:
    """A draft, locked. Raises FieldError when there is none."""
    row = ItemDraft.objects.select_for_update().filter(pk=draft).first()
    if row is None:
        raise FieldError("draft", "没有这份编制稿", "unknown")
    return row


def change(
    draft: int, version: int, content: Mapping[str, Any], day: str, actor: Actor, now: datetime
) -> ItemDraft:
    """Keep a changed draft. *day*: when it is to come into force, as written (``""``: open).

    Raises:
        FieldError: when somebody else changed it since, or it is with the reviewer.
    """
    _need(actor, s.POLICY, "编制政策事项")
    with transaction.atomic():
        row = locked(draft)
        if row.state not in OPEN:
            raise FieldError("draft", "已提交复核或已发布，不能再改", "state")
        changed = row.content != content
        if changed and row.version != version:
            raise FieldError("version", "刚被他人修改，请刷新后再改", "version")
        row.content, row.name = dict(content), str(content.get("name") or "")[:200]
        row.effective_from = _day_or_none(day)
        if changed:
            row.rehearsal = None
            row.version += 1
        row.author, row.author_name, row.updated_at = actor.ref, actor.name[:60], now
        row.save()
    return row


def _day_or_none(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def keep_rehearsal(draft: int, version: int, found: Mapping[str, Any]) -> None:
    """Remember with the draft what rehearsing its content found, unless it changed meanwhile."""
    ItemDraft.objects.filter(pk=draft, version=version).update(rehearsal=dict(found))


def complaints(row: ItemDraft, words: Vocabulary) -> tuple[Tree, dict[str, str]]:
    """The form of a draft and everything that is wrong with it, by name of the input."""
    tree = composing.tree_of(row.content, words)
    content, errors = composing.content_of(tree, words, row.key)
    if not errors:
        errors = seams.refused(content, row.effective_from)
    return tree, errors


# --- a second look ---


def ask(draft: int, note: object, actor: Actor, now: datetime) -> ItemDraft:
    """Ask somebody else to look and publish. Raises FieldError for a draft that is wrong."""
    _need(actor, s.POLICY, "提交复核")
    with transaction.atomic():
        row = locked(draft)
        if row.state not in OPEN:
            raise FieldError("draft", "已提交复核或已发布", "state")
        _tree, wrong = complaints(row, seams.vocabulary())
        if wrong:
            name, text = next(iter(wrong.items()))
            raise FieldError(name, f"还有 {len(wrong)} 处问题没有解决：{text}", "wrong")
        if row.effective_from is None:
            raise FieldError("effective_from", "请填写生效日期", "required")
        if row.effective_from < now.astimezone(CITY_TIME).date():
            raise FieldError("effective_from", "生效日期不能早于今天", "range")
        if row.rehearsal is None:
            raise FieldError("rehearsal", "请先用上年数据预演，再提交复核", "required")
        row.state, row.note = ItemDraft.ASKED, clean_text("note", note, 500)
        row.author, row.author_name, row.updated_at = actor.ref, actor.name[:60], now
        row.reviewer = row.reviewer_name = ""
        row.save()
    return row


def _for_review(draft: int, version: int, actor: Actor) -> ItemDraft:
    _need(actor, s.REVIEWER, "复核政策事项")
    row = locked(draft)
    if row.state != ItemDraft.ASKED:
        raise FieldError("draft", "已由他人复核，或不在待复核中", "state")
    if row.version != version:
        raise FieldError("version", "编制稿已不是您看到的那一份，请刷新后再决定", "version")
    if row.author == actor.ref:
        raise FieldError("draft", "编制人不能复核自己的稿件，请由另一人复核", "own")
    return row


def give_back(draft: int, version: int, answer: object, actor: Actor, now: datetime) -> ItemDraft:
    """Return a draft with what has to be changed."""
    text = clean_text("answer", answer, 500)
    if not text:
        raise FieldError("answer", "请写明退回的理由", "required")
    with transaction.atomic():
        row = _for_review(draft, version, actor)
        row.state, row.answer = ItemDraft.RETURNED, text
        row.reviewer, row.reviewer_name, row.updated_at = actor.ref, actor.name[:60], now
        row.save()
    return row


def drop(draft: int, actor: Actor, now: datetime) -> ItemDraft:
    """Give a draft up."""
    _need(actor, s.POLICY, "放弃编制稿")
    with transaction.atomic():
        row = locked(draft)
        if row.state not in (*OPEN, ItemDraft.ASKED):
            raise FieldError("draft", "已经发布或放弃", "state")
        row.state, row.updated_at = ItemDraft.DROPPED, now
        row.save()
    return row


def publish(draft: int, version: int, day: object, actor: Actor, now: datetime) -> ItemDraft:
    """Put a draft into force from *day* on as a new version; what runs keeps its version.

    Raises:
        FieldError: for one's own draft, a draft that is wrong by now, an item that somebody else
            published meanwhile, or a day that is over.
    """
    text = clean_text("effective_from", day, 10)
    effective = _day_or_none(text)
    if effective is None:
        raise FieldError("effective_from", "请填写生效日期，形如 2026-01-31", "format")
    if effective < now.astimezone(CITY_TIME).date():
        raise FieldError("effective_from", "生效日期不能早于今天", "range")
    with transaction.atomic():
        row = _for_review(draft, version, actor)
        newest = seams.newest(row.key)
        if (newest.id if newest else None) != row.base:
            raise FieldError("draft", "这个事项已有新版本，请退回后按新版本重新编制", "conflict")
        _tree, wrong = complaints(row, seams.vocabulary())
        if wrong:
            name, why = next(iter(wrong.items()))
            raise FieldError(name, f"现在有 {len(wrong)} 处问题：{why}", "wrong")
        made = seams.publish(row, effective, actor, now)
        row.state, row.published, row.effective_from = ItemDraft.PUBLISHED, made.id, effective
        row.reviewer, row.reviewer_name, row.updated_at = actor.ref, actor.name[:60], now
        row.save()
    return row


# --- ending a version ---


def ask_ending(
    key: object, kind: object, last_day: object, reason: object, actor: Actor, now: datetime
) -> Ending:
    """Ask that the version in force ends with *last_day*. Raises FieldError naming the field."""
    _need(actor, s.POLICY, "提出停止执行")
    name = clean_text("key", key, 80)
    current = seams.newest(name)
    if current is None:
        raise FieldError("key", "没有这个事项", "unknown")
    if kind not in dict(Ending.KINDS):
        raise FieldError("kind", "请选择停止执行还是随文件废止", "unknown")
    day = _day_or_none(clean_text("last_day", last_day, 10))
    if day is None:
        raise FieldError("last_day", "请填写最后执行日，形如 2026-01-31", "format")
    if day < now.astimezone(CITY_TIME).date():
        raise FieldError("last_day", "最后执行日不能早于今天", "range")
    if current.effective_to is not None and current.effective_to <= day:
        raise FieldError("last_day", "这个版本在那之前已经到期", "range")
    text = clean_text("reason", reason, 500)
    if not text:
        raise FieldError("reason", "请写明理由和依据的文件", "required")
    try:
        with transaction.atomic():
            return Ending.objects.create(
                key=name,
                item_version=current.id,
                kind=str(kind),
                last_day=day,
                reason=text,
                author=actor.ref,
                author_name=actor.name[:60],
                created_at=now,
            )
    except IntegrityError as error:
        raise FieldError("key", "已经提出停止执行，正等待复核", "open") from error


def decide_ending(ending: int, agree: bool, answer: object, actor: Actor, now: datetime) -> Ending:
    """End the version, or refuse to. Raises FieldError for one's own request."""
    _need(actor, s.REVIEWER, "复核停止执行")
    text = clean_text("answer", answer, 500)
    if not agree and not text:
        raise FieldError("answer", "请写明不同意的理由", "required")
    with transaction.atomic():
        row = Ending.objects.select_for_update().filter(pk=ending).first()
        if row is None:
            raise FieldError("ending", "没有这项请求", "unknown")
        if row.state != Ending.ASKED:
            raise FieldError("ending", "已由他人决定", "state")
        if row.author == actor.ref:
            raise FieldError("ending", "提出人不能复核自己的请求，请由另一人复核", "own")
        if agree:
            seams.end(row, now)
        row.state = Ending.DONE if agree else Ending.REFUSED
        row.reviewer, row.reviewer_name = actor.ref, actor.name[:60]
        row.answer, row.decided_at = text, now
        row.save()
    return row
