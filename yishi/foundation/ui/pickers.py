"""Form fields for places and units that work without JavaScript: search, press the button, choose.

A form that has them posts itself with ``look=1`` to be drawn again with what was found; with
JavaScript the same happens while typing (see ``ui/js/look.js``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from django import forms
from django.utils.translation import gettext_lazy as _

from yishi.foundation.places.snapshot import Register
from yishi.foundation.places.values import Node, PlaceError, UnitInfo

AnyForm = TypeVar("AnyForm", bound=forms.Form)
NONE = ("", _("请选择"))
MOST_HITS = 8
MOST_UNITS = 20
LOOK = {"data-look": ""}
LOOK_TEXT = {"data-look-text": "", "autocomplete": "off"}


def search_field(label: Any, hint: Any = "") -> forms.CharField:
    """A text to search by; typing looks again."""
    widget = forms.TextInput(attrs=LOOK_TEXT | {"type": "search"})
    return forms.CharField(
        label=label, help_text=hint, required=False, max_length=100, widget=widget
    )


def radio_field(label: Any, choices: Sequence[tuple[str, Any]], **more: Any) -> forms.ChoiceField:
    """A choice among what was found."""
    required = more.pop("required", False)
    return forms.ChoiceField(
        label=label, choices=choices, required=required, widget=forms.RadioSelect, **more
    )


def place_fields(register: Register, data: Mapping[str, Any]) -> dict[str, forms.Field]:
    """Fields ``place_q``, ``landmark``, ``county``, ``township``, ``community``, ``address``."""
    text = str(data.get("place_q") or "")
    chosen = str(data.get("landmark") or "")
    fields: dict[str, forms.Field] = {
        "place_q": search_field(
            _("查找地标"), _("输入小区、路口、学校、商场等名称，再从结果中选择")
        )
    }
    marks = landmark_choices(register, text, chosen)
    if marks:
        fields["landmark"] = radio_field(_("选择地标"), [("", _("都不是，按区划填写")), *marks])
    county = _known(register, data.get("county"))
    township = _known(register, data.get("township"))
    fields["county"] = _divisions(_("县（市、区）"), register.picker_children())
    if county:
        fields["township"] = _divisions(_("乡镇（街道）"), register.picker_children(county))
    if county and township:
        fields["community"] = _divisions(_("村（社区）"), register.picker_children(township))
    fields["address"] = forms.CharField(
        label=_("详细位置"),
        help_text=_("门牌、路段、方位，例如“南门东侧 20 米”"),
        required=False,
        max_length=120,
    )
    return fields


def landmark_choices(register: Register, text: str, chosen: str = "") -> list[tuple[str, str]]:
    """Landmarks found by *text*, and the one that was chosen before."""
    hits = register.search(text, MOST_HITS) if text.strip() else []
    found = [(str(hit.landmark.id), hit.label) for hit in hits]
    if chosen.isascii() and chosen.isdigit() and chosen not in dict(found):
        try:
            mark = register.landmark(int(chosen))
        except PlaceError:
            return found
        found.append((chosen, f"{mark.name}（{register.label(mark.managed_path)}）"))
    return found


def place_of(values: Mapping[str, Any]) -> dict[str, str]:
    """What was chosen, as intake reads it: ``landmark`` or ``division``, and ``address``."""
    place = {}
    division = values.get("community") or values.get("township") or values.get("county")
    if values.get("landmark"):
        place["landmark"] = str(values["landmark"])
    elif division:
        place["division"] = str(division)
    if values.get("address"):
        place["address"] = str(values["address"])
    return place


def _known(register: Register, code: Any) -> str:
    try:
        return register.node(str(code or "")).code
    except PlaceError:
        return ""


def _divisions(label: Any, nodes: Sequence[Node]) -> forms.ChoiceField:
    choices = [NONE, *((node.code, node.name) for node in nodes)]
    return forms.ChoiceField(
        label=label, choices=choices, required=False, widget=forms.Select(attrs=LOOK)
    )


def unit_fields(
    register: Register,
    data: Mapping[str, Any],
    suggested: Sequence[tuple[int, str]],
    *,
    label: Any,
    required: bool,
    name: str = "unit",
) -> dict[str, forms.Field]:
    """Fields ``unit_q`` and ``unit``: suggested units first, then those found by name."""
    text = str(data.get(f"{name}_q") or "").strip()
    choices: dict[str, Any] = {}
    for unit_id, reason in suggested:
        unit = register.unit(unit_id)
        choices[str(unit_id)] = f"{unit.name} — {reason}" if reason else unit.name
    for unit in find_units(register, text) if text else []:
        choices.setdefault(str(unit.id), unit.name)
    chosen = str(data.get(name) or "")
    if chosen not in choices and chosen.isascii() and chosen.isdigit() and len(chosen) < 19:
        with suppress(PlaceError):
            choices[chosen] = register.unit(int(chosen)).name
    found: dict[str, forms.Field] = {
        f"{name}_q": search_field(_("查找其他单位"), _("输入单位名称的一部分，再从结果中选择"))
    }
    if choices or required:
        found[name] = radio_field(
            label,
            list(choices.items()),
            required=required,
            initial=str(suggested[0][0]) if suggested else None,
            error_messages={"required": _("请选择一个单位")},
            help_text="" if choices else _("查找后在这里选择"),
        )
    return found


def looked(form: AnyForm, data: Any) -> AnyForm:
    """The form unbound, with what was typed: somebody searched, nothing is wrong yet."""
    form.initial.update({name: data.get(name) for name in form.fields if name in data})
    form.is_bound = False
    return form


def find_units(register: Register, text: str) -> list[UnitInfo]:
    """Living units whose name holds every word of *text*, shorter names first."""
    words = text[:60].split()
    found = [u for u in register.units() if all(word in u.name for word in words)]
    return sorted(found, key=lambda unit: (len(unit.name), unit.code))[:MOST_UNITS]
