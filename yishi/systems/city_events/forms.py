"""Forms of city events at the desk: the hotline's report, and the purpose of opening a contact."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yishi.foundation.places.snapshot import Register
from yishi.foundation.ui.pickers import LOOK, LOOK_TEXT, place_fields, place_of, radio_field
from yishi.systems.city_events.case_page import type_field
from yishi.systems.city_events.catalogue import Catalogue

MOST_SUGGESTED = 5
_FIELDS_OF = {"lon": "place_q", "lat": "place_q", "division": "county", "place": "place_q"}


class HotlineForm(forms.Form):
    """A call written down. ``external_id`` makes a repeated submit the same report."""

    external_id = forms.CharField(widget=forms.HiddenInput, max_length=64)
    description = forms.CharField(
        label=_("来电人怎么说"),
        help_text=_("照原话记录：什么问题、在哪里、多久了"),
        max_length=2000,
        widget=forms.Textarea(attrs=LOOK_TEXT | {"rows": 4}),
        error_messages={"required": _("请记录来电内容")},
    )
    name = forms.CharField(label=_("来电人称呼"), max_length=60, required=False)
    phone = forms.CharField(
        label=_("联系电话"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    email = forms.CharField(label=_("电子邮箱"), max_length=120, required=False)
    secret = forms.BooleanField(
        label=_("来电人要求保密"),
        required=False,
        help_text=_("处置部门将看不到来电人的任何信息"),
    )
    use_required_attribute = False

    def __init__(
        self, register: Register, catalogue: Catalogue, data: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(data, initial={"external_id": str(uuid.uuid4())})
        given: Mapping[str, Any] = data or {}
        self.catalogue = catalogue
        own = self.fields
        self.fields = {
            "external_id": own.pop("external_id"),
            "description": own.pop("description"),
            **self._types(given),
            **place_fields(register, given),
            **own,
        }

    def _types(self, data: Mapping[str, Any]) -> dict[str, forms.Field]:
        """Suggested types, the select of all types, and the chosen type's standards."""
        fields: dict[str, forms.Field] = {}
        found = self.catalogue.suggest(str(data.get("description") or "")[:2000], MOST_SUGGESTED)
        if found:
            choices = [("", gettext("都不是，在下面选择"))]
            choices += [
                (hit.type.key, f"{hit.type.name} — {'、'.join(hit.words)}") for hit in found
            ]
            fields["suggested"] = radio_field(_("按来电内容推荐的类别"), choices)
            fields["suggested"].widget.attrs.update(LOOK)
        fields["type"] = type_field(self.catalogue, "", gettext("类别"))
        kind = self.catalogue.by_key.get(str(data.get("type") or data.get("suggested") or ""))
        if kind is not None and len(kind.standards) > 1:
            standards = [(s.code, f"{s.filing}（{s.wording}）") for s in kind.standards]
            fields["standard"] = radio_field(
                _("立案条件"), [("", gettext("由系统按内容判断")), *standards]
            )
        return fields

    def sections(self) -> list[tuple[str, list[Any]]]:
        """Bound fields under their headings, the place before the caller."""
        groups = (
            (gettext("来电内容"), ("description", "suggested", "type", "standard")),
            (
                gettext("案发地点"),
                ("place_q", "landmark", "county", "township", "community", "address"),
            ),
            (gettext("来电人"), ("name", "phone", "email", "secret")),
        )
        return [
            (title, [self[name] for name in names if name in self.fields])
            for title, names in groups
        ]

    @property
    def type_key(self) -> str:
        """The chosen type: the select wins over the suggestion."""
        values = self.cleaned_data
        return str(values.get("type") or values.get("suggested") or "")

    def raw(self) -> dict[str, Any]:
        """The report as intake reads it."""
        values = self.cleaned_data
        raw = {
            "external_id": values["external_id"],
            "description": values["description"],
            "type": self.type_key,
            "standard": values.get("standard") or "",
            "name": values["name"],
            "phone": values["phone"],
            "email": values["email"],
            **place_of(values),
        }
        if values["secret"]:
            raw["secret"] = True
        return {name: value for name, value in raw.items() if value != ""}

    def refuse(self, field: str, message: str) -> None:
        """Show an error of intake at its field."""
        name = _FIELDS_OF.get(field, field)
        self.add_error(name if name in self.fields else None, message)


class PurposeForm(forms.Form):
    """Why a contact is opened; the purpose is logged with the officer and the time."""

    purpose = forms.CharField(
        label=_("查看目的"),
        help_text=_("例如：核实具体位置、回访。目的、查看人和时间会记入访问日志。"),
        max_length=200,
        error_messages={"required": _("请写明查看目的")},
    )
    use_required_attribute = False
