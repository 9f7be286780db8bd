"""Records at the desk: the list, one record with its why, and the verbs."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from yishi.foundation.audit import access_log
from yishi.foundation.credit import effects, objections, policy, records, subjects
from yishi.foundation.credit.book import CreditBook, book
from yishi.foundation.credit.desk import forms as ask
from yishi.foundation.credit.desk.common import (
    TONES,
    day,
    english,
    guarded,
    kind_label,
    line_of,
    page_of,
    put_error,
)
from yishi.foundation.credit.models import CreditRecord
from yishi.foundation.credit.record_models import DELETED, STATES
from yishi.foundation.credit.records import RecordInput, RecordRefused
from yishi.foundation.credit.standing import current_periods, today_of
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.exports import export_url
from yishi.foundation.ui.officer import actor_of, render_desk
from yishi.foundation.ui.parts import Fact

WHAT = {
    "recorded": _("录入"),
    "recomputed": _("按新规则重算期限"),
    "duty": _("登记履行情况"),
    "ended": _("期满停止公示"),
    "kept": _("期满未履行，继续公示"),
    "asked": _("期满未履行，等待决定"),
    "answered": _("决定期满后的处理"),
    "deleted": _("依法删除"),
    "objection": _("提出异议"),
    "flagged": _("标注异议"),
    "objection_answered": _("答复异议"),
    "objection_withdrawn": _("撤回异议"),
    "repaired": _("信用修复"),
    "repair_revoked": _("撤销修复"),
    "shielded": _("暂时屏蔽"),
    "unshielded": _("恢复公示"),
}


def narrowed(request: HttpRequest) -> QuerySet[CreditRecord]:
    """The records in sight as the filters of the address narrow them."""
    rows: QuerySet[CreditRecord] = CreditRecord.objects.visible_to(actor_of(request))
    state, kind = request.GET.get("state", ""), request.GET.get("kind", "")
    q = request.GET.get("q", "").strip()[:100]
    if state == "asked":
        rows = rows.filter(asked_at__isnull=False)
    elif state in dict(STATES):
        rows = rows.filter(state=state)
    if kind and kind in book().kinds:
        rows = rows.filter(kind=kind)
    if q:
        rows = rows.filter(
            Q(document_no__icontains=q)
            | Q(subject_name__contains=q)
            | Q(number__iexact=q)
            | Q(identifier__iexact=q)
        )
    return rows


@guarded(policy.works_here)
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Records in sight, newest documents first, narrowed by state, kind and words."""
    known, actor, rows = book(), actor_of(request), narrowed(request)
    state, kind = request.GET.get("state", ""), request.GET.get("kind", "")
    q = request.GET.get("q", "").strip()[:100]
    found, following = page_of(rows.order_by("-document_date", "-id"), request.GET.get("after", ""))
    context = {
        "lines": [line_of(one, known) for one in found],
        "next": following,
        "states": [("asked", gettext("等待决定")), *STATES],
        "kinds": [(key, str(one)) for key, one in known.kinds.items()],
        "state": state,
        "kind": kind,
        "q": q,
        "may_add": policy.may_add(actor),
        "export_url": export_url(request, "desk:credit:records-export"),
    }
    return render_desk(request, "credit/records.html", context)


@guarded(policy.works_here)
@require_safe
def record(request: HttpRequest, number: str) -> HttpResponse:
    """One record: what it is, until when and why, what it does elsewhere, what happened to it."""
    found, known, now = _record(request, number), book(), timezone.now()
    actor = actor_of(request)
    access_log.look(actor.ref, "credit.record", f"credit:{found.pk}", "查看信用记录", now)
    context = {
        "record": found,
        "name": subjects.shown_name(found),
        "state": (found.get_state_display(), TONES[found.state]),
        "facts": _facts(found, known),
        "periods": _periods(found, known),
        "effects": _effects(found, known),
        "events": [
            {"event": one, "label": str(WHAT.get(one.what, one.what))}
            for one in found.events.order_by("-seq")
        ],
        "broken": records.broken(found),
        "objections": [
            {"row": one, "tone": TONES[one.state]}
            for one in found.objections.order_by("-raised_at")
        ],
        "deletions": list(found.deletions.order_by("-reported_at")),
        "may_change": policy.may_change(actor, found) and found.state != DELETED,
        "now": now,
    }
    return render_desk(request, "credit/record.html", context)


@guarded(policy.may_add)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Take up a record."""
    known, actor = book(), actor_of(request)
    form = ask.RecordForm(known, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        units = policy.units_of(actor)
        unit = None if policy.keeps(actor) else units[0]
        try:
            made = records.add(
                RecordInput(**form.cleaned_data, unit_id=unit), actor, timezone.now()
            )
        except FieldError as error:
            put_error(form, error)
        else:
            messages.success(request, gettext("已录入，公示状态：") + made.get_state_display())
            return HttpResponseRedirect(reverse("desk:credit:record", args=[made.number]))
    context = {
        "form": form,
        "title": gettext("录入信用记录"),
        "back": reverse("desk:credit:records"),
    }
    context |= {"submit": gettext("录入")}
    return render_desk(request, "credit/form.html", context, status=422 if form.errors else 200)


def _change(
    request: HttpRequest,
    number: str,
    title: str,
    make: Callable[[Any], forms.Form],
    act: Callable[[CreditRecord, dict[str, Any]], object],
    done: str,
    lead: str = "",
) -> HttpResponse:
    """A verb on a record: its form, then the change or what hinders it."""
    found = _record(request, number)
    if not policy.may_change(actor_of(request), found):
        raise Http404
    back = reverse("desk:credit:record", args=[found.number])
    form = make(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            act(found, form.cleaned_data)
        except FieldError as error:
            put_error(form, error)
        except RecordRefused as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, done)
            return HttpResponseRedirect(back)
    context = {"form": form, "title": title, "back": back, "lead": lead, "submit": gettext("确定")}
    return render_desk(request, "credit/form.html", context, status=422 if form.errors else 200)


@guarded(policy.works_here)
@require_http_methods(["GET", "HEAD", "POST"])
def duty(request: HttpRequest, number: str) -> HttpResponse:
    """What is known of a record's duties."""

    def act(found: CreditRecord, said: dict[str, Any]) -> None:
        actor, now = actor_of(request), timezone.now()
        if said["done"] == "yes":
            if said["duty_done_on"] is None:
                raise FieldError("duty_done_on", gettext("请填写履行完毕的日期"), "required")
            records.note_duty(found, actor, now, done_on=said["duty_done_on"])
        else:
            records.note_duty(found, actor, now, is_open=True)

    return _change(request, number, gettext("登记履行情况"), ask.DutyForm, act, gettext("已登记"))


@guarded(policy.works_here)
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, number: str) -> HttpResponse:
    """Delete a record on a lawful ground."""
    known = book()

    def act(found: CreditRecord, said: dict[str, Any]) -> None:
        records.delete(found, said["ground"], said["arose_on"], actor_of(request), timezone.now())

    lead = gettext("删除后立即停止公示、共享和使用；留下谁在何时依何事由删除的记载。")
    done = gettext("已删除，筛查即时不再使用")
    return _change(
        request,
        number,
        gettext("依法删除记录"),
        lambda data: ask.DeleteForm(known, data),
        act,
        done,
        lead,
    )


@guarded(policy.works_here)
@require_http_methods(["GET", "HEAD", "POST"])
def maximum(request: HttpRequest, number: str) -> HttpResponse:
    """Decide what becomes of a record whose term is over with duties undone."""

    def act(found: CreditRecord, said: dict[str, Any]) -> None:
        keep = said["keep"] == "keep"
        records.answer_maximum(found, keep, said["reason"], actor_of(request), timezone.now())

    title = gettext("最长公示期已满，义务尚未履行")
    return _change(request, number, title, ask.MaximumForm, act, gettext("已决定"))


@guarded(policy.works_here)
@require_http_methods(["GET", "HEAD", "POST"])
def objection(request: HttpRequest, number: str) -> HttpResponse:
    """Take down an objection that came by post or at the counter."""

    def act(found: CreditRecord, said: dict[str, Any]) -> None:
        objections.raise_(
            found, said["reason"], actor_of(request), timezone.now(), party_id=found.party_id
        )

    title = gettext("登记异议")
    return _change(request, number, title, ask.ObjectionForm, act, gettext("已登记异议"))


def _record(request: HttpRequest, number: str) -> CreditRecord:
    rows = CreditRecord.objects.visible_to(actor_of(request)).select_related("unit", "source")
    found: CreditRecord | None = rows.filter(number=number).first() if number.isascii() else None
    if found is None:
        raise Http404
    return found


def _facts(found: CreditRecord, known: CreditBook) -> list[Fact]:
    ground = known.grounds.get(found.ground)
    activity = known.activities.get(found.activity)
    return [
        Fact(gettext("主体"), subjects.shown_name(found), hint=subjects.shown_number(found)),
        Fact(gettext("种类"), kind_label(found, known), hint=str(ground) if ground else ""),
        Fact(gettext("等级"), found.get_severity_display(), hint=str(activity or "")),
        Fact(gettext("主要内容"), found.summary),
        Fact(gettext("认定机关"), found.authority, hint=found.unit.name if found.unit else ""),
        Fact(gettext("文号"), found.document_no, hint=found.basis),
        Fact(gettext("文件日期"), day(found.document_date)),
        Fact(gettext("履行情况"), _duty(found)),
        Fact(gettext("来源"), found.source.name),
    ]


def _duty(found: CreditRecord) -> str:
    if found.duty_done_on:
        return gettext("已于 %s 履行完毕") % day(found.duty_done_on)
    return gettext("尚未履行") if found.duty_open else gettext("不掌握")


def _periods(found: CreditRecord, known: CreditBook) -> list[Fact]:
    """Until when, and why: the rule with its document, asked today."""
    profile = known.profile(found.profile)
    now = current_periods(found, today_of(timezone.now()), known)
    shown = gettext("是") if now.published else gettext("原则上不公示")
    facts = [
        Fact(gettext("是否公示"), shown),
        Fact(gettext("最短公示期至"), day(now.min_end)),
        Fact(gettext("最早可申请修复"), day(now.earliest_apply)),
        Fact(gettext("最长公示期至"), day(found.max_end)),
        Fact(gettext("规则"), profile.label, hint=now.document),
        Fact(gettext("新旧规则衔接"), _mode(profile.mode), hint=found.rules),
    ]
    if found.published_from:
        facts.insert(1, Fact(gettext("公示开始"), day(found.published_from)))
    return facts


def _mode(mode: str) -> str:
    return {
        "BY_EVENT_DATE": gettext("按文件日期的规则"),
        "BY_APPLICATION_DATE": gettext("按申请（查询）日期的规则"),
        "MORE_FAVOURABLE": gettext("两者中对主体更有利的规则"),
    }[mode]


def _effects(found: CreditRecord, known: CreditBook) -> list[dict[str, Any]]:
    return [
        {
            "measure": str(known.measures.get(one.measure, one.measure)),
            "text": one.text_en if english() else one.text,
            "basis": one.basis,
            "rule": f"{one.rule} v{one.version}",
            "conditions": one.conditions,
        }
        for one in effects.of_records([found], timezone.now())
    ]


def party_lines(party_id: uuid.UUID, request: HttpRequest) -> list[Any]:
    """The records of a file that the officer sees, as lines."""
    rows = CreditRecord.objects.visible_to(actor_of(request)).filter(party__file_id=party_id)
    known = book()
    return [line_of(one, known) for one in rows.order_by("-document_date")[:20]]
