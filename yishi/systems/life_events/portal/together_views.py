"""Who else applies: asked by the applicant, confirmed by each with the own real-name account."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from yishi.foundation.access.actors import Actor
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.applicant import applicant_of, applicants_only
from yishi.foundation.ui.rendering import render_page
from yishi.systems.life_events import applications, submitting
from yishi.systems.life_events import together as people
from yishi.systems.life_events.applications import COUNTER
from yishi.systems.life_events.models import Application, CoApplicant
from yishi.systems.life_events.portal.apply_views import form_sections
from yishi.systems.life_events.portal.flow import FOLDER, Flow, page
from yishi.systems.life_events.portal.forms import show, theme_form
from yishi.systems.life_events.versions import registers

TONES = {"asked": "warn", "confirmed": "good", "refused": "bad", "left_out": "neutral"}


class PersonForm(forms.Form):
    """Somebody who applies too."""

    name = forms.CharField(
        label=gettext_lazy("姓名"),
        max_length=60,
        error_messages={"required": gettext_lazy("请填写姓名")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    identifier = forms.CharField(
        label=gettext_lazy("公民身份号码"),
        max_length=40,
        help_text=gettext_lazy("只有这个人实名认证后才能看到并确认。"),
        error_messages={"required": gettext_lazy("请填写公民身份号码")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    relation = forms.CharField(
        label=gettext_lazy("与申请人的关系"),
        max_length=20,
        help_text=gettext_lazy("例如：配偶、买受人、合伙人。"),
        error_messages={"required": gettext_lazy("请写明与申请人的关系")},
    )
    fields_ = forms.MultipleChoiceField(
        label=gettext_lazy("由这个人确认的内容"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("不选时，只确认愿意共同申请。"),
    )
    needed = forms.ChoiceField(
        label=gettext_lazy("没有确认时"),
        choices=(
            ("yes", gettext_lazy("等这个人确认后才能提交")),
            ("no", gettext_lazy("可以先提交，这个人就不作为共同申请人")),
        ),
        initial="yes",
        widget=forms.RadioSelect,
    )

    def __init__(self, data: Any, choices: list[tuple[str, str]]) -> None:
        super().__init__(data)
        self.fields["fields_"].choices = choices  # type: ignore[attr-defined]


class AgreeForm(forms.Form):
    """I agree."""

    true = forms.BooleanField(
        label=gettext_lazy("我是本人，同意共同申请，以上属于我的内容属实"),
        error_messages={"required": gettext_lazy("请勾选确认")},
    )


@page("together")
def together(flow: Flow) -> HttpResponse:
    """Who else applies, and whether they have confirmed."""
    if flow.open_step() in ("ask", "where"):
        return flow.go(flow.open_step())
    app, choices = flow.application, people.fields_to_share(flow.made)
    data = flow.request.POST if flow.posted else None
    act, _colon, key = (data.get("act", "add") if data else "").partition(":")
    form = PersonForm(data if act == "add" else None, [(one.key, one.label) for one in choices])
    if act == "drop":
        people.drop(app, _number(key))
        return flow.go("together")
    if act == "seen":
        return _seen_at_the_counter(flow, _number(key))
    if act == "add" and form.is_valid():
        said = form.cleaned_data
        raw = said | {"fields": said["fields_"], "required": said["needed"] == "yes"}
        try:
            people.ask(app, flow.made, raw, submitting.applicant(app), flow.now)
        except FieldError as error:
            field = "fields_" if error.field == "fields" else error.field
            show(form, FieldError(field, error.message))
        else:
            messages.success(
                flow.request, _("已添加。请把确认链接发给本人，或请本人登录后在“我的”中确认。")
            )
            return flow.go("together")
    return _page(flow, form)


def _page(flow: Flow, form: PersonForm) -> HttpResponse:
    labels = {one.key: one.label for one in flow.made.form}
    rows = [
        {
            "row": row,
            "name": people.name_of(row.party),
            "tone": TONES[row.state],
            "fields": [labels[key] for key in row.fields if key in labels],
            "url": flow.request.build_absolute_uri(reverse("themes:confirm", args=[row.pk])),
        }
        for row in people.people_of(flow.application)
    ]
    counter = flow.application.channel == COUNTER
    return flow.render(form, rows=rows, counter=counter, back=flow.url("check"))


def _seen_at_the_counter(flow: Flow, person: int) -> HttpResponse:
    """The officer who takes it down has seen the person and the identity card."""
    actor: Actor = flow.request.actor  # type: ignore[attr-defined]
    app = flow.application
    row = next((one for one in people.people_of(app) if one.pk == person), None)
    if row is None or app.channel != COUNTER or actor.kind != "user" or actor.ref != app.clerk:
        raise Http404
    values = applications.unseal(app).values
    wrong = people.confirm(row, flow.made, values, actor.ref, flow.now)
    if wrong:
        messages.error(flow.request, next(iter(wrong.values())))
        return flow.go("form")
    return flow.go("together")


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


@require_http_methods(["GET", "HEAD", "POST"])
@applicants_only
def confirm(request: HttpRequest, person: int) -> HttpResponse:
    """The own part of somebody who was asked: read, corrected, confirmed or refused."""
    actor = applicant_of(request)
    row = people.row_for(actor, person) if actor is not None and person < 2**63 else None
    if actor is None or row is None:
        raise Http404
    if request.method != "POST":
        return _confirm_page(request, row, None, {}, AgreeForm())
    now, agreed = timezone.now(), AgreeForm(request.POST)
    made = _made(row.application, now)
    wrong: dict[str, str] = {}
    try:
        if request.POST.get("act") == "refuse":
            people.refuse(row, request.POST.get("reason", ""), actor.ref, now)
            messages.success(request, _("已告知申请人您不参加。"))
            return HttpResponseRedirect(reverse("themes:confirm", args=[row.pk]))
        if agreed.is_valid():
            wrong = people.confirm(row, made, request.POST, actor.ref, now)
            if not wrong:
                messages.success(request, _("已确认，申请人可以提交了。"))
                return HttpResponseRedirect(reverse("themes:confirm", args=[row.pk]))
    except FieldError as error:
        agreed.full_clean()
        agreed.add_error(None, error.message)
    return _confirm_page(request, row, request.POST, wrong, agreed)


def _made(application: Application, now: Any) -> Any:
    return applications.made(application, applications.owned(application, now))


def _confirm_page(
    request: HttpRequest, row: CoApplicant, data: Any, wrong: dict[str, str], agreed: AgreeForm
) -> HttpResponse:
    now, app = timezone.now(), row.application
    made = _made(app, now)
    fields = tuple(people.own_part(row, made))
    values = people.values_of(row) or applications.unseal(app).values
    own = {one.key: values.get(one.key, "") for one in fields}
    form = theme_form(fields, data, own, registers().register)
    if data is not None:
        form.full_clean()
        for key, message in wrong.items():
            form.add_error(key, message)
    bad = bool(wrong or agreed.errors)
    context = {
        "row": row,
        "tone": TONES[row.state],
        "theme": made.theme,
        "items": [made.book.items[key].name for key in made.to_do],
        "applicant": people.name_of(app.party),
        "agent": people.agent_of(app),
        "form": form,
        "agreed": agreed,
        "sections": form_sections(fields, form, {}, {}),
        "handed_in": app.case_id is not None,
        "now": now,
    }
    template = f"{FOLDER}/confirm.html"
    return render_page(request, template, context, status=422 if bad else 200)
