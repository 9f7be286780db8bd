"""Batches: the list, and where a new one is opened from the candidates of a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from yishi.foundation.access.actors import Actor
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.officer import actor_of, render_desk, role_only
from yishi.foundation.ui.parts import Tab
from yishi.systems.direct_benefits import states as s
from yishi.systems.direct_benefits.context import City, city
from yishi.systems.direct_benefits.models import Batch
from yishi.systems.direct_benefits.pages import common, names
from yishi.systems.direct_benefits.runs.models import Candidate, Run
from yishi.systems.direct_benefits.runs.periods import period_text
from yishi.systems.direct_benefits.services import opening

MOST_WAITING = 100


def seen_by(actor: Actor) -> QuerySet[Any]:
    """The batches that an officer sees."""
    rows: QuerySet[Any] = Batch.objects.visible_to(actor)
    return rows


def shown(batch: Batch) -> dict[str, Any]:
    """A batch as a row of a list."""
    counts: Mapping[str, int] = batch.counts or {}
    totals: Mapping[str, int] = batch.totals or {}
    live = [state for state in counts if state in s.LIVE]
    return {
        "batch": batch,
        "period_text": period_text(batch.period),
        "url": reverse("desk:direct_benefits:batch", args=[batch.number]),
        "state": common.batch_state_name(batch.state),
        "tone": common.TONES.get(batch.state, "neutral"),
        "parties": sum(counts[state] for state in live),
        "total": common.short_yuan(sum(totals.get(state, 0) for state in live)),
        "waiting": [
            (common.state_name(state), counts[state])
            for state in ("held", "suspended", "returned")
            if counts.get(state)
        ],
    }


@require_safe
@role_only(*common.WORKERS)
@common.answered
def batches(request: HttpRequest) -> HttpResponseBase:
    """The batches, newest first, and for an officer what could become one."""
    actor = actor_of(request)
    state, q = request.GET.get("state", ""), request.GET.get("q", "").strip()[:60]
    rows = seen_by(actor)
    if state in s.BATCH_STATES:
        rows = rows.filter(state=state)
    if q and "\x00" not in q:
        rows = rows.filter(Q(item_name__icontains=q) | Q(number__startswith=q) | Q(item_key=q))
    before = common.whole(request.GET.get("after"))
    if before:
        rows = rows.filter(pk__lt=before)
    found = list(rows.select_related("unit").order_by("-pk")[: common.PAGE + 1])
    context = {
        "rows": [shown(one) for one in found[: common.PAGE]],
        "next": found[common.PAGE - 1].pk if len(found) > common.PAGE else None,
        "first": reverse("desk:direct_benefits:batches") if before else "",
        "tabs": _tabs(state, q),
        "state": state,
        "q": q,
        "may_open": actor.has(s.OFFICER),
        "ready": ready(actor) if actor.has(s.OFFICER) and not before else [],
    }
    return render_desk(request, "benefit_studio/desk/batches.html", context, fragment="results")


def _tabs(state: str, q: str) -> list[Tab]:
    address = reverse("desk:direct_benefits:batches")
    query = f"&q={q}" if q else ""
    every = [("", _("全部")), *((key, _(label)) for key, label in s.BATCH_STATES.items())]
    return [Tab(label, f"{address}?state={key}{query}", None, key == state) for key, label in every]


def waiting(actor: Actor) -> QuerySet[Any]:
    """What came out TRUE and is in no batch yet, of the items that the officer answers for."""
    units = {g.unit_id for g in actor.grants if g.role == s.OFFICER}
    found, mine = city(), []
    answers: dict[str, int | None] = {}
    for key, one in names.items().items():
        if one.department not in answers:
            answers[one.department] = _unit(found, one.department)
        if answers[one.department] in units:
            mine.append(key)
    rows: QuerySet[Any] = Candidate.objects.visible_to(actor).filter(
        state=Candidate.State.NEW, item_key__in=mine
    )
    return rows


def _unit(found: City, department: str) -> int | None:
    try:
        return found.unit(department, found.places.root, timezone.now())
    except (FieldError, LookupError):
        return None


def ready(actor: Actor) -> list[dict[str, Any]]:
    """The same by item and period, where batches can be opened (2 statements)."""
    run = Run.objects.filter(kind=Run.Kind.WHOLE).order_by("-started_at").first()
    if run is None:
        return []
    groups = (
        waiting(actor)
        .values("item_key", "period")
        .annotate(parties=Count("pk"), fen=Sum("amount_fen"))
    )
    found = list(groups.order_by("-fen", "item_key")[:MOST_WAITING])
    items = names.items()
    return [
        {
            "key": one["item_key"],
            "name": names.of(items, one["item_key"]),
            "period": one["period"],
            "period_text": period_text(one["period"]),
            "parties": one["parties"],
            "total": common.short_yuan(one["fen"]) if one["fen"] is not None else "—",
            "run": run.pk,
        }
        for one in found
    ]


@require_POST
@role_only(s.OFFICER)
def open_batch(request: HttpRequest) -> HttpResponseBase:
    """Open a batch of one item and period."""
    post, back = request.POST, reverse("desk:direct_benefits:batches")
    try:
        made = opening.open_batch(
            actor_of(request),
            post.get("item", "")[:80],
            post.get("period", "")[:16].replace("\x00", ""),
            common.whole(post.get("run")),
            timezone.now(),
        )
    except FieldError as error:
        status = 409 if error.code == "nothing" else 400
        raise PageError(status, error.message, back=back) from error
    return HttpResponseRedirect(reverse("desk:direct_benefits:batch", args=[made.number]))
