"""The form of a move, built from what the move needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yishi.foundation.access.models import Grant
from yishi.foundation.cases.inputs import LONGEST_TEXT, MOST_PHOTOS
from yishi.foundation.cases.lifecycle import Move, Need
from yishi.foundation.ui.desk import DeskSystem, Look
from yishi.foundation.ui.fields import ManyFiles
from yishi.foundation.ui.pickers import NONE, place_fields, place_of, unit_fields


class PhotosField(forms.FileField):
    """Several uploads as a list; what they are is checked where they are stored."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """The files, none being an empty list."""
        files = data if isinstance(data, list | tuple) else [data] if data else []
        if self.required and not files:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        if len(files) > MOST_PHOTOS:
            text = gettext("最多%(n)d张照片") % {"n": MOST_PHOTOS}
            raise forms.ValidationError(text, code="too_many")
        return list(files)


class MoveForm(forms.Form):
    """Fields of one move on one case; ``version`` is the case as the officer saw it."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    use_required_attribute = False

    def __init__(
        self, system: DeskSystem, move: Move, look: Look, data: Any = None, files: Any = None
    ) -> None:
        super().__init__(data, files, initial={"version": look.case.version})
        self.move = move
        given: Mapping[str, Any] = data if data is not None else {}
        for need in move.needs:
            self.fields |= _fields(need, system, look, given)
        self.looks = any(need.kind in ("place", "unit", "type", "standard") for need in move.needs)
        self.photo_names = {need.name for need in move.needs if need.kind == "photos"}

    def raw(self) -> dict[str, Any]:
        """What was filled in, as the system's ``advance`` reads it; photos come later."""
        values = self.cleaned_data
        facts: dict[str, Any] = {}
        for need in self.move.needs:
            if need.kind == "place":
                found = place_of(values)
                if set(found) - {"address"}:
                    facts[need.name] = found
            elif need.kind != "photos" and values.get(need.name) not in (None, ""):
                facts[need.name] = values[need.name]
        return facts

    def refuse(self, field: str, message: str) -> None:
        """Show an error of the system at its field (``photos.2`` at ``photos``)."""
        name = field.partition(".")[0]
        name = next((n for n in (field, name, _PLACES.get(name, "")) if n in self.fields), "")
        self.add_error(name or None, message)


_PLACES = {"place": "place_q", "division": "county", "lon": "place_q", "lat": "place_q"}


def _fields(
    need: Need, system: DeskSystem, look: Look, data: Mapping[str, Any]
) -> dict[str, forms.Field]:
    own = system.fields(need, look, data)
    if own is not None:
        return {need.name: own}
    asked = {
        "choice": _("请选择%(label)s"),
        "person": _("请选择%(label)s"),
        "photos": _("请上传%(label)s"),
    }
    said = str(asked.get(need.kind, _("请填写%(label)s")))
    required = {"required": said % {"label": gettext(need.label)}}
    label, hint = gettext(need.label), gettext(need.hint) if need.hint else ""
    if need.kind == "place":
        return place_fields(look.register, data)
    if need.kind == "unit":
        suggested = system.suggest_units(look)
        return unit_fields(
            look.register, data, suggested, label=label, required=need.required, name=need.name
        )
    field = _plain(need, look, label)
    field.help_text = hint or field.help_text
    field.error_messages |= required if need.required else {}
    field.error_messages["invalid_choice"] = str(_("请从列出的选项中选择"))
    return {need.name: field}


def _plain(need: Need, look: Look, label: str) -> forms.Field:
    """The field of a kind that needs no register."""
    if need.kind == "photos":
        attributes = {"accept": "image/jpeg,image/png,image/webp"}
        return PhotosField(label=label, required=need.required, widget=ManyFiles(attrs=attributes))
    if need.kind == "choice":
        return forms.ChoiceField(
            label=label,
            choices=[(value, gettext(text)) for value, text in need.choices],
            required=need.required,
            widget=forms.RadioSelect,
        )
    if need.kind == "person":
        return forms.ChoiceField(
            label=label, choices=[NONE, *people_of(look)], required=need.required
        )
    if need.kind == "date":
        picker = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        day = forms.DateField(label=label, required=need.required, widget=picker)
        day.error_messages["invalid"] = gettext("请填写日期，例如2026-03-18")
        return day
    if need.kind == "moment":
        clock = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        moment = forms.DateTimeField(label=label, required=need.required, widget=clock)
        moment.error_messages["invalid"] = gettext("请填写日期和时间，例如2026-03-18 17:00")
        return moment
    if need.kind == "line":
        return forms.CharField(label=label, required=need.required, max_length=200)
    if need.kind == "flag":
        return forms.BooleanField(label=label, required=False)
    return forms.CharField(
        label=label,
        required=need.required,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


def people_of(look: Look) -> list[tuple[str, str]]:
    """Who of the handling unit the work can be given to (1 statement)."""
    main = look.case.duty("main")
    if main is None:
        return []
    held = Grant.objects.filter(
        unit_id=main.unit_id, role__in=("handler", "unit_officer"), user__is_active=True
    ).select_related("user")
    people = {str(grant.user_id): grant.user.display_name for grant in held if grant.user}
    return list(people.items())
