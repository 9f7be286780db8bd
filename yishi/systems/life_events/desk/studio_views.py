"""The studio: composing a theme, its picture, rehearsal, a second look, moving cases."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yishi.foundation.approvals.catalogue import Book
from yishi.foundation.approvals.catalogue.model import LEVELS
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.officer import actor_of, render_desk, require_role, role_only, shell_of
from yishi.systems.life_events import composing
from yishi.systems.life_events import states as s
from yishi.systems.life_events import studio as service
from yishi.systems.life_events.catalogue import routes
from yishi.systems.life_events.catalogue.checking import said
from yishi.systems.life_events.catalogue.measures import fullest, measures
from yishi.systems.life_events.catalogue.model import AUDIENCES, GIVES, GROUPS
from yishi.systems.life_events.desk.menu import STUDIO
from yishi.systems.life_events.flowpicture import picture_of_route
from yishi.systems.life_events.models import ThemeProposal
from yishi.systems.life_events.versions import Registers, registers

EDITORS = frozenset({s.EDITOR, s.APPROVER})
GET_AND_POST = ["GET", "HEAD", "POST"]


def _url(row: ThemeProposal, query: str = "") -> str:
    return reverse("desk:life_events:studio-edit", args=[row.pk]) + query


def _row(proposal: int) -> ThemeProposal:
    row = ThemeProposal.objects.filter(pk=proposal).first()
    if row is None:
        raise PageError(404, _("没有这份编制稿"), back=reverse("desk:life_events:studio"))
    return row


@require_safe
@role_only(*STUDIO)
def studio(request: HttpRequest) -> HttpResponseBase:
    """Drafts and what was published, and where to begin."""
    rows = ThemeProposal.objects.order_by("-updated_at")[:60]
    found = registers(shell_of(request).numbers)
    try:
        _version, themes = found.themes(timezone.now())
    except LookupError as error:
        raise PageError(404, str(error), back="/desk/") from error
    context = {
        "rows": rows,
        "themes": sorted(((t.key, t.name) for t in themes.themes.values()), key=lambda t: t[1]),
        "may_edit": actor_of(request).has(s.EDITOR),
    }
    return render_desk(request, "life_events/studio.html", context)


@require_POST
@role_only(s.EDITOR)
def begin(request: HttpRequest) -> HttpResponseBase:
    """Begin a draft: of a theme that there is, or a new one."""
    key = request.POST.get("new", "").strip() or request.POST.get("theme", "")
    try:
        row = service.begin(key, actor_of(request), timezone.now())
    except FieldError as error:
        raise PageError(422, error.message, back=reverse("desk:life_events:studio")) from error
    return HttpResponseRedirect(_url(row))


@require_http_methods(GET_AND_POST)
@role_only(*STUDIO)
def edit(request: HttpRequest, proposal: int) -> HttpResponseBase:
    """The draft: its parts, its picture, what is wrong with it; one part at a time is changed."""
    row = _row(proposal)
    part = request.GET.get("part", "")
    error = ""
    if request.method == "POST":
        require_role(request, s.EDITOR)
        try:
            content = _changed(row, part, request)
            version = int(request.POST.get("version", "0") or 0)
            service.change(row.pk, version, content, actor_of(request), timezone.now())
        except FieldError as wrong:
            error = wrong.message
        except ValueError:
            error = _("刚被他人修改，请刷新后再试")
        else:
            messages.success(request, _("已保存。"))
            return HttpResponseRedirect(_url(row))
    return _page(request, row, part, error)


def _changed(row: ThemeProposal, part: str, request: HttpRequest) -> dict[str, Any]:
    content: dict[str, Any] = row.content
    act, _colon, rest = request.POST.get("act", "").partition(":")
    kind, place = _place(rest or part)
    if act in ("up", "down"):
        return composing.shift(content, kind, place, -1 if act == "up" else 1)
    if act == "remove":
        return composing.remove(content, kind, place)
    if part == "base":
        return composing.base(content, request.POST)
    if part == "maps":
        return composing.maps(content, request.POST)
    if kind == "questions":
        return composing.question(content, place, request.POST)
    if kind == "items":
        return composing.item(content, place, request.POST)
    raise FieldError("part", _("没有这一部分"), "unknown")


def _place(text: str) -> tuple[str, int]:
    kind, _dot, number = text.partition(".")
    if kind not in ("questions", "items") or not (number.isascii() and number.isdigit()):
        return "", 0
    return kind, int(number[:4])


def _page(
    request: HttpRequest, row: ThemeProposal, part: str, error: str, status: int = 0
) -> HttpResponseBase:
    found = registers(shell_of(request).numbers)
    now = timezone.now()
    _version, themes = found.themes(now)
    _items, book = found.book(now)
    theme, wrong = service.checked(row, themes, book)
    context: dict[str, Any] = {
        "row": row,
        "content": row.content,
        "part": part,
        "error": error,
        "wrong": wrong,
        "theme": theme,
        "open": row.state in service.OPEN,
        "may_edit": actor_of(request).has(s.EDITOR) and row.state in service.OPEN,
        "may_publish": actor_of(request).has(s.APPROVER)
        and row.state == ThemeProposal.ASKED
        and row.author != actor_of(request).ref,
        "questions": _questions(row.content),
        "item_rows": _item_rows(row.content, book),
        "back": reverse("desk:life_events:studio"),
        "known": row.key in themes.themes,
    }
    if theme is not None:
        full = fullest(theme, book)
        context["picture"] = picture_of_route(theme, full, book, columns=4)
        context["measures"] = measures(theme, full, book)
        context["paths"] = [
            (said(theme, one.answers), len(one.items)) for one in routes.paths(theme, book)[:100]
        ]
    if context["may_edit"]:
        context |= _part(row.content, part, book, found)
    return render_desk(
        request, "life_events/studio_edit.html", context, status=status or (422 if error else 200)
    )


def _questions(content: dict[str, Any]) -> list[dict[str, Any]]:
    questions = list(content.get("questions", []))
    return [
        {
            "key": one.get("key"),
            "ask": one.get("ask"),
            "options": list(composing.options_of(one).values()),
            "when": _words(one.get("when"), questions[:n]),
            "part": f"questions.{n}",
        }
        for n, one in enumerate(questions)
    ]


def _item_rows(content: dict[str, Any], book: Book) -> list[dict[str, Any]]:
    questions = list(content.get("questions", []))

    def name(key: Any) -> str:
        known = book.items.get(str(key))
        return known.name if known else str(key)

    return [
        {
            "key": one.get("item"),
            "name": name(one.get("item")),
            "when": _words(one.get("when"), questions),
            "after": [name(a.get("item")) for a in one.get("after", [])],
            "part": f"items.{n}",
        }
        for n, one in enumerate(content.get("items", []))
    ]


def _words(when: Any, questions: list[dict[str, Any]]) -> list[str]:
    found, rest = composing.ticked(when, questions)
    asked = {str(one.get("key")): one for one in questions}
    words = []
    for key, chosen in found.items():
        options = composing.options_of(asked[key])
        labels = [options[one] for one in options if one in chosen]
        words.append(f"{asked[key].get('ask')}{'、'.join(labels)}")
    return words + [_("另有组合条件") for _one in rest]


def _part(content: dict[str, Any], part: str, book: Book, found: Registers) -> dict[str, Any]:
    """What the form of one part needs."""
    kind, place = _place(part)
    if part == "base":
        return {
            "groups": list(GROUPS),
            "audiences": AUDIENCES,
            "levels": {key: name for key, (_code, name) in LEVELS.items()},
        }
    if part == "maps":
        return _maps(content, book)
    if not kind:
        return {}
    entries = list(content.get(kind, []))
    one = entries[place] if place < len(entries) else {}
    questions = list(content.get("questions", []))
    earlier = questions[:place] if kind == "questions" else questions
    chosen, rest = composing.ticked(one.get("when"), earlier)
    conditions = [
        {
            "key": q.get("key"),
            "ask": q.get("ask"),
            "options": [
                (key, label, key in chosen.get(str(q.get("key")), set()))
                for key, label in composing.options_of(q).items()
            ],
        }
        for q in earlier
    ]
    shown: dict[str, Any] = {"one": one, "kind": kind, "conditions": conditions, "rest": rest}
    if kind == "questions":
        return shown | {"choices": composing.pair_lines(one.get("choices"))}
    return shown | _item_part(one, entries, book)


def _maps(content: dict[str, Any], book: Book) -> dict[str, Any]:
    fields = content.get("fields", {})
    return {
        "same_fields": composing.group_lines(fields.get("same")),
        "labels": composing.pair_lines(fields.get("labels")),
        "order": "\n".join(fields.get("order", [])),
        "same_materials": composing.group_lines(content.get("materials", {}).get("same")),
        "used": _used(content, book),
    }


def _item_part(one: dict[str, Any], entries: list[dict[str, Any]], book: Book) -> dict[str, Any]:
    """What an item may come after, the items of all departments, and papers that spare it."""
    waits = {a.get("item"): a.get("gives") for a in one.get("after", [])}
    others = [
        {
            "key": e.get("item"),
            "name": book.items[e["item"]].name if e.get("item") in book.items else e.get("item"),
            "gives": waits.get(e.get("item"), ""),
        }
        for e in entries
        if e.get("item") != one.get("item")
    ]
    departments = {
        name: [(i.key, i.name) for i in items] for name, items in book.departments.items()
    }
    held = sorted(
        ((m.key, m.name) for m in book.materials.values() if m.shared), key=lambda m: m[1]
    )
    return {"others": others, "gives": GIVES, "departments": departments, "held": held}


def _used(content: dict[str, Any], book: Book) -> dict[str, list[tuple[str, str]]]:
    items = [book.items[i["item"]] for i in content.get("items", []) if i.get("item") in book.items]
    fields = {key: book.fields[key].label for one in items for key in one.fields}
    papers = {
        w.material: book.materials[w.material].name
        for one in items
        for w in one.materials
        if w.material in book.materials
    }
    return {"fields": sorted(fields.items()), "papers": sorted(papers.items())}


@require_safe
@role_only(*STUDIO)
def rehearse(request: HttpRequest, proposal: int) -> HttpResponseBase:
    """Replay past cases with the draft: which would have had other items, papers or dates."""
    row = _row(proposal)
    found = registers(shell_of(request).numbers)
    now = timezone.now()
    theme, wrong = service.checked(row, found.themes(now)[1], found.book(now)[1])
    if theme is None:
        raise PageError(422, _("先解决问题再预演：") + wrong[0], back=_url(row))
    result = service.rehearse(theme, found, now, actor_of(request))
    service.keep_rehearsal(row.pk, result, now)
    context = {"row": row, "theme": theme, "result": result, "back": _url(row)}
    return render_desk(request, "life_events/rehearse.html", context)


@require_POST
@role_only(*STUDIO)
def step(request: HttpRequest, proposal: int) -> HttpResponseBase:
    """Ask for a second look, publish, return, or give up."""
    row, actor, now = _row(proposal), actor_of(request), timezone.now()
    act = request.POST.get("act", "")
    needed = s.APPROVER if act in ("publish", "return") else s.EDITOR
    require_role(request, needed, refusal=_("您的岗位不办理这一步。"))
    note = request.POST.get("note", "")
    try:
        if act == "ask":
            service.ask(row.pk, note, actor, now)
            said_ = _("已提交复核。")
        elif act == "publish":
            service.publish(row.pk, actor, now)
            said_ = _("已发布新版本；办理中的案件仍用原版本。")
        elif act == "return":
            service.give_back(row.pk, note, actor, now)
            said_ = _("已退回编制。")
        elif act == "drop":
            service.drop(row.pk, now)
            said_ = _("已放弃。")
        else:
            raise FieldError("act", _("没有这一步"), "unknown")
    except FieldError as error:
        return _page(request, row, "", error.message)
    messages.success(request, said_)
    return HttpResponseRedirect(_url(row))


@require_http_methods(GET_AND_POST)
@role_only(s.APPROVER)
def move_cases(request: HttpRequest, proposal: int) -> HttpResponseBase:
    """Running cases on older versions: a dry run, then the chosen ones go over in one commit."""
    row, actor, now = _row(proposal), actor_of(request), timezone.now()
    if row.state != ThemeProposal.PUBLISHED:
        raise PageError(409, _("发布之后才能迁移案件"), back=_url(row))
    if request.method == "POST":
        ids = [int(one) for one in request.POST.getlist("cases") if one.isascii() and one.isdigit()]
        count = service.move_cases(row.key, ids[: service.MOST_MOVED], actor, now)
        messages.success(request, _("%(n)d 件已改用新版本。") % {"n": count})
        return HttpResponseRedirect(_url(row))
    version, moved = service.dry_run(row.key, actor, now)
    context = {"row": row, "version": version, "moved": moved, "back": _url(row)}
    context["can"] = sum(not one.why for one in moved)
    context["states"] = s.STATES
    return render_desk(request, "life_events/move_cases.html", context)
