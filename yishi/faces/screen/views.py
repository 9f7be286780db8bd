"""The screen: today by area, stage and lateness. Five statements, whatever the number of cases."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from yishi.faces.screen.boards import RATE, Branch, Show, definition_url
from yishi.faces.screen.scope import CITY_TIME, PERIODS, Asked, asked_by, watchers_only
from yishi.foundation.cases.board import last_sent, read_board
from yishi.foundation.messages.live import topic_token
from yishi.foundation.places.models import Boundary
from yishi.foundation.revisions import numbers
from yishi.foundation.ui.desk import system_of
from yishi.foundation.ui.parts import Tab
from yishi.foundation.ui.rendering import render_page

#: Lines of the ticker.
TOLD = 8


@require_safe
@watchers_only
def today(request: HttpRequest) -> HttpResponse:
    """The area's day, or its last 7 or 30; the part ``live`` is asked for again when it changed."""
    now = timezone.now()
    known = numbers()
    wanted = asked_by(request, known, now)
    board = read_board(wanted.span, now)
    show = Show(wanted, board)
    branches = show.branches()
    since = datetime.combine(wanted.since, time(), CITY_TIME)
    sent = last_sent(wanted.span, since, TOLD)
    context = {
        "asked": wanted,
        "board": board,
        "show": show,
        "rate": show.rate(),
        "rate_definition": definition_url(RATE.name),
        "head": show.head(),
        "branches": branches,
        "zones": [_zone(b) for b in branches if b.kind == "zone"],
        "ranking": show.ranking(branches),
        "ticker": show.ticker(sent, _types(wanted, known)),
        "stage_option": show.stage_chart(branches),
        "late_option": show.lateness_chart(branches),
        "map_option": show.map_chart(branches),
        **_frame(wanted, branches),
    }
    return render_page(request, "screen/today.html", context, fragment="live")


def _zone(branch: Branch) -> dict[str, Any]:
    return {"name": branch.name, "url": branch.url, "number": branch.numbers[0]}


def _types(wanted: Asked, known: dict[str, int]) -> dict[str, str]:
    """Names of case types by key (no statement once the catalogue is loaded)."""
    groups = system_of(wanted.stages.system).types(known, wanted.now)
    return {key: str(label) for _group, pairs in groups for key, label in pairs}


def _frame(wanted: Asked, branches: list[Branch]) -> dict[str, Any]:
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
        "here": wanted.url(),
        "export_url": wanted.export_url,
        "token": topic_token([f"cases/{wanted.path}"]),
        "areas_url": reverse("screen:areas") + f"?path={wanted.path}",
        "outlined": any(b.kind not in ("zone", "here") for b in branches),
        "sketched": node.level != "city",
    }


def _name(wanted: Asked, path: str) -> str:
    return wanted.register.tree.nodes[path.rpartition("/")[2]].name


@require_safe
@watchers_only
def areas(request: HttpRequest) -> HttpResponse:
    """Outlines of the areas right below one, as GeoJSON (EPSG:4490); zones have none."""
    known = numbers()
    wanted = asked_by(request, known, timezone.now())
    etag = f'"{known.get("places", 0)}-{wanted.path.replace("/", "-")}"'
    headers = {"ETag": etag, "Cache-Control": "private, max-age=3600"}
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304, headers=headers)
    nodes = wanted.register.children(wanted.path.rpartition("/")[2])
    names = {node.code: node.name for node in nodes}
    rows = Boundary.objects.filter(division_id__in=names).order_by("division_id")
    features = [
        {
            "type": "Feature",
            "properties": {"name": names[row.division_id], "synthetic": row.synthetic},
            "geometry": row.geometry,
        }
        for row in rows
    ]
    return JsonResponse({"type": "FeatureCollection", "features": features}, headers=headers)
