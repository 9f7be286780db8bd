"""Forms of city events at the desk: the purpose of opening a contact."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class PurposeForm(forms.Form):
    """Why a contact is opened; the purpose is logged with the officer and the time."""

    purpose = forms.CharField(
        label=_("查看目的"),
        help_text=_("例如：核实具体位置、回访。目的、查看人和时间会记入访问日志。"),
        max_length=200,
        error_messages={"required": _("请写明查看目的")},
    )
    use_required_attribute = False
