"""Asking sources at the moment of a decision. Whatever goes wrong is an answer of its own.

A source that is down, slow, empty, garbled or stale never counts as one that knows nothing of the
subject: its lists stay uncovered, and screening says UNKNOWN.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from django.db import connections, transaction

from yishi.foundation.credit.asking import Asked
from yishi.foundation.credit.listings import Listing

OK, DOWN, SLOW, EMPTY, GARBLED, STALE, NEVER = (
    "ok",
    "down",
    "slow",
    "empty",
    "garbled",
    "stale",
    "never",
)
#: How far a source's clock may be ahead of ours.
AHEAD = timedelta(minutes=10)


class SourceGarbled(ValueError):
    """A source answered something that cannot be read; the text says what, without its content."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a source said: as of when, from which version of how many entries, and its listings.

    ``total`` is None only for what is recorded here, which may be nothing.
    """

    as_of: datetime | None
    version: str
    total: int | None
    listings: Sequence[Listing]


class Source(Protocol):
    """Something to ask. ``stored``: it reads this database and is asked in the caller's thread."""

    @property
    def key(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def lists(self) -> Sequence[str]: ...
    @property
    def max_age(self) -> timedelta | None: ...
    @property
    def stored(self) -> bool: ...
    def ask(self, asked: Sequence[Asked], now: datetime, timeout: float) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: when it began (milliseconds after the first), how it ended."""

    after: int
    milliseconds: int
    state: str
    problem: str = ""


@dataclass(slots=True)
class Consulted:
    """A source as it was found. ``listings`` are used only when ``state`` is ok."""

    key: str
    name: str
    kind: str
    lists: tuple[str, ...]
    state: str = DOWN
    problem: str = ""
    as_of: datetime | None = None
    version: str = ""
    total: int | None = None
    listings: tuple[Listing, ...] = ()
    attempts: list[Attempt] = field(default_factory=list)

    def as_json(self, now: datetime) -> dict[str, Any]:
        """The stored form."""
        return {
            "key": self.key,
            "name": self.name,
            "kind": self.kind,
            "state": self.state,
            "problem": self.problem,
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "version": self.version,
            "total": self.total,
            "asked_at": now.isoformat(),
            "attempts": [
                {
                    "after": one.after,
                    "milliseconds": one.milliseconds,
                    "state": one.state,
                    "problem": one.problem,
                }
                for one in self.attempts
            ],
        }


def consult(
    sources: Sequence[Source],
    asked: Sequence[Asked],
    now: datetime,
    *,
    timeout: float,
    attempts: int,
) -> list[Consulted]:
    """Ask every source, those elsewhere at once and again when they fail, each try within
    *timeout* seconds. Never raises for what a source does."""
    found = [_blank(source) for source in sources]
    started = time.monotonic()
    for source, one in zip(sources, found, strict=True):
        if _stored(source):
            _take(one, source, _here(source, asked, now, timeout), now, started)
    away = [(s, one) for s, one in zip(sources, found, strict=True) if not _stored(s)]
    for _ in range(attempts):
        waiting = [(source, one) for source, one in away if one.state != OK]
        answers = _elsewhere([source for source, _ in waiting], asked, now, timeout)
        for (source, one), answer in zip(waiting, answers, strict=True):
            _take(one, source, answer, now, started)
    return found


@dataclass(frozen=True, slots=True)
class _Tried:
    answer: Any
    error: BaseException | None
    began: float
    seconds: float
    late: bool = False


def _blank(source: Source) -> Consulted:
    try:
        return Consulted(str(source.key), str(source.name), str(source.kind), tuple(source.lists))
    except Exception:
        return Consulted("?", "?", "?", (), problem="来源配置无法读取")


def _stored(source: Source) -> bool:
    try:
        return source.stored is True
    except Exception:
        return False


def _here(source: Source, asked: Sequence[Asked], now: datetime, timeout: float) -> _Tried:
    began = time.monotonic()
    try:
        with transaction.atomic():  # an error here leaves the caller's transaction usable
            answer = source.ask(asked, now, timeout)
    except Exception as error:
        return _Tried(None, error, began, time.monotonic() - began)
    return _Tried(answer, None, began, time.monotonic() - began)


def _elsewhere(
    sources: Sequence[Source], asked: Sequence[Asked], now: datetime, timeout: float
) -> list[_Tried]:
    """One try of each, side by side. Whoever does not answer in time is left behind: its thread
    ends with its own time limits and its answer is never read."""
    began = time.monotonic()
    boxes: list[queue.Queue[_Tried]] = [queue.Queue(1) for _ in sources]

    def work(source: Source, box: queue.Queue[_Tried]) -> None:
        try:
            answer = source.ask(asked, now, timeout)
        except BaseException as error:
            box.put(_Tried(None, error, began, time.monotonic() - began))
        else:
            box.put(_Tried(answer, None, began, time.monotonic() - began))
        finally:
            connections.close_all()  # this thread's own, if the source opened any

    for source, box in zip(sources, boxes, strict=True):
        threading.Thread(target=work, args=(source, box), daemon=True).start()
    found = []
    for box in boxes:
        try:
            left = max(0.0, began + timeout - time.monotonic())
            found.append(box.get(timeout=left) if left else box.get_nowait())
        except queue.Empty:
            found.append(_Tried(None, None, began, timeout, late=True))
    return found


def _take(one: Consulted, source: Source, tried: _Tried, now: datetime, started: float) -> None:
    """Judge one try and keep it."""
    state, problem = _judged(source, tried, now)
    one.state, one.problem = state, problem
    after = int((tried.began - started) * 1000)
    one.attempts.append(Attempt(after, int(tried.seconds * 1000), state, problem))
    answer = tried.answer
    if isinstance(answer, Answer) and state in (OK, STALE):
        one.as_of, one.version, one.total = answer.as_of, answer.version, answer.total
    if state == OK:
        one.listings = tuple(answer.listings)


def _judged(source: Source, tried: _Tried, now: datetime) -> tuple[str, str]:
    if tried.late or isinstance(tried.error, TimeoutError):
        return SLOW, "超过时限未答复"
    if isinstance(tried.error, SourceGarbled):
        return GARBLED, str(tried.error)[:200]
    if tried.error is not None:
        return DOWN, f"无法连接（{type(tried.error).__name__}）"
    try:
        return _checked(source, tried.answer, now)
    except Exception as error:
        return GARBLED, f"答复无法识别（{type(error).__name__}）"


def _checked(source: Source, answer: Any, now: datetime) -> tuple[str, str]:
    """Whether an answer can be used. What is not exactly as agreed is garbled, never "nothing"."""
    if not isinstance(answer, Answer):
        return GARBLED, "答复不是约定的格式"
    if answer.total is None and source.kind != "own":
        return GARBLED, "答复没有名单总数"
    if answer.total is not None:
        if type(answer.total) is not int or answer.total < 0:
            return GARBLED, "名单总数不正确"
        if answer.as_of is None:
            return NEVER, "名单尚未载入"
        if answer.total == 0:
            return EMPTY, "名单为空"
    if not isinstance(answer.version, str) or (source.kind != "own" and not answer.version):
        return GARBLED, "答复没有版本"
    if not all(isinstance(one, Listing) and _sound(one) for one in answer.listings):
        return GARBLED, "答复中的名单信息不完整"
    if source.max_age is None:
        return (OK, "") if source.kind == "own" else (GARBLED, "没有约定数据时效")
    as_of = answer.as_of
    if not isinstance(as_of, datetime) or as_of.tzinfo is None:
        return GARBLED, "答复没有数据时间"
    if as_of - now > AHEAD:
        return GARBLED, "数据时间在将来"
    if now - as_of > source.max_age:
        return STALE, "数据已过时效"
    return OK, ""


def _sound(one: Listing) -> bool:
    days = (one.listed_on, one.ends_on or one.listed_on)
    texts = (one.ref, one.source, one.ground, one.list_key, one.name_hash, one.identifier_hash)
    return (
        all(isinstance(text, str) for text in (*texts, one.masked, one.document_no))
        and all(isinstance(day, date) for day in days)
        and bool(one.ref and one.ground)
        and bool(one.name_hash or one.identifier_hash or one.party_id)
    )


def ages(sources: Mapping[str, Consulted]) -> dict[str, str]:
    """State by key, for pages."""
    return {key: one.state for key, one in sources.items()}
