"""The forms of the window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yishi.foundation.credit.repair.applying import Ruling
from yishi.foundation.credit.repair.pages.forms import TextField, day_field
from yishi.foundation.credit.repair.reading import Offer


class FindForm(forms.Form):
    """Whom the counter serves."""

    use_required_attribute = False
    kind = forms.ChoiceField(
        label=_("号码类型"),
        choices=[("uscc", _("统一社会信用代码")), ("resident_id", _("居民身份证号码"))],
        widget=forms.RadioSelect,
        initial="uscc",
    )
    identifier = TextField(
        label=_("号码"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("请填写号码")},
    )


class TakeForm(forms.Form):
    """What is applied for at the counter."""

    use_required_attribute = False
    records = forms.MultipleChoiceField(
        label=_("申请修复的信用记录"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("请至少选择一条信用记录")},
    )
    done_on = day_field(
        _("申请人称义务履行完毕的日期"), _("只用于记录中没有记载的；由认定单位核实。")
    )
    pledge = forms.BooleanField(label=_("申请人已当场签署信用承诺书"), required=False)
    court = TextField(label=_("法院（破产重整、和解的填写）"), required=False, max_length=80)
    ruling_no = TextField(label=_("裁定书编号"), required=False, max_length=80)
    ruled_on = day_field(_("裁定日期"))
    phone = TextField(label=_("手机号"), required=False, max_length=30)

    def __init__(self, data: Any = None, *, offers: Sequence[Offer], **options: Any) -> None:
        super().__init__(data, **options)
        self.offers = [one for one in offers if not one.over]
        self.fields["records"].choices = [  # type: ignore[attr-defined]
            (one.record.number, f"{one.record.document_no}（{one.record.authority}）")
            for one in self.offers
        ]

    def clean(self) -> dict[str, Any]:
        """A ruling is stated as a whole or not at all."""
        values: dict[str, Any] = super().clean() or {}
        names = ("court", "ruling_no", "ruled_on")
        if any(values.get(name) for name in names):
            for name in names:
                if not values.get(name) and name not in self.errors:
                    self.add_error(name, _("适用临时屏蔽的，请填写完整"))
        return values

    def declared(self) -> Mapping[str, date]:
        """When duties were done, for the records that do not say it."""
        day, chosen = self.cleaned_data.get("done_on"), self.cleaned_data["records"]
        if day is None:
            return {}
        return {
            one.record.number: day
            for one in self.offers
            if one.record.number in chosen and one.record.duty_done_on is None
        }

    def ruling(self) -> Ruling | None:
        """The court's ruling, where a shield is asked for."""
        values = self.cleaned_data
        if not values.get("court"):
            return None
        return Ruling(values["court"], values["ruling_no"], values["ruled_on"])


class EndForm(forms.Form):
    """What became of a plan."""

    use_required_attribute = False
    how = forms.ChoiceField(
        label=_("结果"),
        widget=forms.RadioSelect,
        choices=[
            ("plan_failed", _("终止执行：恢复公示和措施")),
            ("plan_done", _("执行完毕：屏蔽转为修复")),
        ],
        error_messages={"required": _("请选择结果")},
    )
    on = forms.DateField(
        label=_("裁定日期"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": _("请填写裁定日期"),
            "invalid": _("请填写日期，例如2026-03-18"),
        },
    )
    document_no = TextField(
        label=_("法院文书编号"),
        max_length=200,
        error_messages={"required": _("请填写法院文书编号")},
    )
    note = TextField(
        label=_("说明"), required=False, max_length=2_000, widget=forms.Textarea(attrs={"rows": 3})
    )


class SettleForm(forms.Form):
    """How a copy was put right."""

    use_required_attribute = False
    how = TextField(
        label=_("如何处理"), max_length=300, error_messages={"required": _("请写明如何处理")}
    )
