"""证照核验: how a certificate stands now, read from the register each time and kept by no cache.

Anybody may ask who has its code, which stands in the QR code of the certificate. Holders that are
people are shown masked, personal fields not at all. An uploaded file is read, compared and
forgotten.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from yishi.foundation.access.throttle import Limit, Throttle, TooMany
from yishi.foundation.papers.certificates import services as certificates
from yishi.foundation.papers.certificates.checking import FileCheck, check_file
from yishi.foundation.papers.certificates.drawing import made_up
from yishi.foundation.papers.certificates.models import Certificate
from yishi.foundation.papers.certificates.reading import stands
from yishi.foundation.papers.issuing import find, grouped
from yishi.foundation.ui.errors import render_error
from yishi.foundation.ui.limits import largest_body
from yishi.foundation.ui.parts import Fact
from yishi.foundation.ui.rendering import render_page

#: Shared with 文书核验: one count of wrong codes.
GUESSES = Throttle("verify")
#: Files that one address has checked in ten minutes: reading a PDF costs more than a page.
CHECKS = Limit("verify.file", 60, 600, shared=True)
MOST_MEGABYTES = 20
#: What follows from each standing, in one sentence.
MEANING = {
    "valid": _("证照现行有效。"),
    "suspended": _("证照被暂扣，暂扣期间不能凭它经营或办事。"),
    "revoked": _("证照已被撤销，自撤销起不再有效。"),
    "cancelled": _("证照已被注销，不再有效。"),
    "lapsed": _("证照已经失效。"),
    "revoked_licence": _("证照已被吊销，不再有效。"),
    "superseded": _("证照已换发新版本，这个版本不再有效。"),
    "expired": _("证照已过有效期，不再有效。"),
    "not_yet": _("证照还没有到有效期的开始日期。"),
    "empty": _("这份综合许可证所含的单项证照都已不在有效状态。"),
}


class FileForm(forms.Form):
    """The file to check."""

    file = forms.FileField(
        label=_("PDF 或 OFD 证照文件"),
        help_text=_("核对文件有没有被改动；文件只在核对时读取，不保存。"),
        error_messages={"required": _("请选择要核对的文件"), "empty": _("文件是空的")},
    )
    use_required_attribute = False


@dataclass(frozen=True, slots=True)
class Part:
    """A component of a composite certificate as drawn."""

    certificate: Certificate
    standing: certificates.Standing
    meaning: object


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def _verify(request: HttpRequest, code: str) -> HttpResponse:
    """How the certificate stands; with a file (POST) also whether that is the one signed."""
    if GUESSES.waits(request):
        text = gettext("核验码输错的次数太多，请十分钟后再试。")
        return render_error(request, 429, text, back=reverse("portal:verify"))
    found = certificates.find(code)
    if found is None:
        if find(code) is not None:
            return HttpResponseRedirect(f"{reverse('portal:verify')}?code={code}")
        GUESSES.wrong(request)
        text = gettext("没有登记这个核验码的证照，请核对后再试。")
        return render_error(request, 404, text, back=reverse("portal:verify"))
    form = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()
    checked = None
    if form.is_bound and form.is_valid():
        try:
            CHECKS.take_for(request)
        except TooMany:
            return too_many(request)
        checked = check_file(form.cleaned_data["file"].read(), found)
    return shown(request, found, form, checked)


def too_many(request: HttpRequest) -> HttpResponse:
    """Whoever checks files without an end waits."""
    text = gettext("核对的文件太多，请十分钟后再试。")
    return render_error(request, 429, text, back=request.path)


def shown(
    request: HttpRequest, found: Certificate, form: forms.Form, checked: FileCheck | None
) -> HttpResponse:
    """The page of a certificate."""
    now = timezone.now()
    state = stands(found, now)
    newest = None if state.current else state.newest
    context: dict[str, Any] = {
        "title": gettext("证照核验"),
        "certificate": found,
        "state": state,
        "meaning": MEANING[state.standing.key],
        "since": found.status_at if not found.in_force else None,
        "facts": facts(found),
        "parts": [Part(c, s, MEANING[s.key]) for c, s in state.components],
        "newest": newest,
        "newest_stands": certificates.standing(newest, now.date()) if newest else None,
        "made_up": made_up(found),
        "checked": checked,
        "form": form,
        "now": now,
    }
    status = 422 if form.errors else 200
    return render_page(request, "portal/certificates/verify.html", context, status=status)


def facts(found: Certificate) -> Sequence[Fact]:
    """What anybody may read of a certificate."""
    name, code = certificates.shown_holder(found)
    ends = f"{found.valid_to}" if found.valid_to else gettext("长期")
    lines = [
        Fact(gettext("持证主体"), name, hint=code),
        Fact(gettext("证照编号"), found.number),
        Fact(gettext("颁发机构"), found.issuer_name),
        Fact(gettext("颁发日期"), f"{found.issued_on}"),
        Fact(
            gettext("有效期"),
            gettext("%(start)s 至 %(end)s") % {"start": found.valid_from, "end": ends},
        ),
        Fact(gettext("证照标识"), found.identifier, hint=gettext("第 %d 版") % found.version),
        Fact(gettext("核验码"), grouped(found.verify_code)),
    ]
    return lines + [
        Fact(line.label, line.value) for line in certificates.lines_of(found, personal=False)
    ]


verify = largest_body(MOST_MEGABYTES, _("文件超过 20 MB，没有核对。证照都小于这个大小。"))(_verify)
