"""Where direct benefits stand: what waits for whom, and the money of the year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, Sum
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yishi.foundation.access.actors import Actor
from yishi.foundation.ui.officer import actor_of, render_desk, role_only
from yishi.systems.direct_benefits import states as s
from yishi.systems.direct_benefits.models import Batch, Clawback, Objection, Payout
from yishi.systems.direct_benefits.pages import common
from yishi.systems.direct_benefits.pages.batches import waiting
from yishi.systems.direct_benefits.policies import book
from yishi.systems.direct_benefits.runs.models import Run, UnknownTask
from yishi.systems.direct_benefits.studio.models import Ending, ItemDraft


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits: how many, where, and in what tone."""

    label: str
    count: int
    url: str
    hint: str = ""


@require_safe
@role_only(*common.READERS)
def overview(request: HttpRequest) -> HttpResponseBase:
    """What waits for the officer first, then the year (at most 7 statements)."""
    actor, now = actor_of(request), timezone.now()
    run = Run.objects.select_related("snapshot").order_by("-started_at").first()
    works = actor.has(*common.WORKERS)
    context = {
        "waiting": [one for one in _waiting(actor, now) if one.count],
        "run": run,
        "run_url": reverse("desk:direct_benefits:run", args=[run.number]) if run else "",
        "simulated": bool(run and run.snapshot.simulated),
        "in_force": len(book.items_on(timezone.localdate())),
        "year": timezone.localtime(now).year,
        "money": _money(actor, now) if works else None,
        "steps": _steps(actor) if works else [],
    }
    return render_desk(request, "benefit_studio/desk/overview.html", context)


def _waiting(actor: Actor, now: datetime) -> list[Waiting]:
    found: list[Waiting] = []
    if actor.has(s.REVIEWER):
        drafts = ItemDraft.objects.filter(state=ItemDraft.ASKED).exclude(author=actor.ref).count()
        endings = Ending.objects.filter(state=Ending.ASKED).exclude(author=actor.ref).count()
        studio = reverse("desk:benefit_studio:studio")
        found.append(Waiting(_("待复核的政策事项"), drafts + endings, studio))
    if actor.has(s.POLICY):
        mine = ItemDraft.objects.filter(state=ItemDraft.RETURNED, author=actor.ref).count()
        studio = reverse("desk:benefit_studio:studio")
        found.append(Waiting(_("被退回的编制稿"), mine, studio))
    if actor.has(s.OFFICER):
        found += _officers(actor, now)
    elif actor.has(s.MAKER, s.CHECKER):
        found += _finance(actor)
    found.append(_unknown(actor))
    return found


def _officers(actor: Actor, now: datetime) -> list[Waiting]:
    units = [g.unit_id for g in actor.grants if g.role == s.OFFICER and g.unit_id]
    mine = Payout.objects.unscoped("counts of the officer's own batches").filter(
        batch__unit_id__in=units
    )
    counts = mine.aggregate(
        listed=Count("pk", filter=Q(state="listed")),
        held=Count("pk", filter=Q(state="held")),
        over=Count("pk", filter=Q(state="noticed", batch__notice_until__lt=now)),
        returned=Count("pk", filter=Q(state="returned")),
    )
    batches = reverse("desk:direct_benefits:batches")
    fresh = waiting(actor).count()
    objections = Objection.objects.unscoped("counts of the officer's own batches").filter(
        payout__batch__unit_id__in=units, state=Objection.OPEN
    )
    claws = Clawback.objects.unscoped("counts of the officer's own batches").filter(
        payout__batch__unit_id__in=units, state=Clawback.NOTICED
    )
    return [
        Waiting(_("待列入批次的企业"), fresh, batches, _("筛选出来、还没有开批次")),
        Waiting(_("待部门确认"), counts["listed"], f"{batches}?state=listed"),
        Waiting(_("账户或信用待核实"), counts["held"], batches, _("没有可用账户或信用有疑问")),
        Waiting(
            _("公示期满待申请资金"), counts["over"], f"{batches}?state=noticed", _("公示已满无异议")
        ),
        Waiting(_("退票待重付"), counts["returned"], batches),
        Waiting(_("公示异议"), objections.count(), reverse("desk:direct_benefits:objections")),
        Waiting(_("追回待决定"), claws.count(), reverse("desk:direct_benefits:clawbacks")),
    ]


def _finance(actor: Actor) -> list[Waiting]:
    rows = Batch.objects.visible_to(actor)
    payouts = Payout.objects.unscoped("finance sees what every department asks for").filter(
        batch__in=rows
    )
    counts = payouts.aggregate(
        asked=Count("pk", filter=Q(state="funds_asked")),
        returned=Count("pk", filter=Q(state="returned")),
    )
    batches = reverse("desk:direct_benefits:batches")
    return [
        Waiting(_("待生成支付指令"), counts["asked"], f"{batches}?state=funds_asked"),
        Waiting(_("退票待重付"), counts["returned"], batches),
    ]


def _unknown(actor: Actor) -> Waiting:
    tasks = UnknownTask.objects.visible_to(actor).filter(state=UnknownTask.State.OPEN)
    url = reverse("desk:direct_benefits:unknown")
    return Waiting(_("待核实数据"), tasks.count(), url, _("因数据缺失或过期无法判定"))


def _money(actor: Actor, now: datetime) -> dict[str, Any]:
    """The year so far over the batches in sight (1 statement)."""
    start = timezone.localtime(now).replace(month=1, day=1, hour=0, minute=0, second=0)
    rows = Payout.objects.unscoped("sums of the batches in sight").filter(
        batch__in=Batch.objects.visible_to(actor)
    )
    found = rows.aggregate(
        paid=Sum("paid_fen", filter=Q(paid_at__gte=start, state__in=["paid", "done"])),
        parties=Count("party", filter=Q(paid_at__gte=start), distinct=True),
        coming=Sum("amount_fen", filter=Q(state__in=sorted(s.OPEN | {"paying", "returned"}))),
    )
    return {
        "paid": common.short_yuan(found["paid"] or 0),
        "parties": found["parties"],
        "coming": common.short_yuan(found["coming"] or 0),
    }


def _steps(actor: Actor) -> list[dict[str, Any]]:
    """Batches in sight by what they have reached (1 statement)."""
    rows = Batch.objects.visible_to(actor).values("state").annotate(n=Count("pk"))
    counts = {one["state"]: one["n"] for one in rows.order_by("state")}
    address = reverse("desk:direct_benefits:batches")
    return [
        {"label": _(label), "count": counts.get(key, 0), "url": f"{address}?state={key}"}
        for key, label in s.BATCH_STATES.items()
    ]
