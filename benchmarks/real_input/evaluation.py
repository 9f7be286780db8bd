"""What came out, compared with what the data say themselves, and a sample to check by hand."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from benchmarks.real_input.folder import unit_of
from benchmarks.real_input.model import DataSet, Item, joined

SEED = 20260311
SAMPLE = 200


@dataclass(frozen=True, slots=True)
class Routed:
    """An item that was dispatched without a person."""

    item: Item
    unit: str
    unit_name: str
    place: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Of the dispatched items whose unit the data record: how many went to that unit."""

    part: str
    items: int
    dispatched: int
    compared: int
    right: int

    def __str__(self) -> str:
        share = self.dispatched / self.items if self.items else 0.0
        text = f"{self.part}: {self.items:,} rows, {self.dispatched:,} dispatched ({share:.1%})"
        if not self.compared:
            return f"{text}, no unit recorded to compare with"
        return f"{text}, recorded unit met {self.right:,} of {self.compared:,} " + (
            f"({self.right / self.compared:.1%})"
        )


def routed(data: DataSet) -> list[Routed]:
    """Every dispatched case of the import with its unit, place and reasons."""
    from yishi.systems.city_events.models import Report

    rows = (
        Report.objects.unscoped("evaluation of an import")
        .filter(case__unit__isnull=False)
        .values_list("external_id", "case__unit__code", "case__unit__name", "case__data")
        .order_by("id")
    )
    items = {item.key: item for item in data.items}
    return [
        Routed(
            items[key],
            unit_of(code),
            name,
            content.get("where", ""),
            tuple(content["dispatch_reason"]),
        )
        for key, code, name, content in rows
    ]


def accuracies(data: DataSet, found: list[Routed]) -> list[Accuracy]:
    """All rows, those that the routes were learnt from, and those held out."""
    cut = data.first_held_out
    parts = [("all", list(data.items))]
    if cut:
        earlier = [item for item in data.items if item.at < cut]
        later = [item for item in data.items if item.at >= cut]
        parts += [(f"learnt from (before {cut})", earlier), (f"held out (from {cut})", later)]
    by_key = {one.item.key: one for one in found}
    return [_accuracy(name, items, by_key) for name, items in parts]


def _accuracy(part: str, items: Sequence[Item], found: Mapping[str, Routed]) -> Accuracy:
    mine = [found[item.key] for item in items if item.key in found]
    compared = [one for one in mine if one.item.unit is not None]
    right = sum(one.unit == one.item.unit for one in compared)
    return Accuracy(part, len(items), len(mine), len(compared), right)


def write_sample(data: DataSet, found: list[Routed], path: Path) -> int:
    """Write a seeded sample of held-out routes for checking by hand; returns how many."""
    held_out = sorted(
        (one for one in found if one.item.at >= data.first_held_out), key=lambda one: one.item.key
    )
    sample = Random(SEED).sample(held_out, min(SAMPLE, len(held_out)))
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ("external_id", "received", "type", "place", "routed_to", "reasons", "recorded",
             "agrees", "verdict", "cause")
        )  # fmt: skip
        for one in sample:
            recorded = data.unit_names.get(one.item.unit or "", "")
            agrees = "" if one.item.unit is None else "yes" if one.unit == one.item.unit else "no"
            writer.writerow(
                (one.item.key, one.item.at, joined(one.item.kind), one.place, one.unit_name,
                 " ".join(one.reasons), recorded, agrees, "", "")
            )  # fmt: skip
    return len(sample)
