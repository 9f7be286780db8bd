"""Composing and changing themes in the browser: drafts, rehearsal on past cases, publishing after a
second look, and moving running cases to a new version after a dry run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from yishi.foundation.access.actors import Actor
from yishi.foundation.approvals.catalogue import Book
from yishi.foundation.cases import catalogue as versions
from yishi.foundation.cases.catalogue_errors import CatalogueError
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.inputs import clean_text
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.models import Case
from yishi.foundation.cases.plan import plan
from yishi.foundation.cases.state import CaseState
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.life_events import catalogue, handling, paperwork
from yishi.systems.life_events import states as s
from yishi.systems.life_events.applications import Owned
from yishi.systems.life_events.catalogue import routes
from yishi.systems.life_events.catalogue.model import Theme, Themes
from yishi.systems.life_events.catalogue.reading import KEY, theme_content
from yishi.systems.life_events.lifecycle import LIFECYCLE
from yishi.systems.life_events.made import Made, made_of
from yishi.systems.life_events.models import Application, ThemeProposal
from yishi.systems.life_events.versions import Registers, registers, themes_of

OPEN = (ThemeProposal.DRAFT, ThemeProposal.RETURNED)
#: Past cases that one rehearsal looks at.
MOST_PAST = 1_000
MOST_MOVED = 500
_NEW = {
    "audience": "enterprise",
    "group": "市场准入",
    "lead": "government_services",
    "level": "county",
    "summary": "",
    "questions": [],
    "items": [],
}


def begin(key: object, actor: Actor, now: datetime) -> ThemeProposal:
    """Begin to change the theme *key*, or to compose a new one of that key.

    Raises:
        FieldError: for a key that cannot be one, or a theme that is being changed already.
    """
    text = clean_text("key", key, 48)
    if not KEY.fullmatch(text):
        raise FieldError("key", "代码应以小写字母开头，只用小写字母、数字和下划线", "format")
    version, themes = registers().themes(now)
    known = themes.themes.get(text)
    content = theme_content(known) if known else {"key": text, "name": "", **_NEW}
    try:
        with transaction.atomic():
            return ThemeProposal.objects.create(
                key=text,
                content=content,
                base_id=version,
                author=actor.ref,
                author_name=actor.name[:60],
                created_at=now,
                updated_at=now,
            )
    except IntegrityError as error:
        raise FieldError("key", "这个主题正在编制中", "open") from error


def locked(proposal: int) -> ThemeProposal:
    """A proposal, locked. Raises FieldError when there is none."""
    row = ThemeProposal.objects.select_for_update().filter(pk=proposal).first()
    if row is None:
        raise FieldError("proposal", "没有这份编制稿", "unknown")
    return row


def change(
    proposal: int, version: int, content: Mapping[str, Any], actor: Actor, now: datetime
) -> ThemeProposal:
    """Keep a changed draft. Raises FieldError when somebody else changed it since."""
    with transaction.atomic():
        row = locked(proposal)
        if row.state not in OPEN:
            raise FieldError("proposal", "已提交复核或已发布，不能再改", "state")
        if row.version != version:
            raise FieldError("proposal", "刚被他人修改，请刷新后再试", "version")
        row.content = dict(content)
        row.state, row.rehearsal = ThemeProposal.DRAFT, None
        row.author, row.author_name = actor.ref, actor.name[:60]
        row.version += 1
        row.updated_at = now
        row.save()
    return row


def checked(row: ThemeProposal, themes: Themes, book: Book) -> tuple[Theme | None, list[str]]:
    """The theme of a draft, or everything that is wrong with it."""
    try:
        return catalogue.check_theme(row.content, themes, book), []
    except CatalogueError as error:
        return None, [f"{one.field}：{one.message}" for one in error.problems]


# --- rehearsal ---


@dataclass(frozen=True, slots=True)
class Difference:
    """One past case that would have gone otherwise."""

    number: str
    more: tuple[str, ...]
    fewer: tuple[str, ...]
    papers_more: tuple[str, ...]
    papers_fewer: tuple[str, ...]
    end_before: str
    end_after: str


@dataclass(slots=True)
class Rehearsal:
    """What the draft would have changed: ``unknown`` cases lack an answer to a new question."""

    cases: int = 0
    same: int = 0
    unknown: int = 0
    items: int = 0
    papers: int = 0
    dates: int = 0
    differences: list[Difference] = field(default_factory=list)

    def as_content(self, now: datetime) -> dict[str, Any]:
        """What is kept with the draft."""
        return {
            "at": now.isoformat(),
            "cases": self.cases,
            "same": self.same,
            "unknown": self.unknown,
            "items": self.items,
            "papers": self.papers,
            "dates": self.dates,
        }


def rehearse(theme: Theme, found: Registers, now: datetime, actor: Actor) -> Rehearsal:
    """Replay past cases of *theme*'s key with it; nothing is written (2 statements)."""
    _, book = found.book(now)
    result = Rehearsal()
    seen = Case.objects.visible_to(actor).filter(system=s.SYSTEM, type_key=theme.key)
    rows = Application.objects.visible_to(actor).filter(case__in=seen).select_related("case")
    for application in rows.order_by("-submitted_at")[:MOST_PAST]:
        result.cases += 1
        before_theme = themes_of(application.catalogue_id).themes.get(theme.key)
        if before_theme is None or _unanswered(theme, application.answers):
            result.unknown += 1
            continue
        _compare(result, application, before_theme, theme, book, found)
    return result


def _unanswered(theme: Theme, answers: Mapping[str, Any]) -> bool:
    for question in routes.asked(theme, answers):
        value = answers.get(question.key)
        if value is None or question.option(value) not in question.options:
            return True
    return False


def _compare(
    result: Rehearsal,
    application: Application,
    before: Theme,
    after: Theme,
    book: Book,
    found: Registers,
) -> None:
    old = made_of(before, application.answers, book)
    new = made_of(after, application.answers, book)
    case = application.case
    assert case is not None  # only applications that were handed in are rehearsed
    received = case.received_at
    ends = [_end(one, found, received) for one in (old, new)]
    old_papers, new_papers = (
        {p.key: p.name for p in old.papers},
        {p.key: p.name for p in new.papers},
    )
    names = {key: book.items[key].name for key in (*old.to_do, *new.to_do)}
    one = Difference(
        case.number,
        tuple(names[key] for key in new.to_do if key not in old.to_do),
        tuple(names[key] for key in old.to_do if key not in new.to_do),
        tuple(name for key, name in new_papers.items() if key not in old_papers),
        tuple(name for key, name in old_papers.items() if key not in new_papers),
        ends[0],
        ends[1],
    )
    items = bool(one.more or one.fewer)
    papers = bool(one.papers_more or one.papers_fewer)
    dates = one.end_before != one.end_after
    result.items += items
    result.papers += papers
    result.dates += dates
    if items or papers or dates:
        if len(result.differences) < 100:
            result.differences.append(one)
    else:
        result.same += 1


def _end(made: Made, found: Registers, received: datetime) -> str:
    if not made.to_do:
        return ""
    return handling.expected_end(made, found.calendar, received).isoformat()


def keep_rehearsal(proposal: int, result: Rehearsal, now: datetime) -> None:
    """Remember with the draft what a rehearsal found."""
    ThemeProposal.objects.filter(pk=proposal).update(rehearsal=result.as_content(now))


# --- a second look, and publishing ---


def ask(proposal: int, note: object, actor: Actor, now: datetime) -> ThemeProposal:
    """Ask somebody else to look and publish. Raises FieldError for a draft that is wrong."""
    found = registers()
    with transaction.atomic():
        row = locked(proposal)
        if row.state not in OPEN:
            raise FieldError("proposal", "已提交复核或已发布", "state")
        _, wrong = checked(row, found.themes(now)[1], found.book(now)[1])
        if wrong:
            raise FieldError("proposal", f"还有 {len(wrong)} 处问题没有解决", "wrong")
        row.state, row.note = ThemeProposal.ASKED, clean_text("note", note, 500)
        row.author, row.author_name, row.updated_at = actor.ref, actor.name[:60], now
        row.save()
    return row


def give_back(proposal: int, answer: object, actor: Actor, now: datetime) -> ThemeProposal:
    """Return a draft with what has to be changed."""
    text = clean_text("answer", answer, 500)
    if not text:
        raise FieldError("answer", "请写明退回的理由", "required")
    with transaction.atomic():
        row = locked(proposal)
        if row.state != ThemeProposal.ASKED:
            raise FieldError("proposal", "没有待复核的编制稿", "state")
        row.state, row.answer = ThemeProposal.RETURNED, text
        row.reviewer, row.reviewer_name, row.updated_at = actor.ref, actor.name[:60], now
        row.save()
    return row


def drop(proposal: int, now: datetime) -> ThemeProposal:
    """Give a draft up."""
    with transaction.atomic():
        row = locked(proposal)
        if row.state not in (*OPEN, ThemeProposal.ASKED):
            raise FieldError("proposal", "已经发布", "state")
        row.state, row.updated_at = ThemeProposal.DROPPED, now
        row.save()
    return row


def publish(proposal: int, actor: Actor, now: datetime) -> ThemeProposal:
    """Put a draft into force as a new version; running cases stay on theirs.

    Raises:
        FieldError: for one's own draft, a draft that is wrong by now, or a theme that somebody
            else published meanwhile.
    """
    found = registers()
    with transaction.atomic():
        row = locked(proposal)
        if row.state != ThemeProposal.ASKED:
            raise FieldError("proposal", "没有待复核的编制稿", "state")
        if row.author == actor.ref:
            raise FieldError("proposal", "编制人不能复核自己的稿件", "own")
        version, themes = found.themes(now)
        theme, wrong = checked(row, themes, found.book(now)[1])
        if theme is None:
            raise FieldError("proposal", f"现在有 {len(wrong)} 处问题：{wrong[0]}", "wrong")
        before = themes_of(row.base_id).themes.get(row.key)
        if version != row.base_id and before != themes.themes.get(row.key):
            raise FieldError("proposal", "这个主题已有新版本，请按新版本重新编制", "conflict")
        result = versions.load(
            catalogue.SYSTEM,
            catalogue.content_of(catalogue.with_theme(themes, theme)),
            effective_from=now,
            origin="browser",
            actor_ref=actor.ref,
            now=now,
            note=f"{row.key} {theme.name}",
            checked=True,
        )
        row.state, row.published_id = ThemeProposal.PUBLISHED, result.version
        row.reviewer, row.reviewer_name, row.updated_at = actor.ref, actor.name[:60], now
        row.save()
    return row


# --- moving running cases ---


@dataclass(frozen=True, slots=True)
class Moved:
    """A running case, and why it cannot go over (``""``: it can)."""

    case: CaseState
    why: str


def dry_run(key: str, actor: Actor, now: datetime) -> tuple[int, list[Moved]]:
    """The running cases of a theme on older versions, and which of them can go over to the one in
    force: before acceptance where all its questions are answered, afterwards where the items stay.
    """
    found = registers()
    version, themes = found.themes(now)
    theme = themes.themes.get(key)
    if theme is None:
        raise FieldError("theme", "没有这个主题", "unknown")
    rows = Case.objects.visible_to(actor).filter(
        system=s.SYSTEM, type_key=key, closed_at__isnull=True
    )
    ids = rows.exclude(catalogue_id=version).order_by("pk").values_list("pk", flat=True)
    states = load_states(list(ids[:MOST_MOVED]))
    return version, [Moved(case, _why_not(case, theme, now)) for case in states]


def _why_not(case: CaseState, theme: Theme, now: datetime) -> str:
    application = handling.application_of(case.id)
    if _unanswered(theme, application.answers):
        return "新版有尚未回答的问题"
    looked = handling.look(case, now)
    new = made_of(
        theme,
        application.answers,
        looked.made.book,
        looked.having.materials,
        by_agent=application.mandate is not None,
    )
    if case.state in s.RUNNING and set(new.to_do) != set(looked.made.to_do):
        return "已受理，新版的事项不同"
    if _missing(new, looked.having, application):
        return "新版要求的内容或材料尚未提交"
    return ""


def _missing(new: Made, having: Owned, application: Application) -> bool:
    from yishi.systems.life_events import applications

    values = applications.unseal(application).values
    return bool(
        applications.missing_fields(new, values)
        or paperwork.missing_papers(application, new, having)
    )


def move_cases(key: str, ids: Sequence[int], actor: Actor, now: datetime) -> int:
    """Let the chosen cases go over, in one commit; those that cannot stay. Returns how many."""
    version, moved = dry_run(key, actor, now)
    wanted = {one.case.id for one in moved if not one.why} & set(ids)
    if not wanted:
        return 0
    found = registers()
    changes = []
    with transaction.atomic():
        for case in load_states(wanted, lock=True):
            if case.closed_at is not None or case.catalogue_id == version:
                continue
            facts = {"version": version}
            context = found.for_case(case)
            changes.append(
                plan(LIFECYCLE, case, "move_version", actor, facts, now, context, trusted=True)
            )
        if changes:
            commit(changes)
        moved_ids = [change.after.id for change in changes]
        rows = Application.objects.unscoped("cases that the actor moves")
        rows.filter(case_id__in=moved_ids).update(catalogue_id=version)
    return len(changes)
