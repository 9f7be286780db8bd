"""The desk's side of city events: what a case's page shows, and the fields of its moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yishi.foundation.access.actors import within
from yishi.foundation.cases.lifecycle import Need
from yishi.foundation.cases.models import Trace
from yishi.foundation.cases.state import CaseState
from yishi.foundation.exchange.register import CHANNEL as PARTNER
from yishi.foundation.exchange.register import partners
from yishi.foundation.parties.contacts import masked_contacts
from yishi.foundation.ui.desk import CaseView, DeskSystem, Grouped, Look, Panel
from yishi.foundation.ui.parts import Fact
from yishi.foundation.ui.pickers import LOOK, NONE
from yishi.foundation.ui.timetext import moment_text
from yishi.systems.city_events import beside, moves, privacy, reasons, roles, scenarios
from yishi.systems.city_events.catalogue import Catalogue, EventType
from yishi.systems.city_events.context import catalogue_version, city
from yishi.systems.city_events.devices.facts import device_facts
from yishi.systems.city_events.filing import responsible_unit
from yishi.systems.city_events.hotline import referrals
from yishi.systems.city_events.hotline.panel import after_calls
from yishi.systems.city_events.lifecycle import LIFECYCLE, REJECT_REASONS, SYSTEM
from yishi.systems.city_events.models import Report
from yishi.systems.city_events.receipts import SETTLED
from yishi.systems.city_events.recognition.panel import Guess, guesses, recognised
from yishi.systems.city_events.routing.load import loads
from yishi.systems.city_events.supplementing import is_supplement

CHANNELS = {
    "portal": _("群众上报"),
    "hotline": _("热线电话"),
    "api": _("数据接口"),
    "open311": _("Open311 接口"),
    "csv": _("批量导入"),
    "collector": _("采集员"),
    "camera": _("视频识别"),
    "sensor": _("物联感知"),
    "ai": _("智能识别"),
}
_REASONS = dict(REJECT_REASONS)
KINDS = {"component": _("部件"), "event": _("事件")}
CLOCKS = {
    "acceptance": _("受理"),
    "check": _("核查"),
    "dispatch": _("派遣"),
    "handling": _("处置"),
    "verify": _("核实"),
    "closing": _("结案"),
    "suspension": _("挂账"),
    "supervision": _("督办"),
    "ruling": _("裁定"),
    "order": _("批示"),
    "report": _("报到"),
    "ticket": _("工单答复"),
}
#: States in which a unit is asked for to help, not to handle.
JOINED = frozenset({"assigned", "handling", "on_site_done"})
STEPS = ("collect", "file", "dispatch", "handle", "feedback", "verify", "evaluate")


def channel_label(channel: str) -> str:
    """Where a report came from, in words."""
    if channel.startswith(PARTNER):
        known = partners().by_channel.get(channel)
        return known.name if known else gettext("合作平台")
    return str(CHANNELS.get(channel, channel))


def grouped_types(catalogue: Catalogue) -> Grouped:
    """All types by main class, for a select."""
    return [
        (
            f"{KINDS[group.kind]} {group.main} {group.main_name}",
            tuple((kind.key, f"{kind.name}（{kind.main}-{kind.small}）") for kind in group.types),
        )
        for group in catalogue.groups
    ]


def types(numbers: Mapping[str, int], now: datetime) -> Grouped:
    """The types in force; none before a catalogue was loaded."""
    try:
        _version, catalogue = city(numbers).catalogue(now)
    except LookupError:
        return []
    return grouped_types(catalogue)


def view(look: Look) -> CaseView:
    """What only city events know about the case (reports, contacts, decisions: 4 statements)."""
    case = look.case
    reports = list(
        Report.objects.visible_to(look.actor).filter(case_id=case.id).order_by("received_at", "id")
    )
    numbers = privacy.sees_numbers(look.actor, case)
    panels = [
        Panel(
            "reports",
            gettext("上报人与上报内容"),
            "city_events/reports_panel.html",
            {"reports": _reports(look, reports, numbers), "number": case.number},
        )
    ]
    seen = privacy.words_of(look.actor, case, reports[0], numbers) if reports else ""
    panels += recognised(look, seen)
    panels += scenarios.panel(look)
    if case.closed_at is not None or case.data.get("round", 1) > 1 or case.data.get("ticket"):
        panels += after_calls(look, reports)
    decisions = reasons.decisions(case.id, look.numbers)
    if decisions or case.data.get("manual_reason"):
        context = {"decisions": decisions, "manual": case.data.get("manual_reason") or ()}
        panels.append(
            Panel("why", gettext("自动判断的依据"), "city_events/decisions_panel.html", context)
        )
    return CaseView(
        facts=facts(look),
        words=seen,
        open_numbers=numbers,
        panels=panels,
        reasons=_step_reasons(look),
        links=_links(look),
        sections=_sections(panels),
    )


def facts(look: Look) -> list[Fact]:
    """The case's facts in the order in which officers ask for them."""
    case, register = look.case, look.register
    kind = catalogue_version(case.catalogue_id).by_key.get(case.type_key)
    standard = kind.standard(case.data.get("standard") or "") if kind else None
    rows = [
        Fact(gettext("类别"), _type_text(kind)),
        Fact(
            gettext("区域"), register.label(case.managed_path) or register.node(register.root).name
        ),
        Fact(
            gettext("位置"),
            case.data.get("where") or "",
            hint="" if case.data.get("place_certain") else str(case.data.get("place_note") or ""),
        ),
        Fact(gettext("单元网格"), case.data.get("cell") or ""),
        Fact(gettext("来源"), channel_label(str(case.data.get("channel") or ""))),
        Fact(gettext("上报时间"), moment_text(case.received_at)),
        Fact(
            gettext("处置部门"),
            register.unit(case.unit_id).name if case.unit_id else "",
        ),
    ]
    if standard is not None:
        note = gettext("时限为示意") if standard.illustrative else ""
        changed = case.data.get("limit") not in (None, standard.limit)
        rows += [
            Fact(gettext("立案条件"), standard.filing, hint=standard.basis),
            Fact(
                gettext("处置时限"), case.data["limit"] if changed else standard.wording, hint=note
            ),
            Fact(gettext("结案条件"), standard.closing),
        ]
    rows += device_facts(case, look.actor)
    rows += _counts(case)
    rows += beside.facts(look)
    if case.data.get("follows"):
        earlier = str(case.data["follows"]["number"])
        url = reverse("desk:case", args=[earlier])
        rows.append(Fact(gettext("关联旧案"), earlier, url=url, hint=gettext("结案后又有新的事实")))
    return rows


def _counts(case: CaseState) -> list[Fact]:
    """Facts that only some cases have."""
    rows = []
    if case.data.get("returns"):
        rows.append(Fact(gettext("退单次数"), case.data["returns"]))
    if case.data.get("rework"):
        rows.append(Fact(gettext("返工次数"), case.data["rework"]))
    if case.data.get("round", 1) > 1:
        rows.append(Fact(gettext("重新办理"), gettext("第 %(n)d 轮") % {"n": case.data["round"]}))
    if case.data.get("extension"):
        rows.append(Fact(gettext("延期申请"), gettext("等待派遣员审批")))
    reason = _REASONS.get(str(case.data.get("reason_code")))
    if reason:
        rows.append(Fact(gettext("不予立案原因"), gettext(reason)))
    if case.data.get("referral"):
        rows.append(Fact(gettext("告知的渠道"), referrals.told(str(case.data["referral"]))))
    if case.data.get("contacted_at"):
        at = datetime.fromisoformat(case.data["contacted_at"])
        rows.append(Fact(gettext("联系来电人"), moment_text(at)))
    if case.secret:
        rows.append(Fact(gettext("保密"), gettext("上报人要求保密，处置部门看不到上报人信息")))
    return rows


def _type_text(kind: EventType | None) -> str:
    if kind is None:
        return gettext("待识别")
    return f"{kind.name}（{KINDS[kind.kind]} {kind.main}-{kind.small} {kind.main_name}）"


def _reports(look: Look, reports: Sequence[Report], numbers: bool) -> list[dict[str, Any]]:
    """The reports as the looker may see them (contacts: 1 statement)."""
    case = look.case
    shown = {
        report.pk: privacy.sees_masked(look.actor, case, secret=report.secret) for report in reports
    }
    wanted = [r.contact_id for r in reports if r.contact_id and shown[r.pk]]
    contacts = masked_contacts(wanted) if wanted else {}
    may_unmerge = len(reports) > 1 and case.closed_at is None and look.actor.has("acceptor")
    return [
        {
            "report": report,
            "channel": channel_label(report.channel),
            "text": privacy.words_of(look.actor, case, report, numbers),
            "contact": contacts.get(report.contact_id) if report.contact_id else None,
            "hidden": bool(report.contact_id) and not shown[report.pk],
            "may_reveal": bool(report.contact_id)
            and privacy.may_reveal(look.actor, case, secret=report.secret),
            "may_unmerge": may_unmerge and report.merged,
            "adds": is_supplement(report),
        }
        for report in reports
    ]


def _step_reasons(look: Look) -> dict[int, list[str]]:
    """Why the case went to its unit, at the newest dispatch (1 statement)."""
    why = look.case.data.get("dispatch_reason")
    if not why:
        return {}
    rows = Trace.objects.visible_to(look.actor).filter(case_id=look.case.id, move="dispatch")
    last = rows.order_by("-seq").values_list("seq", flat=True).first()
    return {last: [str(line) for line in why]} if last else {}


def _links(look: Look) -> list[tuple[str, str]]:
    case, links = look.case, []
    if case.state in LIFECYCLE.moves["join_case"].sources and look.actor.has("acceptor"):
        url = reverse("desk:city_events:join", args=[case.number])
        links.append((gettext("并入另一案件"), url))
    if case.unit_id:
        url = reverse("desk:city_events:dispatch-order", args=[case.number])
        links.append((gettext("派遣单（PDF）"), url))
    if case.data.get("cards"):
        url = reverse("desk:city_events:card", args=[case.number])
        links.append((gettext("督办单（PDF）"), url))
    if case.state in SETTLED:
        url = reverse("desk:city_events:result", args=[case.number])
        links.append((gettext("处置回执（PDF）"), url))
    return links


def _sections(panels: Sequence[Panel]) -> list[tuple[str, list[tuple[int, str]]]]:
    """The panels as lines for the dossier: what reporters said, and why rules decided."""
    found: list[tuple[str, list[tuple[int, str]]]] = []
    for panel in panels:
        lines: list[tuple[int, str]] = []
        for item in panel.context.get("reports", ()):
            at = moment_text(item["report"].received_at)
            who = item["contact"]
            said = " ".join(filter(None, [who.name, who.phone, who.email])) if who else ""
            lines.append((0, " · ".join(filter(None, [item["channel"], at, said]))))
            lines += [(1, item["text"])] if item["text"] else []
        lines += [(0, str(line)) for line in panel.context.get("manual", ())]
        for told in panel.context.get("decisions", ()):
            lines.append((0, f"{told.outcome}（{told.rule}，{moment_text(told.at)}）"))
            marks = {"true": "符合", "false": "不符合", "unknown": "未知"}
            lines += [(1 + n.level, f"[{marks[n.truth]}] {n.text} {n.basis}") for n in told.lines]
        if lines:  # what only the page shows has none
            found.append((panel.title, lines))
    return found


def fields(need: Need, look: Look, data: Mapping[str, Any]) -> forms.Field | None:
    """Fields for type and standard; the standards follow the chosen type."""
    if need.kind == "member":
        return beside.member_field(need, look, data)
    if need.kind == "referral":
        return referral_field(need, look)
    if need.kind not in ("type", "standard"):
        return None
    catalogue = catalogue_version(look.case.catalogue_id)
    chosen = str(data.get("type") or look.case.type_key)
    if need.kind == "type":
        said = look.case.data.get("recognition") or {}
        meant = guesses(said.get("guesses", ()), look.case.catalogue_id)
        return type_field(catalogue, look.case.type_key, gettext(need.label), meant)
    kind = catalogue.by_key.get(chosen)
    found = kind.standards if kind else ()
    if not found:
        return forms.CharField(required=False, widget=forms.HiddenInput)
    choices = [(s.code, f"{s.filing}（{s.wording}）") for s in found]
    initial = look.case.data.get("standard") or (choices[0][0] if len(choices) == 1 else None)
    return forms.ChoiceField(
        label=gettext(need.label),
        choices=choices,
        required=need.required,
        initial=initial,
        widget=forms.RadioSelect,
    )


def referral_field(need: Need, look: Look) -> forms.ChoiceField:
    """The channels in force by reason (1 statement)."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for one in referrals.in_force(look.now):
        name = " ".join(filter(None, (referrals.name_of(one), one.phone)))
        groups.setdefault(gettext(_REASONS[one.reason]), []).append((one.key, name))
    return forms.ChoiceField(
        label=gettext(need.label),
        help_text=gettext(need.hint),
        choices=[NONE, *groups.items()],
        required=need.required,
    )


def type_field(
    catalogue: Catalogue, initial: str, label: str, meant: Sequence[Guess] = ()
) -> forms.ChoiceField:
    """A select of all types by main class, those that the words were recognised as before them."""
    first = [(key, f"{name}（{gettext('把握')} {sure}）") for key, name, sure in meant]
    return forms.ChoiceField(
        label=label,
        choices=[
            NONE,
            *([(gettext("自动识别推荐"), first)] if first else []),
            *grouped_types(catalogue),
        ],
        required=False,
        initial=initial,
        widget=forms.Select(attrs=LOOK),
    )


def suggest_units(look: Look) -> list[tuple[int, str]]:
    """The responsible unit with the reason first, then others with its function up the path."""
    registers = city(look.numbers)
    case = look.case
    kind = catalogue_version(case.catalogue_id).by_key.get(case.type_key)
    if kind is None:
        return []
    found, why = responsible_unit(case, registers, look.now)
    busy = {look.case.unit_id, *(a.unit_id for a in case.duties(roles.CO))}
    taken = busy if case.state in JOINED else set()  # they have the case: others are to join
    suggested: dict[int, str] = {}
    if found is not None and found not in taken:
        steps = "；".join(str(line).rstrip("。") for line in why)
        suggested[found] = gettext("按职责推荐：%(why)s") % {"why": steps}
    near = [
        unit
        for unit in registers.register.units(function=kind.function)
        if within(case.managed_path, unit.managed_path) and unit.id not in taken
    ]
    for unit in sorted(near, key=lambda unit: (-unit.managed_path.count("/"), unit.code))[:5]:
        suggested.setdefault(unit.id, gettext("承担同一职责"))
    away = registers.absences.at(look.now)
    burdens = loads(suggested, look.now)
    return [
        (unit, "；".join([why, burdens[unit].text, *([away[unit].text] if unit in away else [])]))
        for unit, why in suggested.items()
    ]


DESK = DeskSystem(
    system=SYSTEM,
    label="城市事件",
    steps=STEPS,
    standing={"suspend": "handle"},
    answers=beside.ANSWERS,
    main_clock="handling",
    clock_labels=CLOCKS,
    types=types,
    view=view,
    fields=fields,
    suggest_units=suggest_units,
    families=scenarios.families,
    advance=moves.advance,
    advance_batch=moves.advance_batch,
    told=beside.told,
    urls="yishi.systems.city_events.urls",
    batch={roles.MAIN: ("sign",), roles.DISPATCH: ("dispatch", "forward")},
    hidden_moves=frozenset({"receive", "merge_report", "unmerge_report", "join_case", "exclude"}),
)
