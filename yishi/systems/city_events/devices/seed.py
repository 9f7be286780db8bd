"""Loading a city's ``thresholds.yaml`` and ``devices.yaml``."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from django.db import IntegrityError

from yishi.foundation import revisions
from yishi.foundation.cases.catalogue_errors import CatalogueError, Problem
from yishi.foundation.places.snapshot import Register
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events.catalogue import Catalogue
from yishi.systems.city_events.context import city
from yishi.systems.city_events.devices import thresholds
from yishi.systems.city_events.devices.models import Device
from yishi.systems.city_events.devices.planning import marks_of_city, planned
from yishi.systems.city_events.devices.register import NAME
from yishi.systems.city_events.notices import CITY_TIME

FILE = "devices.yaml"


def load_city(folder: Path, now: datetime) -> int:
    """Make the registers say what the folder says; returns how many rows changed.

    Devices that were added at the desk stay, and so do those that the file no longer has.

    Raises:
        CatalogueError: naming file, entry and field; nothing is changed then.
    """
    registers = city()
    _, catalogue = registers.catalogue(now)
    register = registers.register
    today = now.astimezone(CITY_TIME).date()
    changed = 0
    path = folder / thresholds.FILE
    if path.exists():
        areas = {code: register.managed_path(code) for code in register.tree.nodes}
        plan = thresholds.read_file(path, catalogue, areas)
        try:
            changed += thresholds.stored(plan, today, path.name)
        except IntegrityError as error:
            text = "与已载入的阈值在时间上重叠"
            raise CatalogueError([Problem(path.name, 0, "thresholds", text)]) from error
    path = folder / FILE
    if path.exists():
        changed += _devices(path, register, catalogue, now)
    if changed:
        revisions.bump(NAME)
    return changed


def _devices(path: Path, register: Register, catalogue: Catalogue, now: datetime) -> int:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CatalogueError([Problem(path.name, 0, "", f"读不懂：{error}")]) from error
    entries = content.get("devices") if isinstance(content, dict) else None
    if not isinstance(entries, list):
        raise CatalogueError([Problem(path.name, 0, "devices", "应为列表")])
    simulated = bool(content.get("simulated"))
    marks, problems = marks_of_city(), []
    rows: dict[str, dict[str, Any]] = {}
    for place, entry in enumerate(entries):
        where = f"devices[{place}]"
        if not isinstance(entry, dict):
            problems.append(Problem(path.name, 0, where, "应为一台设备"))
            continue
        try:
            row = planned(entry, register, catalogue, marks, now)
        except FieldError as error:
            problems.append(Problem(path.name, 0, f"{where}.{error.field}", error.message))
            continue
        if row["ref"] in rows:
            problems.append(Problem(path.name, 0, f"{where}.ref", "编号重复"))
        rows[row["ref"]] = row | {"simulated": simulated}
    if problems:
        raise CatalogueError(problems)
    return sum(keep(row, now) for row in rows.values())


def keep(row: dict[str, Any], now: datetime) -> bool:
    """Store a device as planned; whether it was new or changed. Raise the revision afterwards."""
    devices = Device.objects.unscoped("the caller has checked the scope")
    old = devices.filter(ref=row["ref"]).first()
    if old is None:
        Device.objects.create(**row, added_at=now)
        return True
    changed = [name for name, value in row.items() if getattr(old, name) != value]
    for name in changed:
        setattr(old, name, row[name])
    if changed:
        old.save(update_fields=changed)
    return bool(changed)
