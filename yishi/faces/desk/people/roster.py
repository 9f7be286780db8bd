"""Duty rosters and handing over (值班表、交接班)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from yishi.faces.desk.filters import register_now
from yishi.faces.desk.lists import duty_label
from yishi.faces.desk.people.common import moment_field, refuse
from yishi.foundation.access import shifts as roster
from yishi.foundation.access.actors import ROLES, Actor, ActorGrant
from yishi.foundation.access.models import Handover, Shift, User
from yishi.foundation.access.shifts import Roster
from yishi.foundation.cases.worklists import duties_of, work
from yishi.foundation.messages.outbox import enqueue, message_row
from yishi.foundation.places.models import Unit
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.officer import actor_of, officers_only, render_desk, shell_of
from yishi.foundation.ui.parts import Tab
from yishi.foundation.ui.timetext import moment_text

CITY_TIME = ZoneInfo("Asia/Shanghai")
DAYS = 7
#: Numbers of open cases that a handover names.
MOST_NAMED = 30


def label_of(post: Roster, unit: Unit | None, request: HttpRequest) -> str:
    """A post in words: role, and unit or area."""
    role = gettext(ROLES[post.role].label)
    register = register_now(shell_of(request).numbers)
    where = unit.name if unit else register.label(post.scope) if post.scope else ""
    return f"{role} · {where}" if where else role


def chosen(request: HttpRequest, text: str) -> tuple[Roster, Unit | None]:
    """The post of an address; 404 unless the officer holds it or keeps its roster."""
    post, actor = Roster.parse(text[:300]), actor_of(request)
    if post is None:
        raise Http404
    unit = Unit.objects.filter(pk=post.unit_id).first() if post.unit_id else None
    held = any(Roster(g.role, g.unit_id, g.scope) == post for g in actor.grants)
    if not held and not roster.keeps(actor, post, unit):
        raise Http404
    return post, unit


@officers_only
def shifts(request: HttpRequest) -> HttpResponse:
    """A week of one post's roster, who is on duty now, and the log of handovers."""
    actor, now = actor_of(request), timezone.now()
    posts = roster.rosters(actor, now)
    context: dict[str, Any] = {
        "title": gettext("值班与交接"),
        "waiting": [_waiting(item, now) for item in roster.waiting_for(actor.user_id or 0)],
        "own": _own(actor, now),
        "now": now,
    }
    asked = request.GET.get("post", "")
    if asked or posts:
        post, unit = chosen(request, asked) if asked else posts[0]
        context |= _post_context(request, post, unit, now)
        if all(known != post for known, _unit in posts):
            posts = [(post, unit), *posts]
    context["tabs"] = [
        Tab(
            label_of(item, where, request),
            f"{reverse('desk:shifts')}?post={item.key}",
            active=bool(context.get("post") == item),
        )
        for item, where in posts
    ]
    return render_desk(request, "desk/people/shifts.html", context)


def _post_context(
    request: HttpRequest, post: Roster, unit: Unit | None, now: datetime
) -> dict[str, Any]:
    actor = actor_of(request)
    today = now.astimezone(CITY_TIME).replace(hour=0, minute=0, second=0, microsecond=0)
    found = list(roster.shifts_between(post, today, today + timedelta(days=DAYS)))
    days = []
    for n in range(DAYS):
        begin, end = today + timedelta(days=n), today + timedelta(days=n + 1)
        rows = [_shift_row(s, now) for s in found if s.starts_at < end and s.ends_at > begin]
        days.append((begin.date(), rows))
    return {
        "post": post,
        "export_url": f"{reverse('desk:shifts-export')}?{urlencode({'post': post.key})}",
        "post_label": label_of(post, unit, request),
        "keeps": roster.keeps(actor, post, unit),
        "days": days,
        "on_duty": [s.user.display_name for s in found if s.starts_at <= now < s.ends_at],
        "log": [_log_row(item, now) for item in roster.handovers(post)],
    }


def _span(shift: Shift) -> str:
    begin, end = shift.starts_at.astimezone(CITY_TIME), shift.ends_at.astimezone(CITY_TIME)
    same = begin.date() == end.date()
    return (
        f"{begin:%m-%d %H:%M} – {end:%H:%M}" if same else f"{begin:%m-%d %H:%M} – {end:%m-%d %H:%M}"
    )


def _shift_row(shift: Shift, now: datetime) -> dict[str, Any]:
    return {
        "shift": shift,
        "span": _span(shift),
        "now": shift.starts_at <= now < shift.ends_at,
        "over": shift.ends_at <= now,
    }


def _log_row(item: Handover, now: datetime) -> dict[str, Any]:
    return {
        "from": item.shift.user.display_name,
        "to": item.to_user.display_name,
        "span": _span(item.shift),
        "note": item.note,
        "answer": item.answer,
        "counts": [
            (duty_label(duty), number) for duty, number in item.open_items.get("counts", {}).items()
        ],
        "numbers": item.open_items.get("numbers", []),
        "offered": moment_text(item.offered_at, now),
        "accepted": moment_text(item.accepted_at, now) if item.accepted_at else "",
    }


def _waiting(item: Handover, now: datetime) -> dict[str, Any]:
    return _log_row(item, now) | {"id": item.pk}


def _own(actor: Actor, now: datetime) -> list[dict[str, Any]]:
    """One's own shifts that run, ended lately without handover, or come next."""
    found = (
        Shift.objects.filter(
            user_id=actor.user_id or 0, ends_at__gt=now - timedelta(hours=12), cancelled_at=None
        )
        .select_related("unit")
        .order_by("starts_at")[:8]
    )
    done = set(Handover.objects.filter(shift__in=list(found)).values_list("shift_id", flat=True))
    return [
        _shift_row(shift, now)
        | {
            "label": gettext(ROLES[shift.role].label) if shift.role in ROLES else shift.role,
            "may_hand_over": shift.starts_at <= now and shift.pk not in done,
            "handed_over": shift.pk in done,
        }
        for shift in found
    ]


class ShiftForm(forms.Form):
    """One turn of duty; ``days`` repeats it on the following days."""

    user = forms.ChoiceField(label=_("值班人员"), error_messages={"required": _("请选择值班人员")})
    starts_at = moment_field(_("上班时间"))
    ends_at = moment_field(_("下班时间"), hint=_("一个班次最长 48 小时。"))
    days = forms.IntegerField(
        label=_("连排天数"),
        min_value=1,
        max_value=roster.MOST_DAYS,
        initial=1,
        help_text=_("同样的时间连续排几天。"),
        error_messages={"invalid": _("请填写整数")},
    )
    note = forms.CharField(label=_("备注"), max_length=200, required=False)

    def __init__(self, data: Any, people: list[User]) -> None:
        super().__init__(data)
        names = [(str(person.pk), person.display_name) for person in people]
        self.fields["user"].choices = [("", gettext("请选择")), *names]  # type: ignore[attr-defined]


@officers_only
def shift_new(request: HttpRequest) -> HttpResponse:
    """Put somebody on duty, on one day or several in a row."""
    actor, now = actor_of(request), timezone.now()
    key = request.GET.get("post", "")
    post, unit = chosen(request, key)
    if not roster.keeps(actor, post, unit):
        raise PermissionDenied(gettext("这张值班表不由您排班。"))
    people = list(roster.holders(post, now)[:300])
    form = ShiftForm(request.POST if request.method == "POST" else None, people)
    back = f"{reverse('desk:shifts')}?post={post.key}"
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        user = next(person for person in people if str(person.pk) == given["user"])
        try:
            begin, end = given["starts_at"], given["ends_at"]
            roster.plan_days(actor, post, user, begin, end, given["days"], given["note"], now)
        except FieldError as error:
            refuse(form, error)
        else:
            messages.success(request, gettext("已排班：%(n)d 个班次") % {"n": given["days"]})
            return HttpResponseRedirect(back)
    context = {
        "form": form,
        "title": gettext("排班：%(post)s") % {"post": label_of(post, unit, request)},
        "back_url": back,
        "action": request.get_full_path(),
        "confirm_label": gettext("排班"),
    }
    status = 422 if form.errors else 200
    return render_desk(request, "desk/people/form.html", context, status=status)


@officers_only
@require_POST
def shift_cancel(request: HttpRequest, shift: int) -> HttpResponse:
    """Take a shift out of the roster."""
    found = Shift.objects.select_related("unit").filter(pk=shift, cancelled_at=None).first()
    if found is None:
        raise Http404
    post = Roster(found.role, found.unit_id, found.scope)
    if not roster.keeps(actor_of(request), post, found.unit):
        raise Http404
    try:
        roster.cancel(actor_of(request), found, timezone.now())
        messages.success(request, gettext("班次已经取消。"))
    except FieldError as error:
        messages.error(request, error.message)
    return HttpResponseRedirect(f"{reverse('desk:shifts')}?post={post.key}")


class HandoverForm(forms.Form):
    """To whom, and what they have to know."""

    to_user = forms.ChoiceField(
        label=_("接班人员"), error_messages={"required": _("请选择接班人员")}
    )
    note = forms.CharField(
        label=_("交接说明"),
        required=False,
        max_length=4000,
        help_text=_("需要继续盯办的事项、联系人、设备和现场情况；不要写群众的姓名和电话。"),
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def __init__(self, data: Any, people: list[User], first: int | None) -> None:
        super().__init__(data)
        names = [(str(person.pk), person.display_name) for person in people]
        self.fields["to_user"].choices = [("", gettext("请选择")), *names]  # type: ignore[attr-defined]
        self.fields["to_user"].initial = str(first or "")


def open_items(shift: Shift) -> dict[str, Any]:
    """The post's open work as it stands: how much by duty, and the numbers that are due first."""
    grant = ActorGrant(shift.role, shift.unit_id, shift.scope)
    holder = Actor("user", f"user:{shift.user_id}", "", (grant,), shift.user_id)
    counts: dict[str, int] = {}
    numbers: list[str] = []
    for duty in duties_of(holder):
        rows = work(holder, duty)
        counts[duty] = rows.count()
        left = MOST_NAMED - len(numbers)
        if left > 0:
            first = rows.order_by("due_at", "id").values_list("case__number", flat=True)[:left]
            numbers += list(first)
    return {"counts": counts, "numbers": numbers}


def _tell(shift: Shift, to_user: User, actor: Actor, now: datetime) -> None:
    """Whoever takes over hears of it."""
    key, params = f"shift:{shift.pk}:offered:{to_user.pk}", {"name": actor.name}
    row = message_row("shift.offered", key=key, now=now, user_id=to_user.pk, params=params)
    enqueue([row])


@officers_only
def hand_over(request: HttpRequest, shift: int) -> HttpResponse:
    """Hand one's own shift over to the next."""
    actor, now = actor_of(request), timezone.now()
    found = (
        Shift.objects.select_related("unit")
        .filter(pk=shift, user_id=actor.user_id or 0, cancelled_at=None, starts_at__lte=now)
        .first()
    )
    if found is None:
        raise Http404
    post = Roster(found.role, found.unit_id, found.scope)
    people = [p for p in roster.holders(post, now)[:300] if p.pk != actor.user_id]
    following = roster.shifts_between(post, now, now + timedelta(days=2))
    first = next((s.user_id for s in following if s.user_id != actor.user_id), None)
    form = HandoverForm(request.POST if request.method == "POST" else None, people, first)
    items = open_items(found)
    back = f"{reverse('desk:shifts')}?post={post.key}"
    if request.method == "POST" and form.is_valid():
        to_user = next(p for p in people if str(p.pk) == form.cleaned_data["to_user"])
        try:
            with transaction.atomic():
                roster.offer(actor, found, to_user, form.cleaned_data["note"], items, now)
                _tell(found, to_user, actor, now)
        except FieldError as error:
            refuse(form, error)
        else:
            messages.success(request, gettext("已经交班，等待对方接班。"))
            return HttpResponseRedirect(back)
    context = {
        "form": form,
        "title": gettext("交班：%(span)s") % {"span": _span(found)},
        "back_url": back,
        "action": request.path,
        "confirm_label": gettext("交班"),
        "counts": [(duty_label(duty), number) for duty, number in items["counts"].items()],
        "numbers": items["numbers"],
    }
    status = 422 if form.errors else 200
    return render_desk(request, "desk/people/hand_over.html", context, status=status)


@officers_only
@require_POST
def take_over(request: HttpRequest, handover: int) -> HttpResponse:
    """Accept what was handed over."""
    found = Handover.objects.select_related("shift").filter(pk=handover).first()
    if found is None or found.to_user_id != actor_of(request).user_id:
        raise Http404
    try:
        answer = request.POST.get("answer", "").replace("\x00", "")
        roster.accept(actor_of(request), found, answer, timezone.now())
        messages.success(request, gettext("已经接班。"))
    except FieldError as error:
        messages.error(request, error.message)
    post = Roster(found.shift.role, found.shift.unit_id, found.shift.scope)
    return HttpResponseRedirect(f"{reverse('desk:shifts')}?post={post.key}")
