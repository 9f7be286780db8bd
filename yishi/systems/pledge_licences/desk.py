"""What officers see of a licence by pledge, and its moves at the desk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.lifecycle import Need
from yishi.foundation.cases.state import CaseState
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.desk import CaseView, DeskSystem, Grouped, Look, Panel
from yishi.foundation.ui.parts import Fact
from yishi.systems.pledge_licences import states as s
from yishi.systems.pledge_licences.catalogue import version
from yishi.systems.pledge_licences.catalogue.model import RISKS, Book, Licence
from yishi.systems.pledge_licences.context import city
from yishi.systems.pledge_licences.models import Check
from yishi.systems.pledge_licences.portal import looked, shown
from yishi.systems.pledge_licences.services import checking, leaving, screening, signing, texts
from yishi.systems.pledge_licences.services.beginning import pledge_of, unseal
from yishi.systems.pledge_licences.sight import seen

#: Moves that have a page of their own, or are made by the system or the holder only.
HIDDEN = frozenset(
    {"receive", "screen_pass", "screen_closed", "offer", "sign", "find_met", "find_not_met"}
    | {"find_false", "find_still_not_met", "ask_exception", "report_rectified", "deliver"}
    | {"supply", "give_up", "withdraw", "to_ordinary"}
)
_Verb = Callable[[Actor, str, Mapping[str, Any], datetime], CaseState]
_VERBS: Mapping[str, _Verb] = {
    "receipt": lambda a, n, raw, now: checking.receipt(a, n, now),
    "decide": lambda a, n, raw, now: signing.decide(a, n, now),
    "refuse_false": leaving.refuse_false,
    "keep": lambda a, n, raw, now: checking.keep(a, n, _note(raw), now),
    "revoke": lambda a, n, raw, now: checking.revoke(a, n, _note(raw), now),
    "revoke_after_review": lambda a, n, raw, now: checking.revoke(a, n, _note(raw), now),
    "cancel": lambda a, n, raw, now: checking.cancel(a, n, now, note=_note(raw)),
    "screen": lambda a, n, raw, now: screening.screen(a, n, now),
}


def _note(raw: Mapping[str, Any]) -> str:
    return str(raw.get("note") or "")


def advance(
    actor: Actor,
    number: str,
    move: str,
    raw: Mapping[str, Any],
    now: datetime,
    *,
    expected_version: int | None = None,
) -> CaseState:
    """Make *move*; see `yishi.foundation.cases.advance.advance`."""
    verb = _VERBS.get(move)
    if verb is None:
        raise FieldError("move", "没有这个步骤", "unknown")
    case = seen(actor, number)
    if expected_version is not None and case.version != expected_version:
        raise MoveRefused("version", "案件刚被他人办理，请查看最新状态后再试", case)
    return verb(actor, number, raw, now)


def advance_batch(
    actor: Actor, ids: Sequence[int], move: str, now: datetime
) -> tuple[list[CaseState], list[MoveRefused]]:
    """No move of this system is made on many cases at once."""
    raise FieldError("move", "此步骤不能批量办理", "unknown")


def types(numbers: Mapping[str, int], now: datetime) -> Grouped:
    """The licences in force by department, for the filter of lists."""
    try:
        _number, book = city(numbers).list_at(now)
    except FieldError:
        return []
    groups: dict[str, list[tuple[str, str]]] = {}
    for one in book.licences.values():
        groups.setdefault(one.department, []).append((one.key, one.name))
    return [(name, tuple(found)) for name, found in groups.items()]


def view(look: Look) -> CaseView:
    """Facts, screening with its reasons, what was signed, what checks found."""
    case = look.case
    book: Book = version(case.catalogue_id)
    licence = book.licences[case.type_key]
    checks = looked.checks_of(look.actor, case, licence, at_desk=True)
    panels = [
        Panel(
            "checks",
            gettext("核查"),
            "pledge_licences/desk/checks_panel.html",
            _checks(look, checks),
        ),
        Panel(
            "screening",
            gettext("信用筛查"),
            "pledge_licences/desk/screening_panel.html",
            {"screening": shown.screening_of(case)},
        ),
    ]
    if case.data.get("shown"):
        panels.append(_texts(case))
    return CaseView(facts=_facts(look, licence, book), panels=panels)


def _checks(look: Look, checks: list[dict[str, Any]]) -> dict[str, Any]:
    unit = look.case.data.get("regulator")
    mine = any(g.role in (s.REGULATOR, s.HEAD) and g.unit_id == unit for g in look.actor.grants)
    open_one = Check.objects.visible_to(look.actor).filter(case_id=look.case.id, state=Check.OPEN)
    url = ""
    if mine and open_one.exists():
        url = reverse("desk:pledge_licences:check", args=[look.case.number])
    return {"checks": checks, "record": url}


def _texts(case: CaseState) -> Panel:
    kept = texts.kept(case, pledge_of(case))
    context = {"notice": kept.notice, "pledge": kept.pledge, "hash": kept.hash}
    title = gettext("告知书和承诺书")
    return Panel("texts", title, "pledge_licences/desk/texts_panel.html", context)


def _facts(look: Look, licence: Licence, book: Book) -> list[Fact]:
    case = look.case
    pledge = pledge_of(case)
    values = unseal(pledge)
    level = book.supervision.levels.get(case.data.get("level", ""))
    trade = book.trades.get(case.data.get("trade") or "")
    reasons = "；".join(str(line) for line in case.data.get("dispatch_reason") or ())
    rows = [
        Fact(gettext("许可事项"), licence.name, hint=gettext(RISKS[licence.risk])),
        Fact(gettext("申请人"), pledge.holder.name),
        Fact(gettext("经营场所"), values.get("premises_address", "—")),
        Fact(gettext("区域"), look.register.label(case.managed_path)),
        Fact(gettext("审批机关"), _unit(look, case.unit_id), hint=reasons),
        Fact(gettext("监管部门"), _unit(look, case.data.get("regulator"))),
    ]
    more = (
        (gettext("行业"), trade.name if trade else ""),
        (gettext("证照编号"), case.data.get("licence_no", "")),
        (gettext("有效期至"), case.data.get("valid_to", "")),
        (gettext("监管强度"), level.name if level else ""),
        (gettext("整改期限"), case.data.get("rectify_by", "")),
        (gettext("普通程序办件"), case.data.get("item_number", "")),
        (gettext("不得再次申请至"), case.data.get("bar_until", "")),
    )
    return rows + [Fact(label, str(value)) for label, value in more if value]


def _unit(look: Look, unit: int | None) -> str:
    return look.register.unit(unit).name if unit else "—"


def fields(need: Need, look: Look, data: Mapping[str, Any]) -> forms.Field | None:
    """The moves at the desk ask for nothing that only this system knows."""
    return None


def suggest_units(look: Look) -> list[tuple[int, str]]:
    """No move asks for a unit."""
    return []


DESK = DeskSystem(
    system=s.SYSTEM,
    label="承诺即入",
    steps=("apply", "promise", "grant", "check", "done"),
    main_clock=s.CHECK_CLOCK,
    clock_labels=s.CLOCKS,
    types=types,
    view=view,
    fields=fields,
    suggest_units=suggest_units,
    advance=advance,
    advance_batch=advance_batch,
    urls="yishi.systems.pledge_licences.pages.urls",
    hidden_moves=HIDDEN,
    standing={"rectify": "check", "revoke": "check", "ended": "done", "left": "apply"},
)
