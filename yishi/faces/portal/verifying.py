"""文书核验: whether a numbered document is in the register, and whether a file is that document;
a certificate's code leads on to its own page.

Anybody may ask who has the code that is printed on the paper. The answer is number, kind and date,
and for a file whether it is the one that was issued; nothing of the content.
"""

from __future__ import annotations

import hashlib
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from yishi.faces.portal.certificates import verifying
from yishi.foundation.access.throttle import TooMany
from yishi.foundation.papers.certificates import services as certificates
from yishi.foundation.papers.certificates.checking import check_file
from yishi.foundation.papers.certificates.models import Certificate
from yishi.foundation.papers.issuing import find, kind_of, matches
from yishi.foundation.papers.models import IssuedPaper
from yishi.foundation.ui.errors import render_error
from yishi.foundation.ui.limits import largest_body
from yishi.foundation.ui.rendering import render_page

GUESSES = verifying.GUESSES
MOST_MEGABYTES = 20


class VerifyForm(forms.Form):
    """The code on the paper, and the file if there is one."""

    code = forms.CharField(
        label=_("核验码"),
        help_text=_(
            "印在文书或证照上，20位字母和数字；扫描二维码会自动填好。证照也可以填证照标识。"
        ),
        max_length=110,
        error_messages={"required": _("请输入核验码")},
    )
    file = forms.FileField(
        label=_("PDF 文件"),
        help_text=_("可不选。选了就核对文件是否被改动；文件只在核对时读取，不保存。"),
        required=False,
    )
    use_required_attribute = False


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def _verify(request: HttpRequest) -> HttpResponse:
    """The form; with a code (also by GET, from the QR code) what the register says."""
    given = request.GET.get("code", "")
    bound = request.method == "POST"
    form = VerifyForm(request.POST, request.FILES) if bound else VerifyForm({"code": given})
    if not bound and not given:
        form = VerifyForm()
    context: dict[str, Any] = {"form": form, "title": gettext("文书核验")}
    if form.is_bound and form.is_valid():
        if GUESSES.waits(request):
            text = gettext("核验码输错的次数太多，请十分钟后再试。")
            return render_error(request, 429, text, back=reverse("portal:verify"))
        paper = find(form.cleaned_data["code"])
        certificate = certificates.find(form.cleaned_data["code"]) if paper is None else None
        if certificate is not None:
            return _of_certificate(request, certificate, form)
        if paper is None:
            GUESSES.wrong(request)
            form.add_error("code", gettext("没有登记这个核验码的文书，请核对后再试"))
        else:
            context |= _said(paper, form)
    status = 422 if form.errors else 200
    return render_page(request, "portal/verify.html", context, status=status)


def _of_certificate(
    request: HttpRequest, certificate: Certificate, form: VerifyForm
) -> HttpResponse:
    """A certificate's code was typed here: its own page, or at once whether the file is it."""
    file = form.cleaned_data.get("file")
    if file is None:
        return HttpResponseRedirect(reverse("portal:verify-code", args=[certificate.verify_code]))
    try:
        verifying.CHECKS.take_for(request)
    except TooMany:
        return verifying.too_many(request)
    checked = check_file(file.read(), certificate)
    return verifying.shown(request, certificate, verifying.FileForm(), checked)


def _said(paper: IssuedPaper, form: VerifyForm) -> dict[str, Any]:
    file, same = form.cleaned_data.get("file"), None
    if file is not None:
        digest = hashlib.sha256()
        for chunk in file.chunks():
            digest.update(chunk)
        same = matches(paper, digest.hexdigest())
    return {"paper": paper, "kind": kind_of(paper.kind).label, "same": same}


verify = largest_body(MOST_MEGABYTES, _("文件超过 20 MB，没有核对。文书都小于这个大小。"))(_verify)
