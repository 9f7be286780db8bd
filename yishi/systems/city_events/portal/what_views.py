"""What: the reporter's words, the kind they point to, the condition, and what is known already."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from yishi.foundation.calendars.limits import Limit
from yishi.foundation.calendars.limits import Unit as LimitUnit
from yishi.foundation.ui.parts import Tab
from yishi.foundation.ui.timetext import relative_text
from yishi.systems.city_events.catalogue import EventType, Standard
from yishi.systems.city_events.portal import steps
from yishi.systems.city_events.portal.flow import Flow, auto_id, page
from yishi.systems.city_events.portal.forms import (
    PickForm,
    StandardForm,
    TypeForm,
    WhatForm,
    hinted,
)
from yishi.systems.city_events.portal.similar import Similar
from yishi.systems.city_events.portal.similar import similar as similar_cases

SUGGESTED, FOUND = 5, 20
#: Of so many kinds that the words may mean, open cases are looked for while somebody types.
LIKELY = 2


@page("what")
def what(flow: Flow) -> HttpResponse:
    """The reporter's own words; while they are typed (``near``), what others reported near by."""
    near: list[dict[str, Any]] = []
    if "near" in flow.request.POST:
        form = WhatForm(initial=flow.request.POST.dict())
        near = _near(flow, flow.request.POST.get("description", ""))
    elif flow.request.method == "POST":
        form = WhatForm(flow.request.POST)
        if form.is_valid():
            words = form.cleaned_data["description"]
            if not words and flow.data.get("type") == steps.UNSURE:
                flow.data.pop("type")
            return flow.answer(description=words)
    else:
        form = WhatForm(initial={"description": flow.data.get("description", "")})
        near = _near(flow, flow.data.get("description", ""))
    field = form.fields["description"].widget
    field.attrs |= {
        "hx-post": flow.url("what"),
        "hx-vals": '{"near": "1"}',
        "hx-trigger": "input changed delay:600ms",
        "hx-target": "#near",
    }
    return flow.render(form, fragment="near", near=near)


def _near(flow: Flow, words: str) -> list[dict[str, Any]]:
    """Open cases near by of the kinds that the words likely mean."""
    found = flow.place() if words.strip() else None
    if found is None:
        return []
    hits = flow.registers.recogniser.suggest(flow.catalogue, words, LIKELY, public_only=True)
    cases = similar_cases([hit.type for hit in hits], found[0], flow.now)
    names = {hit.type.key: hit.type.name for hit in hits}
    return [
        row | {"kind": names[case.type_key]}
        for row, case in zip(_rows(cases, flow), cases, strict=True)
    ]


@page("type")
def type_(flow: Flow) -> HttpResponse:
    """Kinds that the words point to, a search over all of them, or one main class."""
    request = flow.request
    text = " ".join((request.POST.get("q") or request.GET.get("q", "")).split())[:60]
    group = request.POST.get("group") or request.GET.get("group", "")
    choices = _type_choices(flow, text, group)
    if request.method == "POST":
        form = TypeForm(request.POST, choices=choices)
        if form.is_valid():
            answer = _choose_type(flow, form)
            if answer is not None:
                return answer
    else:
        form = TypeForm(
            initial={"choice": flow.data.get("type", "")},
            choices=choices,
            auto_id=auto_id(text, group),
        )
    return flow.render(
        form,
        fragment="kinds",
        text=text,
        group=group,
        found=len(choices) - 1,
        groups=_groups(flow, group),
        suggested=not text and not group,
    )


def _choose_type(flow: Flow, form: TypeForm) -> HttpResponse | None:
    """Go on with the chosen kind; ``None`` when the form got an error."""
    key = form.cleaned_data["choice"]
    if key == steps.UNSURE:
        if not flow.data.get("description"):
            form.add_error("choice", _("不确定类别时，请返回上一步写几个字，工作人员才能判断"))
            return None
    else:
        kind = flow.catalogue.by_key.get(key)
        if kind is None or not kind.public:
            form.add_error("choice", _("没有这个类别，请重新选择"))
            return None
    if key != flow.data.get("type"):
        flow.data.pop("standard", None)
        flow.data.pop("similar_seen", None)
    return flow.answer(type=key)


def _type_choices(flow: Flow, text: str, group: str) -> list[tuple[str, str]]:
    """The kinds to choose from, "not sure" last."""
    catalogue = flow.catalogue
    if text:
        choices = [_type(kind) for kind in catalogue.search(text)[:FOUND]]
    elif group:
        kinds = next((found.types for found in catalogue.groups if found.slug == group), ())
        choices = [_type(kind) for kind in kinds if kind.public]
    else:
        words = flow.data.get("description", "")
        recogniser = flow.registers.recogniser
        hits = recogniser.suggest(catalogue, words, SUGGESTED, public_only=True) if words else []
        choices = [_type(hit.type, hit.words) for hit in hits]
        chosen = flow.kind
        if chosen is not None and chosen.key not in {hit.type.key for hit in hits}:
            choices.append(_type(chosen))
    unsure = hinted(steps.UNSURE, _("我不确定"), _("工作人员会根据您的描述判断"))
    return [*choices, unsure]


def _said(words: Iterable[str]) -> SafeString | str:
    """The reporter's own words that point to a choice, in the language in which they wrote."""
    said = "、".join(words)
    if not said:
        return ""
    quoted = format_html('<span lang="zh-Hans">{}</span>', said)
    return format_html(_("您提到：%(words)s").replace("%(words)s", "{}"), quoted)


def _type(kind: EventType, words: Iterable[str] = ()) -> tuple[str, str]:
    because = _said(words)
    return hinted(kind.key, kind.name, kind.summary, because)


def _groups(flow: Flow, group: str) -> list[Tab]:
    address = flow.url("type")
    named = {"component": _("设施"), "event": _("现象")}
    found: list[Tab] = []
    for item in flow.catalogue.groups:
        count = sum(kind.public for kind in item.types)
        if count:
            label = f"{named[item.kind]} · {item.main_name}"
            url = f"{address}?group={item.slug}#kinds"
            found.append(Tab(label, url, count, item.slug == group))
    return found


@page("standard")
def standard(flow: Flow) -> HttpResponse:
    """The condition of the kind that fits; not knowing is an answer."""
    kind = flow.kind
    if kind is None or len(kind.standards) < 2:
        return flow.answer()
    said = flow.data.get("description", "")
    pointed, words = kind.choose_standard(said) if said else (kind.standards[0], ())
    choices = [_standard(one, words if one is pointed else ()) for one in kind.standards]
    choices.append(hinted(steps.UNSURE, _("说不准"), _("工作人员会到现场判断")))
    if flow.request.method == "POST":
        form: PickForm = StandardForm(flow.request.POST, choices=choices)
        if form.is_valid():
            code = form.cleaned_data["choice"]
            if code == steps.UNSURE or kind.standard(code) is not None:
                return flow.answer(standard="" if code == steps.UNSURE else code)
            form.add_error("choice", _("请从列表中选择"))
    else:
        chosen = flow.data.get("standard", pointed.code if words else None)
        initial = steps.UNSURE if chosen == "" else chosen
        form = StandardForm(initial={"choice": initial}, choices=choices)
    return flow.render(form, kind=kind)


def _standard(one: Standard, words: Iterable[str]) -> tuple[str, str]:
    because = _said(words)
    return hinted(one.code, one.filing, limit_words(one.parsed), because)


def limit_words(limit: Limit) -> str:
    """A limit as residents say it."""
    n = limit.amount
    texts = {
        LimitUnit.EMERGENCY_HOUR: _("派遣后 %(n)d 小时内处理（昼夜不停）"),
        LimitUnit.EMERGENCY_DAY: _("派遣后 %(n)d 天内处理（节假日照常）"),
        LimitUnit.WORKING_HOUR: _("派遣后 %(n)d 个工作小时内处理"),
        LimitUnit.WORKING_DAY_FROM_MINUTE: _("派遣后 %(n)d 个工作日内处理"),
    }
    known = texts.get(limit.unit)
    return known % {"n": n} if known else _("时限：%(text)s") % {"text": limit.text}


@page("similar")
def similar(flow: Flow) -> HttpResponse:
    """What others reported of the same kind near by; passed over when there is nothing."""
    kind = flow.kind
    if kind is None:
        return flow.answer()
    if flow.request.method == "POST":
        return flow.answer(similar_seen=kind.key)
    found = flow.place()
    cases = similar_cases([kind], found[0], flow.now) if found else []
    flow.data["similar_shown"] = bool(cases)
    if not cases:
        return flow.answer(similar_seen=kind.key)
    return flow.render(None, kind=kind, cases=_rows(cases, flow))


def _rows(cases: Iterable[Similar], flow: Flow) -> list[dict[str, Any]]:
    return [
        {
            "stage": case.stage,
            "unit": case.unit,
            "metres": case.metres,
            "age": relative_text(case.received_at, flow.now),
        }
        for case in cases
    ]


@page("known")
def known(flow: Flow) -> HttpResponse:
    """ "That is what I saw": thanks, and nothing is sent."""
    return flow.render(None)
