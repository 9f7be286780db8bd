"""API keys of other programs: making one (shown once), limiting and revoking it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yishi.faces.desk.filters import register_now
from yishi.faces.desk.people.common import (
    PostForm,
    keepers_only,
    log_of,
    post_label,
    refuse,
)
from yishi.faces.desk.people.officers import officer_form
from yishi.faces.desk.prove import proved_only
from yishi.foundation.access import accounts
from yishi.foundation.access.models import ApiClient, Grant
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.exports import export_url
from yishi.foundation.ui.officer import actor_of, render_desk, shell_of
from yishi.foundation.ui.pickers import looked

MOST = 200


def _per_minute() -> forms.IntegerField:
    return forms.IntegerField(
        label=_("每分钟最多请求数"),
        required=False,
        min_value=1,
        max_value=1_000_000,
        help_text=_("每个网站进程分别计数；不填就用系统的上限。"),
        error_messages={"invalid": _("请填写整数")},
    )


class NewForm(PostForm):
    """A new key."""

    name = forms.CharField(
        label=_("名称"),
        max_length=64,
        help_text=_("哪个系统使用，例如“视频平台”。"),
        error_messages={"required": _("请填写名称")},
    )
    channel = forms.CharField(
        label=_("渠道代码"),
        max_length=32,
        help_text=_("上报来源在案件中显示的代码，小写字母和数字，例如 camera。"),
        error_messages={"required": _("请填写渠道代码")},
    )
    per_minute = _per_minute()

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        order = ("name", "channel", "role", "scope", "unit_q", "unit", "per_minute")
        self.order_fields(order)


class EditForm(forms.Form):
    """Changes to a key's client."""

    per_minute = _per_minute()
    is_active = forms.BooleanField(
        label=_("密钥在用"), required=False, help_text=_("停用后，使用它的请求立即被拒绝。")
    )


@keepers_only
def programs(request: HttpRequest) -> HttpResponse:
    """The keys within reach, newest first."""
    rows = accounts.programs(actor_of(request), timezone.now()).order_by("-pk")[:MOST]
    context = {"rows": rows, "export_url": export_url(request, "desk:programs-export")}
    return render_desk(request, "desk/people/programs.html", context)


@keepers_only
@proved_only
def new(request: HttpRequest) -> HttpResponse:
    """Make a key; the answer shows it once."""
    actor = actor_of(request)
    register = register_now(shell_of(request).numbers)
    form = NewForm(request.POST if request.method == "POST" else None, actor, register)
    if request.method == "POST" and "look" in request.POST:
        form = looked(form, request.POST)
    elif request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            client, key = accounts.make_program(
                actor,
                given["name"],
                given["channel"],
                [form.post()],
                given["per_minute"],
                timezone.now(),
            )
        except FieldError as error:
            refuse(form, error)
        else:
            return _shown(request, client, key)
    back = reverse("desk:programs")
    title = gettext("建立接口密钥")
    return officer_form(request, form, title, back, title, looks=True)


def _found(request: HttpRequest, program: int) -> ApiClient:
    try:
        return accounts.programs(actor_of(request), timezone.now()).get(pk=program)
    except (ApiClient.DoesNotExist, OverflowError):
        raise Http404 from None


@keepers_only
def program(request: HttpRequest, program: int) -> HttpResponse:
    """One key's client: what it may do, and what was done to it."""
    return _shown(request, _found(request, program))


def _shown(request: HttpRequest, client: ApiClient, key: str = "") -> HttpResponse:
    """The page of a client, with the *key* that was just made: it is stored nowhere."""
    now = timezone.now()
    register = register_now(shell_of(request).numbers)
    grants = Grant.objects.filter(accounts.live(now), client=client).select_related("unit")
    context = {
        "client": client,
        "posts": [post_label(grant, register) for grant in grants],
        "key": key,
        "log": log_of(f"client:{client.pk}", now, register),
    }
    return render_desk(request, "desk/people/program.html", context)


@keepers_only
@proved_only
def edit(request: HttpRequest, program: int) -> HttpResponse:
    """Set the limit, switch the key off or on."""
    client = _found(request, program)
    initial = {"per_minute": client.per_minute, "is_active": client.is_active}
    form = EditForm(request.POST if request.method == "POST" else None, initial=initial)
    back = reverse("desk:program", args=[client.pk])
    if request.method == "POST" and form.is_valid():
        accounts.set_program(actor_of(request), client, timezone.now(), **form.cleaned_data)
        messages.success(request, gettext("已保存。"))
        return HttpResponseRedirect(back)
    return officer_form(request, form, gettext("修改接口密钥"), back, gettext("保存"))
