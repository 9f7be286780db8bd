"""A payout at the desk: its facts, objections and clawbacks, and its moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.lifecycle import Need
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.state import CaseState
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.desk import CaseView, DeskSystem, Grouped, Look, Panel
from yishi.foundation.ui.parts import Fact
from yishi.systems.direct_benefits import states as s
from yishi.systems.direct_benefits.context import day_of
from yishi.systems.direct_benefits.lifecycle import LIFECYCLE
from yishi.systems.direct_benefits.models import Payout
from yishi.systems.direct_benefits.pages import common
from yishi.systems.direct_benefits.payments import accounts, orders
from yishi.systems.direct_benefits.policies import book
from yishi.systems.direct_benefits.runs.models import Run
from yishi.systems.direct_benefits.runs.periods import period_text
from yishi.systems.direct_benefits.services import advancing, listing

#: Moves with a page of their own, or that only the batch, the bank or the party makes.
HIDDEN = frozenset(LIFECYCLE.moves) - (frozenset(advancing.VERBS) - {"decline", "claw_drop"})


def advance_batch(
    actor: Actor, ids: Sequence[int], move: str, now: datetime
) -> tuple[list[CaseState], list[MoveRefused]]:
    """Confirm many payouts from the work list, batch by batch."""
    if move != "confirm":
        raise FieldError("move", "此步骤不能批量办理", "unknown")
    rows = Payout.objects.visible_to(actor).filter(case_id__in=ids).select_related("batch")
    groups: dict[str, list[Payout]] = {}
    for one in rows.order_by("batch_id", "pk"):
        groups.setdefault(one.batch.number, []).append(one)
    done: list[CaseState] = []
    refused: list[MoveRefused] = []
    for number, payouts in groups.items():
        cases = [one.case_id for one in payouts]
        try:
            listing.confirm(actor, number, [one.pk for one in payouts], now)
            done += load_states(cases)
        except FieldError as error:
            refused += [MoveRefused("guard", error.message, one) for one in load_states(cases)]
        except MoveRefused as error:
            refused.append(error)
    return done, refused


def types(numbers: Mapping[str, int], now: datetime) -> Grouped:
    """The items in force by department, for the filter of lists."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for one in book.shelf_at(numbers).items_on(day_of(now)):
        groups.setdefault(one.policy_text.issuer if one.policy_text else "", []).append(
            (one.key, one.name)
        )
    return [(name, tuple(found)) for name, found in groups.items()]


def view(look: Look) -> CaseView:
    """What is known of a payout: whose, how much and why, its account, its payments."""
    payout = (
        Payout.objects.visible_to(look.actor)
        .filter(case_id=look.case.id)
        .select_related("party", "batch__unit", "case")
        .first()
    )
    if payout is None:
        return CaseView()
    context = {
        "account": _account(payout, look),
        "lines": _lines(payout),
        "objections": [
            {
                "row": one,
                "url": reverse("desk:direct_benefits:objection", args=[one.number]),
            }
            for one in payout.objections.unscoped("of a payout in sight").order_by("raised_at")
        ],
        "clawbacks": [
            {
                "row": one,
                "amount": common.yuan(one.amount_fen),
                "url": reverse("desk:direct_benefits:clawback", args=[one.number]),
            }
            for one in payout.clawbacks.unscoped("of a payout in sight").order_by("noticed_at")
        ],
        "is_officer": look.actor.has(s.OFFICER),
        "claw_url": _claw_url(payout, look.actor),
    }
    panel = Panel("payout", _("兑现"), "benefit_studio/desk/payout_panel.html", context)
    return CaseView(facts=_facts(payout, look), panels=[panel])


def _claw_url(payout: Payout, actor: Actor) -> str:
    mine = any(g.role == s.OFFICER and g.unit_id == payout.batch.unit_id for g in actor.grants)
    if mine and payout.state in ("paid", "done"):
        return reverse("desk:direct_benefits:clawback-new", args=[payout.case.number])
    return ""


def _facts(payout: Payout, look: Look) -> list[Fact]:
    from yishi.systems.direct_benefits.pages.payout_rows import codes_of

    batch = payout.batch
    code = codes_of([payout.party_id]).get(payout.party_id, "")
    why = ""
    if batch.run_id and code and look.actor.has(*common.LOOKERS):
        run = Run.objects.filter(pk=batch.run_id).only("number").first()
        if run is not None:
            query = f"?item={payout.item_key}&code={code}"
            why = reverse("desk:direct_benefits:why", args=[run.number]) + query
    rows = [
        Fact(_("企业"), payout.party.name, hint=code),
        Fact(_("事项"), batch.item_name, url=_item_url(payout.item_key)),
        Fact(_("批次"), batch.number, url=_batch_url(batch.number)),
        Fact(_("所属期"), period_text(batch.period)),
        Fact(
            _("按规则"),
            common.yuan(payout.award_fen),
            url=why,
            hint=_("点开看每个条件的依据") if why else "",
        ),
        Fact(_("核定"), common.yuan(payout.amount_fen)),
        Fact(_("已到账"), common.yuan(payout.paid_fen)),
    ]
    if payout.source == "added":
        rows.append(Fact(_("来源"), _("部门增补")))
    if payout.reason:
        rows.append(Fact(_("原因"), payout.reason))
    names = {"city": _("市级"), "county": _("县（市、区）")}
    shares = [
        f"{names.get(who, who)} {common.yuan(fen)}" for who, fen in (payout.shares or {}).items()
    ]
    if shares:
        rows.append(Fact(_("分担"), "，".join(shares)))
    return rows


def _item_url(key: str) -> str:
    return reverse("desk:direct_benefits:item", args=[key])


def _batch_url(number: str) -> str:
    return reverse("desk:direct_benefits:batch", args=[number])


def _account(payout: Payout, look: Look) -> Any:
    """The account that is paid to, its number masked; None where there is none yet."""
    if payout.account_id is None or not look.actor.has(*common.WORKERS):
        return None
    from yishi.systems.direct_benefits.payments.models import PayeeAccount

    row = PayeeAccount.objects.filter(pk=payout.account_id).select_related("party").first()
    return accounts.shown(row) if row is not None else None


def _lines(payout: Payout) -> list[dict[str, Any]]:
    """The payments of this payout, oldest first."""
    from yishi.systems.direct_benefits.ports.orders import ABOUT

    return [
        {"line": one, "amount": common.yuan(one.amount_fen), "state": one.get_state_display()}
        for one in orders.history(ABOUT, payout.pk)
    ]


def fields(need: Need, look: Look, data: Mapping[str, Any]) -> forms.Field | None:
    """The moves at the desk ask for nothing that only this system knows."""
    return None


def suggest_units(look: Look) -> list[tuple[int, str]]:
    """No move asks for a unit."""
    return []


DESK = DeskSystem(
    system=s.SYSTEM,
    label="无申请兑现",
    steps=("list", "notice", "funds", "paid"),
    main_clock=s.OBJECTION_CLOCK,
    clock_labels=s.CLOCKS,
    types=types,
    view=view,
    fields=fields,
    suggest_units=suggest_units,
    advance=advancing.advance,
    advance_batch=advance_batch,
    urls="yishi.systems.direct_benefits.pages.urls",
    batch={s.CONFIRM: ("confirm",)},
    hidden_moves=HIDDEN,
    standing={"recover": "paid", "left": "list"},
)
