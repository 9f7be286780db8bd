"""Loading the rules of a city's folder (``rules/*.yaml``) as immutable dated versions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction

from yishi.foundation import revisions
from yishi.foundation.rulebook.content import content_of, parameter_content
from yishi.foundation.rulebook.errors import Problem, RuleFileError
from yishi.foundation.rulebook.facts import to_json
from yishi.foundation.rulebook.models import Parameter, RuleVersion
from yishi.foundation.rulebook.rulefile import Placed, RuleFile, read_rules


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a load did: rows of rules and parameters created, and found as they are."""

    package: str
    rules: int = 0
    parameters: int = 0
    unchanged: int = 0

    def __str__(self) -> str:
        if not self.rules + self.parameters:
            return f"{self.package}: unchanged"
        return f"{self.package}: {self.rules} rule versions, {self.parameters} parameter values"


#: Files of rules that packages keep beside what else they need, as paths in a city's folder.
_BESIDE: list[str] = []


def register_file(path: str) -> None:
    """Let *path* (``credit/effects.yaml``) be read with ``rules/*.yaml``, if the city has it."""
    if path not in _BESIDE:
        _BESIDE.append(path)


def paths(folder: Path) -> list[Path]:
    """The files of rules that a city's folder has."""
    beside = [folder / path for path in _BESIDE if (folder / path).is_file()]
    return [*sorted((folder / "rules").glob("*.yaml")), *beside]


def read_folder(folder: Path) -> list[RuleFile]:
    """Every ``rules/*.yaml`` of a city's folder and the registered files, checked together.

    Raises:
        RuleFileError: with every problem of every file.
    """
    problems: list[Problem] = []
    files: list[RuleFile] = []
    for path in paths(folder):
        try:
            files.append(read_rules(path))
        except RuleFileError as error:
            problems += error.problems
    if problems:
        raise RuleFileError(problems)
    return files


@transaction.atomic
def load_city(folder: Path, *, now: datetime) -> LoadReport:
    """Publish what the folder says and the database does not have yet; loading again changes
    nothing.

    A new version ends the one before it on the day before it begins. A version that would begin
    on or before the newest one's first day is refused unless it is already there: published
    versions are never rewritten, neither are newer ones made in the browser.

    Raises:
        RuleFileError: with file and line; nothing is changed then.
    """
    files = read_folder(folder)
    # Two loads at once: the second waits here and then sees what the first stored.
    number = transaction.savepoint()
    revisions.bump("rulebook")
    load = _Load(now)
    for file in files:
        for placed in sorted(file.parameters, key=lambda one: one.start):
            load.parameter(placed)
        for placed in sorted(file.rules, key=lambda one: one.start):
            load.rule(placed)
    if load.problems:
        raise RuleFileError(load.problems)
    report = LoadReport("rulebook", load.rules, load.parameters, load.unchanged)
    if not load.rules + load.parameters:
        transaction.savepoint_rollback(number)
    return report


class _Load:
    def __init__(self, now: datetime) -> None:
        self.now = now
        self.rules = self.parameters = self.unchanged = 0
        self.problems: list[Problem] = []

    def rule(self, placed: Placed) -> None:
        rule = placed.value
        every = RuleVersion.objects.filter(key=rule.key)
        same_area = list(every.filter(area=placed.area).order_by("effective_from"))
        if self._settled(placed, same_area, rule.key, lambda row: bool(row.hash == rule.hash)):
            return
        newest = every.order_by("-version").first()
        RuleVersion.objects.create(
            key=rule.key,
            version=newest.version + 1 if newest else 1,
            content=content_of(rule),
            hash=rule.hash,
            **self._validity(placed),
        )
        self.rules += 1

    def parameter(self, placed: Placed) -> None:
        declared, value = placed.value
        rows = Parameter.objects.filter(name=declared.name, area=placed.area)
        stored = sorted(map(to_json, value)) if declared.many else to_json(value)
        wanted = parameter_content(declared), stored
        if self._settled(
            placed,
            list(rows.order_by("effective_from")),
            declared.name,
            lambda row: (row.declaration, row.value) == wanted,
        ):
            return
        Parameter.objects.create(
            name=declared.name, declaration=wanted[0], value=stored, **self._validity(placed)
        )
        self.parameters += 1

    def _validity(self, placed: Placed) -> dict[str, Any]:
        return {
            "effective_from": placed.start,
            "effective_to": placed.end,
            "area": placed.area,
            "document": placed.document,
            "illustrative": placed.illustrative,
            "created_at": self.now,
        }

    def _settled(self, placed: Placed, rows: list[Any], name: str, same: Any) -> bool:
        """True when nothing is left to store; ends the predecessor otherwise."""
        there = next((row for row in rows if row.effective_from == placed.start), None)
        if there is not None and same(there):
            self.unchanged += 1
            return True
        newest = rows[-1] if rows else None
        if newest is not None and placed.start <= newest.effective_from:
            message = (
                f"{newest} 自 {newest.effective_from} 起已发布且内容不同；已发布的不能改写，"
                "请把 from 设为更晚的日期"
            )
            self.problems.append(Problem(placed.file, placed.line, name, message))
            return True
        if newest is not None and (
            newest.effective_to is None or newest.effective_to >= placed.start
        ):
            newest.effective_to = placed.start - timedelta(days=1)
            newest.save(update_fields=["effective_to"])
        return False
