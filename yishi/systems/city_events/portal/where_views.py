"""Where: by a landmark's name, from a list of what is near, or by district, street and community.

The map only shows what the words say. Positions asked of the browser are WGS 84.
"""

from __future__ import annotations

import math
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from yishi.foundation.cases.inputs import clean_text, read_int
from yishi.foundation.places.values import Hit, Node, Place, PlaceError
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events.portal import drafts, steps
from yishi.systems.city_events.portal.flow import Flow, auto_id, page
from yishi.systems.city_events.portal.forms import Choices, PlaceForm, WhereForm, hinted, show
from yishi.systems.city_events.reports import read_place

WGS84 = "EPSG:4326"
FOUND = 12


def start(request: HttpRequest) -> HttpResponse:
    """Begin a report: an address of its own for it, and on to the first page."""
    return HttpResponseRedirect(reverse("events:where", args=[uuid.uuid4()]))


@page("where")
def where(flow: Flow) -> HttpResponse:
    """Search, or what is near, as one list."""
    request = flow.request
    if request.method == "POST" and request.POST.get("act") == "locate":
        return _located(flow)
    if request.method == "POST":
        return _chosen(flow)
    return _list(flow, None)


def _list(flow: Flow, form: WhereForm | None) -> HttpResponse:
    text = _query(flow.request)
    near = flow.data.get("near")
    if text:
        at = (near["lon"], near["lat"]) if near else None
        hits = flow.registers.register.search(text, FOUND, near=at)
        choices: Choices = [_hit(hit) for hit in hits]
    else:
        choices = _near(flow, near) if near else []
    if form is None:
        form = WhereForm(choices=choices, auto_id=auto_id(text))
    else:
        form.fields["choice"].offer(choices)  # type: ignore[attr-defined]
    form.fields["choice"].label = _("查找结果") if text else _("您附近的地点")
    return flow.render(
        form,
        fragment="results",
        text=text,
        near=near,
        choices=choices,
        failed=flow.request.GET.get("near") == "failed",
    )


def _query(request: HttpRequest) -> str:
    text = request.POST.get("q", "") or request.GET.get("q", "")
    return " ".join(text.replace("\x00", " ").split())[:60]


def _hit(hit: Hit) -> tuple[str, str]:
    far = _distance(hit.metres) if hit.metres is not None else ""
    division = hit.label.removeprefix(hit.landmark.name).strip("（）")
    return hinted(f"landmark:{hit.landmark.id}", hit.landmark.name, division, far)


def _near(flow: Flow, near: dict[str, Any]) -> list[tuple[str, str]]:
    register = flow.registers.register
    place = register.locate(near["lon"], near["lat"], WGS84)
    accuracy = _("误差约 %(n)d 米") % {"n": near["accuracy"]} if near.get("accuracy") else ""
    choices = [hinted("point", _("就在我现在的位置"), flow.label(place), accuracy)]
    hits = register.nearby(near["lon"], near["lat"], 8, datum=WGS84)
    return choices + [_hit(hit) for hit in hits]


def _distance(metres: float) -> str:
    if metres < 1000:
        return _("约 %(n)d 米") % {"n": max(10, round(metres, -1))}
    return _("约 %(n).1f 公里") % {"n": metres / 1000}


def _located(flow: Flow) -> HttpResponse:
    """The browser's position: kept in the draft, and the list of what is near comes next."""
    numbers: list[float] = []
    for name, most in (("lon", 180), ("lat", 90)):
        try:
            number = float(flow.request.POST.get(name, ""))
        except ValueError:
            number = math.nan
        if not abs(number) <= most:
            return HttpResponseRedirect(flow.url("where") + "?near=failed")
        numbers.append(round(number, 6))
    try:
        accuracy = min(int(float(flow.request.POST.get("accuracy", "") or 0)), 99_999)
    except (ValueError, OverflowError):
        accuracy = 0
    flow.data["near"] = {"lon": numbers[0], "lat": numbers[1], "accuracy": max(accuracy, 0)}
    drafts.save(flow.request, flow.draft)
    return flow.go("where")


def _chosen(flow: Flow) -> HttpResponse:
    form = WhereForm(flow.request.POST)
    if form.is_valid():
        try:
            place = _read_choice(flow, form.cleaned_data["choice"])
        except FieldError as error:
            show(form, error, dict.fromkeys(steps.PAGE_OF, "choice"))
        else:
            if place != flow.data.get("place"):
                flow.data.pop("address", None)
                flow.data.pop("similar_seen", None)
            return flow.answer(place=place)
    if flow.request.POST.get("area"):
        return _area(flow, form, flow.request.POST["area"])
    return _list(flow, form)


def _read_choice(flow: Flow, choice: str) -> dict[str, Any]:
    """What a radio button stands for, as fields of a report.

    Raises:
        FieldError: for a place that does not exist.
    """
    what, _colon, value = clean_text("choice", choice, 80).partition(":")
    near = flow.data.get("near")
    if what == "point" and near:
        place: dict[str, Any] = {"lon": near["lon"], "lat": near["lat"], "datum": WGS84}
    elif what == "landmark":
        place = {"landmark": read_int("choice", value)}
    elif what == "division" and value:
        place = {"division": value}
    else:
        raise FieldError("choice", _("请从列表中选择一个地点"), "choice")
    read_place(place, flow.registers.register)
    return place


@page("area")
def area(flow: Flow) -> HttpResponse:
    """By district, street and community: one list of links after the other."""
    return _area(flow, WhereForm(), flow.request.GET.get("in", ""))


def _area(flow: Flow, form: WhereForm, code: str) -> HttpResponse:
    register = flow.registers.register
    try:
        node = register.node(clean_text("in", code, 16) or register.root)
    except (FieldError, PlaceError):
        node = register.node(register.root)
    above = _above(flow, node)
    here = register.place_of_division(node.code)
    flow.name = "area"
    return flow.render(
        form,
        fragment="area",
        node=node,
        above=above,
        children=register.picker_children(node.code),
        certain=here.certain,
        whole_city=node.code == register.root,
        back=flow.url("area") + f"?in={above[-1].code}" if above else flow.url("where"),
    )


def _above(flow: Flow, node: Node) -> list[Node]:
    register = flow.registers.register
    codes = register.managed_path(node.code).split("/")
    return [register.node(code) for code in codes if code != node.code]


@page("place")
def place(flow: Flow) -> HttpResponse:
    """The chosen place in words, with room for the exact spot; the map decorates."""
    found = flow.place()
    if found is None:
        flow.data.pop("place")
        drafts.save(flow.request, flow.draft)
        return flow.go("where")
    chosen, _words = found
    needed = not chosen.certain and chosen.lon is None
    if flow.request.method == "POST":
        form = PlaceForm(flow.request.POST, needed=needed)
        if form.is_valid():
            return flow.answer(address=form.cleaned_data["address"])
    else:
        form = PlaceForm(initial={"address": flow.data.get("address", "")}, needed=needed)
    return flow.render(form, place=chosen, facts=place_facts(flow, chosen))


def place_facts(flow: Flow, chosen: Place) -> list[tuple[str, object]]:
    """The place as rows: landmark or position, and the division."""
    facts: list[tuple[str, object]] = []
    mark = flow.data.get("place", {}).get("landmark")
    if mark is not None:
        facts.append((_("地点"), flow.registers.register.landmark(mark).name))
    elif chosen.lon is not None:
        facts.append((_("地点"), _("您现在的位置")))
    whole = flow.registers.register.path_names(chosen.managed_path)[0]
    facts.append((_("所在区域"), flow.label(chosen) or whole))
    return facts
