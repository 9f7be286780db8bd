"""Forms of the officers' pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits.models import Clawback
from yishi.systems.direct_benefits.studio import literals

MOST_PARTS = 6


class NoticeForm(forms.Form):
    """告知: on what ground, who erred, what happened, by what law, how much."""

    use_required_attribute = False
    ground = forms.ChoiceField(
        label=_("事由"),
        choices=Clawback.GROUNDS,
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择追回的事由")},
    )
    erred = forms.ChoiceField(
        label=_("由谁的过错造成"),
        choices=Clawback.ERRED,
        widget=forms.RadioSelect,
        help_text=_("行政机关的差错不计入企业的信用记录。"),
        error_messages={"required": _("请写明由谁的过错造成")},
    )
    facts = forms.CharField(
        label=_("事实和证据"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("请写明事实和证据")},
    )
    basis = forms.CharField(
        label=_("依据"), max_length=200, required=False, help_text=_("不写就用事项规定的依据。")
    )
    amount = forms.CharField(
        label=_("追回金额（元）"),
        max_length=30,
        required=False,
        help_text=_("不写就是已兑现未退还的全部。"),
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )


class DecisionForm:
    """The plan of repayment: up to six parts, each a day and a sum in yuan."""

    @staticmethod
    def plan_of(post: QueryDict) -> list[dict[str, Any]]:
        """The filled-in parts. Raises FieldError for a sum that is none."""
        parts = []
        for n in range(MOST_PARTS):
            due, text = post.get(f"due-{n}", "").strip(), post.get(f"fen-{n}", "").strip()[:30]
            if not due and not text:
                continue
            if not text:
                raise FieldError("plan", f"请填写第 {n + 1} 期的金额", "required")
            parts.append({"due": due, "fen": literals.fen_of("plan", text)})
        return parts
