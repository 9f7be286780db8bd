"""A catalogue as it is stored and written: fields in reading order, defaults left out."""

from __future__ import annotations

from typing import Any

from yishi.systems.city_events.catalogue.types import (
    EventType,
    Group,
    Merge,
    Scenario,
    Season,
    Standard,
)


def season_content(season: Season) -> dict[str, Any]:
    """A season."""
    return {
        "name": season.name,
        "from": f"{season.start[0]:02d}-{season.start[1]:02d}",
        "to": f"{season.end[0]:02d}-{season.end[1]:02d}",
        "basis": season.basis,
    }


def group_content(group: Group) -> dict[str, Any]:
    """A file: a main class, which is a scenario, with its types."""
    content: dict[str, Any] = {
        "kind": group.kind,
        "main": group.main,
        "main_name": group.main_name,
        "slug": group.slug,
        "notice": group.notice,
        "illustrative": group.illustrative,
    }
    if group.scenario is not None:
        content["scenario"] = _scenario_content(group.scenario)
    content["types"] = [type_content(found, group.illustrative) for found in group.types]
    return content


def _scenario_content(scenario: Scenario) -> dict[str, Any]:
    return {
        **({"section": scenario.section} if scenario.section else {}),
        "purpose": scenario.purpose,
        "indicators": [
            {"name": one.name, "source": one.source, "alert": one.alert}
            for one in scenario.indicators
        ],
        "sources": list(scenario.sources),
        "plan": list(scenario.plan),
        "kpis": [{"name": one.name, "rate": one.rate, "goal": one.goal} for one in scenario.kpis],
    }


def type_content(found: EventType, illustrative: bool) -> dict[str, Any]:
    """One type."""
    content: dict[str, Any] = {
        "small": found.small,
        "name": found.name,
        "summary": found.summary,
        "function": found.function,
        "level": found.level,
    }
    if found.supervision != "operations":
        content["supervision"] = found.supervision
    content |= {"public": found.public, "auto": found.auto}
    if found.confidence is not None:
        content["confidence"] = found.confidence
    if found.hazard:
        content["hazard"] = True
    if found.merge is not None:
        content["merge"] = _merge_content(found.merge)
    content["keywords"] = list(found.keywords)
    for name in ("aliases", "distinct_from", "examples"):
        if getattr(found, name):
            content[name] = list(getattr(found, name))
    content["basis"] = found.basis
    if found.handling:
        content["handling"] = found.handling
    if found.settles:
        content["settles"] = True
    if found.raised_to:
        content["raised_to"] = found.raised_to
    if found.whistle:
        content["whistle"] = list(found.whistle)
    content["standards"] = [
        _standard_content(standard, found.basis, illustrative) for standard in found.standards
    ]
    return content


def _merge_content(merge: Merge) -> dict[str, Any]:
    where: dict[str, Any] = {"object": True} if merge.metres is None else {"metres": merge.metres}
    minutes = int(merge.window.total_seconds()) // 60
    whole_hours = minutes % 60 == 0
    return where | ({"hours": minutes // 60} if whole_hours else {"minutes": minutes})


def _standard_content(standard: Standard, basis: str, illustrative: bool) -> dict[str, Any]:
    content: dict[str, Any] = {
        "code": standard.code,
        "filing": standard.filing,
        "limit": standard.wording,
        "closing": standard.closing,
    }
    if standard.statutory is not None:
        content["statutory"] = standard.statutory.text
        content["statutory_basis"] = standard.statutory_basis
    if standard.urgent:
        content["urgent"] = True
    if standard.illustrative != illustrative:
        content["illustrative"] = standard.illustrative
    if standard.signs:
        content["signs"] = list(standard.signs)
    if standard.basis != basis:
        content["basis"] = standard.basis
    if standard.collection:
        content["collection"] = standard.collection
    return content
