"""The filters of case lists: from GET parameters to a condition. Screens link here with the same.

``stage``, ``state``, ``type``, ``family`` (what a type's key begins with), ``unit`` (id), ``path``
(managed path and all below; one that ends in ``/.`` means exactly there), ``day`` (one day of
receipt) or ``since``/``until``, ``late`` (``running``: a clock is past due now; ``soon``: it is
about to be; ``fact``: the handling was late), ``q`` (number or its beginning, or words of subject,
address and reports), ``figure`` (the cases behind a number of the screen).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yishi.foundation.cases.figures import figure_choices, figure_condition
from yishi.foundation.cases.lifecycle import LIFECYCLES, State
from yishi.foundation.cases.words import containing
from yishi.foundation.cases.worklists import Order
from yishi.foundation.places.loading import load_register
from yishi.foundation.places.snapshot import Register
from yishi.foundation.places.values import PlaceError
from yishi.foundation.revisions import at
from yishi.foundation.ui.desk import systems
from yishi.foundation.ui.judging import systems_by_working_day, working_moment
from yishi.foundation.ui.selects import LongSelect, WrittenChoiceField, options_of

ALL = ("", _("全部"))
LATENESS = (("running", _("已超时限")), ("soon", _("即将到期")), ("fact", _("逾期办结")))
_PATH = re.compile(r"[0-9A-Za-z]{1,20}(/[0-9A-Za-z]{1,20}){0,6}")
#: What may follow the letters that a city's case numbers begin with.
_REST = re.compile(r"[A-Z]{0,4}[0-9][0-9A-Z-]*")
#: At the end of a path: only the cases that are placed no deeper.
HERE = "/."
HERE_LABEL = _("未到下级")


def register_now(numbers: Mapping[str, int]) -> Register:
    """The register of places for revisions that are known (no statement)."""
    return at("places", numbers.get("places", 0), load_register)


def _all_states() -> list[State]:
    return [state for life in LIFECYCLES.values() for state in life.states.values()]


def _date(label: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(
        label=label,
        required=False,
        widget=widget,
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": _("日期应写作 2026-11-24")},
    )


def _is_number(text: str, prefix: str) -> bool:
    """Whether *text* begins a case's number: the city's letters, then digits if any."""
    rest = text.removeprefix(prefix)
    if prefix:
        return rest != text and (not rest or _REST.fullmatch(rest) is not None)
    return text.isascii() and text.isdigit() and len(text) >= 8


class WorkFilters(forms.Form):
    """What a work list can be narrowed by."""

    q = forms.CharField(label=_("编号、标题、地址或描述"), max_length=100, required=False)
    type = WrittenChoiceField(label=_("类别"), required=False)
    late = forms.ChoiceField(label=_("时限"), required=False, choices=[ALL, *LATENESS[:2]])

    def __init__(self, data: Any, numbers: Mapping[str, int], now: datetime) -> None:
        super().__init__(data, auto_id="filter_%s")
        self.now, self.judged = now, working_moment(now, numbers)
        self.register = register_now(numbers)
        groups = tuple(group for system in systems() for group in system.types(numbers, now))
        self.fields["type"].offer(ALL, options_of(groups))  # type: ignore[attr-defined]

    @property
    def narrowed(self) -> bool:
        """Whether anything is filled in."""
        return any(self.data.get(name) for name in self.fields)

    def clean_q(self) -> str:
        """Text that the database can compare with."""
        text = str(self.cleaned_data["q"]).strip()
        if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
            raise ValidationError(gettext("含有无法查询的字符"))
        return text

    @property
    def _asks_number(self) -> bool:
        text = str(self.cleaned_data.get("q", "") if self.is_valid() else "")
        return _is_number(text.upper(), self.register.number_prefix)

    def words(self, prefix: str = "") -> Q:
        """The condition of ``q``: the number begins so, or words of the case contain it.

        Either of the two: no index serves both at once.
        """
        text = self.cleaned_data.get("q", "")
        if not text:
            return Q()
        if self._asks_number:
            return Q(**{f"{prefix}number__startswith": text.upper()})
        return containing(text, f"{prefix}id")

    def work(self) -> Q:
        """The condition on assignments; none at all matches a filter that is wrong."""
        if not self.is_valid():
            return Q(pk__in=[])
        values = self.cleaned_data
        found = self.words("case__")
        if values["type"]:
            found &= Q(case__type_key=values["type"])
        if values["late"] == "running":
            found &= self.over("due_at", "case__system")
        elif values["late"] == "soon":
            found &= Q(warn_at__lte=self.now) & self.over("due_at", "case__system", still_in=True)
        return found

    def over(self, due: str, system: str, *, still_in: bool = False) -> Q:
        """What is past its limit as lights show it; *still_in*: what is not. On a rest day nothing
        of a system that is judged by working days is."""
        compared = "gte" if still_in else "lt"
        over = Q(**{f"{due}__{compared}": self.now})
        if self.judged == self.now:
            return over
        names = Q(**{f"{system}__in": systems_by_working_day()})
        return (over & ~names) | (names & Q(**{f"{due}__{compared}": self.judged}))


class CaseFilters(WorkFilters):
    """What the list of all cases can be narrowed by."""

    state = forms.ChoiceField(label=_("状态"), required=False, widget=LongSelect)
    stage = forms.ChoiceField(label=_("环节"), required=False, widget=LongSelect)
    path = forms.ChoiceField(label=_("区域"), required=False, widget=LongSelect)
    family = forms.ChoiceField(label=_("应用场景"), required=False, widget=LongSelect)
    unit = forms.ChoiceField(label=_("处置部门"), required=False, widget=LongSelect)
    late = forms.ChoiceField(label=_("时限"), required=False, choices=[ALL, *LATENESS])
    figure = forms.ChoiceField(label=_("指标"), required=False)
    cell = forms.CharField(label=_("单元网格"), max_length=20, required=False)
    day = _date(_("上报日期"))
    since = _date(_("上报日期从"))
    until = _date(_("上报日期至"))
    field_order = (
        *("q", "state", "stage", "path", "family", "type", "unit", "late", "since", "until", "day"),
        "cell",
        "figure",
    )

    def __init__(self, data: Any, numbers: Mapping[str, int], now: datetime) -> None:
        super().__init__(data, numbers, now)
        states = [
            (s.name, gettext(s.label)) for life in LIFECYCLES.values() for s in life.states.values()
        ]
        stages = [
            (name, gettext(label))
            for life in LIFECYCLES.values()
            for name, label in life.stage_labels.items()
        ]
        self._choose("state", states)
        self._choose("stage", stages)
        self._choose("path", self._paths())
        self._choose("figure", figure_choices())
        self._choose("unit", self._units())
        families = [one for system in systems() for one in system.families(numbers, now)]
        self._choose("family", [(one.key, one.label) for one in families])
        for name in ("day", "cell"):
            if not self.data.get(name):
                del self.fields[name]

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = [ALL, *choices]  # type: ignore[attr-defined]

    def _paths(self) -> list[tuple[str, str]]:
        """Counties and zones, and the path that was asked for if it lies deeper."""
        tree = self.register
        choices = [(tree.managed_path(n.code), n.name) for n in tree.picker_children()]
        wanted = str(self.data.get("path") or "")
        path = wanted.removesuffix(HERE)
        known = _PATH.fullmatch(path) and path.rpartition("/")[2] in tree.tree.nodes
        if known and wanted not in dict(choices):
            name = tree.label(path)
            choices.append((wanted, name if path == wanted else f"{name}（{HERE_LABEL}）"))
        return choices

    def _units(self) -> list[tuple[str, str]]:
        """Units that are not local ones in the chosen area, and the one that was asked for."""
        found = [
            (str(unit.id), unit.name)
            for unit in self.register.units(str(self.data.get("path") or ""))
            if unit.level == "city" or (self.data.get("path") and unit.level == "county")
        ]
        wanted = str(self.data.get("unit") or "")
        if wanted and wanted not in dict(found) and wanted.isascii() and wanted.isdigit():
            try:
                found.append((wanted, self.register.unit(int(wanted)).name))
            except PlaceError:
                return found
        return found

    def cases(self) -> Q:
        """The condition on cases; none at all matches a filter that is wrong."""
        if not self.is_valid():
            return Q(pk__in=[])
        values = self.cleaned_data
        found = self.words() & self._days() & self._steps()
        if values["type"]:
            found &= Q(type_key=values["type"])
        if values.get("cell"):
            found &= Q(data__cell=values["cell"])
        if values["family"]:
            found &= Q(type_key__startswith=values["family"] + "/")
        if values["unit"]:
            found &= Q(unit_id=int(values["unit"]))
        if values["path"].endswith(HERE):
            found &= Q(managed_path=values["path"].removesuffix(HERE))
        elif values["path"]:
            path = values["path"]
            found &= Q(managed_path=path) | Q(managed_path__startswith=path + "/")
        if values["figure"]:
            found &= figure_condition(values["figure"], self.now)
        return found & self._late()

    def _steps(self) -> Q:
        """State and stage. Open ones are few: the condition that says so has an index."""
        values = self.cleaned_data
        found = Q(state=values["state"]) if values["state"] else Q()
        if values["stage"]:
            names = [s.name for s in _all_states() if s.stage == values["stage"]]
            found &= Q(stage=values["stage"], state__in=names)
        wanted = [s for s in _all_states() if values["state"] == s.name]
        wanted += [s for s in _all_states() if values["stage"] == s.stage]
        if wanted and not any(state.final for state in wanted):
            found &= Q(closed_at__isnull=True)
        return found

    @property
    def order(self) -> Order:
        """The order that the list is best read in: that of the filter which narrows it most."""
        values = self.cleaned_data if self.is_valid() else {}
        if self._asks_number:
            return "number"
        return "day" if any(values.get(name) for name in ("day", "since", "until")) else "id"

    def _days(self) -> Q:
        values = self.cleaned_data
        found = Q()
        if values.get("day"):
            found &= Q(received_on=values["day"])
        if values["since"]:
            found &= Q(received_on__gte=values["since"])
        if values["until"]:
            found &= Q(received_on__lte=values["until"])
        return found

    def _late(self) -> Q:
        wanted = self.cleaned_data["late"]
        if wanted == "running":
            return self.over("next_due_at", "system")
        if wanted == "soon":
            soon = Q(next_warn_at__lte=self.now)
            return soon & self.over("next_due_at", "system", still_in=True)
        return Q(timeliness="late") if wanted == "fact" else Q()
