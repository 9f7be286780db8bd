"""Screenings: the list, one with its figures, who came out of an item, and why or why not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from yishi.foundation.facts import snapshots
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook.rules import ParameterDeclaration
from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.officer import actor_of, render_desk, role_only
from yishi.foundation.ui.parts import Fact, Tab
from yishi.systems.direct_benefits import states as s
from yishi.systems.direct_benefits.pages import common
from yishi.systems.direct_benefits.policies import book, facts
from yishi.systems.direct_benefits.runs import answers, running
from yishi.systems.direct_benefits.runs.models import Run, UnknownTask

#: Who may start a screening.
STARTERS = (s.OFFICER, s.POLICY)
TRUTHS = ("true", "unknown", "false")


def run_of(number: str) -> Run:
    """The run *number*, or the 404 page."""
    found = None
    if "\x00" not in number:
        found = Run.objects.select_related("snapshot").filter(number=number).first()
    if found is None:
        raise PageError(404, _("没有这次筛选"), back=reverse("desk:direct_benefits:runs"))
    return found


@require_safe
@role_only(*common.READERS)
def runs(request: HttpRequest) -> HttpResponseBase:
    """The screenings, newest first, and for whoever may, starting one."""
    before = common.whole(request.GET.get("after"))
    rows = Run.objects.select_related("snapshot").order_by("-pk")
    if before:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: common.PAGE + 1])
    snapshot = snapshots.latest()
    context = {
        "rows": [_row(one) for one in found[: common.PAGE]],
        "next": found[common.PAGE - 1].pk if len(found) > common.PAGE else None,
        "first": request.path if before else "",
        "snapshot": snapshot,
        "may_start": actor_of(request).has(*STARTERS) and snapshot is not None,
        "today": timezone.localdate().isoformat(),
    }
    return render_desk(request, "benefit_studio/desk/runs.html", context, fragment="results")


def _row(run: Run) -> dict[str, Any]:
    counts: Mapping[str, Any] = run.counts or {}
    return {
        "run": run,
        "url": reverse("desk:direct_benefits:run", args=[run.number]),
        "true": sum(one.get("true", 0) for one in counts.values()),
        "total": common.short_yuan(sum(one.get("fen") or 0 for one in counts.values())),
        "items": len(run.items or {}),
    }


@require_POST
@role_only(*STARTERS)
def start(request: HttpRequest) -> HttpResponseBase:
    """Screen everybody of the latest snapshot on a day."""
    back = reverse("desk:direct_benefits:runs")
    try:
        day = date.fromisoformat(request.POST.get("on", "")[:10])
    except ValueError as error:
        message = _("筛选日期：请填写日期，形如 2026-01-31")
        raise PageError(400, message, back=back) from error
    snapshot = snapshots.latest()
    if snapshot is None:
        raise PageError(409, _("还没有企业数据快照"), back=back)
    try:
        made = running.run(timezone.now(), snapshot, day, actor=actor_of(request))
    except FieldError as error:
        raise PageError(400, error.message, back=back) from error
    messages.success(request, _("筛选完毕。"))
    return HttpResponseRedirect(reverse("desk:direct_benefits:run", args=[made.number]))


@require_safe
@role_only(*common.READERS)
def run(request: HttpRequest, number: str) -> HttpResponseBase:
    """One screening: what it was made from, every item's figures, what is unknown by source."""
    found = run_of(number)
    actor = actor_of(request)
    q = request.GET.get("q", "").strip()[:60]
    rows = _items(found, q)
    tasks = (
        UnknownTask.objects.visible_to(actor)
        .filter(run=found)
        .exclude(state=UnknownTask.State.CLOSED)
    )
    context = {
        "run": found,
        "title": _("筛选 %(number)s") % {"number": found.number},
        "facts": _facts(found),
        "rows": rows,
        "refused": [one for one in rows if one["refused"]],
        "q": q,
        "unknown": [
            {
                "task": one,
                "source": one.source.name,
                "url": reverse("desk:direct_benefits:unknown-task", args=[one.pk]),
            }
            for one in tasks.select_related("source").order_by("-pairs")[:30]
        ],
        "may_look": actor.has(*common.LOOKERS),
        "back": reverse("desk:direct_benefits:runs"),
    }
    return render_desk(request, "benefit_studio/desk/run.html", context, fragment="results")


def _items(found: Run, q: str) -> list[dict[str, Any]]:
    rows, declared = [], facts.declared().parameters
    named = names_of(found)
    for key, count in (found.counts or {}).items():
        name = named.get(key, key)
        if q and q.lower() not in f"{name} {key}".lower():
            continue
        refused = count.get("refused") or []
        rows.append(
            {
                "key": key,
                "name": name,
                "url": reverse("desk:direct_benefits:run-item", args=[found.number, key]),
                "true": count.get("true", 0),
                "unknown": count.get("unknown", 0),
                "fen": count.get("fen") or 0,
                "total": common.yuan(count["fen"]) if count.get("fen") else "",
                "refused": _lacking(map(str, refused), declared),
            }
        )
    return sorted(rows, key=lambda one: (-one["fen"], -one["true"], one["name"]))


def name_of(found: Run, key: str) -> str:
    """The name of an item as it was in the run; of one that was left out, its newest."""
    version = (found.items or {}).get(key)
    try:
        if version:
            return book.item_version(int(version)).name
    except (KeyError, ValueError):
        return key
    known = book.versions(key)
    return known[-1].name if known else key


def names_of(found: Run) -> dict[str, str]:
    """The names of all items of a run (1 statement for the shelf)."""
    shelf = book.shelf()
    newest = {one.key: one.name for one in shelf.items}
    there = {key: shelf.by_id.get(int(pk)) for key, pk in (found.items or {}).items()}
    return newest | {key: one.name for key, one in there.items() if one is not None}


def _lacking(names: Iterable[str], declared: Mapping[str, ParameterDeclaration]) -> str:
    """Parameters without a value, by label."""
    return "、".join(declared[one].label if one in declared else one for one in names)


def _facts(found: Run) -> list[Fact]:
    snapshot = found.snapshot
    taken = timezone.localtime(snapshot.taken_at)
    about = _("%(rows)s 家企业，%(at)s") % {
        "rows": f"{snapshot.rows:,}",
        "at": f"{taken:%Y-%m-%d %H:%M}",
    }
    simulated = _("（模拟数据）") if snapshot.simulated else ""
    return [
        Fact(_("方式"), found.get_kind_display()),
        Fact(_("筛选日期"), found.on.isoformat(), hint=_("参数和有效期按这一天")),
        Fact(_("数据快照"), snapshot.hash[:16], hint=about + simulated),
        Fact(_("规则"), found.book[:16], hint=_("当日全部事项、参数和公式的指纹")),
        Fact(_("日历"), found.calendar_version or "—"),
        Fact(_("结果"), found.hash[:16], hint=_("同样的数据、规则和日历，任何一天重算都得出它")),
        Fact(_("用时"), _("%(n).2f 秒") % {"n": found.seconds}),
    ]


@require_safe
@role_only(*common.WORKERS)
def run_item(request: HttpRequest, number: str, key: str) -> HttpResponseBase:
    """Who came out TRUE, UNKNOWN or FALSE of one item, straight from the run's bits."""
    found = run_of(number)
    count = (found.counts or {}).get(key)
    if count is None:
        back = reverse("desk:direct_benefits:run", args=[number])
        raise PageError(404, _("这次筛选没有包含该事项"), back=back)
    truth = request.GET.get("truth", "true")
    truth = truth if truth in TRUTHS else "true"
    start = common.whole(request.GET.get("start"))
    listed = answers.parties(found, key, truth, start, common.PAGE)
    address = reverse("desk:direct_benefits:run-item", args=[number, key])
    labels = {"true": _("符合"), "unknown": _("无法判定"), "false": _("不符合")}
    may_look = actor_of(request).has(*common.LOOKERS)
    rows = [
        {
            "code": code,
            "name": name,
            "amount": common.yuan(fen) if fen is not None else "",
            "url": reverse("desk:direct_benefits:why", args=[number]) + f"?item={key}&code={code}",
        }
        for code, name, fen in listed
    ]
    context = {
        "run": found,
        "title": name_of(found, key),
        "item_url": reverse("desk:direct_benefits:item", args=[key]),
        "key": key,
        "tabs": [
            Tab(label, f"{address}?truth={one}", count.get(one, 0), one == truth)
            for one, label in labels.items()
        ],
        "truth": truth,
        "rows": rows,
        "pays": bool(count.get("fen")) and truth == "true",
        "total": common.yuan(count["fen"]) if count.get("fen") else "",
        "next": f"{address}?truth={truth}&start={start + common.PAGE}"
        if start + common.PAGE < count.get(truth, 0)
        else "",
        "previous": f"{address}?truth={truth}&start={max(0, start - common.PAGE)}" if start else "",
        "may_look": may_look,
        "back": reverse("desk:direct_benefits:run", args=[number]),
    }
    return render_desk(request, "benefit_studio/desk/run_item.html", context, fragment="results")
