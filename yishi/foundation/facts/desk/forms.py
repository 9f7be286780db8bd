"""Forms of data owners."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yishi.foundation.facts.desk.common import REQUIRED
from yishi.foundation.rulebook.facts import Fact, FactType


class Plain(forms.Form):
    """Errors are said by the page, not by the browser."""

    use_required_attribute = False


class UploadForm(Plain):
    """A delivery by file."""

    file = forms.FileField(
        label=_("数据文件（CSV 或 xlsx）"), error_messages={"required": _("请选择文件")}
    )
    as_of = forms.DateTimeField(
        label=_("数据时间"),
        help_text=_("数据截至什么时候，如 2026-11-29 08:00。数据多旧按这个时间算。"),
        error_messages={
            "required": _("请填写数据时间"),
            "invalid": _("时间应写作 2026-05-20 08:00"),
        },
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    whole = forms.ChoiceField(
        label=_("文件是什么"),
        choices=[
            ("whole", _("完整数据：不在其中的，原来的数据不再有效")),
            ("part", _("部分数据：只补充和更新其中的企业和列")),
        ],
        widget=forms.RadioSelect,
        initial="whole",
        error_messages=REQUIRED,
    )
    smaller = forms.BooleanField(
        label=_("确认数据变少"),
        required=False,
        help_text=_("完整数据比上次少一半以上时才需要勾选。"),
    )


class AnswerForm(Plain):
    """The answer to a correction; the value is asked for as the fact's type."""

    outcome = forms.ChoiceField(
        label=_("核实结论"),
        choices=[("upheld", _("数据有误，更正为：")), ("rejected", _("数据无误，不更正"))],
        widget=forms.RadioSelect,
        error_messages=REQUIRED,
    )
    value = forms.CharField(
        label=_("更正后的值"),
        required=False,
        max_length=400,
        help_text=_("金额以元计；日期写作 2026-05-20；多个称号用“、”分开；没有数据留空。"),
    )
    answer = forms.CharField(
        label=_("答复"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("不更正时须写明理由，企业会看到。"),
    )

    def __init__(self, fact: Fact, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if fact.type is FactType.BOOL:
            self.fields["value"] = forms.ChoiceField(
                label=_("更正后的值"),
                required=False,
                choices=[("", "—"), ("是", _("是")), ("否", _("否"))],
            )
        elif fact.values and fact.type is FactType.TEXT:
            self.fields["value"] = forms.ChoiceField(
                label=_("更正后的值"),
                required=False,
                choices=[("", "—"), *((code, zh) for code, (zh, _en) in fact.values.items())],
            )
