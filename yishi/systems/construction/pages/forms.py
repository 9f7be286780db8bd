"""Forms of projects, for the desk and for the owner's pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yishi.foundation.places import datum as datums
from yishi.foundation.places.snapshot import Register
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.construction.catalogue import Book
from yishi.systems.construction.catalogue.types import MODES
from yishi.systems.construction.pages.listing import KINDS
from yishi.systems.construction.rules.joint import LABELS, Opinion
from yishi.systems.construction.rules.surveying import CHANGES
from yishi.systems.construction.services.choices import Choice, offered
from yishi.systems.construction.services.reading import Project
from yishi.systems.construction.services.surveying import CRS

DECLARATIONS = (
    ("independent", _("具备独立的使用功能和结构体系")),
    ("fire_separated", _("消防车道、水源、疏散及与施工区域的安全分隔已经落实")),
    ("utilities", _("水、电等公用设施可以使用")),
)
#: Lines of units that the form of registration reads: code, name, area, use.
UNIT_HINT = _(
    "每行一个：编码，名称，面积（m²），用途。室外工程写“室外，名称”。例：1#，1号厂房，12000，丙类厂房"
)


DATUMS = (
    (datums.CGCS2000, _("CGCS2000（国家 2000，地图点选即为此）")),
    ("EPSG:4326", _("WGS 84（卫星定位）")),
    ("GCJ-02", _("GCJ-02（高德、腾讯地图）")),
    ("BD-09", _("BD-09（百度地图）")),
)


def add_error(form: forms.Form, error: FieldError) -> None:
    """Show what a verb refused at its field, or above the form."""
    form.add_error(error.field if error.field in form.fields else None, error.message)


class RegisterForm(forms.Form):
    """What a project is registered with."""

    name = forms.CharField(label=_("项目名称"), max_length=60)
    kind = forms.ChoiceField(label=_("项目类型"), choices=KINDS)
    code = forms.CharField(
        label=_("项目代码"),
        help_text=_("投资项目在线审批监管平台赋码，24位，如 2609-420606-04-01-123456"),
        required=False,
        max_length=40,
    )
    secret = forms.BooleanField(label=_("涉密项目（没有项目代码）"), required=False)
    owner_name = forms.CharField(label=_("建设单位"), max_length=60)
    owner_uscc = forms.CharField(label=_("统一社会信用代码"), max_length=20)
    agent_name = forms.CharField(label=_("经办人"), required=False, max_length=30)
    agent_phone = forms.CharField(
        label=_("经办人手机"), help_text=_("用于接收进度提醒"), required=False, max_length=30
    )
    division = forms.ChoiceField(label=_("建设地点所在乡镇（街道）"))
    site = forms.CharField(label=_("详细地点"), max_length=100)
    lon = forms.CharField(
        label=_("经度"),
        help_text=_("可以在地图上点选，也可以直接填写，单位为度，例如 112.1422。"),
        required=False,
        max_length=14,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    lat = forms.CharField(
        label=_("纬度"),
        help_text=_("例如 32.0448。不知道坐标的，两项都留空，按乡镇（街道）登记。"),
        required=False,
        max_length=14,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    datum = forms.ChoiceField(
        label=_("坐标系"),
        help_text=_("手机地图上读到的坐标多为 GCJ-02 或 BD-09，直接当作 2000 坐标会偏几百米。"),
        choices=DATUMS,
        initial=datums.CGCS2000,
        required=False,
    )
    industry = forms.CharField(
        label=_("行业代码"), help_text=_("国民经济行业分类，如 C3489"), required=False, max_length=8
    )
    industrial = forms.BooleanField(label=_("产业（工业）项目"), required=False)
    real_estate = forms.BooleanField(label=_("房地产开发项目"), required=False)
    investment = forms.CharField(label=_("总投资（万元）"), max_length=14)
    floor_area = forms.CharField(label=_("建筑面积（m²）"), max_length=14)
    traits = forms.MultipleChoiceField(
        label=_("项目情形"), required=False, widget=forms.CheckboxSelectMultiple
    )
    parcel = forms.CharField(
        label=_("宗地"), help_text=_("宗地号，面积（m²）"), required=False, max_length=60
    )
    units = forms.CharField(
        label=_("单位工程（单体）"),
        help_text=UNIT_HINT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    use_required_attribute = False

    def __init__(self, book: Book, register: Register, data: Any = None, *, window: bool) -> None:
        super().__init__(data)
        self.fields["traits"].choices = list(book.policy.traits.items())  # type: ignore[attr-defined]
        self.fields["division"].choices = townships(register)  # type: ignore[attr-defined]
        if not window:
            del self.fields["secret"]

    def raw(self) -> dict[str, Any]:
        """What the verb reads. Call it on a valid form. Raises FieldError."""
        values = dict(self.cleaned_data)
        values["units"] = unit_lines(values["units"])
        parcel = split(values.pop("parcel"))
        values["parcels"] = (
            [{"number": parcel[0], "area": parcel[1] if len(parcel) > 1 else ""}] if parcel else []
        )
        return values


def townships(register: Register) -> list[tuple[str, list[tuple[str, str]]]]:
    """Townships by county and zone, for a select."""
    groups: list[tuple[str, list[tuple[str, str]]]] = []
    for county in register.picker_children():
        inner = [(node.code, node.name) for node in register.picker_children(county.code)]
        groups.append((county.name, inner))
    return [("", [("", gettext("请选择"))]), *groups]


def split(text: str) -> list[str]:
    """A line's parts, by either comma."""
    return [part.strip() for part in text.replace("，", ",").split(",") if part.strip()]


def unit_lines(text: str) -> list[dict[str, str]]:
    """Units from lines. Raises FieldError."""
    found = []
    for line in text.splitlines():
        parts = split(line)
        if not parts:
            continue
        if parts[0].startswith("室外") or parts[0].lower() == "outdoor":
            name = parts[1] if len(parts) > 1 else parts[0]
            found.append({"code": parts[0], "name": name, "kind": "outdoor"})
        elif len(parts) < 3:
            raise FieldError("units", f"“{line.strip()[:40]}”应写明编码、名称和面积", "format")
        else:
            use = parts[3] if len(parts) > 3 else ""
            found.append({"code": parts[0], "name": parts[1], "area": parts[2], "use": use})
    return found


class AmendForm(forms.Form):
    """What may be brought up to date after registration."""

    investment = forms.CharField(label=_("总投资（万元）"), max_length=14)
    floor_area = forms.CharField(label=_("建筑面积（m²）"), max_length=14)
    industrial = forms.BooleanField(label=_("产业（工业）项目"), required=False)
    real_estate = forms.BooleanField(label=_("房地产开发项目"), required=False)
    traits = forms.MultipleChoiceField(
        label=_("项目情形"), required=False, widget=forms.CheckboxSelectMultiple
    )
    use_required_attribute = False

    def __init__(
        self, book: Book, data: Any = None, initial: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        self.fields["traits"].choices = list(book.policy.traits.items())  # type: ignore[attr-defined]


class ApplyForm(forms.Form):
    """Which items to apply for: a tick for each that can be, its mode, its unit."""

    use_required_attribute = False

    def __init__(
        self, choices: Sequence[Choice], data: Any = None, *, unified: bool = False
    ) -> None:
        super().__init__(data)
        self.offered = offered(choices)
        for one in self.offered:
            key = one.item.key
            hint = gettext("承诺 %(n)d 个工作日") % {"n": one.item.promise}
            if one.waits:
                hint += "；" + gettext("将等待：%(names)s") % {"names": "、".join(one.waits)}
            if one.missing:
                names = "、".join(item.name for item in one.missing)
                hint += "；" + gettext("与前置事项一并申请：%(names)s") % {"names": names}
            if not one.item.counted:
                hint += "；" + gettext("不计入总时限")
            self.fields[key] = forms.BooleanField(
                label=one.item.name, help_text=hint, required=False
            )
            if len(one.item.modes) > 1:
                modes = [(mode, gettext(MODES[mode])) for mode in one.item.modes]
                self.fields[f"{key}:mode"] = forms.ChoiceField(
                    label=gettext("办理方式"), choices=modes, required=False
                )
            if one.units:
                whole = [] if key == "gc_unit_acceptance" else [("", gettext("整个项目"))]
                units = [*whole, *((code, code) for code in one.units)]
                self.fields[f"{key}:unit"] = forms.ChoiceField(
                    label=gettext("单位工程"), choices=units, required=False
                )
            if key == "gc_unit_acceptance":
                self.fields[f"{key}:declared"] = forms.MultipleChoiceField(
                    label=gettext("建设单位声明"),
                    choices=DECLARATIONS,
                    required=False,
                    widget=forms.CheckboxSelectMultiple,
                )
        if unified:
            self.fields["unified"] = forms.BooleanField(
                label=gettext("一窗受理：全部当场受理"), required=False
            )

    def raw(self) -> list[dict[str, Any]]:
        """The wishes. Call it on a valid form."""
        values = self.cleaned_data
        return [
            {
                "key": one.item.key,
                "mode": values.get(f"{one.item.key}:mode") or "normal",
                "unit": values.get(f"{one.item.key}:unit") or "",
                "declared": values.get(f"{one.item.key}:declared") or [],
            }
            for one in self.offered
            if values.get(one.item.key)
        ]


class SurveyForm(forms.Form):
    """A merged survey order."""

    disciplines = forms.MultipleChoiceField(
        label=_("测绘事项"), required=False, widget=forms.CheckboxSelectMultiple
    )
    units = forms.MultipleChoiceField(
        label=_("单位工程"),
        help_text=_("不选则测绘整个场地"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    surveyor = forms.ChoiceField(label=_("测绘单位"), required=False)
    crs = forms.ChoiceField(label=_("坐标系"), choices=list(CRS.items()), required=False)
    use_required_attribute = False

    def __init__(self, project: Project, data: Any = None) -> None:
        super().__init__(data)
        book = project.book
        self.fields["disciplines"].choices = [  # type: ignore[attr-defined]
            (one.key, f"{one.name}（{one.days} 个工作日）") for one in book.policy.disciplines
        ]
        self.fields["units"].choices = [(u.code, u.code) for u in project.buildings]  # type: ignore[attr-defined]
        self.fields["surveyor"].choices = [  # type: ignore[attr-defined]
            (one.key, f"{one.name}（{one.grade}级）") for one in book.surveyors
        ]


class ChangeForm(forms.Form):
    """What changed of a unit after it was measured."""

    unit = forms.ChoiceField(label=_("单位工程"))
    changes = forms.MultipleChoiceField(
        label=_("变更了什么"),
        choices=[(key, _(label)) for key, label in CHANGES.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    use_required_attribute = False

    def __init__(self, project: Project, data: Any = None) -> None:
        super().__init__(data)
        self.fields["unit"].choices = [(u.code, f"{u.code} {u.name}") for u in project.buildings]  # type: ignore[attr-defined]


class OpinionForm(forms.Form):
    """A department's opinion on its part."""

    opinion = forms.ChoiceField(
        label=_("意见"),
        choices=[(str(key), _(label)) for key, label in LABELS.items() if key],
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label=_("查验情况、问题和依据"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    later = forms.CharField(
        label=_("后续事项"),
        help_text=_("每行一项；只有非法定事项可以列后续事项"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    use_required_attribute = False

    def __init__(self, statutory: bool, data: Any = None) -> None:
        super().__init__(data)
        if statutory:
            del self.fields["later"]
            self.fields["opinion"].choices = [  # type: ignore[attr-defined]
                (value, label)
                for value, label in self.fields["opinion"].choices  # type: ignore[attr-defined]
                if value != str(Opinion.LATER)
            ]


class ConcludeForm(forms.Form):
    """The round's result; for rectification the notice and the planned days."""

    notice = forms.CharField(label=_("整改通知书文号"), required=False, max_length=60)
    planned_days = forms.CharField(label=_("计划整改工作日"), required=False, max_length=3)
    note = forms.CharField(
        label=_("说明"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )
    use_required_attribute = False

    def __init__(self, rectify: bool, data: Any = None) -> None:
        super().__init__(data)
        if not rectify:
            del self.fields["notice"], self.fields["planned_days"]


class ResultsForm(forms.Form):
    """Results of a survey order: an area and an accuracy for each discipline of each unit."""

    use_required_attribute = False

    def __init__(
        self, expected: Sequence[tuple[str, str, str]], data: Any = None, files: Any = None
    ) -> None:
        super().__init__(data, files)
        self.expected = list(expected)
        for discipline, unit, label in self.expected:
            key = f"{discipline}:{unit}"
            self.fields[key] = forms.CharField(
                label=label, help_text=gettext("面积（m²），没有面积的留空"), required=False,
                max_length=14,
            )  # fmt: skip
            self.fields[f"{key}:file"] = forms.FileField(
                label=gettext("%(name)s：成果文件") % {"name": label},
                help_text=gettext("PDF、表格或图片，最多 20 MB"),
                required=False,
                widget=forms.FileInput(attrs={"accept": ".pdf,.xlsx,.docx,image/*"}),
            )
        self.fields["accuracy"] = forms.CharField(
            label=gettext("精度等级"), required=False, max_length=20
        )

    def raw(self) -> list[dict[str, Any]]:
        """The results. Call it on a valid form."""
        return [
            {
                "discipline": discipline,
                "unit": unit,
                "area": self.cleaned_data.get(f"{discipline}:{unit}") or "",
                "accuracy": self.cleaned_data.get("accuracy") or "",
                "file": self.cleaned_data.get(f"{discipline}:{unit}:file"),
            }
            for discipline, unit, _label in self.expected
        ]
