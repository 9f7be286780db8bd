"""The rehearsal of a draft on last year."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.officer import render_desk, role_only
from yishi.systems.direct_benefits.studio import rehearsing, saying, services
from yishi.systems.direct_benefits.studio.views import GET_AND_POST, STUDIO, row_of, url_of


@require_http_methods(GET_AND_POST)
@role_only(*STUDIO)
def rehearsal(request: HttpRequest, draft: int) -> HttpResponseBase:
    """POST rehearses and keeps the figures with the draft; GET shows them."""
    row, back = row_of(draft), url_of(row_of(draft))
    if request.method == "POST":
        try:
            found = rehearsing.rehearse(row, timezone.now())
        except FieldError as error:
            raise PageError(400, error.message, back=back) from error
        services.keep_rehearsal(row.pk, row.version, found)
        messages.success(request, _("预演完毕，没有改动任何数据。"))
        return HttpResponseRedirect(reverse("desk:benefit_studio:rehearsal", args=[row.pk]))
    if not row.rehearsal:
        return HttpResponseRedirect(back)
    context = {"row": row, "back": back} | parts(row.rehearsal)
    return render_desk(request, "benefit_studio/rehearsal.html", context)


def parts(kept: dict[str, Any]) -> dict[str, Any]:
    """A kept rehearsal as pages show it."""
    result = rehearsing.shown(kept)
    kinds = [
        ("joined", _("新进来的"), _("现行版本不给，新版本给")),
        ("left", _("出去的"), _("现行版本给，新版本不给")),
        ("changed", _("金额变化的"), _("两版都给，金额不同")),
    ]
    return {
        "result": result,
        "sums": [
            (_("现行版本"), result["before"]),
            (_("新版本"), result["after"]),
        ],
        "before_total": saying.money((result["before"] or {}).get("fen")),
        "after_total": saying.money(result["after"]["fen"]),
        "kinds": [
            {
                "label": label,
                "hint": hint,
                "count": result[key]["count"],
                "total": saying.money(result[key]["fen"]),
                "rest": result[key]["count"] - len(result[key]["firms"]),
                "firms": [
                    one
                    | {"before": saying.money(one["before"]), "after": saying.money(one["after"])}
                    for one in result[key]["firms"]
                ],
            }
            for key, label, hint in kinds
        ],
        "paid": result["paid"],
        "paid_total": saying.money((result["paid"] or {}).get("fen")),
    }
