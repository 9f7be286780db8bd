"""The pages of an application: one click, what data lack, the promise, what came of it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yishi.foundation.access.throttle import Limit
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook.facts import FactType
from yishi.foundation.rulebook.outcome import Truth
from yishi.foundation.ui.documents import file_answer
from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.limits import largest_body
from yishi.foundation.ui.parts import Fact as Row
from yishi.foundation.ui.parts import Picture
from yishi.foundation.ui.rendering import render_page
from yishi.foundation.ui.timetext import moment_text
from yishi.systems.direct_benefits.portal import (
    applications,
    catalogue,
    judging,
    labels,
    places,
    words,
)
from yishi.systems.direct_benefits.portal.catalogue import Entry
from yishi.systems.direct_benefits.portal.finding import FOLDER, entry_of
from yishi.systems.direct_benefits.portal.mine import enterprises_only, fact_rows, mine_of
from yishi.systems.direct_benefits.portal.models import Application
from yishi.systems.direct_benefits.portal.questions import Questions
from yishi.systems.direct_benefits.portal.standing import Mine
from yishi.systems.direct_benefits.runs.periods import period_text

MOST = 30


class ConsentForm(forms.Form):
    """The promise, where one is made, and the papers that are asked for."""

    promise = forms.BooleanField(
        label=gettext_lazy("我已阅读上面的承诺，并代表企业作出承诺"),
        required=False,
    )
    use_required_attribute = False

    def __init__(self, wanted: Mapping[str, str], data: Any = None, files: Any = None) -> None:
        super().__init__(data, files)
        for name, text in wanted.items():
            self.fields[name] = forms.FileField(
                label=text,
                required=False,
                error_messages={"empty": gettext_lazy("文件是空的")},
                widget=forms.FileInput(attrs={"accept": "image/*,.pdf,.docx,.xlsx"}),
            )

    def papers(self) -> list[Any]:
        """The fields of papers, for the template."""
        return [one for one in self if one.name.startswith("paper_")]

    def given(self) -> dict[str, Any]:
        """The files that came."""
        return {k: v for k, v in self.cleaned_data.items() if k.startswith("paper_") and v}


def _questions(entry: Entry, who: Mine, data: Any) -> Questions:
    asked = applications.unknown_facts(entry, who)
    return Questions(
        asked,
        data,
        language=catalogue.language(),
        counties=places.counties(who.looked.numbers),
        values={
            one.name: judging.values_in([entry], one.name)
            for one in asked
            if one.type is FactType.SET
        },
    )


@enterprises_only
@require_http_methods(["GET", "HEAD", "POST"])
def _apply(request: HttpRequest, key: str) -> HttpResponse:
    """One click; only what no department knows is asked for."""
    who = mine_of(request, timezone.now())
    entry = entry_of(who.looked, key)
    back = reverse("policies:mine-item", args=[key])
    try:
        mode = applications.mode_of(entry, who)
    except FieldError as error:
        raise PageError(409, error.message, back=back) from error
    posted = request.POST if request.method == "POST" else None
    form = _questions(entry, who, posted)
    wanted = applications.paper_fields(entry, mode)
    consent = ConsentForm(wanted, posted, request.FILES if posted is not None else None)
    if request.method == "POST" and form.is_valid() & consent.is_valid():
        Limit("portal.apply", MOST, 600).take(str(who.party.pk))
        promised = consent.cleaned_data["promise"]
        try:
            made = applications.apply(
                who,
                entry,
                form.answers(),
                promised=promised,
                now=who.now,
                papers=consent.given(),
            )
            return HttpResponseRedirect(reverse("policies:application", args=[made.number]))
        except FieldError as error:
            _put(error, form, consent)
    judged = who.judge_one(entry)
    context = {
        "card": judged.card,
        "one": judged,
        "form": form,
        "consent": consent,
        "promise": applications.promise_text(entry, who.actor.name)
        if mode == Application.PROMISE
        else "",
        "mode": labels.MODES[mode],
        "rows": [row for row in fact_rows(entry, who) if not row["missing"]],
        "back": back,
        "ready": judged.truth == Truth.TRUE,
        "false": judged.truth == Truth.FALSE,
    }
    status = 422 if form.errors or consent.errors else 200
    return render_page(request, f"{FOLDER}/apply.html", context, status=status)


apply = largest_body(100, gettext_lazy("文件太大，没有上传。单个文件不超过 20 MB。"))(_apply)


def _put(error: FieldError, form: Questions, consent: ConsentForm) -> None:
    if error.field in form.fields:
        form.add_error(error.field, error.message)
    else:
        consent.add_error(error.field if error.field in consent.fields else None, error.message)


def _own(request: HttpRequest, number: str) -> tuple[Mine, Application]:
    who = mine_of(request, timezone.now())
    rows = Application.objects.visible_to(who.actor).filter(number=number.replace("\x00", "")[:32])
    found = rows.first()
    if found is None:
        raise Http404
    return who, found


@enterprises_only
@require_safe
def application(request: HttpRequest, number: str) -> HttpResponse:
    """What came of it, and why."""
    who, found = _own(request, number)
    entry = who.looked.shelf.versions.get(found.version_id)
    tones = {"granted": "good", "refused": "bad", "checking": "warn", "withdrawn": "neutral"}
    texts = {
        "granted": _("已通过。列入下一批名单，公示后拨到您的收款账户。"),
        "refused": _("没有通过。理由在下面；数据不对的可以更正后再申请。"),
        "checking": _("您填写的内容由主管部门核实，有结果会通知您。"),
        "withdrawn": _("已撤回。"),
    }
    facts = [
        Row(_("编号"), found.number),
        Row(_("方式"), str(labels.MODES.get(found.mode, found.mode))),
        Row(_("所属期"), period_text(found.period)),
        Row(_("提交时间"), moment_text(found.at)),
    ]
    if found.amount_fen is not None and found.state != Application.REFUSED:
        facts.append(Row(_("金额"), words.yuan(found.amount_fen, catalogue.language())))
    if found.reason:
        facts.append(Row(_("理由"), found.reason))
    context = {
        "application": found,
        "name": entry.item.name if entry else found.item_key,
        "tone": tones.get(found.state, "neutral"),
        "text": texts[found.state],
        "facts": facts,
        "item_url": reverse("policies:mine-item", args=[found.item_key]),
        "papers": [
            Picture(reverse("policies:application-paper", args=[number, one.pk]), one.original_name)
            for one in applications.papers_of(found.number)
        ],
    }
    return render_page(request, f"{FOLDER}/application.html", context)


@enterprises_only
@require_safe
def paper(request: HttpRequest, number: str, attachment: uuid.UUID) -> HttpResponseBase:
    """A paper that was handed in, for whoever handed it in."""
    _who, found = _own(request, number)
    if attachment not in {one.pk for one in applications.papers_of(found.number)}:
        raise Http404
    return file_answer(attachment)


@enterprises_only
@require_POST
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Take it back while it is looked at."""
    who, found = _own(request, number)
    back = reverse("policies:application", args=[found.number])
    try:
        applications.withdraw(who.actor, found.number, who.now)
    except FieldError as error:
        raise PageError(409, error.message, back=back) from error
    messages.success(request, _("已撤回。"))
    return HttpResponseRedirect(back)
