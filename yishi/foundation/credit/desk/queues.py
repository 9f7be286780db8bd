"""What waits for a person: near matches, objections, and the health of sources with imports."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from yishi.foundation.audit import access_log
from yishi.foundation.credit import importing, near, objections, policy, subjects
from yishi.foundation.credit.book import book
from yishi.foundation.credit.desk.common import TONES, guarded, kind_label, page_of, put_error
from yishi.foundation.credit.desk.forms import ImportForm, NearForm, ObjectionAnswerForm
from yishi.foundation.credit.entries import open_entry, shown_entry
from yishi.foundation.credit.models import (
    CreditSource,
    ListImport,
    NearMatch,
    Objection,
    SourceCheck,
)
from yishi.foundation.credit.records import RecordRefused
from yishi.foundation.parties import services as parties
from yishi.foundation.parties.identifiers import LABELS, mask_identifier
from yishi.foundation.parties.masking import mask_name
from yishi.foundation.parties.naming import shown_name
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.limits import largest_body
from yishi.foundation.ui.officer import actor_of, render_desk
from yishi.foundation.ui.parts import Fact

WHY = {
    "name": _("名称相同"),
    "no_number": _("名单没有号码"),
    "similar": _("名称相近"),
    "same_parts": _("字号、行业和组织形式相同"),
    "same_core": _("字号和行业相同"),
    "reordered": _("词序不同"),
    "core_differs": _("字号或行业有别"),
    "place_missing": _("一方没有写地名"),
    "place_differs": _("地名不同"),
    "form_missing": _("一方没有写组织形式"),
    "form_differs": _("组织形式不同"),
    "exact": _("写法相同"),
    "masked_number": _("名单号码部分隐去"),
    "masked_number_fits": _("隐去后的号码相符"),
    "other_kind_of_number": _("号码种类不同，不能比对"),
}


@guarded(policy.reads_all)
@require_safe
def near_list(request: HttpRequest) -> HttpResponse:
    """Near matches that wait, oldest first; or what was answered."""
    state = request.GET.get("state", "OPEN")
    if state not in dict(NearMatch.STATES):
        state = "OPEN"
    rows = NearMatch.objects.filter(state=state).select_related("party__file", "record", "entry")
    found, following = page_of(rows.order_by("created_at", "pk"), request.GET.get("after", ""))
    context = {
        "lines": [_near_line(one) for one in found],
        "next": following,
        "state": state,
        "states": NearMatch.STATES,
    }
    return render_desk(request, "credit/near.html", context)


def _near_line(one: NearMatch) -> dict[str, Any]:
    known, listed = book(), _listed_side(one)
    return {
        "row": one,
        "who": _stated_side(one)[0],
        "listed": listed[0],
        "list": str(known.lists.get(listed[2], listed[2])),
        "percent": round(one.score * 100),
        "tone": TONES[one.state],
    }


def _stated_side(one: NearMatch) -> tuple[str, str]:
    """(name, number) of the subject, masked."""
    if one.party is not None:
        return shown_name(one.party.file), ""
    said: dict[str, Any] = near.stated(one)
    if not said:
        return gettext("（已删除）"), ""
    numbers: dict[str, list[str]] = said["numbers"]
    kind = next((k for k in numbers if k != "org_code"), "")
    person = kind not in ("", "uscc", "reg_no")
    name = mask_name(str(said["name"])) if person else str(said["name"])
    return name, mask_identifier(kind, numbers[kind][0]) if kind else ""


def _listed_side(one: NearMatch) -> tuple[str, str, str]:
    """(name, number, list) of the listing, masked."""
    if one.entry is not None:
        name, number = shown_entry(one.entry)
        return name, number, one.entry.list_key
    if one.record is None:
        return "", "", ""
    record = one.record
    return (
        subjects.shown_name(record),
        subjects.shown_number(record),
        record.list_key or record.kind,
    )


@guarded(policy.reads_all)
@require_http_methods(["GET", "HEAD", "POST"])
def near_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Both sides beside each other in plain (logged), and the answer."""
    rows = NearMatch.objects.select_related("party__file", "record", "entry", "screening")
    found = rows.filter(pk=pk).first() if pk < 2**63 else None
    if found is None:
        raise Http404
    actor, now = actor_of(request), timezone.now()
    form = NearForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        if not policy.keeps(actor):
            raise Http404
        try:
            near.answer(
                found, form.cleaned_data["same"] == "yes", form.cleaned_data["note"], actor, now
            )
        except FieldError as error:
            put_error(form, error)
        else:
            messages.success(request, gettext("已记录，从下一次筛查起按此结论"))
            return HttpResponseRedirect(reverse("desk:credit:near"))
    access_log.look(actor.ref, "credit.near", f"near:{found.pk}", "核对相近名称", now)
    context = {
        "row": found,
        "form": form,
        "subject": _subject_facts(found, request),
        "listing": _listing_facts(found),
        "why": [str(WHY.get(one, one)) for one in found.why],
        "percent": round(found.score * 100),
        "may": policy.keeps(actor) and found.state != NearMatch.DISTINCT,
        "tone": TONES[found.state],
    }
    return render_desk(request, "credit/near_one.html", context, status=422 if form.errors else 200)


def _subject_facts(found: NearMatch, request: HttpRequest) -> list[Fact]:
    labels = {str(kind): str(label) for kind, label in LABELS.items()}
    if found.party is not None:
        opened = parties.reveal(
            found.party.file,
            actor=actor_of(request),
            purpose="核对相近名称",
            now=timezone.now(),
        )
        numbers = [Fact(labels[kind], value) for kind, value in opened.numbers]
        former = [Fact(gettext("曾用名"), name) for name in opened.former]
        return [Fact(gettext("名称"), opened.name), *numbers, *former]
    said: dict[str, Any] = near.stated(found)
    if not said:
        return [Fact(gettext("名称"), gettext("（已删除）"))]
    numbers = [
        Fact(labels.get(kind, kind), value)
        for kind, many in said["numbers"].items()
        for value in many
    ]
    return [Fact(gettext("名称"), said["name"]), *numbers]


def _listing_facts(found: NearMatch) -> list[Fact]:
    known = book()
    if found.entry is not None:
        entry = found.entry
        name, number = open_entry(entry)
        return [
            Fact(gettext("名称"), name),
            Fact(gettext("号码"), entry.masked or number or gettext("没有")),
            Fact(gettext("名单"), str(known.lists.get(entry.list_key, entry.list_key))),
            Fact(gettext("机关"), entry.authority, hint=entry.document_no),
            Fact(gettext("列入日期"), f"{entry.listed_on}"),
        ]
    record = found.record
    if record is None:
        return []
    return [
        Fact(gettext("名称"), subjects.open_name(record)),
        Fact(gettext("号码"), subjects.open_number(record) or gettext("没有")),
        Fact(gettext("记录"), kind_label(record, known), hint=record.number),
        Fact(gettext("机关"), record.authority, hint=record.document_no),
        Fact(gettext("文件日期"), f"{record.document_date}"),
    ]


@guarded(policy.reads_all)
@require_safe
def objection_list(request: HttpRequest) -> HttpResponse:
    """Objections that wait, most urgent first; or answered ones."""
    closed = request.GET.get("state") == "closed"
    rows = Objection.objects.select_related("record")
    rows = rows.exclude(state="OPEN") if closed else rows.filter(state="OPEN")
    order = "-decided_at" if closed else "decide_due"
    found, following = page_of(rows.order_by(order, "pk"), request.GET.get("after", ""))
    lines = [
        {"row": one, "name": subjects.shown_name(one.record), "tone": TONES[one.state]}
        for one in found
    ]
    context = {"lines": lines, "next": following, "closed": closed}
    return render_desk(request, "credit/objections.html", context)


@guarded(policy.reads_all)
@require_http_methods(["GET", "HEAD", "POST"])
def objection(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One objection: what was said; flag and answer."""
    found = Objection.objects.select_related("record").filter(pk=pk).first()
    if found is None:
        raise Http404
    actor, now = actor_of(request), timezone.now()
    may = policy.keeps(actor) and found.state == Objection.OPEN
    flagging = request.POST.get("act") == "flag"
    form = ObjectionAnswerForm(request.POST if request.method == "POST" and not flagging else None)
    if request.method == "POST" and not may:
        raise Http404
    try:
        if flagging:
            objections.flag(found, actor, now)
            messages.success(request, gettext("已标注“异议处理中”"))
            return HttpResponseRedirect(request.path)
        if form.is_bound and form.is_valid():
            upheld = form.cleaned_data["outcome"] == "upheld"
            objections.decide(found, upheld, form.cleaned_data["answer"], actor, now)
            messages.success(request, gettext("已答复"))
            return HttpResponseRedirect(reverse("desk:credit:objections"))
    except FieldError as error:
        put_error(form, error)
    except RecordRefused as refused:
        form.add_error(None, refused.message)
    access_log.look(actor.ref, "credit.objection", f"objection:{found.pk}", "处理异议", now)
    context = {
        "row": found,
        "name": subjects.shown_name(found.record),
        "words": objections.words(found),
        "form": form,
        "may": may,
        "tone": TONES[found.state],
        "now": now,
    }
    return render_desk(
        request, "credit/objection.html", context, status=422 if form.errors else 200
    )


@guarded(policy.reads_all)
@require_safe
def source_list(request: HttpRequest) -> HttpResponse:
    """Every source: how it is, how old its data are, and the last tries that failed."""
    now, known = timezone.now(), book()
    lines = []
    for row in CreditSource.objects.order_by("pk"):
        stale = row.max_age is not None and (row.as_of is None or now - row.as_of > row.max_age)
        state = "stale" if row.state == "ok" and stale and row.kind != "live" else row.state
        lines.append(
            {
                "row": row,
                "state": dict(CreditSource.STATES)[state],
                "tone": TONES[state],
                "lists": [str(known.lists.get(key, key)) for key in row.lists],
                "hours": int(row.max_age.total_seconds() // 3600) if row.max_age else None,
            }
        )
    context = {
        "lines": lines,
        "checks": list(SourceCheck.objects.select_related("source").order_by("-at", "-pk")[:20]),
        "imports": list(ListImport.objects.select_related("source").order_by("-at")[:20]),
        "may": policy.keeps(actor_of(request)),
    }
    return render_desk(request, "credit/sources.html", context)


@guarded(policy.keeps)
@require_http_methods(["GET", "HEAD", "POST"])
def _import(request: HttpRequest, key: str) -> HttpResponse:
    source = CreditSource.objects.filter(key=key, kind="list").first()
    if source is None:
        raise Http404
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            made = importing.take(
                source,
                upload.read(),
                upload.name,
                form.cleaned_data["as_of"],
                actor_of(request),
                timezone.now(),
                whole=form.cleaned_data["whole"] == "whole",
            )
        except FieldError as error:
            put_error(
                form, FieldError("file" if error.field == "header" else error.field, error.message)
            )
        else:
            return HttpResponseRedirect(reverse("desk:credit:import", args=[made.pk]))
    context = {
        "form": form,
        "source": source,
        "columns": list(importing.COLUMNS.values()),
        "title": gettext("导入名单"),
        "back": reverse("desk:credit:sources"),
    }
    return render_desk(request, "credit/import.html", context, status=422 if form.errors else 200)


take = largest_body(25, _("文件超过 20 MB，没有导入。"))(_import)


@guarded(policy.reads_all)
@require_safe
def imported(request: HttpRequest, pk: int) -> HttpResponse:
    """What an import did, with the rows that were refused."""
    rows = ListImport.objects.select_related("source")
    found = rows.filter(pk=pk).first() if pk < 2**63 else None
    if found is None:
        raise Http404
    return render_desk(request, "credit/imported.html", {"row": found})
