"""The hotline at the desk: writing a call down, its ticket, and what callers are told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.models import Case
from yishi.foundation.cases.policy import sees
from yishi.foundation.parties.contacts import masked_contacts
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.officer import actor_of, officers_only, render_desk, require_role, shell_of
from yishi.foundation.ui.parts import Fact
from yishi.foundation.ui.timetext import moment_text
from yishi.systems.city_events import privacy
from yishi.systems.city_events.context import City, city
from yishi.systems.city_events.hotline import history, referrals, register
from yishi.systems.city_events.hotline.forms import NO_NEWS, HotlineForm
from yishi.systems.city_events.hotline.history import Earlier
from yishi.systems.city_events.hotline.models import Referral
from yishi.systems.city_events.hotline.tickets import APPEALS, ticket_clock
from yishi.systems.city_events.intake import IntakeConflict, Receipt, report
from yishi.systems.city_events.lifecycle import STATES
from yishi.systems.city_events.near import open_near
from yishi.systems.city_events.reports import read_place
from yishi.systems.city_events.states import REJECT_REASONS
from yishi.systems.city_events.views import case_of, report_of


class Desk:
    """One request of the hotline's form: what the form is made of, and its answers."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.actor = actor_of(request)
        self.now = timezone.now()
        self.registers: City = city(shell_of(request).numbers)
        try:
            _version, self.catalogue = self.registers.catalogue(self.now)
        except LookupError as error:
            raise PageError(409, str(error)) from error
        self.referrals = referrals.in_force(self.now)
        known = [part for part in request.POST.get("known", "").split(",") if part]
        self.earlier: list[Earlier] = history.of_numbers(self.actor, known) if known else []

    def form(self, *, bound: bool = False) -> HotlineForm:
        """The form, with what was found so far."""
        given = self.request.POST if self.request.method == "POST" else None
        form = HotlineForm(
            self.registers.register,
            self.catalogue,
            given,
            recogniser=self.registers.recogniser,
            referrals=self.referrals,
            earlier=self.earlier,
        )
        if given is not None and not bound:
            form.initial.update({n: given.get(n) for n in form.fields if n in given})
            form.is_bound = False
        numbers = ",".join(one.number for one in self.earlier)
        form.initial["known"] = numbers
        if form.is_bound:
            form.data = form.data.copy()  # type: ignore[attr-defined]
            form.data["known"] = numbers  # type: ignore[index]
        return form

    def look_up(self, phone: str) -> None:
        """The caller's tickets, looked for with a logged purpose.

        Raises:
            FieldError: on ``phone``.
        """
        days = self.registers.rulebook.value("repeat_days", self.now) or 180
        self.earlier = history.of_phone(self.actor, phone, self.now, int(days))


@officers_only
@require_http_methods(["GET", "HEAD", "POST"])
def hotline(request: HttpRequest) -> HttpResponse:
    """Write a call down: look (``look=1``; ``look=history`` for the caller's tickets), be shown
    what is open near by, then file it, exclude it, or tell how the earlier ticket stands."""
    require_role(request, *history.ROLES, refusal=gettext("话务登记由热线话务员和受理员使用。"))
    desk = Desk(request)
    if request.method != "POST":
        return _form_page(desk, desk.form())
    look = request.POST.get("look")
    if look == "history":
        try:
            desk.look_up(request.POST.get("phone", ""))
        except FieldError as error:
            return _look_refused(desk, error)
        return _form_page(desk, desk.form(), looked=True)
    if look == "1":
        return _form_page(desk, desk.form())
    form = desk.form(bound=True)
    if not form.is_valid():
        return _form_page(desk, form, status=422)
    try:
        return _settle(desk, form)
    except FieldError as error:
        form.refuse(error.field, error.message)
        return _form_page(desk, form, status=422)
    except IntakeConflict as error:
        text = gettext("这张登记单已经提交为 %(number)s，之后的修改没有保存。") % {
            "number": error.number
        }
        raise PageError(409, text, back=reverse("desk:case", args=[error.number])) from error


def _look_refused(desk: Desk, error: FieldError) -> HttpResponse:
    form = desk.form(bound=True)
    form.full_clean()
    form.errors.clear()
    form.refuse("phone", error.message)
    return _form_page(desk, form, status=422)


def _settle(desk: Desk, form: HotlineForm) -> HttpResponse:
    """What becomes of the filled form."""
    values, raw = form.cleaned_data, form.raw()
    if values.get("refer"):
        referral = next(one for one in desk.referrals if one.key == values["refer"])
        receipt, _ = register.exclude(desk.actor, raw, referral, desk.now)
        return _excluded_page(desk, receipt, referral)
    if values.get("earlier"):
        number = str(values["earlier"])
        if values["facts"] == NO_NEWS:
            told = register.tell_only(desk.actor, number, values["external_id"], desk.now)
            return _told_page(desk, told)
        receipt = register.with_new_facts(desk.actor, number, raw, desk.now)
        return _receipt_page(desk, receipt, follows=number)
    if desk.request.POST.get("confirmed") != "1":
        place, _where = read_place(raw, desk.registers.register)
        near = open_near(desk.actor, form.type_key, place, desk.now)
        if values["phone"] and not values.get("known"):
            desk.look_up(values["phone"])
        if near or (desk.earlier and not values.get("known")):
            return _form_page(desk, desk.form(bound=True), near=near, asked=True)
    return _receipt_page(desk, report(desk.actor, raw, register.CHANNEL, desk.now))


def _form_page(
    desk: Desk,
    form: HotlineForm,
    *,
    near: list[Any] | None = None,
    asked: bool = False,
    looked: bool = False,
    status: int = 200,
) -> HttpResponse:
    cases = [
        {
            "number": case.number,
            "subject": case.subject,
            "url": reverse("desk:case", args=[case.number]),
            "state": gettext(STATES[case.state].label),
            "unit": case.unit.name if case.unit else "",
            "at": case.received_at,
        }
        for case in near or ()
    ]
    context = {
        "form": form,
        "action": reverse("desk:city_events:hotline"),
        "near": cases,
        "asked": asked and bool(desk.earlier),
        "nothing_known": looked and not desk.earlier,
        "emergency": [_channel(one) for one in desk.referrals if one.reason == "1"],
    }
    return render_desk(desk.request, "city_events/hotline.html", context, status=status)


def _channel(one: Referral) -> dict[str, Any]:
    return {
        "name": referrals.name_of(one),
        "phone": one.phone,
        "address": one.address,
        "say": referrals.words_of(one),
        "illustrative": one.illustrative,
    }


def _visible_url(desk: Desk, number: str) -> str:
    states = load_states(number=number)
    visible = bool(states) and sees(desk.actor, states[0])
    return reverse("desk:case", args=[number]) if visible else ""


def _receipt_page(desk: Desk, receipt: Receipt, *, follows: str = "") -> HttpResponse:
    url = _visible_url(desk, receipt.number)
    context = {
        "receipt": receipt,
        "state": gettext(STATES[receipt.state].label),
        "reply_due": datetime.fromisoformat(receipt.reply_due_at) if receipt.reply_due_at else None,
        "follows": follows if follows != receipt.number else "",
        "case_url": url,
        "again_url": reverse("desk:city_events:hotline"),
    }
    return render_desk(desk.request, "city_events/hotline_done.html", context)


def _excluded_page(desk: Desk, receipt: Receipt, referral: Referral) -> HttpResponse:
    context = {
        "receipt": receipt,
        "reason": gettext(dict(REJECT_REASONS)[referral.reason]),
        "code": referral.reason,
        "channel": _channel(referral),
        "case_url": _visible_url(desk, receipt.number),
        "again_url": reverse("desk:city_events:hotline"),
    }
    return render_desk(desk.request, "city_events/hotline_excluded.html", context)


def _reply_fact(case: Case) -> Fact:
    """Until when the caller is promised an answer: the ticket's limit, not the offices' next one;
    without a ticket the case's (2 statements)."""
    ticket = ticket_clock(load_states(number=case.number)[0])
    due = ticket.due_at if ticket else case.next_due_at
    return Fact(gettext("答复期限"), moment_text(due) if due and not case.closed_at else "")


def _told_page(desk: Desk, told: register.Told) -> HttpResponse:
    case = told.case
    facts = [
        Fact(gettext("案卷编号"), case.number, url=reverse("desk:case", args=[case.number])),
        Fact(gettext("事项"), case.subject),
        Fact(gettext("状态"), gettext(STATES[case.state].label)),
        Fact(gettext("处置部门"), case.unit.name if case.unit else ""),
        _reply_fact(case),
    ]
    context = {"facts": facts, "again_url": reverse("desk:city_events:hotline")}
    return render_desk(desk.request, "city_events/hotline_told.html", context)


@officers_only
@require_safe
def ticket(request: HttpRequest, number: str, report: int) -> HttpResponse:
    """The ticket of one report on one sheet, with its reply deadline, to be printed (工单)."""
    case = case_of(request, number)
    found = report_of(request, case, report)
    actor = actor_of(request)
    clock = ticket_clock(case)
    if clock is None and not found.appeal:
        raise Http404
    registers = city(shell_of(request).numbers)
    shown = privacy.sees_masked(actor, case, secret=found.secret)
    contacts = masked_contacts([found.contact_id]) if found.contact_id and shown else {}
    contact = contacts.get(found.contact_id) if found.contact_id else None
    text = privacy.words_of(actor, case, found)
    person = f"{contact.name} {contact.phone}" if contact else gettext("不显示")
    register_of_places = registers.register
    facts = [
        Fact(gettext("受理时间"), moment_text(found.received_at)),
        Fact(gettext("诉求类型"), gettext(dict(APPEALS).get(found.appeal, "求助"))),
        Fact(gettext("事项"), case.data.get("type_name") or gettext("待识别")),
        Fact(gettext("位置"), case.data.get("where") or ""),
        Fact(gettext("区域"), register_of_places.label(case.managed_path)),
        Fact(gettext("诉求人"), person),
        Fact(gettext("保密"), gettext("要求保密") if found.secret else gettext("否")),
        Fact(
            gettext("处置部门"),
            register_of_places.unit(case.unit_id).name if case.unit_id else gettext("待派遣"),
        ),
        Fact(gettext("状态"), gettext(STATES[case.state].label)),
    ]
    context = {
        "number": number,
        "facts": facts,
        "text": text,
        "clock": clock,
        "follows": (case.data.get("follows") or {}).get("number", ""),
        "back": reverse("desk:case", args=[number]),
    }
    return render_desk(request, "city_events/ticket.html", context)
