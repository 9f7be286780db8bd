"""``{% load ui %}``: the components. See the package's README for how to use each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django import template
from django.forms import BaseForm, BoundField
from django.template import Context
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from yishi.foundation.access import portal_accounts
from yishi.foundation.access.actors import Actor
from yishi.foundation.parties import field_labels, masking
from yishi.foundation.tables.columns import Column
from yishi.foundation.ui import fields, navigation, parts, timetext

register = template.Library()


# --- The frame -----------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def menu(context: Context, face: str) -> list[navigation.ShownItem]:
    """``{% menu "desk" as items %}``: what the actor may see of a face's menu."""
    request = context.get("request")
    path = request.path if request else ""
    return navigation.menu(face, getattr(request, "actor", None), path)


@register.simple_tag(takes_context=True)
def applicant(context: Context) -> Actor | None:
    """``{% applicant as who %}``: whoever is signed in at the portal. Others cost no more than the
    session."""
    request = context.get("request")
    if request is None or not hasattr(request, "session"):
        return None
    if portal_accounts.signed_in(request) is None:
        return None
    found: Actor = request.actor
    return found if found.kind == "party" else None


@register.simple_tag
def url_or_none(name: str, *args: object) -> str:
    """The address of a page that may not be mounted; empty then."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


@register.inclusion_tag("ui/parts/page_header.html")
def page_header(title: str, back: str = "", back_label: str = "", lead: str = "") -> dict[str, Any]:
    """The page's only ``h1``, with a way back above and a lead below it."""
    label = back_label or gettext("返回")
    return {"title": title, "back": back, "back_label": label, "lead": lead}


# --- Forms ---------------------------------------------------------------------------------------


@register.inclusion_tag("ui/parts/error_summary.html")
def error_summary(*forms: BaseForm) -> dict[str, Any]:
    """What is wrong in *forms*, each line a link to its field; nothing when all is well."""
    return {"problems": [p for form in forms for p in fields.problems(form)]}


@register.inclusion_tag("ui/parts/field.html")
def field(
    bound: BoundField, label: str = "", hint: str = "", large: bool = False
) -> dict[str, Any]:
    """One form field: label (``large`` as a heading), hint, error and widget, tied together."""
    return fields.field_context(bound, label=label, hint=hint, large=large)


@register.inclusion_tag("ui/parts/photo_upload.html")
def photo_upload(
    bound: BoundField, limit: int = 6, label: str = "", hint: str = ""
) -> dict[str, Any]:
    """A file field for up to *limit* photos, with previews where there is JavaScript."""
    return {**fields.field_context(bound, label=label, hint=hint), "limit": limit}


# --- State ---------------------------------------------------------------------------------------


@register.inclusion_tag("ui/parts/light.html", takes_context=True)
def light(
    context: Context,
    due: datetime | parts.Light | None,
    *,
    warn_at: datetime | None = None,
    paused: bool = False,
    done_at: datetime | None = None,
    provisional: bool = False,
) -> dict[str, Any]:
    """The due light of a deadline, or of a `parts.Light`; the page's ``now`` decides, else now."""
    if isinstance(due, parts.Light):
        return {"light": due}
    now = context.get("now") or timezone.now()
    shown = parts.light(
        due,
        now,
        warn_at=warn_at,
        paused=paused,
        done_at=done_at,
        provisional=provisional,
    )
    return {"light": shown}


@register.simple_tag
def state_badge(label: str, tone: str = "neutral") -> SafeString:
    """A state: ``tone`` is neutral, active, good, warn or bad."""
    return format_html('<span class="y-state y-tone-{}">{}</span>', tone, label)


@register.inclusion_tag("ui/parts/timeline.html", takes_context=True)
def timeline(context: Context, events: Iterable[parts.Event]) -> dict[str, Any]:
    """What happened: a list of `parts.Event` in the given order."""
    return {"events": events, "now": context.get("now") or timezone.now()}


@register.inclusion_tag("ui/parts/facts.html")
def facts(rows: Iterable[parts.Fact | tuple[str, object]]) -> dict[str, Any]:
    """A definition list of `parts.Fact` or (label, value); empty values show as ``—``."""
    shown = [row if isinstance(row, parts.Fact) else parts.Fact(*row) for row in rows]
    return {"facts": shown}


@register.inclusion_tag("ui/parts/gallery.html")
def gallery(pictures: Sequence[parts.Picture], empty: str = "") -> dict[str, Any]:
    """Photos and files that open on a click; *empty* is said when there are none."""
    return {"pictures": pictures, "empty": empty}


# --- Lists ---------------------------------------------------------------------------------------


@register.simple_tag
def cell(column: Column[Any], row: Any) -> str | SafeString:
    """A cell of ``ui/parts/table.html``: moments, days, numbers and shares by the column's kind."""
    value = column.value(row)
    if value is None or value == "":
        return "—"
    if isinstance(value, datetime):
        text = timetext.moment_text(value)
        return format_html('<time datetime="{}">{}</time>', value.isoformat(), text)
    if isinstance(value, date):
        return timetext.date_text(value)
    if isinstance(value, int | float):
        return percent(value) if column.kind == "share" else number(value)
    return str(value)


@register.inclusion_tag("ui/parts/tabs.html")
def tabs(items: Sequence[parts.Tab], label: str = "", target: str = "") -> dict[str, Any]:
    """Tabs as links; with *target* (a CSS selector) htmx swaps only that element."""
    return {"tabs": items, "label": label or gettext("分类"), "target": target}


@register.inclusion_tag("ui/parts/pager.html", takes_context=True)
def pager(
    context: Context,
    previous: str | None = None,
    next: str | None = None,
    target: str = "",
) -> dict[str, Any]:
    """Keyset pages: cursors for ``?before=`` and ``?after=``, beside the other parameters."""
    return {
        "request": context["request"],
        "previous": previous,
        "next": next,
        "target": target,
    }


@register.inclusion_tag("ui/parts/empty.html")
def empty(title: str, text: str = "", url: str = "", action: str = "") -> dict[str, Any]:
    """What a list without rows says, and what to do then."""
    return {"title": title, "text": text, "url": url, "action": action}


# --- Islands -------------------------------------------------------------------------------------


@register.inclusion_tag("ui/parts/place_map.html")
def place_map(
    areas: object,
    *,
    lon: float | None = None,
    lat: float | None = None,
    label: str = "",
    zoom: int = 13,
    areas_id: str = "",
    picks: str = "",
) -> dict[str, Any]:
    """A map that decorates a place named in words: county polygons and one marker, no tiles.

    *areas*: address of a GeoJSON file (CGCS2000), or the GeoJSON itself. lon, lat in degrees.
    *picks*: ids of the fields (longitude, latitude, datum) that a click fills in.
    """
    inline = None if isinstance(areas, str) else areas
    return {
        "url": areas if isinstance(areas, str) else "",
        "areas": inline,
        "areas_id": areas_id or "areas-data",
        "lon": lon,
        "lat": lat,
        "label": label,
        "zoom": zoom,
        "picks": picks,
    }


@register.inclusion_tag("ui/parts/chart.html")
def chart(
    option: object,
    label: str,
    *,
    rows: Sequence[Sequence[object]] = (),
    head: Sequence[str] = (),
    id: str = "chart",
    url: str = "",
    map_url: str = "",
    map_name: str = "",
    height: str = "m",
    font: float = 0.875,
    links: bool = False,
) -> dict[str, Any]:
    """An ECharts *option* (plain data), named by *label*; *head* and *rows* say it in words.

    *url* (JSON option) is asked again when the page's ``yishi:refresh`` event comes; *map_url*
    is a GeoJSON file registered as *map_name*. *height*: s, m, l or fill; *font*: the size of its
    texts in rem. With *links* a click on a name opens what the page's JSON ``<id>-links`` says.
    """
    return {
        "option": option,
        "label": label,
        "rows": rows,
        "head": head,
        "id": id,
        "url": url,
        "map_url": map_url,
        "map_name": map_name,
        "height": height,
        "font": font,
        "links": f"{id}-links" if links else "",
    }


# --- Filters -------------------------------------------------------------------------------------


@register.filter
def matters(scope: Iterable[str]) -> str:
    """``{{ mandate.scope|matters }}``: what a mandate reaches, in words."""
    return "、".join(field_labels.matter_label(key) for key in scope)


@register.filter
def by_whom(ref: str) -> str:
    """``account:12`` → 申请人: who it was, where the name is nobody's business or not at hand."""
    kind = str(ref).partition(":")[0]
    return {
        "account": gettext("申请人"),
        "party": gettext("申请人"),
        "system": gettext("系统"),
        "user": gettext("工作人员"),
        "public": gettext("上报人"),
    }.get(kind, gettext("接口程序"))


@register.filter
def coded(text: str) -> SafeString:
    """Text with its names of SQL parameters (``:start``) set as code."""
    pieces = re.split(r"(:[a-z]+)", str(text))
    return format_html_join("", "{}", ((_code(piece),) for piece in pieces))


def _code(piece: str) -> str | SafeString:
    return format_html("<code>{}</code>", piece) if re.fullmatch(":[a-z]+", piece) else piece


@register.filter
def number(value: float | None, places: int = 0) -> str:
    """``12345`` → ``12,345``; None → ``—``."""
    return "—" if value is None else f"{value:,.{places}f}"


@register.filter
def percent(value: float | None, places: int = 1) -> str:
    """A share 0–1: ``0.8312`` → ``83.1%``; None → ``—``."""
    return "—" if value is None else f"{value * 100:.{places}f}%"


@register.filter
def moment(value: datetime | None) -> str:
    """``2026年11月24日 10:30`` in Asia/Shanghai; None → ``—``."""
    return "—" if value is None else timetext.moment_text(value)


@register.filter
def day(value: date | None) -> str:
    """``2026年11月24日``; None → ``—``."""
    return "—" if value is None else timetext.date_text(value)


@register.filter
def relative(value: datetime | None, now: datetime | None = None) -> str:
    """``35 分前``, ``2 小时 10 分后``; None → ``—``."""
    return "—" if value is None else timetext.relative_text(value, now or timezone.now())


@register.filter
def duration(value: timedelta | float | None) -> str:
    """A timedelta or seconds: ``2 小时 10 分``; None → ``—``."""
    return "—" if value is None else timetext.duration_text(value)


@register.filter
def mask_phone(value: str) -> str:
    """``138****5678``."""
    return masking.mask_phone(value)


@register.filter
def mask_name(value: str) -> str:
    """``张**``."""
    return masking.mask_name(value)


@register.filter
def mask_numbers(value: str) -> str:
    """Free text without its personal numbers."""
    return masking.mask_numbers(value)


@register.filter
def localised(value: object) -> str:
    """A label that code or a table holds in Chinese, in the reader's language."""
    text = str(value or "")
    return gettext(text) if text else ""
