"""Forms of the credit file at the desk."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yishi.foundation.credit.book import CreditBook
from yishi.foundation.credit.desk.common import choices
from yishi.foundation.credit.record_models import CLASSES
from yishi.foundation.parties.identifiers import LABELS

REQUIRED = {"required": _("不能为空")}
DAY = {"required": _("请填写日期"), "invalid": _("日期应写作 2026-05-20")}


def _day(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        error_messages=DAY,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class Plain(forms.Form):
    """Errors are said by the page, not by the browser."""

    use_required_attribute = False


class RecordForm(Plain):
    """A record that a body states."""

    name = forms.CharField(label=_("主体名称或姓名"), max_length=200, error_messages=REQUIRED)
    identifier_kind = forms.ChoiceField(label=_("证件类型"))
    identifier = forms.CharField(
        label=_("证件号码"),
        max_length=40,
        error_messages=REQUIRED,
        help_text=_("按号码归入主体档案；个人的号码加密保存。"),
    )
    kind = forms.ChoiceField(label=_("记录种类"))
    list_key = forms.ChoiceField(label=_("名单（列入名单时选择）"), required=False)
    severity = forms.ChoiceField(label=_("失信等级"), required=False)
    activity = forms.ChoiceField(label=_("领域"), required=False)
    authority = forms.CharField(label=_("认定机关"), max_length=120, error_messages=REQUIRED)
    document_no = forms.CharField(label=_("文号"), max_length=120, error_messages=REQUIRED)
    document_date = _day(_("文件日期"), help_text=_("公示期自文件之日起算，不自录入之日起算。"))
    summary = forms.CharField(
        label=_("主要内容"),
        max_length=400,
        error_messages=REQUIRED,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("会公示，请勿写入个人电话、住址等信息。"),
    )
    basis = forms.CharField(label=_("依据"), max_length=200, required=False)
    duty_done_on = _day(_("义务履行完毕日期（已履行时填写）"), required=False)

    def __init__(self, known: CreditBook, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(str(kind), label) for kind, label in LABELS.items()]
        for name, options in {
            "identifier_kind": kinds,
            "kind": choices(known.kinds),
            "list_key": choices(known.lists, empty="—"),
            "severity": [("", _("按种类确定")), *CLASSES],
            "activity": choices(known.activities, empty="—"),
        }.items():
            self.fields[name].choices = options  # type: ignore[attr-defined]


class DutyForm(Plain):
    """What is known of a record's duties."""

    done = forms.ChoiceField(
        label=_("履行情况"),
        choices=[("yes", _("已纠正并全部履行")), ("no", _("尚未履行（如罚款未缴）"))],
        widget=forms.RadioSelect,
        error_messages=REQUIRED,
    )
    duty_done_on = _day(_("履行完毕日期"), required=False)


class DeleteForm(Plain):
    """On which lawful ground a record is deleted."""

    ground = forms.ChoiceField(label=_("删除事由"), error_messages=REQUIRED)
    arose_on = _day(_("事由发生日期"), help_text=_("自次日起三个工作日内应当删除。"))

    def __init__(self, known: CreditBook, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ground"].choices = choices(known.deletion)  # type: ignore[attr-defined]


class MaximumForm(Plain):
    """What becomes of a record at its longest term with duties undone."""

    keep = forms.ChoiceField(
        label=_("如何处理"),
        choices=[("keep", _("继续公示")), ("end", _("停止公示"))],
        widget=forms.RadioSelect,
        error_messages=REQUIRED,
    )
    reason = forms.CharField(label=_("理由和依据"), max_length=200, error_messages=REQUIRED)


class ObjectionForm(Plain):
    """What is wrong with a record."""

    reason = forms.CharField(
        label=_("异议内容"),
        max_length=1000,
        error_messages=REQUIRED,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("请写明哪一项信息不对，依据是什么。"),
    )


class ObjectionAnswerForm(Plain):
    """The answer to an objection."""

    outcome = forms.ChoiceField(
        label=_("核查结论"),
        choices=[("upheld", _("异议成立，删除记录")), ("rejected", _("异议不成立，保留记录"))],
        widget=forms.RadioSelect,
        error_messages=REQUIRED,
    )
    answer = forms.CharField(
        label=_("答复"),
        max_length=400,
        error_messages=REQUIRED,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class NearForm(Plain):
    """Whether a near match is the same subject."""

    same = forms.ChoiceField(
        label=_("核对结论"),
        choices=[("no", _("不是同一主体")), ("yes", _("是同一主体"))],
        widget=forms.RadioSelect,
        error_messages=REQUIRED,
    )
    note = forms.CharField(
        label=_("依据"),
        max_length=200,
        error_messages=REQUIRED,
        help_text=_("例如：经营地址和法定代表人不同；法院函复。"),
    )


class ScreenForm(Plain):
    """Whom to screen, and what for."""

    name = forms.CharField(label=_("名称或姓名"), max_length=200, error_messages=REQUIRED)
    identifier_kind = forms.ChoiceField(
        label=_("证件类型"), choices=[(str(kind), label) for kind, label in LABELS.items()]
    )
    identifier = forms.CharField(
        label=_("证件号码"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("没有号码时只能查出相近名称，结论不会是通过。"),
    )
    purpose = forms.CharField(
        label=_("筛查目的"),
        max_length=120,
        error_messages=REQUIRED,
        help_text=_("例如：办理食品经营许可告知承诺。目的会记入日志。"),
    )


class ImportForm(Plain):
    """A list's file."""

    file = forms.FileField(
        label=_("名单文件（CSV 或 xlsx）"), error_messages={"required": _("请选择文件")}
    )
    as_of = forms.DateTimeField(
        label=_("数据时间"),
        help_text=_("名单截至什么时候，如 2026-11-29 08:00。"),
        error_messages=DAY,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    whole = forms.ChoiceField(
        label=_("文件是什么"),
        choices=[("whole", _("完整名单：不在其中的视为已移出")), ("part", _("增量：只增加和移出"))],
        widget=forms.RadioSelect,
        initial="whole",
        error_messages=REQUIRED,
    )
