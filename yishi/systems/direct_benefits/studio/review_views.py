"""A second look: what a draft changes, examples, figures; publishing, returning; versions."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.officer import actor_of, render_desk, require_role, role_only, shell_of
from yishi.systems.direct_benefits import states as s
from yishi.systems.direct_benefits.studio import reading, seams, services, trying
from yishi.systems.direct_benefits.studio.differences import differences
from yishi.systems.direct_benefits.studio.models import ItemDraft
from yishi.systems.direct_benefits.studio.views import STUDIO, row_of, url_of
from yishi.systems.direct_benefits.studio.vocabulary import Vocabulary


def read_page(
    request: HttpRequest,
    row: ItemDraft,
    words: Vocabulary,
    *,
    error: FieldError | None = None,
) -> HttpResponseBase:
    """A draft as the reviewer reads it, with what may be done to it."""
    from yishi.systems.direct_benefits.studio.rehearsal_views import parts

    actor, now = actor_of(request), timezone.now()
    register = seams.places(shell_of(request).numbers)
    base = seams.version(row.base)
    _tree, wrong = services.complaints(row, words)
    asked = row.state == ItemDraft.ASKED
    context: dict[str, Any] = {
        "row": row,
        "base": base,
        "error": error,
        "wrong": list(wrong.values()),
        "differences": differences(base.content if base else None, row.content, words),
        "parts": reading.parts(row.content, words, register),
        "examples": reading.examples(row.content, words),
        "trial": trying.trial(row.content, {}, register, now),
        "asked": asked,
        "own": asked and row.author == actor.ref,
        "may_review": asked and actor.has(s.REVIEWER) and row.author != actor.ref,
        "may_drop": actor.has(s.POLICY) and asked,
        "versions_url": reverse("desk:benefit_studio:versions", args=[row.key]),
        "back": reverse("desk:benefit_studio:studio"),
    }
    if row.rehearsal:
        context |= parts(row.rehearsal)
    status = 200
    if error is not None:
        status = 409 if error.code in ("state", "version", "conflict") else 422
    return render_desk(request, "benefit_studio/review.html", context, status=status)


@require_POST
@role_only(*STUDIO)
def step(request: HttpRequest, draft: int) -> HttpResponseBase:
    """Ask for a second look, publish, return, or give up."""
    row, actor, now, post = row_of(draft), actor_of(request), timezone.now(), request.POST
    act, given = post.get("act", ""), post.get("version", "")
    version = int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0
    needed = s.REVIEWER if act in ("publish", "return") else s.POLICY
    require_role(request, needed, refusal=_("您的岗位不办理这一步。"))
    try:
        if act == "ask":
            services.ask(row.pk, post.get("note"), actor, now)
            said = _("已提交复核。")
        elif act == "publish":
            services.publish(row.pk, version, post.get("effective_from"), actor, now)
            said = _("已发布。从生效日起按新版本筛选。")
        elif act == "return":
            services.give_back(row.pk, version, post.get("answer"), actor, now)
            said = _("已退回编制人。")
        elif act == "drop":
            services.drop(row.pk, actor, now)
            said = _("已放弃。")
        else:
            raise FieldError("act", "没有这一步", "unknown")
    except FieldError as error:
        if act in ("publish", "return"):
            row.refresh_from_db()
            return read_page(request, row, seams.vocabulary(), error=error)
        status = 409 if error.code in ("state", "version") else 400
        raise PageError(status, error.message, back=url_of(row)) from error
    messages.success(request, said)
    gone = act == "drop"
    return HttpResponseRedirect(reverse("desk:benefit_studio:studio") if gone else url_of(row))


@require_safe
@role_only(*STUDIO, s.OFFICER)
def versions(request: HttpRequest, key: str) -> HttpResponseBase:
    """Every version of an item, and what each changed of the one before."""
    found = seams.versions(key) if "\x00" not in key else []
    if not found:
        raise PageError(404, _("没有这个事项"), back=reverse("desk:direct_benefits:items"))
    words = seams.vocabulary()
    drafts = ItemDraft.objects.filter(key=key, state=ItemDraft.PUBLISHED)
    people = {one.published: one for one in drafts}
    rows = [
        {
            "version": one,
            "draft": people.get(one.pk),
            "first": before is None,
            "differences": differences(before.content, one.content, words) if before else [],
        }
        for one, before in zip(found, [*found[1:], None], strict=True)
    ]
    context = {
        "key": key,
        "name": found[0].content.get("name") or key,
        "rows": rows,
        "back": reverse("desk:direct_benefits:item", args=[key]),
    }
    return render_desk(request, "benefit_studio/versions.html", context)


@require_POST
@role_only(s.POLICY)
def ask_ending(request: HttpRequest) -> HttpResponseBase:
    """Ask that an item ends, or is repealed with its document."""
    post = request.POST
    key = post.get("key", "")[:120]
    known = seams.newest(key) if "\x00" not in key else None
    back = reverse("desk:direct_benefits:items")
    if known is not None:
        back = reverse("desk:direct_benefits:item", args=[key])
    try:
        services.ask_ending(
            key,
            post.get("kind"),
            post.get("last_day"),
            post.get("reason"),
            actor_of(request),
            timezone.now(),
        )
    except FieldError as error:
        raise PageError(409 if error.code == "open" else 400, error.message, back=back) from error
    messages.success(request, _("已提出，等待另一人复核。"))
    return HttpResponseRedirect(back)


@require_POST
@role_only(s.REVIEWER)
def decide_ending(request: HttpRequest, ending: int) -> HttpResponseBase:
    """Agree that an item ends, or not."""
    back = reverse("desk:benefit_studio:studio")
    agree = request.POST.get("agree", "")
    try:
        if agree not in ("yes", "no"):
            raise FieldError("agree", "请选择同意或不同意", "required")
        services.decide_ending(
            ending, agree == "yes", request.POST.get("answer"), actor_of(request), timezone.now()
        )
    except FieldError as error:
        status = {"state": 409, "unknown": 404, "own": 403}.get(error.code, 400)
        raise PageError(status, error.message, back=back) from error
    messages.success(request, _("已决定。"))
    return HttpResponseRedirect(back)
