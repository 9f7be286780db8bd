"""Photos, contact, the page that shows everything once more, and the receipt."""

from __future__ import annotations

import uuid
from dataclasses import asdict, replace
from typing import Any

import segno
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from yishi.foundation.access.actors import PUBLIC
from yishi.foundation.access.throttle import Limit
from yishi.foundation.access.tracking import tracking_code
from yishi.foundation.papers.uploads import (
    MOST_PER_REPORT,
    accept_uploads,
    store,
)
from yishi.foundation.parties.contacts import contact_row
from yishi.foundation.parties.masking import mask_email, mask_name, mask_phone
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.documents import file_answer
from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.limits import largest_body
from yishi.foundation.ui.parts import Picture
from yishi.foundation.ui.rendering import render_page
from yishi.systems.city_events.intake import IntakeConflict, Receipt, report
from yishi.systems.city_events.portal import drafts, steps
from yishi.systems.city_events.portal.drafts import Draft
from yishi.systems.city_events.portal.flow import FOLDER, Flow, page
from yishi.systems.city_events.portal.forms import CheckForm, ContactForm, PhotosForm, show
from yishi.systems.city_events.portal.receipt import Told, told

CHANNEL = "portal"


@page("photos")
def _photos(flow: Flow) -> HttpResponse:
    """Photos are taken in as they come, so that nothing is lost when another page has an error."""
    act = flow.request.POST.get("act", "")
    form = PhotosForm()
    if flow.request.method == "POST":
        if act.startswith("remove:"):
            return _remove(flow, act.removeprefix("remove:"))
        if flow.request.FILES:
            most = settings.YISHI_UPLOADS_PER_ADDRESS
            Limit("portal.photos", most, 600, shared=True).take_for(flow.request)
        form = PhotosForm(flow.request.POST, flow.request.FILES)
        if form.is_valid() and _added(flow, form):
            if act == "add":
                return flow.go("photos")
            return flow.answer(photos_done=True)
    return flow.render(
        form,
        pictures=pictures(flow.draft),
        left=MOST_PER_REPORT - len(flow.draft.photos),
        most=MOST_PER_REPORT,
    )


photos = largest_body(
    60,
    gettext_lazy("照片合计超过 60 MB，没有上传。请返回后少选几张，分几次添加，或换用较小的照片。"),
)(_photos)


def _added(flow: Flow, form: PhotosForm) -> bool:
    files = form.cleaned_data["photos"]
    left = MOST_PER_REPORT - len(flow.draft.photos)
    try:
        if len(files) > left:
            message = _("最多 %(most)d 张照片，还可以添加 %(left)d 张")
            message = message % {"most": MOST_PER_REPORT, "left": left}
            raise FieldError("photos", message, "too_many")
        rows = accept_uploads(files, actor_ref=flow.draft.owner, now=flow.now, purpose="report")
    except FieldError as error:
        show(form, error)
        return False
    if rows:
        with transaction.atomic():
            store(rows)
        added = [{"id": str(row["id"]), "name": row["original_name"]} for row in rows]
        flow.data["photos"] = [*flow.draft.photos, *added]
        drafts.save(flow.request, flow.draft)
    return True


def _remove(flow: Flow, photo_id: str) -> HttpResponse:
    """Take a photo out of the report; its bytes are cleared with the other orphans."""
    kept = [photo for photo in flow.draft.photos if photo["id"] != photo_id]
    if len(kept) < len(flow.draft.photos):
        flow.data["photos"] = kept
        drafts.save(flow.request, flow.draft)
        messages.success(flow.request, _("照片已移除"))
    return flow.go("photos")


def pictures(draft: Draft) -> list[Picture]:
    """The draft's photos as they are shown, with their ids as captions for removal."""
    found: list[Picture] = []
    for number, photo in enumerate(draft.photos, start=1):
        url = reverse("events:draft-photo", args=[draft.id, photo["id"]])
        name = _("照片 %(n)d：%(name)s") % {"n": number, "name": photo["name"]}
        found.append(Picture(url, name, url + "?small=1", photo["id"]))
    return found


@never_cache
@require_safe
def draft_photo(request: HttpRequest, draft_id: uuid.UUID, photo_id: uuid.UUID) -> FileResponse:
    """A photo of the report that this session is filling in."""
    draft = drafts.load(request, draft_id)
    if draft is None or str(photo_id) not in {photo["id"] for photo in draft.photos}:
        raise Http404
    return file_answer(photo_id, small="small" in request.GET)


@page("contact")
def contact(flow: Flow) -> HttpResponse:
    """How to reach the reporter, if at all."""
    names = ("name", "phone", "email")
    if flow.request.method == "POST":
        form = ContactForm(flow.request.POST)
        if form.is_valid():
            given = {name: form.cleaned_data[name] for name in names}
            try:
                contact_row(now=flow.now, **given)
            except FieldError as error:
                show(form, error)
            else:
                return flow.answer(**given, secret=form.cleaned_data["secret"], contact_done=True)
    else:
        form = ContactForm(initial={n: flow.data.get(n, "") for n in (*names, "secret")})
    return flow.render(form)


@page("check")
def check(flow: Flow) -> HttpResponse:
    """Everything once more with a way to change it; from here it is sent."""
    form = CheckForm(flow.request.POST if flow.request.method == "POST" else None)
    if flow.request.method == "POST" and form.is_valid():
        most = settings.YISHI_REPORTS_PER_ADDRESS
        Limit("portal.report", most, 600, shared=True).take_for(flow.request)
        try:
            return _send(flow)
        except FieldError as error:
            form.add_error(None, error.message)
            name = steps.PAGE_OF.get(error.field.partition(".")[0], "where")
            return flow.render(form, rows=rows(flow), wrong=flow.url(name))
        except IntakeConflict:
            raise PageError(409, _("这份上报已经发送过，内容与现在的不同。")) from None
    return flow.render(form, rows=rows(flow))


def _send(flow: Flow) -> HttpResponse:
    """File the report, and forget what was typed.

    Raises:
        FieldError: what the intake refuses; nothing is stored then.
    """
    reporter = replace(PUBLIC, ref=flow.draft.owner)
    try:
        receipt = report(reporter, steps.raw_report(flow.draft), CHANNEL, flow.now)
    except FieldError as error:
        if error.field.startswith("photos"):  # cleared after a day: start with none
            flow.data["photos"] = []
            drafts.save(flow.request, flow.draft)
            text = _("照片已过期，请重新添加，或不带照片上报")
            raise FieldError("photos", text, "unknown") from error
        raise
    flow.draft.receipt = asdict(receipt) | {"secret": bool(flow.data.get("secret"))}
    flow.draft.receipt.pop("tracking_code")
    flow.draft.data = {}
    drafts.save(flow.request, flow.draft)
    return flow.go("done")


def rows(flow: Flow) -> list[dict[str, Any]]:
    """The summary: label, value, the page that changes it."""
    data, kind = flow.data, flow.kind
    found = flow.place()
    where = found[1] if found else ""
    point = found is not None and found[0].lon is not None and "lon" in data["place"]
    if point and found is not None:
        where = f"{flow.label(found[0])} {data.get('address', '')}".strip()
    chosen = kind.standard(data["standard"]) if kind and data.get("standard") else None
    person = [mask_name(data.get("name", "")), mask_phone(data.get("phone", ""))]
    person.append(mask_email(data.get("email", "")))
    summary = [
        (_("地点"), where or _("未选择，由工作人员判断"), "where"),
        (_("具体位置"), data.get("address") or _("未填写"), "place"),
        (_("您看到的"), data.get("description") or _("未填写"), "what"),
        (_("类别"), kind.name if kind else _("不确定，由工作人员判断"), "type"),
    ]
    if kind and len(kind.standards) > 1:
        summary.append((_("情况"), chosen.filing if chosen else _("说不准"), "standard"))
    count = len(flow.draft.photos)
    summary += [
        (_("照片"), _("%(n)d 张") % {"n": count} if count else _("没有照片"), "photos"),
        (_("联系方式"), " ".join(filter(None, person)) or _("未填写"), "contact"),
        (_("身份保密"), _("是") if data.get("secret") else _("否"), "contact"),
    ]
    return [{"label": a, "value": b, "url": flow.url(c)} for a, b, c in summary]


@never_cache
@require_safe
def done(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """The receipt: number, tracking code, and what happens next."""
    draft = drafts.load(request, draft_id)
    if draft is None or draft.receipt is None:
        return HttpResponseRedirect(reverse("events:expired"))
    values = dict(draft.receipt)
    secret = values.pop("secret", False)
    code = tracking_code(CHANNEL, draft.external_id)
    receipt = Receipt(**values, tracking_code=code)
    address = request.build_absolute_uri(reverse("events:track"))
    now = timezone.now()
    shown: Told = told(receipt)
    context = {
        "receipt": receipt,
        "told": shown,
        "secret": secret,
        "track_url": address,
        "qr": qr_svg(f"{address}#{code}"),
        "now": now,
    }
    return render_page(request, f"{FOLDER}/done.html", context)


def qr_svg(text: str) -> SafeString:
    """A QR code as an inline picture, drawn in black on white (scanners need the contrast).

    The code stands behind ``#``: browsers keep that part to themselves, so that it is in no log.
    """
    drawn = segno.make(text, error="m").svg_inline(
        border=3, dark="#000", light="#fff", svgclass="qr", lineclass=None, omitsize=True
    )
    return mark_safe(drawn)  # drawn from the text's modules, nothing of it is quoted


@require_safe
def expired(request: HttpRequest) -> HttpResponse:
    """The draft is gone: too long ago, another browser, or cookies are off."""
    return render_page(request, f"{FOLDER}/expired.html", {}, status=404)
