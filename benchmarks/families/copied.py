"""Planned families stored, and copied in SQL: the same course at the same moments, other ids.

A copy has a number, an application (sealed under its own id), a tracking code and an applicant of
its own. Its traces are those of the first, hashes and all: reading them costs the same, but
``yishi verify`` would find that they name another case.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from django.db import connection, models

from benchmarks.families.planned import Planned, ground_of, many
from benchmarks.kept import say
from yishi.foundation.access.tracking import tracking_hash
from yishi.foundation.approvals.due import give_cards
from yishi.foundation.cases import bulk, rollups
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.models import (
    Assignment,
    Case,
    CaseEdge,
    CaseParty,
    CaseWords,
    Clock,
    RollUpDelta,
    Trace,
)
from yishi.foundation.cases.writer import copy_rows
from yishi.foundation.messages.models import Message
from yishi.foundation.parties.crypto import encrypt
from yishi.foundation.parties.models import Identifier, Party
from yishi.foundation.parties.registering import REAL_NAME, PartyInput, read, rows_of
from yishi.foundation.parties.synthetic import person_number
from yishi.systems.life_events import applications
from yishi.systems.life_events.models import Application

#: Families that are planned one by one; more are copies of them.
PLANNED = 1_000
#: Cases of a family, on average: the parent and four items.
EACH = 5
#: Families of one applicant, on average.
OF_ONE = 2
PART = 200
MEMORY = "512MB"
#: The tables that are copied, with the columns that hold ids of cases.
COPIED: Mapping[type[models.Model], tuple[str, ...]] = {
    Trace: ("case_id",),
    Clock: ("case_id",),
    Assignment: ("case_id",),
    Case: ("id", "root_id"),
    CaseWords: ("case_id",),
    CaseEdge: ("before_id", "after_id"),
}
TABLES = (*COPIED, CaseParty, Application, Party, Identifier, Message)
_SIGNS = "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏"
#: The last six digits of a number are those of the id.
_NUMBER = "left(t.number, -6) || lpad(((t.id + k) % 1000000)::text, 6, '0')"


def fill(wanted: int, now: datetime) -> int:
    """About so many cases in an empty database; returns how many there are."""
    copies = max(0, round(wanted / EACH / PLANNED) - 1)
    count = PLANNED if copies else max(1, wanted // EACH)
    with bulk.set_aside([model._meta.db_table for model in TABLES]), bulk.uncollected():
        planned = _planned(count, copies + 1, now)
        statements = [_copying(model, ids, copies) for model, ids in COPIED.items() if copies]
        copying = threading.Thread(target=bulk.side_by_side, args=(statements,))
        copying.start()
        _applicants(planned, copies, now)
        say("applicants and applications")
        copying.join()
        say("copied; indexes and constraints follow")
    return _finished(now)


def _planned(count: int, stride: int, now: datetime) -> list[tuple[Planned, int]]:
    """Plan and store the first of each; its parent's id beside."""
    found: list[tuple[Planned, int]] = []
    part: list[Planned] = []

    def store() -> None:
        changes = [change for one in part for change in one.changes]
        commit(changes, quiet=True, without=(RollUpDelta,))
        for one in part:
            one.changes = []
            found.append((one, one.root))
        part.clear()

    for one in many(ground_of(now), count, stride, 1):
        part.append(one)
        if len(part) == PART:
            store()
            say(f"{len(found):,} of {count:,} families planned")
    if part:
        store()
    return found


def _copying(model: type[models.Model], shifted: Sequence[str], copies: int) -> str:
    """The statement that adds the copies of a table's rows. The series looks at each row, so that
    copies of a row lie side by side as what happens on one day does."""
    names = [str(field.column) for field in model._meta.concrete_fields]
    if "id" in names and "id" not in shifted:
        names.remove("id")

    def value(name: str) -> str:
        if name in shifted:
            return f"t.{name} + k"
        return _NUMBER if name == "number" else f"t.{name}"

    return (
        f"INSERT INTO {model._meta.db_table} ({', '.join(names)}) "
        f"SELECT {', '.join(map(value, names))} FROM {model._meta.db_table} t "
        f"CROSS JOIN LATERAL generate_series(1, {copies} + 0 * t.{shifted[0]}) k"
    )


def _applicants(planned: Sequence[tuple[Planned, int]], copies: int, now: datetime) -> None:
    """Everybody who applied, with their applications."""
    total = len(planned) * (copies + 1)
    rng = Random(2)
    people = list(_people(max(1, total // OF_ONE), now))
    _copy(Party, (party for party, _ in people))
    _copy(Identifier, (number for _, number in people))
    ids = [party.pk for party, _ in people]
    del people
    links: list[list[Any]] = []

    def rows() -> Iterator[list[Any]]:
        for one, root in planned:
            text = json.dumps(asdict(one.content), ensure_ascii=False)
            for k in range(copies + 1):
                person = ids[rng.randrange(len(ids))]
                links.append([root + k, person, "applicant", None, one.application.submitted_at])
                yield _application(one, text, root + k, person, k)

    names = tuple(str(field.column) for field in Application._meta.concrete_fields)
    copy_rows(Application, names, rows())
    copy_rows(CaseParty, ("case_id", "party_id", "role", "mandate_id", "at"), links)


def _people(count: int, now: datetime) -> Iterator[tuple[Party, Identifier]]:
    """Made-up people with numbers of their own."""
    regions, first = ("420602", "420606", "420607", "420624", "420625"), date(1950, 1, 1)
    for n in range(count):
        born = first + timedelta(days=n // 50)
        number = person_number(regions[n % 5], born, n // 5 % 10)
        raw = PartyInput(f"模拟{_SIGNS[n % len(_SIGNS)]}", number, source=REAL_NAME, simulated=True)
        yield rows_of(*read(raw, now.date()), raw, now)


def _copy(model: type[models.Model], found: Iterator[Any]) -> None:
    names = tuple(str(field.column) for field in model._meta.concrete_fields)
    attributes = [field.attname for field in model._meta.concrete_fields]
    copy_rows(model, names, ([getattr(one, name) for name in attributes] for one in found))


def _application(one: Planned, text: str, case: int, person: uuid.UUID, k: int) -> list[Any]:
    """The row of a copy's application, sealed and coded under its own id."""
    first = one.application
    key = first.pk if not k else uuid.UUID(int=first.pk.int ^ k)
    own: dict[str, Any] = {
        "id": key,
        "case_id": case,
        "party_id": person,
        "sealed": encrypt(text, f"life_events:{key}"),
        "tracking_hash": tracking_hash(applications.code_of(key)),
    }
    fields = Application._meta.concrete_fields
    return [own.get(field.column, getattr(first, field.attname)) for field in fields]


def _finished(now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence('cases_case', 'id'), max(id)) FROM cases_case"
        )
    say("analyse, roll-ups, cards")
    bulk.side_by_side([f"VACUUM ANALYZE {model._meta.db_table}" for model in TABLES])
    rollups.rebuild()
    give_cards(now)
    return int(Case.objects.unscoped("benchmark").count())
