"""Why or why not: any enterprise and item of a run, and one enterprise with every item."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yishi.foundation.audit.access_log import look
from yishi.foundation.rulebook.facts import FactType
from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.officer import actor_of, render_desk, role_only
from yishi.systems.direct_benefits.pages import common
from yishi.systems.direct_benefits.pages.run_views import name_of, run_of
from yishi.systems.direct_benefits.runs import answers
from yishi.systems.direct_benefits.runs.answers import ItemAnswer
from yishi.systems.direct_benefits.runs.models import Run
from yishi.systems.direct_benefits.studio import population
from yishi.systems.direct_benefits.studio.trying import gap_text

TONES = {"true": "good", "unknown": "warn", "false": "neutral"}


def truth_name(truth: str) -> str:
    """An outcome in words."""
    words = {"true": _("符合"), "unknown": _("无法判定"), "false": _("不符合")}
    return words.get(truth, truth)


@require_safe
@role_only(*common.LOOKERS)
def why(request: HttpRequest, number: str) -> HttpResponseBase:
    """Search an enterprise of a run, and see why it gets an item or not."""
    run = run_of(number)
    code, key = request.GET.get("code", "").strip()[:18], request.GET.get("item", "")[:120]
    q = request.GET.get("q", "").strip()[:60]
    context: dict[str, Any] = {
        "run": run,
        "title": _("为什么"),
        "q": q or code,
        "key": key,
        "item_name": name_of(run, key) if key in (run.items or {}) else "",
        "back": reverse("desk:direct_benefits:run", args=[number]),
    }
    if code and key in (run.items or {}):
        answer = _answer(request, run, key, code)
        context |= {
            "answer": shown(answer),
            "code": code,
            "name": _name(run, code),
        }
        context["party_url"] = reverse("desk:direct_benefits:party", args=[code])
    elif q:
        query = f"item={key}&" if key else ""
        context["found"] = [
            {
                "code": one,
                "name": name,
                "url": f"{request.path}?{query}code={one}"
                if key
                else reverse("desk:direct_benefits:party", args=[one]),
            }
            for one, name in population.find(run.snapshot, q)
        ]
    return render_desk(request, "benefit_studio/desk/why.html", context)


def _answer(request: HttpRequest, run: Run, key: str, code: str) -> ItemAnswer:
    try:
        found = answers.why(run, key, code)
    except LookupError as error:
        back = reverse("desk:direct_benefits:run", args=[run.number])
        raise PageError(404, _("这次筛选的快照里没有这家企业"), back=back) from error
    actor, now = actor_of(request), timezone.now()
    look(actor.ref, "benefit_facts", f"enterprise:{code}", "查看兑现筛选依据", now)
    return found


def _name(run: Run, code: str) -> str:
    return population.name_of(run.snapshot, code)


def _near(answer: ItemAnswer) -> str:
    """The one condition that stands in the way, and by how much."""
    if answer.near is None:
        return ""
    text = _("只差这一条：%(reason)s") % {"reason": answer.near.text}
    fact, gap = answer.near.fact, answer.near.gap
    if gap is None:
        return text
    scale = fact.scale if fact.type is FactType.DECIMAL else 0
    return f"{text}，{gap_text(fact, int(gap.scaleb(scale)))}"


def shown(answer: ItemAnswer) -> dict[str, Any]:
    """An answer as drawn: outcome, each condition with what was compared, what is just missed."""
    truth = str(answer.truth)
    return {
        "truth": truth_name(truth),
        "tone": TONES[truth],
        "amount": common.yuan(answer.amount_fen) if answer.amount_fen is not None else "",
        "reasons": [
            {"text": one.text, "source": one.source, "tone": _tone(str(one.truth))}
            for one in answer.reasons
        ],
        "near": _near(answer),
        "how": answer.item.how,
    }


def _tone(state: str) -> str:
    return {"true": "good", "false": "bad"}.get(state, "warn")


@require_safe
@role_only(*common.LOOKERS)
def party(request: HttpRequest, code: str) -> HttpResponseBase:
    """One enterprise against every item of the newest run."""
    run = (
        Run.objects.filter(kind=Run.Kind.WHOLE)
        .select_related("snapshot")
        .order_by("-started_at")
        .first()
    )
    back = reverse("desk:direct_benefits:runs")
    if run is None:
        raise PageError(404, _("还没有筛选过"), back=back)
    try:
        known = answers.about(run, code[:18])
    except LookupError as error:
        raise PageError(404, _("最近一次筛选的快照里没有这家企业"), back=back) from error
    found = known.items
    actor, now = actor_of(request), timezone.now()
    look(actor.ref, "benefit_facts", f"enterprise:{code[:18]}", "查看企业可享政策", now)
    groups: dict[str, list[dict[str, Any]]] = {"true": [], "near": [], "unknown": [], "false": []}
    for one in found:
        truth = str(one.truth)
        group = "near" if truth == "false" and one.near else truth
        query = f"?item={one.item_key}&code={code[:18]}"
        groups[group].append(
            {
                "name": one.item.name,
                "url": reverse("desk:direct_benefits:why", args=[run.number]) + query,
                **shown(one),
            }
        )
    labels = {
        "true": _("符合"),
        "near": _("只差一条"),
        "unknown": _("无法判定"),
        "false": _("不符合"),
    }
    total = sum(one.amount_fen or 0 for one in found if str(one.truth) == "true")
    context = {
        "run": run,
        "title": known.name,
        "code": code[:18],
        "groups": [(labels[key], key, rows) for key, rows in groups.items()],
        "total": common.yuan(total),
        "back": reverse("desk:direct_benefits:run", args=[run.number]),
    }
    return render_desk(request, "benefit_studio/desk/party.html", context)
