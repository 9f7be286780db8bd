"""The calculator's questions: the facts that items need, asked in words, read strictly."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yishi.foundation.rulebook.facts import INT64, Fact, FactType, scaled_int
from yishi.foundation.rulebook.wording import pick, unit_text
from yishi.foundation.ui.selects import LongSelect
from yishi.systems.direct_benefits.policies.areas import AREA

_INT = re.compile(r"\d{1,18}", re.ASCII)
_DECIMAL = re.compile(r"-?\d{1,15}(\.\d{1,12})?", re.ASCII)
NONE = "-"
#: Questions that stand open; the others fold up by department.
OPEN_QUESTIONS = 10


def _unset() -> list[tuple[str, Any]]:
    return [("", gettext_lazy("不清楚"))]


class Question(forms.Field):
    """A field that knows the fact it asks for; what is left empty stays unknown."""

    fact: Fact

    def __init__(self, fact: Fact, language: str, **more: Any) -> None:
        self.fact = fact
        label = pick(language, fact.label, fact.label_en)
        unit = _("元") if fact.type is FactType.MONEY else unit_text(fact, language)
        super().__init__(
            required=False,
            label=f"{label}（{unit}）" if unit else label,
            **more,
        )


class Typed(Question):
    """Numbers, amounts of money and days as they are typed."""

    def to_python(self, value: Any) -> Any:
        """The typed value, None for nothing typed."""
        text = value.strip().replace(",", "").replace("，", "") if isinstance(value, str) else ""
        if not text:
            return None
        kind = self.fact.type
        if kind is FactType.DATE:
            return _day(text)
        if kind is FactType.INT:
            if not _INT.fullmatch(text):
                raise forms.ValidationError(_("请填写不小于 0 的整数"), "type")
            return int(text)
        return self._decimal(text)

    def _decimal(self, text: str) -> Any:
        if not _DECIMAL.fullmatch(text):
            raise forms.ValidationError(_("请填写数字"), "type")
        try:
            number = Decimal(text)
        except InvalidOperation:
            raise forms.ValidationError(_("请填写数字"), "type") from None
        if self.fact.type is FactType.MONEY:
            fen = scaled_int(number, 2)
            if fen is None or fen < 0 or fen >= INT64:
                raise forms.ValidationError(_("金额应不小于 0，最多两位小数"), "range")
            return fen
        if scaled_int(number, self.fact.scale) is None:
            text = _("最多 %(n)d 位小数") % {"n": self.fact.scale}
            raise forms.ValidationError(text, "range")
        return number


def _day(text: str) -> date:
    try:
        if len(text) != 10:
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise forms.ValidationError(_("日期应形如 2026-03-15"), "type") from None


class Chosen(Question):
    """Yes or no, or one of the values that a fact may have."""

    def __init__(self, fact: Fact, language: str, choices: Sequence[tuple[str, Any]]) -> None:
        self.known = {value for value, _text in choices}
        widget = LongSelect(choices=[*_unset(), *choices])
        super().__init__(fact, language, widget=widget)

    def to_python(self, value: Any) -> Any:
        """The value, None for not known."""
        if not value:
            return None
        if value not in self.known:
            raise forms.ValidationError(_("没有这个选项"), "unknown")
        return value == "yes" if self.fact.type is FactType.BOOL else value


class Several(Question):
    """Any of the values of a set; nothing ticked is not known, 以上都没有 is the empty set."""

    def __init__(self, fact: Fact, language: str, choices: Sequence[tuple[str, Any]]) -> None:
        self.known = {value for value, _text in choices} | {NONE}
        every = [*choices, (NONE, gettext_lazy("以上都没有"))]
        super().__init__(fact, language, widget=forms.CheckboxSelectMultiple(choices=every))

    def to_python(self, value: Any) -> Any:
        """The set, None for not known."""
        given = value if isinstance(value, list) else []
        if not given:
            return None
        if any(one not in self.known for one in given):
            raise forms.ValidationError(_("没有这个选项"), "unknown")
        if NONE in given and len(given) > 1:
            raise forms.ValidationError(_("选了“以上都没有”，就不要再选别的"), "several")
        return frozenset(given) - {NONE}


class FreeText(Question):
    """A text without a closed list, such as an industry code."""

    def to_python(self, value: Any) -> Any:
        """The text, None for nothing."""
        text = value.replace("\x00", "").strip() if isinstance(value, str) else ""
        if len(text) > 64:
            raise forms.ValidationError(_("最多 64 个字"), "length")
        return text or None


class Questions(forms.Form):
    """The questions for some facts, most used first."""

    use_required_attribute = False

    def __init__(
        self,
        facts: Iterable[Fact],
        data: Any = None,
        *,
        language: str = "zh",
        counties: Mapping[str, str] | None = None,
        values: Mapping[str, frozenset[str]] | None = None,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        for fact in facts:
            self.fields[fact.name] = _field(fact, language, counties or {}, values or {})

    def answers(self) -> dict[str, Any]:
        """Typed values by fact, only what was answered."""
        return {k: v for k, v in self.cleaned_data.items() if v is not None}

    def groups(self, names: Mapping[str, str]) -> tuple[list[Any], list[tuple[str, list[Any]]]]:
        """The first questions, and the others by source, for the template."""
        bound = list(self)
        rest: dict[str, list[Any]] = {}
        for one in bound[OPEN_QUESTIONS:]:
            source = one.field.fact.source  # type: ignore[attr-defined]
            rest.setdefault(names.get(source, source) or _("其他"), []).append(one)
        return bound[:OPEN_QUESTIONS], list(rest.items())


def _field(
    fact: Fact,
    language: str,
    counties: Mapping[str, str],
    values: Mapping[str, frozenset[str]],
) -> Question:
    if fact.type is FactType.BOOL:
        yes_no = [("yes", gettext_lazy("是")), ("no", gettext_lazy("否"))]
        return Chosen(fact, language, yes_no)
    if fact.name == AREA:
        chosen = Chosen(fact, language, list(counties.items()))
        chosen.label = _("注册在哪个县（市、区）")
        return chosen
    if fact.values or fact.type is FactType.SET:
        named = {code: pick(language, *names) for code, names in fact.values.items()}
        if fact.type is FactType.SET:
            wanted = values.get(fact.name, frozenset())
            # Of a long list only what the items ask for, in the list's own order.
            listed = [code for code in named if code in wanted] or sorted(wanted)
            return Several(fact, language, [(code, named.get(code, code)) for code in listed])
        return Chosen(fact, language, list(named.items()))
    if fact.type is FactType.TEXT:
        return FreeText(fact, language, widget=forms.TextInput(attrs={"maxlength": 64}))
    if fact.type is FactType.DATE:
        return Typed(fact, language, widget=forms.DateInput(attrs={"type": "date"}))
    mode = "numeric" if fact.type is FactType.INT else "decimal"
    return Typed(fact, language, widget=forms.TextInput(attrs={"inputmode": mode, "maxlength": 24}))
