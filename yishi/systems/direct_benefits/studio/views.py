"""The studio's pages: what is being composed, and composing one item."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.officer import actor_of, render_desk, role_only, shell_of
from yishi.systems.direct_benefits import states as s
from yishi.systems.direct_benefits.policies import words as w
from yishi.systems.direct_benefits.studio import composing, seams, services, shape, trying
from yishi.systems.direct_benefits.studio.differences import differences
from yishi.systems.direct_benefits.studio.fields import Around
from yishi.systems.direct_benefits.studio.form import StudioForm
from yishi.systems.direct_benefits.studio.models import Ending, ItemDraft
from yishi.systems.direct_benefits.studio.shape import Tree
from yishi.systems.direct_benefits.studio.vocabulary import Vocabulary

STUDIO = (s.POLICY, s.REVIEWER)
GET_AND_POST = ["GET", "HEAD", "POST"]
MOST_LISTED = 60


def url_of(row: ItemDraft, query: str = "") -> str:
    """The page of a draft."""
    return reverse("desk:benefit_studio:edit", args=[row.pk]) + query


def row_of(draft: int) -> ItemDraft:
    """A draft, or the 404 page."""
    row = ItemDraft.objects.filter(pk=draft).first()
    if row is None:
        raise PageError(404, _("没有这份编制稿"), back=reverse("desk:benefit_studio:studio"))
    return row


@require_safe
@role_only(*STUDIO)
def studio(request: HttpRequest) -> HttpResponseBase:
    """What is being composed, what waits for a second look, and where to begin."""
    actor = actor_of(request)
    rows = list(ItemDraft.objects.order_by("-updated_at")[:MOST_LISTED])
    asked = [one for one in rows if one.state == ItemDraft.ASKED]
    endings = list(Ending.objects.filter(state=Ending.ASKED).order_by("created_at")[:MOST_LISTED])
    context = {
        "asked": asked,
        "open": [one for one in rows if one.state in services.OPEN],
        "done": [one for one in rows if one.state in (ItemDraft.PUBLISHED, ItemDraft.DROPPED)],
        "endings": [
            {"row": one, "may": actor.has(s.REVIEWER) and one.author != actor.ref}
            for one in endings
        ],
        "models": seams.item_choices(),
        "may_edit": actor.has(s.POLICY),
        "may_review": actor.has(s.REVIEWER),
        "new": request.GET.get("new", "")[:80],
        "copy_of": request.GET.get("copy", "")[:80],
    }
    return render_desk(request, "benefit_studio/studio.html", context)


@require_POST
@role_only(s.POLICY)
def begin(request: HttpRequest) -> HttpResponseBase:
    """Begin a draft: of an item that there is, or a new one, perhaps like another."""
    post = request.POST
    try:
        row = services.begin(
            post.get("key"), post.get("copy_of"), actor_of(request), timezone.now()
        )
    except FieldError as error:
        if error.code == "open":
            known = ItemDraft.objects.filter(
                key=post.get("key", "")[:80], state__in=[*services.OPEN, ItemDraft.ASKED]
            ).first()
            if known is not None:
                messages.info(request, error.message)
                return HttpResponseRedirect(url_of(known))
        status = 409 if error.code == "open" else 400
        raise PageError(
            status, error.message, back=reverse("desk:benefit_studio:studio")
        ) from error
    return HttpResponseRedirect(url_of(row))


@require_http_methods(GET_AND_POST)
@role_only(*STUDIO)
def edit(request: HttpRequest, draft: int) -> HttpResponseBase:
    """One draft: composed as a form while it is open, else read with what it changes."""
    row, actor = row_of(draft), actor_of(request)
    may_edit = actor.has(s.POLICY) and row.state in services.OPEN
    if request.method == "POST":
        if not actor.has(s.POLICY):
            raise PageError(403, _("政策事项由编制人员修改。"), back=url_of(row))
        return _posted(request, row)
    words = seams.vocabulary()
    if not may_edit:
        from yishi.systems.direct_benefits.studio.review_views import read_page

        return read_page(request, row, words)
    tree = composing.tree_of(row.content, words)
    return page(request, row, tree, words, {})


def _posted(request: HttpRequest, row: ItemDraft) -> HttpResponseBase:
    """Keep what was sent; a button that changes the form's shape draws it again."""
    words = seams.vocabulary()
    act = request.POST.get("act", "")
    told: dict[str, str] = {}
    tree = Tree()
    try:
        tree = shape.posted(request.POST)
        redraw = shape.changed(tree, act) or act != "save"
        content, errors = composing.content_of(tree, words, row.key)
        day = tree["effective_from"]
        version = tree["version"]
        number = int(version) if version.isascii() and version.isdigit() else 0
        kept = services.change(row.pk, number, content, day, actor_of(request), timezone.now())
    except FieldError as error:
        told = {error.field: error.message}
        return page(request, row, tree, words, told, status=422)
    if redraw:
        return HttpResponseRedirect(url_of(row, _anchor(act, tree)))
    told = errors or seams.refused(content, row.effective_from)
    if told:
        return page(request, kept, tree, words, told, status=422)
    messages.success(request, _("已保存。"))
    return HttpResponseRedirect(url_of(row))


def _anchor(act: str, tree: Tree) -> str:
    verb = act.partition(":")[0]
    if verb in ("add", "add-any", "remove", "up", "down"):
        return "#when"
    if verb in ("add-tier", "remove-tier"):
        return "#amount"
    return "#examples" if verb in ("add-example", "remove-example") else ""


def page(
    request: HttpRequest,
    row: ItemDraft,
    tree: Tree,
    words: Vocabulary,
    told: dict[str, str],
    *,
    status: int = 200,
) -> HttpResponseBase:
    """The form with what is wrong (*told*), and what trying it on real enterprises gives."""
    register = seams.places(shell_of(request).numbers)
    content, errors = composing.content_of(tree, words, row.key)
    around = Around(
        seams.policy_choices(),
        seams.region_choices(register),
        seams.department_choices(register),
        seams.budget_lines(),
        row.pk,
    )
    if row.effective_from is not None:
        tree.texts.setdefault("effective_from", row.effective_from.isoformat())
    form = StudioForm(tree, words, around, told)
    base = seams.version(row.base) if row.base else None
    open_points = errors or seams.refused(content, row.effective_from)
    context: dict[str, Any] = {
        "row": row,
        "form": form,
        "base": base,
        "changes": len(differences(base.content, row.content, words)) if base else 0,
        "open_points": len(open_points),
        "trial": trying.trial(content, errors, register, timezone.now()),
        "back": reverse("desk:benefit_studio:studio"),
        "today": timezone.localdate().isoformat(),
        "may_ask": not open_points and row.rehearsal is not None,
        "may_example": True,
        **_drawn(form),
    }
    return render_desk(
        request, "benefit_studio/edit.html", context, fragment="studio", status=status
    )


#: The inputs of each section of the page, in their order.
SECTIONS: dict[str, tuple[str, ...]] = {
    "base_fields": (
        *("policy", "clause", "name", "department", "level", "region", "audience", "mode"),
        *("asks", "pledge", "kind", "evidence", "how", "illustrative"),
    ),
    "amount_fields": (
        *("amount", "amount_fact", "amount_fen_parameter", "amount_fen"),
        *("amount_rate_parameter", "amount_rate", "amount_floor", "amount_cap"),
    ),
    "cap_fields": ("caps_per_party", "caps_per_item", "right"),
    "stack_fields": (
        *("valid_date", "recognised_on", "period", "once", "stack_rule", "stack_group"),
        *("stack_priority", "stack_cap"),
    ),
    "notice_fields": ("notice_days", "notice_unit", "notice_mode"),
    "money_fields": (
        *("fiscal", "budget_line", "budget_name", "budget_functional", "budget_economic"),
        *("budget_yearly", *(f"share_{one}" for one in w.BEARERS), "payer", "pay_days"),
        *("pay_unit", "pay_from"),
    ),
    "claw_fields": tuple(f"claw_{one}" for one in w.GROUNDS),
    "claw_more": ("claw_years", "claw_set_off", "claw_law"),
    "day_fields": ("effective_from",),
}


def _drawn(form: StudioForm) -> dict[str, Any]:
    """The form's fields by section of the page."""
    return {name: form.of(*inputs) for name, inputs in SECTIONS.items()} | {
        "groups": form.groups(),
        "tiered": form.tree["amount"] == "tiers",
        "tiers": form.tiers(),
        "examples": form.examples(),
    }


@require_POST
@role_only(s.POLICY)
def example(request: HttpRequest, draft: int) -> HttpResponseBase:
    """Add an enterprise of the latest snapshot as an example, with what came out for it."""
    row = row_of(draft)
    words = seams.vocabulary()
    number = request.POST.get("version", "")
    try:
        content = trying.with_example(
            row.content, request.POST.get("code", "")[:18], words, timezone.now()
        )
        services.change(
            row.pk,
            int(number) if number.isascii() and number.isdigit() else 0,
            content,
            row.effective_from.isoformat() if row.effective_from else "",
            actor_of(request),
            timezone.now(),
        )
    except FieldError as error:
        raise PageError(400, error.message, back=url_of(row)) from error
    messages.success(request, _("已加为示例，请核对应当得出的结论。"))
    return HttpResponseRedirect(url_of(row, "#examples"))
