"""What the pages of parties share: who may open a file, for which purpose, and small shapes."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

from django import forms
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yishi.foundation.access.actors import ROLES, Actor
from yishi.foundation.audit import access_log
from yishi.foundation.cases.models import Case, CaseParty
from yishi.foundation.cases.party_access import visible_parties
from yishi.foundation.cases.scope import storable_number
from yishi.foundation.parties.models import Party
from yishi.foundation.places import register
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.officer import actor_of, officers_who

View = Callable[..., HttpResponseBase]
#: How long a stated purpose holds for the same file.
PURPOSE_FOR = timedelta(minutes=30)
_KEPT = "party_purposes"
_MOST_KEPT = 20


class PurposeForm(forms.Form):
    """Why somebody's file is opened; it is logged."""

    purpose = forms.CharField(
        label=_("查阅目的"),
        help_text=_("例如：办理案件 XY-20260310-000123。目的会记入访问日志，本人可以看到。"),
        max_length=100,
        error_messages={"required": _("请填写查阅目的")},
    )
    use_required_attribute = False


def put_error(form: forms.Form, error: FieldError) -> None:
    """Show a service's error at its field, or above the form."""
    form.add_error(error.field if error.field in form.fields else None, error.message)


def party_of(request: HttpRequest, pk: uuid.UUID) -> Party:
    """The file that the record *pk* belongs to, if the officer may see it (1 statement).

    Raises:
        Http404: for an unknown file and one out of sight alike.
    """
    found = visible_parties(actor_of(request)).filter(records__pk=pk).first()
    if found is None:
        raise Http404
    return found


def keeps_files(actor: Actor) -> bool:
    """Whether *actor* mends files: merges, names, numbers. Administrators of the whole city do, for
    a party belongs to no county."""
    root = register().root
    return any(
        g.scope == root and g.role in ROLES and ROLES[g.role].administers for g in actor.grants
    )


#: 404 for all who do not mend files.
keepers_only = officers_who(lambda request: keeps_files(actor_of(request)))


def state_purpose(request: HttpRequest, party: Party, purpose: str) -> None:
    """Log that the file is opened and remember why, for a while (1 statement)."""
    now = timezone.now()
    access_log.look(actor_of(request).ref, "party.file", f"party:{party.id}", purpose, now)
    kept = dict(request.session.get(_KEPT) or {})
    kept[str(party.id)] = [purpose, int(now.timestamp())]
    newest = sorted(kept.items(), key=lambda item: item[1][1])[-_MOST_KEPT:]
    request.session[_KEPT] = dict(newest)


def stated_purpose(request: HttpRequest, party: Party) -> str:
    """The purpose that was stated for this file lately; a case on which the officer and the party
    meet is one. Empty: it has to be asked."""
    said, at = (request.session.get(_KEPT) or {}).get(str(party.id)) or ("", 0)
    if said and timezone.now().timestamp() - at <= PURPOSE_FOR.total_seconds():
        return str(said)
    number = request.GET.get("case", "")
    if not number or not storable_number(number):
        return ""
    cases = Case.objects.visible_to(actor_of(request)).filter(number=number)
    links = CaseParty.objects.unscoped("the case is narrowed").filter(
        case__in=cases.values("pk"), party__file_id=party.id
    )
    if not links.exists():
        return ""
    purpose = f"办理案件 {number}"
    state_purpose(request, party, purpose)
    return purpose
