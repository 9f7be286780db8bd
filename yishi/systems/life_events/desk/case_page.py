"""The desk's side of theme cases: what a case's page shows, and the fields of its moves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yishi.foundation.access.actors import Actor, within
from yishi.foundation.approvals.catalogue.model import SECTIONS, FieldSpec
from yishi.foundation.approvals.values import masked_value
from yishi.foundation.cases.lifecycle import Need
from yishi.foundation.cases.state import CaseState
from yishi.foundation.parties.field_labels import matter_label
from yishi.foundation.ui.desk import CaseView, DeskSystem, Grouped, Look, Panel
from yishi.foundation.ui.parts import Fact
from yishi.foundation.ui.party_panel import parties_panel
from yishi.foundation.ui.timetext import date_text, moment_text
from yishi.systems.life_events import applications, handling, papers, together
from yishi.systems.life_events import states as s
from yishi.systems.life_events.handling import Looked
from yishi.systems.life_events.models import Application
from yishi.systems.life_events.portal.paperlist import rows_of
from yishi.systems.life_events.standing import whole
from yishi.systems.life_events.versions import registers, theme_of
from yishi.systems.life_events.words import in_words

CHANNELS = {"portal": _("网上"), "window": _("窗口")}
CLOCKS = {
    s.PREREVIEW: _("预审"),
    s.TELLING: _("一次性告知"),
    s.CORRECTION: _("补正"),
    s.JOINT: _("联合办理法定时限"),
    s.THEME: _("主题预计办结"),
}


def types(numbers: Mapping[str, int], now: datetime) -> Grouped:
    """The themes in force by group; none before a catalogue was loaded."""
    try:
        _version, themes = registers(numbers).themes(now)
    except LookupError:
        return []
    groups: dict[str, list[tuple[str, str]]] = {}
    for theme in themes.themes.values():
        groups.setdefault(theme.group, []).append((theme.key, theme.name))
    return [(group, tuple(found)) for group, found in sorted(groups.items())]


def reads_all(actor: Actor, case: CaseState) -> bool:
    """Whether the form's personal values are shown: to the window that checks it; bodies read them
    on the pages of their own items."""
    return any(
        grant.role == s.WINDOW and within(case.managed_path, grant.scope) for grant in actor.grants
    )


def view(look: Look) -> CaseView:
    """What only this system knows about the case (about 9 statements)."""
    looked = handling.look(look.case, look.now)
    members = handling.members_of(look.case.id)
    shown = whole(look.case, members, looked.found, look.now, columns=4)
    open_values = reads_all(look.actor, look.case)
    panels = []
    if shown.items:
        panels.append(
            Panel(
                "items",
                gettext("事项"),
                "life_events/items_panel.html",
                {"shown": shown, "exempt": looked.made.exempt},
            )
        )
    panels += [_form_panel(looked, open_values), _papers_panel(looked, look.case)]
    panels.append(parties_panel(look))
    return CaseView(
        facts=facts(look, looked),
        open_numbers=open_values,
        panels=panels,
        links=_links(look),
        sections=[
            (
                gettext("事项"),
                [
                    (
                        0,
                        f"{one.case.subject} {one.case.number} {one.unit} {one.label}",
                    )
                    for one in shown.items
                ],
            )
        ]
        if shown.items
        else [],
    )


def facts(look: Look, looked: Looked) -> list[Fact]:
    """The case's facts in the order in which officers ask for them."""
    case, register = look.case, look.register
    theme = theme_of(case)
    rows = [
        Fact(gettext("主题"), theme.name, url=reverse("desk:life_events:theme", args=[theme.key])),
        Fact(gettext("区域"), register.label(case.managed_path)),
        Fact(gettext("来源"), str(CHANNELS.get(looked.application.channel, ""))),
        Fact(gettext("收到时间"), moment_text(case.received_at)),
        Fact(gettext("综合窗口"), register.unit_name(case.unit_id)),
        Fact(
            gettext("目录版本"),
            str(case.catalogue_id),
            hint=gettext("办理中的案件一直使用提交时的版本"),
        ),
    ]
    lead = case.duty(s.LEAD)
    if lead is not None:
        rows.append(Fact(gettext("牵头部门"), register.unit_name(lead.unit_id)))
    if case.data.get("expected") and case.closed_at is None:
        rows.append(Fact(gettext("预计办结"), str(case.data["expected"])))
    if case.data.get("extended"):
        more = case.data["extended"]
        days = gettext("%(n)d 个工作日") % {"n": more.get("days", s.JOINT_EXTENSION)}
        rows.append(Fact(gettext("已延长"), days, hint=more["reason"]))
    if case.data.get("reason"):
        rows.append(Fact(gettext("理由"), case.data["reason"]))
    agent = together.agent_of(looked.application)
    if agent is not None:
        until = gettext("至 %(d)s") % {"d": date_text(agent.valid_to)} if agent.valid_to else ""
        scope = "、".join(matter_label(key) for key in agent.scope)
        rows.append(Fact(agent.kind, agent.name, hint=f"{scope} {until}".strip()))
    for question, said in _answers(looked):
        rows.append(Fact(question, said))
    return rows


def _answers(looked: Looked) -> list[tuple[str, str]]:
    theme = looked.made.theme
    found = []
    for key, value in looked.application.answers.items():
        question = theme.question(key)
        if question is not None:
            found.append((question.ask, question.options[question.option(value)]))
    return found


def _form_panel(looked: Looked, open_values: bool) -> Panel:
    application, made = looked.application, looked.made
    values = applications.unseal(application).values
    register = looked.found.register

    def show(spec: FieldSpec, value: str) -> str:
        return in_words(spec, value, register) if open_values else masked_value(spec, value)

    marks = application.marks.get("fields", {})
    sections: dict[str, list[dict[str, Any]]] = {}
    for one in made.form:
        value = values.get(one.key, "")
        sections.setdefault(one.spec.section, []).append(
            {
                "label": one.label,
                "value": show(one.spec, value) if value else "",
                "source": application.sources.get(one.key),
                "mark": marks.get(one.key, ""),
                "uses": [made.book.items[item].name for item in dict.fromkeys(one.items)],
            }
        )
    context = {
        "sections": [(SECTIONS[key], sections[key]) for key in SECTIONS if key in sections],
        "masked": not open_values,
        "marks": application.marks,
    }
    return Panel("form", gettext("申请表"), "life_events/form_panel.html", context)


def _papers_panel(looked: Looked, case: CaseState) -> Panel:
    marks = looked.application.marks.get("papers", {})

    def address(pk: str) -> str:
        return reverse("desk:life_events:file", args=[case.number, pk])

    rows = rows_of(looked.application, looked.made, looked.having, {}, marks, address)
    names = looked.made.book.items
    for row in rows:
        row["uses"] = [names[item].name for item in row["paper"].items]
        row["until"] = (case.data.get("deferred") or {}).get(row["paper"].key, "")
    return Panel("papers", gettext("材料"), "life_events/papers_panel.html", {"rows": rows})


def _links(look: Look) -> list[tuple[str, str]]:
    case, links = look.case, []
    if case.state in s.EARLY and not case.data.get("told") and look.actor.has(s.WINDOW):
        url = reverse("desk:life_events:tell", args=[case.number])
        links.append((gettext("一次性告知补正"), url))
    if reads_all(look.actor, case):
        for one in papers.papers_of(case):
            url = reverse("desk:life_events:paper", args=[case.number, one.name])
            links.append((gettext("%(name)s（PDF）") % {"name": one.title}, url))
    return links


def told(look: Look, body: Mapping[str, Any]) -> list[str]:
    """What a step put into its trace, in words."""
    lines = []
    if body.get("expected"):
        lines.append(gettext("预计办结 %(day)s") % {"day": body["expected"]})
    marks = body.get("marks") or {}
    count = len(marks.get("fields", ())) + len(marks.get("papers", ()))
    if count:
        lines.append(gettext("告知 %(n)d 处") % {"n": count})
    if body.get("deemed"):
        lines.append(gettext("自收到之日起计算"))
    if body.get("version_before"):
        lines.append(
            gettext("主题目录由第 %(a)s 版改为第 %(b)s 版")
            % {"a": body["version_before"], "b": body.get("version")}
        )
    return lines


def fields(need: Need, look: Look, data: Mapping[str, Any]) -> forms.Field | None:
    """The moves ask for nothing that only this system knows."""
    return None


def suggest_units(look: Look) -> list[tuple[int, str]]:
    """No move asks for a unit."""
    return []


def application_of(case: CaseState) -> Application:
    """The application of a case in scope."""
    return handling.application_of(case.id)


DESK = DeskSystem(
    system=s.SYSTEM,
    label="一事联办",
    steps=("apply", "review", "handle", "finish"),
    main_clock=s.THEME,
    clock_labels=CLOCKS,
    types=types,
    view=view,
    fields=fields,
    suggest_units=suggest_units,
    advance=handling.advance,
    advance_batch=handling.advance_batch,
    told=told,
    urls="yishi.systems.life_events.desk.urls",
    batch={s.CHECK: ("review",)},
    hidden_moves=frozenset({"submit", "tell_gaps", "correct", "supply", "call_stuck"}),
    standing={"correct": "review"},
)

__all__ = ["CHANNELS", "DESK", "application_of"]
