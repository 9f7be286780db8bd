"""The forms of the portal's pages. What is right is decided by the services, field by field."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from yishi.foundation.cases.inputs import LONGEST_TEXT, clean_text
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.fields import HintedLabel, ManyFiles

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Choices = Sequence[tuple[str, str]]
#: Said beside every field in which somebody might write about persons.
NO_NAMES = _("请不要写他人的姓名、电话等个人信息。")


def show(form: forms.Form, error: FieldError, rename: dict[str, str] | None = None) -> None:
    """Put what a service refused at its field, or above the form where it has no such field."""
    head, _dot, number = error.field.partition(".")
    name = (rename or {}).get(head, head)
    message = error.message
    if number.isdigit():
        message = str(_("第 %(n)s 张：%(message)s")) % {"n": number, "message": message}
    form.add_error(name if name in form.fields else None, message)


class TextField(forms.CharField):
    """Text that the database can hold; everything else is said at the field."""

    def __init__(self, *, longest: int = LONGEST_TEXT, lines: int = 1, **options: Any) -> None:
        self.longest = longest
        if lines > 1:
            options.setdefault("widget", forms.Textarea(attrs={"rows": lines}))
        super().__init__(**options)

    def clean(self, value: Any) -> str:
        """Line ends as one character, so that a text counts as people count it."""
        text = str(super().clean(value) or "").replace("\r\n", "\n")
        try:
            return clean_text("text", text, self.longest)
        except FieldError as error:
            raise forms.ValidationError(error.message) from error


class PickField(forms.CharField):
    """One radio button of a list that the page drew; the view checks what was picked."""

    def __init__(self, *, missing: StrOrPromise, **options: Any) -> None:
        super().__init__(
            max_length=80, widget=forms.RadioSelect, error_messages={"required": missing}, **options
        )

    def offer(self, choices: Iterable[tuple[str, str]]) -> None:
        """The buttons to draw."""
        self.widget.choices = list(choices)


class PickForm(forms.Form):
    """A page that asks for one choice."""

    choice: forms.Field

    def __init__(self, *args: Any, choices: Choices = (), **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["choice"]
        assert isinstance(field, PickField)
        field.offer(choices)


class WhereForm(PickForm):
    """A place of the list."""

    choice = PickField(label=_("选择地点"), missing=_("请选择一个地点"))


class TypeForm(PickForm):
    """A kind of the catalogue, or "not sure"."""

    choice = PickField(label=_("这是哪一类问题？"), missing=_("请选择类别；不确定就选“我不确定”"))


class StandardForm(PickForm):
    """Which of the kind's conditions fits."""

    choice = PickField(label=_("哪一种情况最接近？"), missing=_("请选择最接近的情况"))


class PlaceForm(forms.Form):
    """The exact spot in words."""

    address = TextField(
        label=_("具体位置"),
        longest=120,
        required=False,
        help_text=_("例如：北门公交站牌旁、3号楼东侧路口。"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, needed: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["address"].required = needed
        self.fields["address"].error_messages["required"] = _(
            "只选了较大的范围，请再写一下具体位置"
        )


class WhatForm(forms.Form):
    """What was seen, in the reporter's own words."""

    description = TextField(label=_("您看到了什么？"), lines=5, required=False, help_text=NO_NAMES)


class ManyFilesField(forms.FileField):
    """Several files; none is fine. What they hold is checked when they are taken in."""

    def __init__(self, **options: Any) -> None:
        attributes = {"accept": "image/jpeg,image/png,image/webp"}
        super().__init__(required=False, widget=ManyFiles(attrs=attributes), **options)

    def clean(self, data: Any, initial: Any = None) -> Any:
        """The uploaded files as a list."""
        files = data if isinstance(data, list | tuple) else [data]
        return [file for file in files if isinstance(file, UploadedFile)]


class PhotosForm(forms.Form):
    """Photos to add."""

    photos = ManyFilesField(
        label=_("照片"),
        help_text=_("JPEG、PNG 或 WebP，每张不超过 15 MB。照片中的拍摄位置等信息会自动去除。"),
    )


class ContactForm(forms.Form):
    """How the reporter can be reached: all of it is optional."""

    name = TextField(
        label=_("称呼"),
        longest=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    phone = TextField(
        label=_("手机或电话"),
        longest=40,
        required=False,
        help_text=_("办理中需要核实时联系您，办结后短信告诉您。"),
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel", "type": "tel"}),
    )
    email = TextField(
        label=_("电子邮箱"),
        longest=254,
        required=False,
        widget=forms.TextInput(
            attrs={"autocomplete": "email", "inputmode": "email", "type": "email"}
        ),
    )
    secret = forms.BooleanField(
        label=_("请对我的身份保密"),
        required=False,
        help_text=_(
            "勾选后，处置单位看不到您的称呼和联系方式，只有受理中心在必要时可以查看，每次查看都有记录。"
        ),
    )


class CheckForm(forms.Form):
    """The last page: nothing to fill in, errors of the whole report stand here."""


class CodeForm(forms.Form):
    """A tracking code."""

    code = TextField(
        label=_("查询码"),
        longest=80,
        help_text=_("20 位，在上报成功的页面上。大小写、空格和短横都没有关系。"),
        error_messages={"required": _("请输入查询码")},
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
                "class": "code-input",
                "data-from-hash": "",
            }
        ),
    )


class ReasonForm(forms.Form):
    """Why the reporter withdraws, or asks to have it done again."""

    note = TextField(
        label=_("理由"), lines=3, error_messages={"required": _("请写明理由")}, help_text=NO_NAMES
    )


class SupplementForm(forms.Form):
    """What the reporter adds to an open case; *key* lets a repeated sending add it once."""

    note = TextField(
        label=_("补充的情况"),
        lines=5,
        error_messages={"required": _("请写明要补充的情况")},
        help_text=NO_NAMES,
    )
    photos = ManyFilesField(
        label=_("照片"),
        help_text=_("JPEG、PNG 或 WebP，每张不超过 15 MB。照片中的拍摄位置等信息会自动去除。"),
    )
    key = forms.UUIDField(widget=forms.HiddenInput)


SCORES = (
    ("1", _("非常满意")),
    ("2", _("满意")),
    ("3", _("基本满意")),
    ("4", _("不满意")),
    ("5", _("非常不满意")),
)
SOLVED = (("yes", _("已经解决")), ("no", _("没有解决")))


class EvaluateForm(forms.Form):
    """The reporter's rating (GB/T 39046: 1 very satisfied … 5 very dissatisfied)."""

    solved = forms.ChoiceField(
        label=_("问题解决了吗？"),
        choices=SOLVED,
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择问题是否解决")},
    )
    score = forms.ChoiceField(
        label=_("您对办理结果满意吗？"),
        choices=SCORES,
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择满意度")},
    )
    text = TextField(
        label=_("还想说的话"), lines=4, longest=1000, required=False, help_text=NO_NAMES
    )


def hinted(value: str, label: str, *hints: str) -> tuple[str, str]:
    """A choice with a line below it."""
    joined = format_html_join(" · ", "{}", ((hint,) for hint in hints if hint))
    return value, HintedLabel(label, joined)
