"""A city's ``thresholds.yaml``: what is measured, and from which value it is reported."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from yishi.foundation.cases.catalogue_errors import CatalogueError, Problem
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events.catalogue import Catalogue
from yishi.systems.city_events.devices.models import Device, Metric, Threshold

FILE = "thresholds.yaml"
_KEY = re.compile(r"[a-z][a-z0-9_]{0,19}")
_NAME = re.compile(r"[a-z][a-z0-9_.]{0,39}")
_LONGEST = 24 * 3600
_METRIC = {"label", "label_en", "unit", "low", "high"}
_ENTRY = {
    *("key", "metric", "kind", "area", "when", "raise", "clear", "minutes"),
    *("type", "standard", "confidence", "basis", "from", "to"),
}
_REQUIRED = ("key", "metric", "raise", "clear", "type", "from")


@dataclass(slots=True)
class Plan:
    """What a file says: metrics and thresholds, unsaved."""

    metrics: list[Metric] = field(default_factory=list)
    thresholds: list[Threshold] = field(default_factory=list)


def read_file(path: Path, catalogue: Catalogue, areas: Mapping[str, str]) -> Plan:
    """The rows of a city's file. *areas*: managed paths by the code of their division or zone.

    Raises:
        CatalogueError: naming every entry and field that is wrong.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CatalogueError([Problem(path.name, 0, "", f"读不懂：{error}")]) from error
    content = content if isinstance(content, dict) else {}
    metrics, entries = content.get("metrics"), content.get("thresholds")
    if not isinstance(metrics, dict) or not isinstance(entries, list):
        text = "应有 metrics（对照表）和 thresholds（列表）"
        raise CatalogueError([Problem(path.name, 0, "", text)])
    plan, problems = Plan(), []
    for place, (key, entry) in enumerate(metrics.items()):
        try:
            plan.metrics.append(_metric(key, entry, place))
        except FieldError as error:
            problems.append(Problem(path.name, 0, f"metrics.{key}.{error.field}", error.message))
    known = {metric.key: metric for metric in plan.metrics}
    sample = bool(content.get("illustrative"))
    for place, entry in enumerate(entries):
        try:
            plan.thresholds.append(_threshold(entry, known, catalogue, areas, sample))
        except FieldError as error:
            where = f"thresholds[{place}].{error.field}"
            problems.append(Problem(path.name, 0, where, error.message))
    problems += _overlapping(plan.thresholds, path.name)
    if problems:
        raise CatalogueError(problems)
    _number(plan.thresholds)
    return plan


def _metric(key: Any, entry: Any, place: int) -> Metric:
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise FieldError("", "指标编号应为小写字母、数字和下划线，最多20位")
    if not isinstance(entry, dict) or not set(entry) <= _METRIC:
        raise FieldError("", f"应只有 {'、'.join(sorted(_METRIC))}")
    low, high = _number_of("low", entry), _number_of("high", entry)
    if low >= high:
        raise FieldError("high", "应大于 low")
    texts = {"label": 40, "label_en": 60, "unit": 12}
    found = {name: _text(name, entry, most) for name, most in texts.items()}
    if not found["label"] or not found["unit"]:
        raise FieldError("label" if not found["label"] else "unit", "缺少")
    return Metric(key=key, low=low, high=high, place=place, **found)


def _threshold(
    entry: Any,
    metrics: Mapping[str, Metric],
    catalogue: Catalogue,
    areas: Mapping[str, str],
    sample: bool,
) -> Threshold:
    if not isinstance(entry, dict):
        raise FieldError("", "应为一项阈值")
    for name in entry:
        if name not in _ENTRY:
            raise FieldError(str(name), "没有这个字段")
    for name in _REQUIRED:
        if entry.get(name) in (None, ""):
            raise FieldError(name, "缺少")
    key, metric = _text("key", entry, 40), _text("metric", entry, 20)
    if not _NAME.fullmatch(key):
        raise FieldError("key", "应为小写字母、数字、点和下划线")
    if metric not in metrics:
        raise FieldError("metric", "metrics 中没有这个指标")
    kind, area = _text("kind", entry, 16), _text("area", entry, 24)
    if kind and kind not in Device.Kind.values:
        raise FieldError("kind", f"应为：{'、'.join(Device.Kind.values)}")
    if area and area not in areas:
        raise FieldError("area", "没有这个区划或功能区编码")
    type_key, standard = _text("type", entry, 64), _text("standard", entry, 64)
    found = catalogue.by_key.get(type_key)
    if found is None:
        raise FieldError("type", f"目录中没有类别“{type_key}”")
    if standard and found.standard(standard) is None:
        raise FieldError("standard", f"类别“{found.name}”没有这个立案条件")
    begin, end = _days(entry)
    values = _values(entry, metrics[metric])
    return Threshold(
        key=key,
        metric_id=metric,
        kind=kind,
        area=areas.get(area, ""),
        type_key=type_key,
        standard=standard,
        basis=_text("basis", entry, 200),
        illustrative=sample,
        valid_from=begin,
        valid_to=end,
        **values,
    )


def _values(entry: Mapping[str, Any], metric: Metric) -> dict[str, Any]:
    raise_at, clear_at = _number_of("raise", entry), _number_of("clear", entry)
    when = entry.get("when", "above")
    if when not in ("above", "below"):
        raise FieldError("when", "应为 above 或 below")
    if not metric.low <= raise_at <= metric.high:
        raise FieldError("raise", f"应在 {metric.low:g} 与 {metric.high:g} 之间")
    if (clear_at < raise_at) != (when == "above") or clear_at == raise_at:
        text = "应低于 raise" if when == "above" else "应高于 raise"
        raise FieldError("clear", f"{text}，否则读数在阈值附近会反复报警")
    minutes = entry.get("minutes", 0)
    if isinstance(minutes, bool) or not isinstance(minutes, int | float):
        raise FieldError("minutes", "应为分钟数")
    if not 0 <= minutes * 60 <= _LONGEST:
        raise FieldError("minutes", "应在0与1440之间")
    confidence = _number_of("confidence", entry) if "confidence" in entry else 1.0
    if not 0 <= confidence <= 1:
        raise FieldError("confidence", "应在0与1之间")
    return {
        "above": when == "above",
        "raise_at": raise_at,
        "clear_at": clear_at,
        "seconds": round(minutes * 60),
        "confidence": confidence,
    }


def _text(name: str, entry: Mapping[str, Any], most: int) -> str:
    value = entry.get(name, "")
    if not isinstance(value, str) or len(value) > most:
        raise FieldError(name, f"应为不超过{most}字的文字")
    return value.strip()


def _number_of(name: str, entry: Mapping[str, Any]) -> float:
    value = entry.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise FieldError(name, "应为数值")
    return float(value)


def _days(entry: Mapping[str, Any]) -> tuple[date, date | None]:
    begin, end = entry["from"], entry.get("to")
    if not isinstance(begin, date) or isinstance(begin, datetime):
        raise FieldError("from", "应为日期")
    if end is not None and (not isinstance(end, date) or end < begin):
        raise FieldError("to", "应为不早于 from 的日期")
    return begin, end


def _overlapping(rows: list[Threshold], file: str) -> list[Problem]:
    """Two that would hold for the same devices on one day."""
    found: list[Problem] = []
    seen: list[tuple[tuple[str, str, str], Threshold]] = []
    for row in sorted(rows, key=lambda one: one.valid_from):
        same = (row.metric_id, row.kind, row.area)
        for key, other in seen:
            if key == same and (other.valid_to is None or other.valid_to >= row.valid_from):
                text = f"与 {other.key}（{other.valid_from} 起）在时间上重叠"
                found.append(Problem(file, 0, f"{row.key}.from", text))
        seen.append((same, row))
    return found


def _number(rows: list[Threshold]) -> None:
    """Count the versions of each key by their days."""
    counts: dict[str, int] = {}
    for row in sorted(rows, key=lambda one: one.valid_from):
        row.version = counts[row.key] = counts.get(row.key, 0) + 1


def stored(plan: Plan, today: date, file: str) -> int:
    """Make the tables say what *plan* says; returns how many rows were stored or changed.

    What began to hold is not changed any more, except for its last day, which may not lie in the
    past: other values are another version, from a day to come.

    Raises:
        CatalogueError: for a version that changes what held.
    """
    changed = _metrics(plan.metrics)
    there = {(row.key, row.valid_from): row for row in Threshold.objects.all()}
    problems, rows = [], []
    for row in plan.thresholds:
        old = there.pop((row.key, row.valid_from), None)
        row.pk = old.pk if old else None
        if old is None or _differs(old, row, ()):
            rows.append(row)
        if old is not None and old.valid_from <= today and _differs(old, row, ("valid_to",)):
            text = "已经生效，不能修改取值；请设 to 结束它，另写一条新的"
            problems.append(Problem(file, 0, f"{row.key}.{row.valid_from}", text))
    gone = [row for row in there.values() if row.valid_to is None or row.valid_to >= today]
    if problems:
        raise CatalogueError(problems)
    for row in gone:  # ended before those that follow them begin
        if row.valid_from > today:
            row.delete()
        else:
            row.valid_to = max(row.valid_from, today - timedelta(days=1))
            row.save(update_fields=["valid_to"])
    for row in sorted(rows, key=lambda one: (one.pk is None, one.valid_from)):
        row.save()
    return changed + len(gone) + len(rows)


def _metrics(rows: list[Metric]) -> int:
    there = {row.key: row for row in Metric.objects.all()}
    changed = [row for row in rows if row.key not in there or _differs(there[row.key], row, ())]
    for row in changed:
        row.save()
    return len(changed)


def _differs(old: Any, new: Any, but: tuple[str, ...]) -> bool:
    fields = [f.attname for f in old._meta.concrete_fields if f.attname not in but]
    return any(getattr(old, name) != getattr(new, name) for name in fields)
