"""The studio's form as Django fields, so that labels, hints and complaints are drawn as everywhere.

Fields follow the tree: a condition's value is asked for as its fact and comparison want it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.forms.utils import ErrorDict
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yishi.foundation.rulebook.comparing import ALLOWED, MANY, NO_VALUE, Operator
from yishi.foundation.rulebook.facts import Fact, FactType
from yishi.systems.direct_benefits.studio import examples_form, wording
from yishi.systems.direct_benefits.studio.conditions import fits
from yishi.systems.direct_benefits.studio.fields import FIXED, NONE, Around, Choices, Fields
from yishi.systems.direct_benefits.studio.shape import Row, Tree
from yishi.systems.direct_benefits.studio.vocabulary import Vocabulary


@dataclass(slots=True)
class Part:
    """One condition as drawn: its fields, and the buttons' place."""

    place: str
    fields: list[forms.BoundField] = field(default_factory=list)
    more: list[forms.BoundField] = field(default_factory=list)


@dataclass(slots=True)
class Group:
    """One entry as drawn."""

    place: int
    any: bool
    parts: list[Part]
    label: forms.BoundField | None = None
    first: bool = False
    last: bool = False


class StudioForm(Fields):
    """Bound to a tree; complaints come from `composing`, by name of the input."""

    def __init__(
        self, tree: Tree, words: Vocabulary, around: Around, errors: Mapping[str, str] | None = None
    ) -> None:
        data: dict[str, Any] = dict(tree.texts)
        super().__init__(data)
        self.tree, self.words, self.around = tree, words, around
        self.told = dict(errors or {})
        look = reverse("desk:benefit_studio:edit", args=[around.draft]) if around.draft else ""
        #: Choosing one of these draws the form again: with htmx at once, else by a button.
        self.redraw = {"hx-post": look, "hx-trigger": "change", "hx-target": "#studio"}
        self._facts = self._fact_choices()
        self._add_base()
        for i, entry in enumerate(tree.entries):
            if entry.any:
                data[f"w-{i}-label"] = entry.label
                self._text(f"w-{i}-label", _("这一组的名称"), most=60)
            for j, row in enumerate(entry.rows):
                self._add_row(f"w-{i}-{j}", row, data)
        self._add_amount(data)
        self._add_examples(data)

    def full_clean(self) -> None:
        """The complaints were found elsewhere; they are only put to their inputs."""
        self._errors = ErrorDict()
        self.cleaned_data = {}
        for name, text in self.told.items():
            self.add_error(self._home(name), text)

    def _home(self, name: str) -> str | None:
        """The input at which a complaint is drawn; None: above the form."""
        if name in self.fields:
            return name
        if name == "claw_grounds":
            return next((one for one in self.fields if one.startswith("claw_")), None)
        return None

    def _fact_choices(self) -> Choices:
        groups = self.words.grouped(derived=gettext("由其他事实算出"))
        return [
            NONE,
            *((head, [(f.name, wording.named(f)) for f in facts]) for head, facts in groups),
        ]

    def _add_row(self, where: str, row: Row, data: dict[str, Any]) -> None:
        data |= {f"{where}-{name}": text for name, text in row.texts.items()}
        self._choice(f"{where}-fact", _("事实"), self._facts, redraw=True)
        fact = self.words.facts.get(row["fact"])
        if fact is not None:
            operators = wording.operators_of(fact)
            self._choice(f"{where}-is", _("比较"), [NONE, *operators], redraw=True)
            if row["is"] in {op for op, _label in operators}:
                self._add_value(where, row, fact, Operator(row["is"]), data)
        self._text(f"{where}-label", _("说法"), most=60, hint=_("不写就用事实的名称"))
        self._text(f"{where}-basis", _("依据"), most=120)

    def _add_value(
        self, where: str, row: Row, fact: Fact, op: Operator, data: dict[str, Any]
    ) -> None:
        if op in NO_VALUE or op not in ALLOWED[fact.type]:
            return
        declared = [
            (p.name, wording.named(p)) for p in self.words.parameters.values() if fits(fact, op, p)
        ]
        if declared:
            self._choice(
                f"{where}-parameter",
                _("与什么比较"),
                [FIXED, *declared],
                redraw=True,
                required=False,
            )
            if row["parameter"]:
                return
        unit = wording.in_unit(fact)
        label = gettext("值（%(unit)s）") % {"unit": unit} if unit else gettext("值")
        options = wording.vocabulary_of(fact)
        if options and op in MANY:
            data[f"{where}-values"] = row.values
            self.fields[f"{where}-values"] = forms.MultipleChoiceField(
                label=label, choices=options, widget=forms.CheckboxSelectMultiple
            )
            # Complaints name the value; here the boxes are it.
            if f"{where}-value" in self.told:
                self.told[f"{where}-values"] = self.told.pop(f"{where}-value")
        elif options:
            self._choice(f"{where}-value", label, [NONE, *options])
        elif op in MANY:
            self._text(
                f"{where}-value",
                label,
                most=2_000,
                required=True,
                rows=2,
                hint=_("几个值用顿号或换行分开"),
            )
        else:
            self._text(f"{where}-value", label, required=True, **_typing(fact))
        if op is Operator.BETWEEN:
            self._text(f"{where}-value2", _("到"), required=True, **_typing(fact))

    def _add_examples(self, data: dict[str, Any]) -> None:
        from yishi.systems.direct_benefits.studio.composing import content_of

        asked = examples_form.named(content_of(self.tree, self.words, "x.x")[0], self.words)
        expected = [
            NONE,
            ("true", _("符合")),
            ("false", _("不符合")),
            ("unknown", _("无法判定")),
        ]
        for n, one in enumerate(self.tree.examples):
            data |= {f"e-{n}-{name}": text for name, text in one.items()}
            self._text(f"e-{n}-on", _("筛查日期"), required=True, type="date")
            self._choice(f"e-{n}-expect", _("应当得出"), expected)
            if self.tree["amount"]:
                self._text(f"e-{n}-amount", _("金额（元）"), inputmode="decimal")
            given = [name.removeprefix(examples_form.FACT) for name in one if one[name]]
            more = [self.words.facts[name] for name in given if name in self.words.facts]
            for fact in dict.fromkeys([*(f.name for f in asked), *(f.name for f in more)]):
                self._example_fact(n, self.words.facts[fact])

    def _example_fact(self, n: int, fact: Fact) -> None:
        name, label = f"e-{n}-{examples_form.FACT}{fact.name}", wording.named(fact)
        if fact.type is FactType.BOOL:
            yes_no = [("", _("没有数据")), ("true", _("是")), ("false", _("否"))]
            self._choice(name, label, yes_no, required=False)
        elif fact.values and fact.type is FactType.TEXT:
            options = wording.vocabulary_of(fact)
            self._choice(name, label, [("", _("没有数据")), *options], required=False)
        else:
            unit = wording.in_unit(fact)
            self._text(name, f"{label}（{unit}）" if unit else label, **_typing(fact))
        if fact.freshness is not None:
            self._text(
                f"e-{n}-{examples_form.AGE}{fact.name}",
                gettext("“%(fact)s”的数据日期") % {"fact": label},
                type="date",
            )

    # --- as drawn ---

    def groups(self) -> list[Group]:
        """The entries of 条件 with their fields."""
        count = len(self.tree.entries)
        return [
            Group(
                i,
                entry.any,
                [self._part(f"{i}-{j}") for j in range(len(entry.rows))],
                self[f"w-{i}-label"] if entry.any else None,
                i == 0,
                i == count - 1,
            )
            for i, entry in enumerate(self.tree.entries)
        ]

    def _part(self, place: str) -> Part:
        where = f"w-{place}"
        names = ("fact", "is", "parameter", "values", "value", "value2")
        return Part(
            place,
            [self[f"{where}-{name}"] for name in names if f"{where}-{name}" in self.fields],
            [self[f"{where}-{name}"] for name in ("label", "basis")],
        )

    def of(self, *names: str) -> list[forms.BoundField]:
        """Those of the named fields that are there."""
        return [self[name] for name in names if name in self.fields]

    def tiers(self) -> list[tuple[int, list[forms.BoundField]]]:
        """The tiers with their fields."""
        return [(n, self.of(f"t-{n}-from", f"t-{n}-fen")) for n in range(len(self.tree.tiers))]

    def examples(self) -> list[tuple[int, list[forms.BoundField], list[forms.BoundField]]]:
        """The examples: number, what must come out, the facts."""
        found = []
        for n in range(len(self.tree.examples)):
            starts = (f"e-{n}-{examples_form.FACT}", f"e-{n}-{examples_form.AGE}")
            facts = [name for name in self.fields if name.startswith(starts)]
            found.append(
                (n, self.of(f"e-{n}-on", f"e-{n}-expect", f"e-{n}-amount"), self.of(*facts))
            )
        return found


def _typing(fact: Fact) -> dict[str, Any]:
    if fact.type is FactType.DATE:
        return {"type": "date"}
    if fact.type is FactType.INT:
        return {"inputmode": "numeric"}
    return {"inputmode": "decimal"} if fact.type in (FactType.MONEY, FactType.DECIMAL) else {}
