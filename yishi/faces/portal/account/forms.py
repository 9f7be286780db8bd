"""Forms of one's own pages at the portal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yishi.foundation.parties.identifiers import LABELS, PUBLIC_KINDS
from yishi.foundation.revisions.errors import FieldError

PERSONAL = [(str(kind), label) for kind, label in LABELS.items() if kind not in PUBLIC_KINDS]


def put_error(form: forms.Form, error: FieldError, names: Mapping[str, str] | None = None) -> None:
    """Show the error of a service at its field, or above the form where there is none."""
    field = (names or {}).get(error.field, error.field)
    form.add_error(field if field in form.fields else None, error.message)


class SimulatedForm(forms.Form):
    """Name and number, as a real-name service would ask for them."""

    name = forms.CharField(
        label=_("姓名"), max_length=60, error_messages={"required": _("请填写姓名")}
    )
    identifier_kind = forms.ChoiceField(label=_("证件类型"), choices=PERSONAL)
    identifier = forms.CharField(
        label=_("证件号码"),
        max_length=40,
        error_messages={"required": _("请填写证件号码")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    use_required_attribute = False


class CorrectForm(forms.Form):
    """What is right instead, and how one knows."""

    value = forms.CharField(
        label=_("正确的内容"), max_length=2000, error_messages={"required": _("请填写正确的内容")}
    )
    evidence = forms.CharField(
        label=_("依据"),
        help_text=_("说明为什么应当更正，例如证照名称和编号；也可以只上传证明材料。"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    file = forms.FileField(
        label=_("证明材料"),
        help_text=_("照片或 PDF，一个文件，最多 20 MB。只有核实的单位看得到。"),
        required=False,
        error_messages={"empty": _("文件是空的")},
        widget=forms.FileInput(attrs={"accept": "image/*,.pdf"}),
    )
    use_required_attribute = False


class MandateForm(forms.Form):
    """Let somebody act for oneself or for one's enterprise."""

    name = forms.CharField(
        label=_("经办人姓名"), max_length=60, error_messages={"required": _("请填写经办人姓名")}
    )
    identifier_kind = forms.ChoiceField(label=_("经办人证件类型"), choices=PERSONAL)
    identifier = forms.CharField(
        label=_("经办人证件号码"),
        max_length=40,
        error_messages={"required": _("请填写证件号码")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scope = forms.MultipleChoiceField(
        label=_("授权事项"),
        help_text=_("不选即为全部事项。"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    valid_to = forms.DateField(
        label=_("授权截止日期"),
        error_messages={"required": _("请填写截止日期"), "invalid": _("日期格式为 2026-12-31")},
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    may_pass_on = forms.BooleanField(
        label=_("允许经办人转委托"),
        help_text=_("转委托不能超出本次授权的事项和期限。"),
        required=False,
    )
    use_required_attribute = False

    def __init__(self, *args: Any, matters: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["scope"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = list(matters)
        if not matters:
            del self.fields["scope"]


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        label=_("原因"), max_length=200, error_messages={"required": _("请填写原因")}
    )
    use_required_attribute = False
