"""Loading the city's sources: who answers for which facts. What was delivered stays."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from yishi.foundation import revisions
from yishi.foundation.facts.declaring import SOURCES, Declared, read_city
from yishi.foundation.facts.models import Source
from yishi.foundation.places.models import Unit
from yishi.foundation.rulebook.content import fact_content
from yishi.foundation.rulebook.errors import Problem, RuleFileError

REVISION = "fact_sources"


@transaction.atomic
def load_city(folder: Path, *, now: datetime) -> str:
    """Store the sources and their declarations; the same files again change nothing.

    Raises:
        RuleFileError: with file and line; nothing is changed.
    """
    found = read_city(folder)
    if not found:
        return "facts: the city declares none"
    units = _units(folder, found)
    changed = 0
    known = {source.key: source for source in Source.objects.select_for_update()}
    for key, declared in found.items():
        values = _values(declared, units[key])
        source = known.get(key)
        if source is None:
            Source.objects.create(key=key, **values)
        elif any(getattr(source, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(source, name, value)
            source.save(update_fields=list(values))
        else:
            continue
        changed += 1
    if not changed:
        return "facts: unchanged"
    revisions.bump(REVISION)
    facts = sum(len(one.facts) for one in found.values())
    return f"facts: {changed} sources of {len(found)}, {facts} facts"


def _values(declared: Declared, unit: int | None) -> dict[str, Any]:
    return {
        "name": declared.name,
        "name_en": declared.name_en,
        "unit_id": unit,
        "kind": declared.kind,
        "columns": {name: fact_content(fact) for name, fact in declared.facts.items()},
        "names": declared.names,
        "complete": declared.complete,
        "query": declared.query,
        "max_age": declared.max_age,
    }


def _units(folder: Path, found: dict[str, Declared]) -> dict[str, int | None]:
    """The unit of each source: the one with the function, in the division or the whole city."""
    wanted = {one.function for one in found.values() if one.function}
    rows = Unit.objects.filter(functions__overlap=sorted(wanted), valid_to=None)
    by_function: dict[tuple[str, str], int] = {}
    for unit in rows.select_related("division").order_by("-id"):
        for function in unit.functions:
            by_function[function, unit.division.code] = unit.pk
    cities = [code for _, code in by_function]
    city = min(cities, key=len) if cities else ""
    units: dict[str, int | None] = {}
    for key, one in found.items():
        if not one.function:
            units[key] = None
            continue
        answers = by_function.get((one.function, one.division or city))
        if answers is None:
            where = f"{one.division or city}"
            problem = Problem(
                str(folder / SOURCES), 0, key, f"{where} 没有职能为 {one.function} 的单位"
            )
            raise RuleFileError([problem])
        units[key] = answers
    return units
