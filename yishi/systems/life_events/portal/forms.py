"""The forms of the theme pages. What is right is decided by the services, field by field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yishi.foundation.cases.inputs import clean_text
from yishi.foundation.places.snapshot import Register
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.fields import HintedLabel, ManyFiles
from yishi.foundation.ui.selects import LongSelect
from yishi.systems.life_events.catalogue.form import FormField

_INPUT = {
    "int": {"inputmode": "numeric"},
    "decimal": {"inputmode": "decimal"},
    "money": {"inputmode": "decimal"},
    "phone": {"inputmode": "tel", "autocomplete": "tel"},
    "email": {"inputmode": "email", "autocomplete": "email"},
    "id_number": {"autocomplete": "off", "spellcheck": "false"},
    "uscc": {"autocomplete": "off", "spellcheck": "false"},
    "person_name": {"autocomplete": "off"},
}


def show(form: forms.Form, error: FieldError) -> None:
    """Put what a service refused at its field, or above the form."""
    head = error.field.partition(".")[0]
    form.add_error(head if head in form.fields else None, error.message)


class PickForm(forms.Form):
    """One choice out of a list."""

    choice = forms.CharField(
        max_length=80, widget=forms.RadioSelect, error_messages={"required": _("请选择一项")}
    )

    def __init__(
        self,
        *args: Any,
        label: str,
        choices: Sequence[tuple[str, str]],
        hint: str = "",
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        field = self.fields["choice"]
        field.label, field.help_text = label, hint
        field.widget.choices = list(choices)


class PlaceForm(forms.Form):
    """Where the matter is to be settled."""

    division = forms.CharField(
        max_length=16,
        label=_("在哪里办理"),
        widget=LongSelect,
        error_messages={"required": _("请选择办理地点")},
    )

    def __init__(self, *args: Any, register: Register, **options: Any) -> None:
        super().__init__(*args, **options)
        widget = self.fields["division"].widget
        widget.choices = [("", _("请选择")), *divisions(register)]


def divisions(register: Register) -> list[tuple[str, list[tuple[str, str]]]]:
    """Counties with their townships and streets, for a select."""
    found: list[tuple[str, list[tuple[str, str]]]] = []
    for county in register.picker_children(register.root):
        towns = [(one.code, one.name) for one in register.picker_children(county.code)]
        if towns:
            found.append((county.name, towns))
    return found


class Asked(forms.CharField):
    """A field of the merged form: whatever was typed goes to the service, which checks it."""

    def clean(self, value: Any) -> str:
        """The text as it is."""
        return value if isinstance(value, str) else ""


def theme_form(
    fields: Iterable[FormField], data: Any, values: Mapping[str, str], register: Register
) -> forms.Form:
    """A form of the merged fields; what was typed is taken as it is and checked by the service."""
    form = forms.Form(data, initial=dict(values))
    for one in fields:
        form.fields[one.key] = _field(one, register)
    return form


class ProofForm(forms.Form):
    """Why known values are wrong."""

    def __init__(self, data: Any, files: Any = None, *, fields: Iterable[FormField]) -> None:
        super().__init__(data, files)
        for one in fields:
            self.fields[one.key] = Asked(
                label=_("依据"), widget=forms.Textarea(attrs={"rows": 2, "maxlength": 500})
            )
            self.fields[f"{one.key}.file"] = forms.FileField(
                label=_("证明材料"),
                help_text=_("可以上传照片或 PDF，最多 20 MB，只有核实的单位看得到。"),
                required=False,
                widget=forms.FileInput(attrs={"accept": "image/*,.pdf"}),
            )


def _field(one: FormField, register: Register) -> forms.Field:
    spec = one.spec
    options: dict[str, Any] = {
        "label": one.label,
        "help_text": spec.hint,
    }
    if spec.type == "choice":
        widget: forms.Widget = forms.RadioSelect(choices=list(spec.choices))
        if len(spec.choices) > 6:
            widget = forms.Select(choices=[("", _("请选择")), *spec.choices])
        return Asked(widget=widget, **options)
    if spec.type == "bool":
        pairs = [("yes", _("是")), ("no", _("否"))]
        return Asked(widget=forms.RadioSelect(choices=pairs), **options)
    if spec.type == "division":
        groups = [("", _("请选择")), *divisions(register)]
        return Asked(widget=LongSelect(choices=groups), **options)
    if spec.type == "date":
        return Asked(widget=forms.DateInput(attrs={"type": "date"}), **options)
    if spec.type == "long_text":
        return Asked(widget=forms.Textarea(attrs={"rows": 3}), **options)
    return Asked(widget=forms.TextInput(attrs=_INPUT.get(spec.type, {})), **options)


class FilesField(forms.Field):
    """Any number of uploads; a browser without files sends none."""

    widget = ManyFiles

    def clean(self, value: Any) -> list[Any]:
        """The files as a list."""
        found = value if isinstance(value, list | tuple) else [value] if value else []
        return [one for one in found if one]


class FilesForm(forms.Form):
    """Uploads for one paper."""

    files: Any = FilesField(
        label=_("选择文件"),
        required=False,
        help_text=_("照片、PDF、Word 或 Excel，每份材料最多 9 个文件。"),
    )


class TextField(forms.CharField):
    """Text that the database can hold."""

    def clean(self, value: Any) -> str:
        """Trimmed, without what cannot be stored."""
        text = str(super().clean(value) or "").replace("\r\n", "\n")
        try:
            return clean_text("text", text, self.max_length or 1000)
        except FieldError as error:
            raise forms.ValidationError(error.message) from error


class CodeForm(forms.Form):
    """A tracking code."""

    code = forms.CharField(
        max_length=40,
        label=_("查询码"),
        help_text=_("保存草稿或提交申请时得到的 20 位字母和数字。"),
        error_messages={"required": _("请输入查询码")},
        widget=forms.TextInput(attrs={"class": "code-input", "autocomplete": "off"}),
    )


class CheckForm(forms.Form):
    """The last page: what is handed in is true."""

    true = forms.BooleanField(
        label=_("以上内容和材料真实、有效"),
        error_messages={"required": _("请确认内容和材料真实、有效")},
    )


class NoteForm(forms.Form):
    """A reason or a description."""

    note = TextField(
        label=_("说明"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("请写明情况")},
    )


#: GB/T 39046: 1 very satisfied … 5 very dissatisfied. Stars run the other way: 6 − code.
SCORES = (
    ("1", _("非常满意")),
    ("2", _("满意")),
    ("3", _("基本满意")),
    ("4", _("不满意")),
    ("5", _("非常不满意")),
)


class RateForm(forms.Form):
    """好差评."""

    which = forms.ChoiceField(
        label=_("评价哪一项"),
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择一项")},
    )
    score = forms.ChoiceField(
        label=_("您对这次办理满意吗？"),
        choices=[(key, label) for key, label in SCORES],
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择满意度")},
    )
    named = forms.BooleanField(label=_("实名评价：不满意的，一个工作日内联系我"), required=False)
    text = TextField(
        label=_("想说的话"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("选填。请不要写他人的姓名、电话等个人信息。"),
    )


def hinted(label: str, hint: str) -> HintedLabel:
    """A choice with a line below it."""
    return HintedLabel(label, hint)
