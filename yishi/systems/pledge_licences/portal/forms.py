"""Forms of the applicant's pages: what the holder's file does not know, and the signature."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yishi.foundation.approvals.catalogue import FieldSpec
from yishi.foundation.places.snapshot import Register
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.selects import LongSelect

#: What the decision on the spot has no use for: the certificate is electronic, the signer known.
UNASKED = frozenset(
    {"delivery_method", "delivery_address", "agent_name", "agent_phone", "premises_division"}
)
_INPUT = {
    "int": {"inputmode": "numeric"},
    "decimal": {"inputmode": "decimal"},
    "money": {"inputmode": "decimal"},
    "phone": {"inputmode": "tel", "autocomplete": "tel"},
    "email": {"inputmode": "email", "autocomplete": "email"},
    "address": {"autocomplete": "street-address"},
}


class Asked(forms.CharField):
    """Whatever was typed goes to the service, which checks it and names the field."""

    def clean(self, value: Any) -> str:
        """The text as it is, once it is there."""
        text = value.strip() if isinstance(value, str) else ""
        if self.required and not text:
            raise forms.ValidationError(self.error_messages["required"], "required")
        return text[:2_000]


class ApplyForm(forms.Form):
    """Where, and what is not known yet; each field once, whatever number of licences ask for it."""

    use_required_attribute = False

    def __init__(
        self,
        specs: Iterable[FieldSpec],
        places: Register,
        data: Any = None,
        known: dict[str, str] | None = None,
    ) -> None:
        super().__init__(data, initial=known)
        self.fields["division"] = Asked(
            label=_("经营场所在哪个乡镇街道"),
            widget=LongSelect(choices=[("", _("请选择")), *divisions(places)]),
            error_messages={"required": _("请选择乡镇街道")},
        )
        for spec in specs:
            self.fields[spec.key] = _field(spec)

    def values(self) -> dict[str, str]:
        """What was filled in, by field."""
        return {k: v for k, v in self.cleaned_data.items() if v and k != "division"}

    def refuse(self, error: FieldError) -> None:
        """Show what a service refused at its field, or above the form."""
        name = error.field.removeprefix("values.")
        self.add_error(name if name in self.fields else None, error.message)


def divisions(places: Register) -> list[tuple[str, list[tuple[str, str]]]]:
    """Counties with their townships and streets, for a select."""
    found = []
    for county in places.picker_children(places.root):
        towns = [(one.code, one.name) for one in places.picker_children(county.code)]
        if towns:
            found.append((county.name, towns))
    return found


def _field(spec: FieldSpec) -> forms.Field:
    options: dict[str, Any] = {
        "label": spec.label,
        "help_text": spec.hint,
        "error_messages": {"required": _("请填写这一项")},
    }
    if spec.type in ("choice", "bool"):
        pairs: list[Any] = list(spec.choices) or [("yes", _("是")), ("no", _("否"))]
        return Asked(widget=forms.RadioSelect(choices=pairs), **options)
    if spec.type == "date":
        return Asked(widget=forms.DateInput(attrs={"type": "date"}), **options)
    if spec.type == "long_text":
        return Asked(widget=forms.Textarea(attrs={"rows": 3}), **options)
    return Asked(widget=forms.TextInput(attrs=_INPUT.get(spec.type, {})), **options)


class SignForm(forms.Form):
    """The signature: every condition by itself, the own name, and the will to sign. A drawn
    signature (a PNG as the page's script sends it) may go along."""

    use_required_attribute = False
    name = forms.CharField(
        label=_("输入您的姓名"),
        max_length=60,
        help_text=_("与实名认证的姓名一致，即为您的电子签名。"),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("请输入您的姓名")},
    )
    drawn = forms.CharField(required=False, max_length=400_000, widget=forms.HiddenInput)
    shown_hash = forms.CharField(max_length=64, widget=forms.HiddenInput)
    will = forms.BooleanField(
        label=_("我已读完告知书和承诺书，以上承诺是真实的意思表示，愿意承担不实承诺的后果"),
        error_messages={"required": _("请确认您的意思表示")},
    )

    def __init__(
        self, conditions: Iterable[tuple[str, str, str]], signer: str, data: Any = None, **kw: Any
    ) -> None:
        super().__init__(data, **kw)
        self.signer = signer
        self.keys = [key for key, _text, _when in conditions]
        for key, text, _when in conditions:
            self.fields[f"c_{key}"] = forms.BooleanField(
                label=text, error_messages={"required": _("请逐项确认")}
            )
        self.order_fields([*(f"c_{key}" for key in self.keys), "name", "will"])

    def clean_name(self) -> str:
        """The signer's own name; where the file has none, whatever was typed."""
        name = "".join(str(self.cleaned_data["name"]).split())
        if self.signer and name != "".join(self.signer.split()):
            raise forms.ValidationError(_("与实名认证的姓名不一致"), "name")
        return name

    def agreed(self) -> list[str]:
        """The conditions that were ticked."""
        return [key for key in self.keys if self.cleaned_data.get(f"c_{key}")]
