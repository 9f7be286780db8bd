"""Forms that only the owner's pages have."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext_lazy as _


class CodeForm(forms.Form):
    """The query code of a project."""

    code = forms.CharField(
        label=_("项目查询码"),
        help_text=_("登记项目时给出的20位字母数字"),
        max_length=40,
        error_messages={"required": _("请输入查询码")},
    )
    use_required_attribute = False


class StartForm(forms.Form):
    """The day on which works began."""

    started_on = forms.DateField(
        label=_("开工日期"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    use_required_attribute = False


class HandInForm(forms.Form):
    """One paper of an item."""

    material = forms.ChoiceField(label=_("材料"))
    file = forms.FileField(label=_("文件"), help_text=_("PDF、Word、Excel 或图片，不超过 20 MB"))
    use_required_attribute = False

    def __init__(self, materials: Sequence[tuple[str, str]], *args: object, **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]
        self.fields["material"].choices = list(materials)  # type: ignore[attr-defined]
