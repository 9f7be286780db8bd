"""Fields of the studio's form that do not depend on conditions: what an item is, how much it pays,
and from which budget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yishi.foundation.rulebook.facts import FactType
from yishi.systems.direct_benefits.policies import words as w
from yishi.systems.direct_benefits.studio import wording
from yishi.systems.direct_benefits.studio.amounts_form import COUNTED, OPERANDS
from yishi.systems.direct_benefits.studio.shape import Tree
from yishi.systems.direct_benefits.studio.vocabulary import Vocabulary

Choices = Sequence[tuple[Any, Any]]
NONE = ("", _("请选择"))
FIXED = ("", _("填写固定值"))


@dataclass(frozen=True)
class Around:
    """What else is chosen from: documents, regions (managed paths), budget lines."""

    policies: Choices = ()
    regions: Choices = ()
    departments: Choices = ()
    lines: Sequence[str] = ()
    draft: int = 0


class Fields(forms.Form):
    """The ways in which the studio adds fields, and those of every item."""

    use_required_attribute = False
    tree: Tree
    words: Vocabulary
    around: Around
    #: What a choice that draws the form again carries.
    redraw: Mapping[str, str]

    def _text(
        self, name: str, label: Any, *, most: int = 200, hint: Any = "", **attrs: Any
    ) -> None:
        rows = attrs.pop("rows", 0)
        required = attrs.pop("required", False)
        widget = forms.Textarea({"rows": rows}) if rows else forms.TextInput(attrs)
        self.fields[name] = forms.CharField(
            label=label, help_text=hint, required=required, max_length=most, widget=widget
        )

    def _choice(
        self,
        name: str,
        label: Any,
        choices: Choices,
        *,
        redraw: bool = False,
        hint: Any = "",
        required: bool = True,
    ) -> None:
        widget = forms.Select(attrs=dict(self.redraw) if redraw else {})
        self.fields[name] = forms.ChoiceField(
            label=label, choices=choices, help_text=hint, required=required, widget=widget
        )

    def _add_base(self) -> None:
        self._choice("policy", _("依据的政策文件"), [NONE, *self.around.policies])
        self._text("clause", _("条款"), most=60, hint=_("例如：第七条第二款"), required=True)
        self._text("name", _("事项名称"), most=60, required=True)
        self._choice("department", _("主管部门"), [NONE, *self.around.departments])
        self._choice("level", _("层级"), list(w.LEVELS.items()))
        self._choice("region", _("适用区域"), self.around.regions)
        self._text(
            "audience", _("面向"), required=True, hint=_("用顿号分开，例如：工业企业、专精特新")
        )
        self._choice("mode", _("兑现方式"), list(w.MODES.items()), redraw=True)
        if self.tree["mode"] == "quick":
            self._text(
                "asks", _("申请时提交什么"), most=2_000, rows=3, required=True, hint=_("每行一项")
            )
        elif self.tree["mode"] == "promise":
            self._text("pledge", _("承诺内容"), most=400, rows=3, required=True)
        self._choice("kind", _("类别"), list(w.KINDS.items()))
        self._text(
            "evidence",
            _("以什么为准"),
            most=400,
            rows=2,
            required=self.tree["mode"] == "direct",
            hint=_("哪份认定文件或哪项数据说了算"),
        )
        self._text("how", _("差一点的企业该怎么做"), most=400, rows=2, required=True)
        self.fields["illustrative"] = forms.BooleanField(
            label=_("示意：不是真实政策"), required=False
        )
        self._add_times()

    def _add_times(self) -> None:
        self._choice("valid_date", _("有效期看哪一天"), list(w.VALID_DATES.items()), redraw=True)
        if self.tree["valid_date"] == "recognition":
            days = [f for f in self.words.facts.values() if f.type is FactType.DATE]
            self._choice(
                "recognised_on",
                _("认定日期是哪一项"),
                [("", _("不看认定日期")), *((f.name, wording.named(f)) for f in days)],
                required=False,
            )
        self._choice("period", _("周期"), list(w.PERIODS.items()))
        self._choice("once", _("享受次数"), list(w.ONCE.items()))
        self._add_stack()
        self._text(
            "notice_days",
            _("公示天数"),
            most=2,
            inputmode="numeric",
            required=bool(self.tree["amount"]),
        )
        self._choice("notice_unit", _("公示按"), list(w.UNITS.items()))
        self._choice("notice_mode", _("公示怎么数"), list(w.COUNTING.items()))
        self._text(
            "effective_from",
            _("生效日期"),
            required=True,
            type="date",
            hint=_("从这一天起按新版本筛选；已开的批次仍用原版本。"),
        )

    def _add_stack(self) -> None:
        rules = [("", wording.APART), *w.STACK_RULES.items()]
        self._choice("stack_rule", _("与其他政策的关系"), rules, redraw=True, required=False)
        if not self.tree["stack_rule"]:
            return
        self._text(
            "stack_group",
            _("同组的组名"),
            most=60,
            required=True,
            hint=_("小写字母、数字和下划线；同组的事项写相同的组名"),
        )
        self._text(
            "stack_priority",
            _("同组中的次序"),
            most=3,
            required=True,
            hint=_("数小的在前"),
            inputmode="numeric",
        )
        if self.tree["stack_rule"] == "sum":
            self._text("stack_cap", _("合计最多（元）"), required=True, inputmode="decimal")

    def _add_amount(self, data: dict[str, Any]) -> None:
        kind = self.tree["amount"]
        self._choice(
            "amount", _("给多少"), list(wording.AMOUNTS.items()), redraw=True, required=False
        )
        if kind in COUNTED:
            facts = [f for f in self.words.facts.values() if f.type in COUNTED[kind]]
            self._choice(
                "amount_fact",
                _("按哪一项计算"),
                [NONE, *((f.name, wording.named(f)) for f in facts)],
                redraw=kind == "tiers",
            )
        for name in OPERANDS.get(kind, ()):
            self._add_operand(name, kind)
        if kind == "tiers":
            fact = self.words.facts.get(self.tree["amount_fact"])
            unit = wording.in_unit(fact) if fact else ""
            for n, one in enumerate(self.tree.tiers):
                data |= {f"t-{n}-{name}": text for name, text in one.items()}
                label = gettext("从（%(unit)s）") % {"unit": unit} if unit else gettext("从")
                self._text(f"t-{n}-from", label, required=True)
                self._text(f"t-{n}-fen", _("给（元）"), required=True, inputmode="decimal")
        if kind:
            self._text("caps_per_party", _("每家最多（元）"), inputmode="decimal")
            self._text("caps_per_item", _("本项合计最多（元）"), inputmode="decimal")
        else:
            self._text("right", _("享受什么"), most=400, rows=2, required=True)
        self._choice(
            "fiscal",
            _("由财政发钱吗"),
            [("yes", _("是，从预算拨付")), ("no", _("否，减免或不涉及拨付"))],
            redraw=True,
        )
        if self.tree["fiscal"] == "yes":
            self._add_money()

    def _add_operand(self, name: str, kind: str) -> None:
        wanted = FactType.DECIMAL if name == "rate" else FactType.MONEY
        declared = [
            (p.name, wording.named(p))
            for p in self.words.parameters.values()
            if p.type is wanted and not p.many
        ]
        where = f"amount_{name}"
        labels = {
            "fen": _("每个单位（元）") if kind == "per_unit" else _("金额（元）"),
            "rate": _("比例（%）"),
            "floor": _("最少（元）"),
            "cap": _("最多（元）"),
        }
        if declared and name in ("rate", "fen"):
            self._choice(
                f"{where}_parameter",
                _("金额来自") if name == "fen" else _("比例来自"),
                [FIXED, *declared],
                redraw=True,
                required=False,
            )
            if self.tree[f"{where}_parameter"]:
                return
        self._text(where, labels[name], required=name not in ("floor", "cap"), inputmode="decimal")

    def _add_money(self) -> None:
        lines = "、".join(self.around.lines[:8])
        hint = gettext("形如 XY-KJ-01；已有：%(lines)s") % {"lines": lines} if lines else ""
        self._text("budget_line", _("预算项目编码"), most=40, required=True, hint=hint)
        self._text("budget_name", _("预算项目名称"), most=60, required=True)
        self._text(
            "budget_functional",
            _("功能分类科目"),
            most=7,
            required=True,
            hint=_("7 位，例如 2150805"),
            inputmode="numeric",
        )
        self._text(
            "budget_economic",
            _("经济分类科目"),
            most=5,
            required=True,
            hint=_("5 位，例如 50799"),
            inputmode="numeric",
        )
        self._text("budget_yearly", _("年度预算（元）"), required=True, inputmode="decimal")
        for bearer, label in w.BEARERS.items():
            self._text(
                f"share_{bearer}",
                gettext("%(who)s承担（%%）") % {"who": label},
                most=3,
                inputmode="numeric",
            )
        self._text("payer", _("拨付单位"), most=60, required=True)
        self._text("pay_days", _("拨付期限"), most=3, required=True, inputmode="numeric")
        self._choice("pay_unit", _("拨付期限按"), list(w.UNITS.items()))
        self._choice("pay_from", _("拨付期限从"), list(w.PAY_FROM.items()))
        for ground, label in w.GROUNDS.items():
            self.fields[f"claw_{ground}"] = forms.BooleanField(label=str(label), required=False)
        self._text("claw_years", _("几年内可以追回"), most=2, required=True, inputmode="numeric")
        self.fields["claw_set_off"] = forms.BooleanField(
            label=_("依法可以从其他兑现中抵扣"), required=False
        )
        self._text("claw_law", _("抵扣的法律依据"), most=200)
