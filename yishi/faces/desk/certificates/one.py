"""One certificate at the desk: how it stands, what happened, and its status changed."""

from __future__ import annotations

import uuid

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from yishi.foundation.access.models import User
from yishi.foundation.audit import access_log
from yishi.foundation.papers.certificates import services as certificates
from yishi.foundation.papers.certificates.access import may_change, visible_certificates
from yishi.foundation.papers.certificates.drawing import made_up
from yishi.foundation.papers.certificates.models import PDF, STATUS_CODES, Certificate
from yishi.foundation.papers.certificates.reading import stands
from yishi.foundation.papers.certificates.states import choices_after
from yishi.foundation.papers.issuing import grouped
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.officer import actor_of, officers_only, render_desk
from yishi.foundation.ui.parts import Event, Fact

TONES = {"valid": "good", "suspended": "warn", "superseded": "neutral"}


class StatusForm(forms.Form):
    """The status after, and why."""

    status = forms.ChoiceField(
        label=_("改为"),
        error_messages={"required": _("请选择状态"), "invalid_choice": _("不能改为这个状态")},
    )
    reason = forms.CharField(
        label=_("原因和依据"),
        help_text=_("公开核验页不显示原因，持证主体可以看到。"),
        max_length=300,
        error_messages={"required": _("请填写原因和依据")},
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    use_required_attribute = False

    def __init__(self, certificate: Certificate, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        choices = [("", _("请选择")), *choices_after(certificate)]
        self.fields["status"].choices = choices  # type: ignore[attr-defined]


def _of(request: HttpRequest, pk: uuid.UUID) -> Certificate:
    """A certificate in sight (1 statement). Raises `Http404`."""
    rows = visible_certificates(actor_of(request)).select_related("unit")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@never_cache
@officers_only
@require_safe
def certificate(request: HttpRequest, certificate: uuid.UUID) -> HttpResponse:
    """The certificate with its versions, components and history."""
    found, now = _of(request, certificate), timezone.now()
    state = stands(found, now)
    context = {
        "certificate": found,
        "state": state,
        "facts": _facts(found),
        "events": _events(found),
        "file": found.files.filter(kind=PDF).order_by("-at").first(),
        "changes": may_change(actor_of(request), found) and bool(choices_after(found)),
        "made_up": made_up(found),
        "now": now,
    }
    return render_desk(request, "desk/certificates/one.html", context)


def _facts(found: Certificate) -> list[Fact]:
    name, code = certificates.shown_holder(found)
    ends = f"{found.valid_to}" if found.valid_to else gettext("长期")
    facts = [
        Fact(gettext("持证主体"), name, hint=f"{code} · {found.holder_code_kind}"),
        Fact(gettext("证照编号"), found.number),
        Fact(gettext("证照类型"), found.type_name, hint=found.type_code),
        Fact(gettext("颁发机构"), found.issuer_name, hint=found.issuer_code),
        Fact(gettext("颁发日期"), f"{found.issued_on}"),
        Fact(gettext("有效期"), f"{found.valid_from} — {ends}"),
        Fact(gettext("证照标识"), found.identifier),
        Fact(gettext("核验码"), grouped(found.verify_code)),
        Fact(gettext("所属管辖区域编码"), found.region),
        Fact(gettext("证照状态代码"), STATUS_CODES[found.status]),
    ]
    if found.unit is not None:
        facts.append(Fact(gettext("保管单位"), found.unit.name))
    shown = certificates.lines_of(found, personal=False)
    return facts + [Fact(line.label, line.value) for line in shown]


def _events(found: Certificate) -> list[Event]:
    """Everything that happened to the serial, newest first (1 statement, and one for officers)."""
    labels = dict(Certificate._meta.get_field("status").flatchoices)
    changes = certificates.history(found)
    people = _people({row.actor_ref for row in changes})
    return [
        Event(
            row.at,
            f"{labels[row.after] if row.before else gettext('颁发')} · "
            + gettext("第 %d 版") % row.certificate.version,
            actor=people.get(row.actor_ref, ""),
            text=row.reason,
            tone=TONES.get(row.after, "bad"),
        )
        for row in reversed(changes)
    ]


def _people(refs: set[str]) -> dict[str, str]:
    """What those who acted are called (1 statement, none without officers)."""
    words = {"user": "", "account": gettext("持证主体"), "client": gettext("接口密钥")}
    found = {ref: words.get(ref.partition(":")[0], gettext("系统")) for ref in refs}
    ids = [int(ref.removeprefix("user:")) for ref in refs if ref.startswith("user:")]
    if ids:
        rows = User.objects.filter(pk__in=ids).values_list("pk", "display_name")
        found.update((f"user:{pk}", name) for pk, name in rows)
    return found


@never_cache
@officers_only
@require_http_methods(["GET", "HEAD", "POST"])
def status(request: HttpRequest, certificate: uuid.UUID) -> HttpResponse:
    """Change the status; every page shows it from then on."""
    found, actor = _of(request, certificate), actor_of(request)
    if not may_change(actor, found):
        raise Http404
    form = StatusForm(found, request.POST if request.method == "POST" else None)
    back = reverse("desk:certificate", args=[found.pk])
    if form.is_bound and form.is_valid():
        said = form.cleaned_data
        try:
            certificates.set_status(
                found, said["status"], said["reason"], actor=actor, now=timezone.now()
            )
        except FieldError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
        else:
            messages.success(request, gettext("状态已变更，核验页即时显示。"))
            return HttpResponseRedirect(back)
    context = {
        "title": gettext("变更证照状态"),
        "text": gettext("撤销、注销、失效、吊销之后不能恢复为有效。"),
        "facts": [
            Fact(gettext("证照"), f"{found.name} {found.number}"),
            Fact(gettext("持证主体"), certificates.shown_holder(found)[0]),
            Fact(gettext("现在的状态"), found.get_status_display()),
        ],
        "form": form,
        "action": reverse("desk:certificate-status", args=[found.pk]),
        "confirm_label": gettext("变更状态"),
        "danger": True,
        "back_url": back,
    }
    code = 422 if form.errors else 200
    return render_desk(request, "ui/confirm.html", context, status=code)


@never_cache
@officers_only
@require_safe
def file(request: HttpRequest, certificate: uuid.UUID, kind: str) -> HttpResponse:
    """The signed file; of a person's certificate the look is logged, for it shows the name."""
    found, now = _of(request, certificate), timezone.now()
    if kind not in certificates.KINDS:
        raise Http404
    if found.personal or any(line.get("personal") for line in found.data.get("fields", ())):
        subject = f"party:{found.holder_id}"
        access_log.look(
            actor_of(request).ref, "certificate.file", subject, f"证照 {found.number}", now
        )
    made = certificates.signed_file(found, now, kind)
    way = "inline" if kind == PDF else "attachment"
    headers = {
        "Content-Disposition": f'{way}; filename="{found.serial}-{found.version}.{kind}"',
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(made.data, content_type=f"application/{kind}", headers=headers)
