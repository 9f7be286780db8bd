"""The page on which a reporter adds words and photos to an open case (补充情况)."""

from __future__ import annotations

import uuid
from dataclasses import replace

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from yishi.foundation.access.actors import PUBLIC
from yishi.foundation.access.throttle import Limit
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.papers.uploads import MOST_PER_REPORT, accept_uploads, store
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.errors import PageError, render_error
from yishi.foundation.ui.limits import largest_body
from yishi.foundation.ui.rendering import render_page
from yishi.systems.city_events.context import city
from yishi.systems.city_events.intake import IntakeConflict
from yishi.systems.city_events.portal.flow import FOLDER
from yishi.systems.city_events.portal.forms import SupplementForm, show
from yishi.systems.city_events.portal.track_views import tracked
from yishi.systems.city_events.portal.tracking_page import owner_of, title
from yishi.systems.city_events.supplementing import supplement as add
from yishi.systems.city_events.supplementing import was_added
from yishi.systems.city_events.tracking_view import Progress


@require_http_methods(["GET", "HEAD", "POST"])
@tracked
def _supplement(request: HttpRequest, progress: Progress) -> HttpResponse:
    """Words that are needed, photos that are welcome; sent twice they are added once."""
    back = reverse("events:progress", args=[progress.case.number])
    form = SupplementForm(initial={"key": uuid.uuid4()})
    if request.method == "POST":
        Limit("portal.report", settings.YISHI_REPORTS_PER_ADDRESS, 600, shared=True).take_for(
            request
        )
        form = SupplementForm(request.POST, request.FILES)
        try:
            if form.is_valid() and _added(progress, form):
                messages.success(request, _("已补充，办理人员会看到。"))
                return HttpResponseRedirect(back)
        except MoveRefused as error:
            return render_error(request, 409, error.message, back=back)
        except IntakeConflict:
            text = _("这次补充已经发送过，内容与现在的不同。请返回进度页，重新打开“补充情况”。")
            raise PageError(409, text) from None
        if "key" in form.errors:
            raise PageError(400, _("请返回进度页，重新打开“补充情况”。"))
    context = {"form": form, "progress": progress, "case": progress.case, "back": back}
    context |= {"title": title(progress, city().register), "most": MOST_PER_REPORT}
    status = 422 if form.errors else 200
    return render_page(request, f"{FOLDER}/supplement.html", context, status=status)


supplement = largest_body(
    60,
    gettext_lazy("照片合计超过 60 MB，没有上传。请返回后少选几张，分几次添加，或换用较小的照片。"),
)(_supplement)


def _added(progress: Progress, form: SupplementForm) -> bool:
    """Whether it was taken in; photos and words in one transaction."""
    now = timezone.now()
    owner = owner_of(progress)
    given = form.cleaned_data
    try:
        if len(given["photos"]) > MOST_PER_REPORT:
            text = _("一次最多 %(most)d 张照片") % {"most": MOST_PER_REPORT}
            raise FieldError("photos", text, "too_many")
        rows = accept_uploads(given["photos"], actor_ref=owner, now=now, purpose="report")
        with transaction.atomic():
            store(rows)
            photos = [row["id"] for row in rows]
            reporter = replace(PUBLIC, ref=owner)
            add(reporter, progress.report, given["note"], photos, given["key"], now)
    except IntakeConflict:
        if not was_added(progress.report, given["key"], given["note"]):
            raise
        return True  # sent twice: the photos of the first time are there
    except FieldError as error:
        show(form, error, {"description": "note"})
        return False
    return True
