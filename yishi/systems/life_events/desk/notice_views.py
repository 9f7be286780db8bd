"""Notices of simple cancellation: posting them, and objections."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.officer import actor_of, render_desk, role_only
from yishi.systems.life_events import notices as posting
from yishi.systems.life_events.desk.menu import COUNTER
from yishi.systems.life_events.lifecycle import day_of
from yishi.systems.life_events.models import CancellationNotice
from yishi.systems.life_events.portal.forms import TextField, show
from yishi.systems.life_events.states import OFFICE

ROLES = COUNTER | {OFFICE}
OBJECTORS = (
    ("债权人", _("债权人")),
    ("税务机关", _("税务机关")),
    ("社会保险经办机构", _("社会保险经办机构")),
    ("其他部门", _("其他部门")),
    ("其他利害关系人", _("其他利害关系人")),
)


class PostForm(forms.Form):
    """A new notice."""

    name = TextField(
        label=_("企业名称"), max_length=200, error_messages={"required": _("请填写企业名称")}
    )
    uscc = forms.CharField(
        label=_("统一社会信用代码"),
        max_length=24,
        error_messages={"required": _("请填写统一社会信用代码")},
    )


class ObjectForm(forms.Form):
    """An objection."""

    objector = forms.ChoiceField(label=_("异议人类别"), choices=OBJECTORS)
    objection = TextField(
        label=_("异议理由"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("请填写异议理由")},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@role_only(*ROLES)
def notices(request: HttpRequest) -> HttpResponseBase:
    """Notices, the newest first, and a form for a new one."""
    now = timezone.now()
    form = PostForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            row = posting.post(
                form.cleaned_data["name"], form.cleaned_data["uscc"], actor_of(request), now
            )
        except FieldError as error:
            show(form, error)
        else:
            said = gettext("已公告，公告期至 %(end)s，之后到 %(last)s 可以申请。")
            messages.success(request, said % {"end": row.ends_on, "last": row.apply_until})
            return HttpResponseRedirect(reverse("desk:life_events:notices"))
    today = day_of(now)
    rows = CancellationNotice.objects.order_by("-posted_on", "-id")[:100]
    context = {"form": form, "rows": [(row, _state(row, today)) for row in rows], "today": today}
    status = 422 if form.errors else 200
    return render_desk(request, "life_events/notices.html", context, status=status)


def _state(row: CancellationNotice, today: object) -> tuple[str, str]:
    if row.objected_on is not None:
        return gettext("有异议，终止"), "bad"
    if today <= row.ends_on:  # type: ignore[operator]
        return gettext("公告中"), "active"
    if today <= row.apply_until:  # type: ignore[operator]
        return gettext("可申请"), "good"
    return gettext("已过期"), "neutral"


@require_http_methods(["GET", "HEAD", "POST"])
@role_only(*ROLES)
def objection(request: HttpRequest, notice: int) -> HttpResponseBase:
    """Record an objection: the simple way ends."""
    back = reverse("desk:life_events:notices")
    row = CancellationNotice.objects.filter(pk=notice).first()
    if row is None:
        raise PageError(404, gettext("没有这条公告"), back=back)
    form = ObjectForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            posting.object_to(
                row.pk, given["objector"], given["objection"], actor_of(request), timezone.now()
            )
        except FieldError as error:
            show(form, error)
        else:
            messages.success(request, gettext("已登记异议，不再适用简易注销。"))
            return HttpResponseRedirect(back)
    status = 422 if form.errors else 200
    context = {"form": form, "row": row, "back": back}
    return render_desk(request, "life_events/objection.html", context, status=status)
