"""The form of a single item, made from its fields."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext

from yishi.foundation.approvals.catalogue import Book, FieldSpec, Item
from yishi.foundation.places.snapshot import Register
from yishi.foundation.revisions.errors import FieldError


class ApplicationForm(forms.Form):
    """Where, and what the item's fields ask; nothing beyond the guide. The values themselves are
    checked where they are taken in."""

    use_required_attribute = False

    def __init__(self, book: Book, item: Item, places: Register, data: Any = None) -> None:
        super().__init__(data)
        self.item = item
        choices: list[Any] = [("", gettext("请选择"))]
        for county in places.picker_children():
            towns = [(node.code, node.name) for node in places.picker_children(county.code)]
            choices.append((county.name, towns))
        self.fields["division"] = forms.ChoiceField(
            label=gettext("所在乡镇街道"),
            choices=choices,
            error_messages={"required": gettext("请选择所在乡镇街道")},
        )
        for key in item.fields:
            self.fields[f"v_{key}"] = _field(book.fields[key])

    def raw(self) -> dict[str, Any]:
        """What was filled in, as `single.apply` reads it."""
        values = {
            name.removeprefix("v_"): str(value)
            for name, value in self.cleaned_data.items()
            if name.startswith("v_") and value not in (None, "")
        }
        division = self.cleaned_data["division"]
        return {"item": self.item.key, "division": division, "channel": "window", "values": values}

    def refuse(self, error: FieldError) -> None:
        """Show an error of the service at its field."""
        name = f"v_{error.field}" if f"v_{error.field}" in self.fields else error.field
        self.add_error(name if name in self.fields else None, error.message)


def _field(spec: FieldSpec) -> forms.Field:
    if spec.type == "choice":
        choices = [("", gettext("请选择")), *spec.choices]
        found: forms.Field = forms.ChoiceField(choices=choices, required=False)
    elif spec.type == "bool":
        choices = [("", "—"), ("yes", gettext("是")), ("no", gettext("否"))]
        found = forms.ChoiceField(choices=choices, required=False)
    elif spec.type == "date":
        found = forms.CharField(required=False, widget=forms.DateInput(attrs={"type": "date"}))
    elif spec.type == "long_text":
        found = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}))
    else:
        found = forms.CharField(required=False, max_length=1_000)
    found.label, found.help_text = spec.label, spec.hint
    return found
