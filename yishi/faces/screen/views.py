"""The screen: an area's day at one look. Five statements, whatever the number of cases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from yishi.faces.screen import charts
from yishi.faces.screen.boards import RATE, Branch, Show, definition_url
from yishi.faces.screen.outlines import outlines
from yishi.faces.screen.scope import (
    CITY_TIME,
    LAYERS,
    PERIODS,
    VIEWS,
    Asked,
    asked_by,
    watchers_only,
)
from yishi.foundation.cases.board import last_sent, read_board
from yishi.foundation.messages.live import topic_token
from yishi.foundation.revisions import numbers
from yishi.foundation.ui.desk import system_of
from yishi.foundation.ui.parts import Tab
from yishi.foundation.ui.rendering import render_page

#: Lines of the ticker.
TOLD = 10


@require_safe
@watchers_only
def today(request: HttpRequest) -> HttpResponse:
    """The area's day, or its last 7 or 30; the part ``live`` is asked for again when it changed."""
    now = timezone.now()
    known = numbers()
    wanted = asked_by(request, known, now)
    leaf = not wanted.register.children(wanted.path.rpartition("/")[2])
    board = read_board(wanted.span, now, cells=leaf)
    show = Show(wanted, board)
    branches = show.branches()
    since = datetime.combine(wanted.since, time(), CITY_TIME)
    sent = last_sent(wanted.span, since, TOLD)
    system = system_of(wanted.stages.system)
    context = {
        "asked": wanted,
        "board": board,
        "show": show,
        "rate": show.rate(),
        "rate_definition": definition_url(RATE.name),
        "received_definition": definition_url("received"),
        "head": show.head(),
        "branches": branches,
        "zones": [_zone(b) for b in branches if b.kind == "zone"],
        "ranking": show.ranking(branches),
        "units": show.unit_ranking(),
        "hot": show.hot(),
        "cells": show.cells(),
        "sections": show.tiles(system.families(known, now)),
        "ticker": show.ticker(sent, _types(wanted, known)),
        **_drawings(wanted, show, branches),
        **_frame(wanted, branches, leaf),
    }
    return render_page(request, "screen/today.html", context, fragment="live")


def _drawings(wanted: Asked, show: Show, branches: Sequence[Branch]) -> dict[str, Any]:
    """The charts' options, and the trend as a table."""
    head, rows = charts.trend_rows(wanted, show)
    return {
        "stage_option": charts.stages(show, branches),
        "late_option": charts.lateness(show, branches),
        "map_option": charts.outline_map(show, branches),
        "map_name": charts.map_name(wanted),
        "map_links": charts.map_links(branches),
        "trend_option": charts.trend(wanted, head, rows),
        "trend_head": head,
        "trend_rows": rows,
    }


def _zone(branch: Branch) -> dict[str, Any]:
    return {"name": branch.name, "url": branch.url, "number": branch.numbers[0]}


def _types(wanted: Asked, known: dict[str, int]) -> dict[str, str]:
    """Names of case types by key (no statement once the catalogue is loaded)."""
    groups = system_of(wanted.stages.system).types(known, wanted.now)
    pairs = (pair for _group, found in groups for pair in found)
    return {key: str(label).partition("（")[0] for key, label in pairs}


def _frame(wanted: Asked, branches: list[Branch], leaf: bool) -> dict[str, Any]:
    """What stands around the live part: where one is, the switches, and what is listened to."""
    register = wanted.register
    steps = wanted.path.removeprefix(wanted.root).strip("/").split("/")
    above, path = [], wanted.root
    for step in ["", *filter(None, steps)]:
        path = f"{path}/{step}" if step else path
        above.append(Tab(_name(wanted, path), wanted.url(path=path), active=path == wanted.path))
    node = register.tree.nodes[wanted.path.rpartition("/")[2]]
    return {
        "area": _name(wanted, wanted.path),
        "trail": above,
        "roots": [
            Tab(_name(wanted, root), wanted.url(path=root), active=root == wanted.root)
            for root in wanted.roots
        ],
        "periods": [
            Tab(str(label), wanted.url(days=days), active=days == wanted.days)
            for days, label in PERIODS
        ],
        "views": [
            (name, Tab(str(label), wanted.url(view=name), active=name == wanted.view))
            for name, label in VIEWS
        ],
        "layers": [
            Tab(str(label), wanted.url(layer=name), active=name == wanted.layer)
            for name, label in LAYERS
        ],
        "layer": next(str(label) for name, label in LAYERS if name == wanted.layer),
        "here": wanted.url(),
        "export_url": wanted.export_url,
        "token": topic_token([f"cases/{wanted.path}"]),
        "areas_url": reverse("screen:areas") + f"?path={wanted.path}",
        "leaf": leaf,
        "outlined": leaf or any(b.kind not in ("zone", "here") for b in branches),
        "sketched": node.level != "city",
    }


def _name(wanted: Asked, path: str) -> str:
    return wanted.register.tree.nodes[path.rpartition("/")[2]].name


@require_safe
@watchers_only
def areas(request: HttpRequest) -> HttpResponse:
    """Outlines of what lies right below an area, as GeoJSON (EPSG:4490); zones have none."""
    known = numbers()
    wanted = asked_by(request, known, timezone.now())
    etag = f'"{known.get("places", 0)}-{wanted.path.replace("/", "-")}"'
    headers = {"ETag": etag, "Cache-Control": "private, max-age=3600"}
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304, headers=headers)
    features = outlines(wanted.register, wanted.path)
    return JsonResponse({"type": "FeatureCollection", "features": features}, headers=headers)
