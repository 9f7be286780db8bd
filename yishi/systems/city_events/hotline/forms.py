"""The form in which a call is written down, and the script of a call-back."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yishi.foundation.places.snapshot import Register
from yishi.foundation.ui.pickers import LOOK, LOOK_TEXT, place_fields, place_of, radio_field
from yishi.foundation.ui.timetext import moment_text
from yishi.systems.city_events.case_page import type_field
from yishi.systems.city_events.catalogue import Catalogue
from yishi.systems.city_events.hotline.history import Earlier
from yishi.systems.city_events.hotline.models import Referral
from yishi.systems.city_events.hotline.referrals import name_of
from yishi.systems.city_events.hotline.script import CAUSES, EXCLUSIONS, SCORES
from yishi.systems.city_events.hotline.tickets import APPEALS
from yishi.systems.city_events.recognition.recogniser import NONE, Recogniser
from yishi.systems.city_events.states import REJECT_REASONS, STATES

MOST_SUGGESTED = 5
#: Whether a repeated call says anything new.
NO_NEWS, NEWS = "none", "new"
_FIELDS_OF = {"lon": "place_q", "lat": "place_q", "division": "county", "place": "place_q"}


def _refer_field(referrals: Sequence[Referral]) -> forms.ChoiceField:
    """The exclusions with their channels; choosing one keeps the call from being dispatched."""
    labels = dict(REJECT_REASONS)
    groups: dict[str, list[tuple[str, str]]] = {}
    for one in referrals:
        label = " ".join(filter(None, (name_of(one), one.phone)))
        groups.setdefault(gettext(labels[one.reason]), []).append((one.key, label))
    return forms.ChoiceField(
        label=_("六类不予受理"),
        help_text=_("正常受理不用选；选择后工单留存、不派遣，并显示要告知来电人的渠道"),
        required=False,
        choices=[("", _("正常受理")), *groups.items()],
    )


def _earlier_fields(earlier: Sequence[Earlier]) -> dict[str, forms.Field]:
    """The caller's tickets, and whether there is anything new; nothing for a new caller."""
    if not earlier:
        return {}
    choices = [(one.number, _earlier_text(one)) for one in earlier]
    news = [(NO_NEWS, _("没有新的事实：只告知进度或结果，不再立案")), (NEWS, _("有新的事实"))]
    return {
        "earlier": radio_field(
            _("这个号码的在办与近期工单"), [("", _("说的是另一件事")), *choices]
        ),
        "facts": radio_field(_("与所选工单相比"), news),
    }


def _earlier_text(one: Earlier) -> str:
    state = gettext(STATES[one.state].label)
    return " · ".join(
        filter(None, (one.number, one.subject, state, one.unit, moment_text(one.received_at)))
    )


class HotlineForm(forms.Form):
    """A call written down. ``external_id`` makes a repeated submit the same report.

    ``earlier`` are the caller's tickets that were found, ``referrals`` the channels that callers
    with an excluded matter are told.
    """

    external_id = forms.CharField(widget=forms.HiddenInput, max_length=64)
    known = forms.CharField(widget=forms.HiddenInput, max_length=500, required=False)
    appeal = radio_field(
        _("诉求类型"),
        [(code, _(label)) for code, label in APPEALS],
        initial="help",
        help_text=_("举报人一律保密"),
    )
    description = forms.CharField(
        label=_("来电人怎么说"),
        help_text=_("照原话记录：什么问题、在哪里、多久了"),
        max_length=2000,
        widget=forms.Textarea(attrs=LOOK_TEXT | {"rows": 4}),
        error_messages={"required": _("请记录来电内容")},
    )
    name = forms.CharField(label=_("来电人称呼"), max_length=60, required=False)
    phone = forms.CharField(
        label=_("联系电话"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    email = forms.CharField(label=_("电子邮箱"), max_length=120, required=False)
    secret = forms.BooleanField(
        label=_("来电人要求保密"),
        required=False,
        help_text=_("处置部门将看不到来电人的任何信息"),
    )
    use_required_attribute = False

    def __init__(
        self,
        register: Register,
        catalogue: Catalogue,
        data: Mapping[str, Any] | None = None,
        *,
        recogniser: Recogniser = NONE,
        referrals: Sequence[Referral] = (),
        earlier: Sequence[Earlier] = (),
    ) -> None:
        super().__init__(data, initial={"external_id": str(uuid.uuid4())})
        given: Mapping[str, Any] = data or {}
        self.catalogue, self.recogniser = catalogue, recogniser
        own = self.fields
        self.fields = {
            "external_id": own.pop("external_id"),
            "known": own.pop("known"),
            **own,
            **_earlier_fields(earlier),
            "refer": _refer_field(referrals),
            **self._types(given),
            **place_fields(register, given),
        }

    def _types(self, data: Mapping[str, Any]) -> dict[str, forms.Field]:
        """Suggested types, the select of all types, and the chosen type's standards."""
        fields: dict[str, forms.Field] = {}
        said = str(data.get("description") or "")
        found = self.recogniser.suggest(self.catalogue, said, MOST_SUGGESTED)
        if found:
            choices = [("", gettext("都不是，在下面选择"))]
            choices += [
                (hit.type.key, f"{hit.type.name} — {'、'.join(hit.words)}") for hit in found
            ]
            fields["suggested"] = radio_field(_("按来电内容推荐的类别"), choices)
            fields["suggested"].widget.attrs.update(LOOK)
        fields["type"] = type_field(self.catalogue, "", gettext("类别"))
        kind = self.catalogue.by_key.get(str(data.get("type") or data.get("suggested") or ""))
        if kind is not None and len(kind.standards) > 1:
            standards = [(s.code, f"{s.filing}（{s.wording}）") for s in kind.standards]
            fields["standard"] = radio_field(
                _("立案条件"), [("", gettext("由系统按内容判断")), *standards]
            )
        return fields

    def sections(self) -> list[tuple[str, list[Any]]]:
        """Bound fields under their headings: the caller first, whose tickets are then known."""
        groups = (
            (gettext("来电人"), ("phone", "name", "email", "earlier", "facts")),
            (
                gettext("来电内容"),
                ("appeal", "description", "refer", "suggested", "type", "standard"),
            ),
            (
                gettext("案发地点"),
                ("place_q", "landmark", "county", "township", "community", "address"),
            ),
            (gettext("保密"), ("secret",)),
        )
        return [
            (title, [self[name] for name in names if name in self.fields])
            for title, names in groups
        ]

    def clean(self) -> dict[str, Any]:
        """A repeat names whether there is anything new."""
        values = super().clean() or {}
        if values.get("earlier") and not values.get("facts"):
            self.add_error("facts", gettext("请选择是否有新的事实"))
        return values

    @property
    def type_key(self) -> str:
        """The chosen type: the select wins over the suggestion."""
        values = self.cleaned_data
        return str(values.get("type") or values.get("suggested") or "")

    def raw(self) -> dict[str, Any]:
        """The report as intake reads it."""
        values = self.cleaned_data
        raw = {
            "external_id": values["external_id"],
            "description": values["description"],
            "type": self.type_key,
            "standard": values.get("standard") or "",
            "appeal": values.get("appeal") or "",
            "name": values["name"],
            "phone": values["phone"],
            "email": values["email"],
            **place_of(values),
        }
        if values["secret"]:
            raw["secret"] = True
        return {name: value for name, value in raw.items() if value != ""}

    def refuse(self, field: str, message: str) -> None:
        """Show an error of intake at its field."""
        name = _FIELDS_OF.get(field, field)
        self.add_error(name if name in self.fields else None, message)


class CallBackForm(forms.Form):
    """One try of a call-back, with the script's questions."""

    result = radio_field(
        _("本次回访"),
        [("connected", _("接通")), ("missed", _("未接通")), ("refused", _("接通后拒绝回访"))],
        required=True,
        error_messages={"required": _("请选择本次回访结果")},
    )
    in_time = radio_field(
        _("响应：承办单位是否及时与您联系？"), [("yes", _("是")), ("no", _("否"))]
    )
    solved = radio_field(_("解决：您反映的问题是否已经解决？"), [("yes", _("是")), ("no", _("否"))])
    score = radio_field(
        _("满意：您对办理过程和结果是否满意？"),
        [(str(value), _(label)) for value, label in SCORES],
    )
    cause = forms.ChoiceField(
        label=_("未解决或不满意的原因"),
        required=False,
        choices=[("", _("请选择")), *((code, _(label)) for code, label in CAUSES)],
    )
    text = forms.CharField(
        label=_("诉求人的意见"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    excluded = forms.ChoiceField(
        label=_("剔除评价"),
        help_text=_("剔除的工单不参与三率计算，须在意见中写明理由"),
        required=False,
        choices=[("", _("不剔除")), *((code, _(label)) for code, label in EXCLUSIONS)],
    )
    use_required_attribute = False

    def raw(self) -> dict[str, Any]:
        """The answers as the service reads them."""
        return {name: value for name, value in self.cleaned_data.items() if value != ""}

    def refuse(self, field: str, message: str) -> None:
        """Show an error of the service at its field."""
        self.add_error(field if field in self.fields else None, message)
