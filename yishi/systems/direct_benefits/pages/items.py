"""Items as officers find them: the list with filters, and one with text, rule, runs and money."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, Q, Sum
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yishi.foundation.access.actors import Actor
from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.officer import actor_of, render_desk, role_only, shell_of
from yishi.foundation.ui.parts import Fact
from yishi.systems.direct_benefits import states as s
from yishi.systems.direct_benefits.models import Batch, Payout
from yishi.systems.direct_benefits.pages import common
from yishi.systems.direct_benefits.policies import book
from yishi.systems.direct_benefits.policies import words as w
from yishi.systems.direct_benefits.policies.model import BenefitItem
from yishi.systems.direct_benefits.runs.models import Run
from yishi.systems.direct_benefits.studio import reading, saying, seams
from yishi.systems.direct_benefits.studio.models import Ending, ItemDraft
from yishi.systems.direct_benefits.studio.vocabulary import Vocabulary


@require_safe
@role_only(*common.READERS)
def items(request: HttpRequest) -> HttpResponseBase:
    """The items, found by word, department, mode, kind and whether they are in force."""
    register = seams.places(shell_of(request).numbers)
    departments = seams.department_choices(register)
    asked = {
        name: request.GET.get(name, "")[:60] for name in ("q", "unit", "mode", "kind", "state")
    }
    found = _found(asked)
    page = common.whole(request.GET.get("page"), 10_000)
    run = Run.objects.filter(kind=Run.Kind.WHOLE).order_by("-started_at").first()
    counts: Mapping[str, Any] = run.counts if run else {}
    names = dict(departments)
    start, words = page * common.PAGE, seams.vocabulary()
    context = {
        "rows": [_row(one, counts, names, words) for one in found[start : start + common.PAGE]],
        "total": len(found),
        "asked": asked,
        "departments": departments,
        "modes": w.MODES.items(),
        "kinds": w.KINDS.items(),
        "states": [
            ("", _("现行")),
            ("coming", _("即将生效")),
            ("over", _("已失效")),
            ("all", _("全部")),
        ],
        "page": page,
        "more": start + common.PAGE < len(found),
        "may_edit": actor_of(request).has(s.POLICY),
        "run": run,
    }
    return render_desk(request, "benefit_studio/desk/items.html", context, fragment="results")


def _found(asked: Mapping[str, str]) -> list[BenefitItem]:
    """The newest version of each item that the filters let through."""
    today = timezone.localdate()
    newest: dict[str, BenefitItem] = {}
    for one in book.shelf().items:  # oldest version first
        if asked["state"] == "" and not one.holds(today):
            continue
        newest[one.key] = one
    if asked["state"] in ("coming", "over"):
        newest = {k: one for k, one in newest.items() if _state(one) == asked["state"]}
    word = asked["q"].strip().lower()
    return [
        one
        for one in newest.values()
        if (not word or word in _text(one))
        and (not asked["unit"] or one.department == asked["unit"])
        and (not asked["mode"] or one.mode == asked["mode"])
        and (not asked["kind"] or one.kind == asked["kind"])
    ]


def _state(item: BenefitItem) -> str:
    today = timezone.localdate()
    if item.holds(today):
        return "now"
    begins = item.effective_from
    return "coming" if begins is not None and begins > today else "over"


def _text(item: BenefitItem) -> str:
    policy = item.policy_text
    parts = [item.name, item.key, *item.audience]
    parts += [policy.title, policy.number] if policy else []
    return " ".join(parts).lower()


def _row(
    item: BenefitItem, counts: Mapping[str, Any], names: Mapping[str, str], words: Vocabulary
) -> dict[str, Any]:
    count = counts.get(item.key) or {}
    state = _state(item)
    return {
        "item": item,
        "url": reverse("desk:direct_benefits:item", args=[item.key]),
        "unit": names.get(item.department, item.department),
        "mode": w.MODES.get(item.mode, item.mode),
        "kind": w.KINDS.get(item.kind, item.kind),
        "policy": item.policy_text.title if item.policy_text else item.policy,
        "true": count.get("true"),
        "total": common.short_yuan(count["fen"]) if count.get("fen") else "",
        "unknown": count.get("unknown"),
        "refused": bool(count.get("refused")),
        "state": {"coming": _("即将生效"), "over": _("已失效")}.get(state, ""),
        "amount": saying.amount(item.content.get("amount"), words)
        if item.content.get("amount")
        else item.right,
    }


@require_safe
@role_only(*common.READERS)
def item(request: HttpRequest, key: str) -> HttpResponseBase:
    """One item: what it says, who gets it by the last run, its batches and its money."""
    versions = book.versions(key)
    if not versions:
        raise PageError(404, _("没有这个事项"), back=reverse("desk:direct_benefits:items"))
    actor, today = actor_of(request), timezone.localdate()
    shown = next((one for one in reversed(versions) if one.holds(today)), versions[-1])
    words, register = seams.vocabulary(), seams.places(shell_of(request).numbers)
    draft = ItemDraft.objects.filter(key=key, state__in=["draft", "asked", "returned"]).first()
    context = {
        "item": shown,
        "title": shown.name,
        "state": {"coming": _("即将生效"), "over": _("已失效")}.get(_state(shown), _("现行")),
        "tone": "good" if _state(shown) == "now" else "neutral",
        "parts": reading.parts(shown.content, words, register),
        "conditions": [text for _key, text in saying.entries(shown.content.get("when"), words)],
        "policy": shown.policy_text,
        "clauses": _clauses(shown),
        "versions": [_version(one) for one in reversed(versions)],
        "run": _run(key),
        "batches": _batches(key, actor) if actor.has(*common.WORKERS) else [],
        "money": _money(key, actor) if actor.has(*common.WORKERS) else [],
        "draft": draft,
        "ending": Ending.objects.filter(key=key, state=Ending.ASKED).first(),
        "endings": Ending.KINDS,
        "may_edit": actor.has(s.POLICY),
        "may_end": actor.has(s.POLICY) and _state(shown) != "over",
        "in_studio": actor.has(s.POLICY, s.REVIEWER, s.OFFICER),
        "today": today.isoformat(),
        "back": reverse("desk:direct_benefits:items"),
    }
    return render_desk(request, "benefit_studio/desk/item.html", context)


def _clauses(shown: BenefitItem) -> list[tuple[str, str, bool]]:
    """The document's text, the item's own clause marked."""
    policy = shown.policy_text
    if policy is None:
        return []
    return [(clause, says, clause == shown.clause) for clause, says in policy.text]


def _version(one: BenefitItem) -> dict[str, Any]:
    return {"item": one, "now": one.holds(timezone.localdate())}


def _run(key: str) -> dict[str, Any] | None:
    """What the newest run that had the item says of it (1 statement)."""
    run = (
        Run.objects.filter(kind=Run.Kind.WHOLE, items__has_key=key).order_by("-started_at").first()
    )
    if run is None:
        return None
    count = run.counts.get(key) or {}
    return {
        "run": run,
        "url": reverse("desk:direct_benefits:run-item", args=[run.number, key]),
        "true": count.get("true", 0),
        "unknown": count.get("unknown", 0),
        "false": count.get("false", 0),
        "total": common.yuan(count["fen"]) if count.get("fen") else "",
    }


def _batches(key: str, actor: Actor) -> list[dict[str, Any]]:
    from yishi.systems.direct_benefits.pages.batches import shown

    rows = Batch.objects.visible_to(actor).filter(item_key=key)
    return [shown(one) for one in rows.select_related("unit").order_by("-pk")[:20]]


def _money(key: str, actor: Actor) -> list[Fact]:
    rows = Payout.objects.unscoped("sums of the batches in sight").filter(
        item_key=key, batch__in=Batch.objects.visible_to(actor)
    )
    found = rows.aggregate(
        parties=Count("pk", filter=Q(paid_fen__gt=0)),
        paid=Sum("paid_fen"),
        coming=Sum("amount_fen", filter=Q(state__in=sorted(s.OPEN | {"paying", "returned"}))),
    )
    if not found["parties"] and not found["coming"]:
        return []
    return [
        Fact(_("已兑现企业"), _("%(n)d 家") % {"n": found["parties"]}),
        Fact(_("已到账"), common.yuan(found["paid"] or 0)),
        Fact(_("办理中"), common.yuan(found["coming"] or 0)),
    ]
