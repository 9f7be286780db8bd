"""订阅: hear of items by label. News stand on 我的政策, and go out where an address was left."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from yishi.foundation.access.actors import Actor
from yishi.foundation.messages.models import Channel
from yishi.foundation.parties.contacts import contact_row
from yishi.foundation.parties.models import Contact
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.applicant import applicants_only, party_of
from yishi.foundation.ui.officer import actor_of
from yishi.foundation.ui.rendering import render_page
from yishi.systems.direct_benefits.portal import labels, places
from yishi.systems.direct_benefits.portal.calculator import in_force
from yishi.systems.direct_benefits.portal.finding import FOLDER, Looked, look
from yishi.systems.direct_benefits.portal.models import Subscription

#: Labels that one party may follow.
MOST = 60


def choices(looked: Looked) -> list[tuple[Any, list[tuple[str, str]]]]:
    """Every label that may be followed, grouped."""
    entries = in_force(looked)
    values = {
        "audience": sorted({tag for one in entries for tag in one.item.audience}),
        "department": sorted({one.department for one in entries}),
        "kind": list(labels.KINDS),
        "mode": list(labels.MODES),
    }
    named: dict[str, Any] = {"kind": labels.KINDS, "mode": labels.MODES}
    groups: list[tuple[Any, list[tuple[str, str]]]] = [
        (
            labels.NAMES[kind],
            [(f"{kind}:{value}", str(named.get(kind, {}).get(value, value))) for value in found],
        )
        for kind, found in values.items()
    ]
    counties = places.counties(looked.numbers)
    groups.append((labels.NAMES["county"], [(f"county:{k}", v) for k, v in counties.items()]))
    return groups


@transaction.atomic
def follow(
    actor: Actor,
    wanted: Collection[str],
    known: Collection[str],
    now: datetime,
    *,
    channel: str = "",
    address: str = "",
) -> tuple[int, int]:
    """Follow exactly the labels *wanted* from now on; returns how many began and how many ended.

    Raises:
        FieldError: ``labels`` for one that is not *known* or too many, ``address``.
    """
    strange = [one for one in wanted if one not in known]
    if strange:
        raise FieldError("labels", _("没有这个标签"), "unknown")
    if len(wanted) > MOST:
        raise FieldError("labels", _("最多订阅 %(n)d 个标签") % {"n": MOST}, "many")
    contact = _contact(channel, address, now)
    party = party_of(actor)
    rows = Subscription.objects.visible_to(actor).filter(ended_at=None)
    held = {one.label: one for one in rows.select_for_update(of=("self",))}
    gone = [one.pk for label, one in held.items() if label not in wanted]
    rows.filter(pk__in=gone).update(ended_at=now)
    if contact is not None or not channel:
        kept = [one.pk for label, one in held.items() if label in wanted]
        rows.filter(pk__in=kept).update(contact=contact, channel=channel if contact else "")
    new = [one for one in wanted if one not in held]
    Subscription.objects.bulk_create(
        Subscription(
            party=party,
            label=one,
            contact=contact,
            channel=channel if contact else "",
            made_by=actor.ref,
            made_at=now,
        )
        for one in new
    )
    return len(new), len(gone)


def _contact(channel: str, address: str, now: datetime) -> Contact | None:
    if not channel:
        return None
    if not address.strip():
        raise FieldError("address", _("请填写接收消息的号码或邮箱"), "required")
    given = {"email": address} if channel == Channel.EMAIL else {"phone": address}
    try:
        row = contact_row(now=now, **given)  # type: ignore[arg-type]
    except FieldError as error:
        raise FieldError("address", error.message, error.code) from error
    return Contact.objects.create(**row)


class SubscribeForm(forms.Form):
    """Labels, and where news go besides the page."""

    channel = forms.ChoiceField(
        label=gettext_lazy("除了在“我的政策”里看，还发到哪里"),
        choices=[
            ("", gettext_lazy("不另外发")),
            (Channel.SMS.value, gettext_lazy("手机短信")),
            (Channel.EMAIL.value, gettext_lazy("电子邮箱")),
        ],
        required=False,
        widget=forms.RadioSelect,
    )
    address = forms.CharField(
        label=gettext_lazy("手机号码或者邮箱"), max_length=100, required=False
    )
    use_required_attribute = False

    def __init__(self, groups: Sequence[tuple[Any, list[tuple[str, str]]]], data: Any, held: Any):
        super().__init__(data, initial={"labels": list(held), "channel": ""})
        every = [one for _name, found in groups for one in found]
        self.fields["labels"] = forms.MultipleChoiceField(
            label=gettext_lazy("关注的标签"),
            choices=every,
            required=False,
            error_messages={"invalid_choice": gettext_lazy("没有这个标签")},
            widget=forms.CheckboxSelectMultiple,
        )


@applicants_only
@require_http_methods(["GET", "HEAD", "POST"])
def subscribe(request: HttpRequest) -> HttpResponse:
    """Choose what to hear of."""
    actor, now = actor_of(request), timezone.now()
    looked = look(now)
    groups = choices(looked)
    rows = Subscription.objects.visible_to(actor).filter(ended_at=None)
    held = list(rows.values_list("label", flat=True))
    form = SubscribeForm(groups, request.POST if request.method == "POST" else None, held)
    if request.method == "POST" and form.is_valid():
        known = {value for _name, found in groups for value, _text in found}
        said = form.cleaned_data
        try:
            follow(
                actor,
                said["labels"],
                known,
                now,
                channel=said["channel"],
                address=said["address"],
            )
            messages.success(request, _("订阅已保存。"))
            return HttpResponseRedirect(reverse("policies:mine"))
        except FieldError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
    chosen = set(form["labels"].value() or ())
    context = {
        "form": form,
        "groups": [
            (name, [(value, text, value in chosen) for value, text in found])
            for name, found in groups
            if found
        ],
        "back": reverse("policies:mine"),
    }
    status = 422 if form.errors else 200
    return render_page(request, f"{FOLDER}/subscribe.html", context, status=status)
