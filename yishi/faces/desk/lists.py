"""Work lists and the list of all cases: four statements for every role and any number of rows."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from yishi.faces.desk.case_table import CASES, WORK, case_row, work_row
from yishi.faces.desk.filters import CaseFilters, WorkFilters
from yishi.faces.desk.guide import steps_of_duty
from yishi.foundation.access.actors import ROLES, Actor, Reach
from yishi.foundation.cases.lifecycle import LIFECYCLES, lifecycle_of
from yishi.foundation.cases.models import Case
from yishi.foundation.cases.worklists import case_page, work_page
from yishi.foundation.ui.desk import systems
from yishi.foundation.ui.exports import export_url
from yishi.foundation.ui.officer import (
    MOST_COUNTED,
    Shell,
    actor_of,
    officers_only,
    render_desk,
    shell_of,
)
from yishi.foundation.ui.parts import Tab

#: Filters that are drawn at once; the others stand under a disclosure.
FIRST_FILTERS = ("q", "state", "late")


def duty_label(duty: str) -> str:
    """What a duty is called."""
    for lifecycle in LIFECYCLES.values():
        if duty in lifecycle.duty_labels:
            return gettext(lifecycle.duty_labels[duty])
    return duty


def duty_tabs(shell: Shell, active: str) -> list[Tab]:
    """A tab per duty with what waits in it."""
    tabs = []
    for duty, count in shell.counts.items():
        label, shown = duty_label(duty), count if count < MOST_COUNTED else None
        label = label if shown is not None else f"{label} {MOST_COUNTED - 1}+"
        tabs.append(Tab(label, reverse("desk:work-duty", args=[duty]), shown, duty == active))
    return tabs


@officers_only
def work(request: HttpRequest, duty: str = "") -> HttpResponse:
    """The work list of one duty, what is due first at the top."""
    actor, shell, now = actor_of(request), shell_of(request), timezone.now()
    if not duty:
        first = next((d for d, n in shell.counts.items() if n), next(iter(shell.counts), ""))
        target = reverse("desk:work-duty", args=[first]) if first else reverse("desk:home")
        return HttpResponseRedirect(target)
    if duty not in shell.counts:
        raise Http404
    form = WorkFilters(request.GET, shell.numbers, now)
    everything = request.GET.get("all") == "1"
    page = work_page(actor, duty, request.GET.get("after"), only=form.work(), off_duty=everything)
    context = {
        "title": gettext("我的工作"),
        "tabs": duty_tabs(shell, duty),
        "form": form,
        "first_fields": [form["q"], form["late"]],
        "more_fields": [form["type"]],
        "more_open": bool(form["type"].data),
        "columns": WORK.on_page,
        "export_url": export_url(request, "desk:work-export", duty),
        "rows": [work_row(found, form.register, now, shell.numbers) for found in page.rows],
        "next": page.next,
        "first": not request.GET.get("after"),
        "now": now,
        "duty": duty,
        "guide": steps_of_duty(duty),
        "batch_moves": batch_moves(duty),
        "batch_url": reverse("desk:batch", args=[duty]),
        "off_duty": _off_duty(actor, duty),
        "everything": everything,
    }
    return render_desk(request, "desk/work.html", context)


def _off_duty(actor: Actor, duty: str) -> bool:
    """Whether work of this duty waits for somebody else who is on shift (no statement)."""
    return any(
        g.off_duty and g.role in ROLES and duty in ROLES[g.role].duties for g in actor.grants
    )


def batch_moves(duty: str) -> list[tuple[str, str]]:
    """(name, label) of the moves that can be made on many cases of a duty's list."""
    return [
        (name, gettext(lifecycle_of(system.system).moves[name].label))
        for system in systems()
        for name in system.batch.get(duty, ())
    ]


@officers_only
def cases(request: HttpRequest) -> HttpResponse:
    """Every case that the officer may see, newest first."""
    actor, shell, now = actor_of(request), shell_of(request), timezone.now()
    form = CaseFilters(request.GET, shell.numbers, now)
    found = Case.objects.visible_to(actor).filter(form.cases()).defer("trace_head")
    # A unit's own cases are read from its index, which knows the order of ids only.
    order = form.order if actor.with_reach(Reach.SCOPE) else "id"
    page = case_page(found, request.GET.get("after"), order=order)
    more = [form[name] for name in form.fields if name not in FIRST_FILTERS]
    context = {
        "title": gettext("案件查询"),
        "form": form,
        "first_fields": [form[name] for name in FIRST_FILTERS],
        "more_fields": more,
        "more_open": any(bound.data for bound in more),
        "columns": CASES.on_page,
        "export_url": export_url(request, "desk:cases-export"),
        "rows": [case_row(case, form.register, now, shell.numbers) for case in page.rows],
        "next": page.next,
        "first": not request.GET.get("after"),
        "now": now,
    }
    return render_desk(request, "desk/cases.html", context)
