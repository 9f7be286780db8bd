"""Read and sign: the texts word by word, every condition by itself, the own name or hand."""

from __future__ import annotations

import base64
import binascii
import io
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from PIL import Image

from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.state import CaseState
from yishi.foundation.papers.uploads import accept_upload, store
from yishi.foundation.parties.naming import open_name
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.applicant import applicants_only, person_of
from yishi.foundation.ui.officer import actor_of
from yishi.foundation.ui.rendering import render_page
from yishi.systems.pledge_licences.models import Pledge
from yishi.systems.pledge_licences.portal.finding import FOLDER
from yishi.systems.pledge_licences.portal.forms import SignForm
from yishi.systems.pledge_licences.portal.holding import Matter, matter_of, matters_of
from yishi.systems.pledge_licences.services import signing, texts

_PNG = "data:image/png;base64,"
#: Pixels of a drawn signature at most, by side.
WIDEST, HIGHEST = 1_600, 800


@applicants_only
@sensitive_post_parameters("name", "drawn")
@require_http_methods(["GET", "HEAD", "POST"])
def sign(request: HttpRequest, number: str) -> HttpResponse:
    """Both texts as they will be kept, and the form of the signature."""
    matter, now = matter_of(request, number), timezone.now()
    if matter.case.state != "offered":
        return HttpResponseRedirect(matter.url)
    actor = actor_of(request)
    texts_shown = texts.show(actor, number, now)
    signer = open_name(person_of(actor)) if actor.person_id else ""
    data = request.POST if request.method == "POST" else None
    form = SignForm(texts_shown.conditions, signer, data, initial={"shown_hash": texts_shown.hash})
    if request.method == "POST" and form.is_valid():
        try:
            return HttpResponseRedirect(_next(request, _signed(request, matter, form)))
        except FieldError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
        except MoveRefused as error:
            form.add_error(None, error.message)
    context = {
        "matter": matter,
        "notice": texts_shown.notice,
        "pledge": texts_shown.pledge,
        "hash": texts_shown.hash,
        "form": form,
        "conditions": [form[f"c_{key}"] for key in form.keys],
        "signer": signer,
        "back": matter.url,
    }
    status = 422 if form.errors else 200
    return render_page(request, f"{FOLDER}/sign.html", context, status=status)


def _signed(request: HttpRequest, matter: Matter, form: SignForm) -> CaseState:
    actor, now = actor_of(request), timezone.now()
    given = {"shown_hash": form.cleaned_data["shown_hash"], "agreed": form.agreed()}
    with transaction.atomic():
        case = signing.sign(actor, matter.case.number, {**given, "way": "online"}, now)
        _keep_hand(case, form, actor.ref, now)
    return case


def _keep_hand(case: CaseState, form: SignForm, actor_ref: str, now: Any) -> None:
    """How it was signed goes with the signature: the typed name, and the drawing's digest."""
    drawn = picture_of(form.cleaned_data["drawn"])
    rows = Pledge.objects.unscoped("the signer's own pledge").filter(case_id=case.id)
    pledge = rows.only("signature").get()
    pledge.signature["typed"] = True
    if drawn is not None:
        row = accept_upload(
            drawn,
            actor_ref=actor_ref,
            now=now,
            field="drawn",
            purpose="signature",
            about_kind="case",
            about_id=case.id,
            photos_only=True,
        )
        store([row])
        pledge.signature["drawn"] = {"attachment": str(row["id"]), "sha256": row["sha256"]}
    pledge.save(update_fields=["signature"])


def picture_of(text: str) -> SimpleUploadedFile | None:
    """The drawing as a file; nothing for an empty one.

    Raises:
        FieldError: ``drawn``.
    """
    if not text:
        return None
    try:
        if not text.startswith(_PNG):
            raise ValueError
        data = base64.b64decode(text.removeprefix(_PNG), validate=True)
        picture = Image.open(io.BytesIO(data), formats=["PNG"])
        if picture.width > WIDEST or picture.height > HIGHEST:
            raise ValueError
        picture.load()
    except (ValueError, binascii.Error, OSError, Image.DecompressionBombError) as error:
        raise FieldError("drawn", _("手写签名读不出来，请重写或者只输入姓名"), "format") from error
    return SimpleUploadedFile("signature.png", data, "image/png")


def _next(request: HttpRequest, case: CaseState) -> str:
    """The next text of the same application, else what came of it."""
    bundle = case.data.get("bundle")
    if not bundle:
        return reverse("licences:case", args=[case.number])
    matters = matters_of(actor_of(request), case__data__bundle=bundle)
    waiting = [one.case.number for one in reversed(matters) if one.case.state == "offered"]
    if waiting:
        return reverse("licences:sign", args=[waiting[0]])
    return reverse("licences:bundle", args=[bundle])
