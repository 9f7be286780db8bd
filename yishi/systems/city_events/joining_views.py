"""并案 at the desk: an acceptor says which open case goes on for both."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from yishi.foundation.cases.advance import CaseNotFound
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.state import CaseState
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.officer import actor_of, officers_only, render_desk, require_role
from yishi.foundation.ui.pickers import radio_field
from yishi.systems.city_events import joining
from yishi.systems.city_events.lifecycle.common import place_of
from yishi.systems.city_events.near import open_near
from yishi.systems.city_events.views import case_of


class JoinForm(forms.Form):
    """The case that goes on: one of those near by, or by its number; and why."""

    into = forms.CharField(label=_("另一案件的编号"), max_length=40, required=False)
    note = forms.CharField(
        label=_("理由"),
        max_length=500,
        help_text=_("将写入案卷，相关单位可见"),
        error_messages={"required": _("请写明为什么是同一件事")},
    )
    use_required_attribute = False

    def __init__(self, data: Any, near: list[tuple[str, str]]) -> None:
        super().__init__(data)
        if near:
            choices = [*near, ("", gettext("都不是，在下面填写编号"))]
            field = radio_field(_("附近同类的在办案件"), choices)
            self.fields = {"near": field, **self.fields}

    def target(self) -> str:
        """The number that was chosen or written."""
        chosen = str(self.cleaned_data.get("near") or "")
        return chosen or str(self.cleaned_data["into"]).strip().replace("\x00", "")


def _near(request: HttpRequest, case: CaseState) -> list[tuple[str, str]]:
    found = open_near(actor_of(request), case.type_key, place_of(case), timezone.now())
    return [(one.number, f"{one.number} {one.subject}") for one in found if one.id != case.id]


@officers_only
@require_http_methods(["GET", "HEAD", "POST"])
def join_case(request: HttpRequest, number: str) -> HttpResponse:
    """Ask which case goes on, and let this one go on in it."""
    case = case_of(request, number)
    require_role(request, "acceptor", refusal=gettext("并案由受理员办理。"))
    form = JoinForm(request.POST if request.method == "POST" else None, _near(request, case))
    if request.method == "POST" and form.is_valid():
        answer = _join(request, case, form)
        if answer is not None:
            return answer
    status = 422 if form.is_bound else 200
    context = {
        "title": gettext("并入另一案件"),
        "text": gettext(
            "两件其实是同一件事时，本案的全部上报并入另一案件继续办理，上报人的查询码随之指向那一案件，办结时一并答复。"
            "本案到此结束，不计入统计；并错了可以在那一案件中逐条拆出。"
        ),
        "facts": [(gettext("本案件"), f"{case.number} {case.subject}")],
        "form": form,
        "action": reverse("desk:city_events:join", args=[number]),
        "confirm_label": gettext("并入"),
        "back_url": reverse("desk:case", args=[number]),
    }
    return render_desk(request, "ui/confirm.html", context, status=status)


def _join(request: HttpRequest, case: CaseState, form: JoinForm) -> HttpResponse | None:
    """The answer after joining; ``None`` when the form got an error."""
    target = form.target()
    if not target:
        form.add_error("into", gettext("请选择或填写要并入的案件"))
        return None
    actor, note = actor_of(request), form.cleaned_data["note"]
    try:
        into = joining.join(actor, case.number, target[:40], note, timezone.now())
    except CaseNotFound as error:
        raise Http404 from error
    except FieldError as error:
        form.add_error(error.field if error.field in form.fields else "into", error.message)
        return None
    except MoveRefused as error:
        status = 403 if error.code == "role" else 409
        back = reverse("desk:case", args=[case.number])
        raise PageError(status, error.message, back=back) from error
    messages.success(request, gettext("已并入 %(number)s") % {"number": into.number})
    return HttpResponseRedirect(reverse("desk:case", args=[into.number]))
