"""Residents at the portal: signing in after the real-name check, and for whom they act.

One session has one actor: signing in here ends an officer's session in the same browser, and the
other way round. For whom somebody acts is looked at again in every request, so that a revoked
mandate ends at once.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib import auth
from django.db import models, transaction
from django.http import HttpRequest

from yishi.foundation.access.actors import Actor
from yishi.foundation.access.models import Installation
from yishi.foundation.access.portal_models import PortalAccount
from yishi.foundation.access.real_name import PURPOSE, Verified
from yishi.foundation.audit import access_log
from yishi.foundation.parties import mandates, services
from yishi.foundation.parties.models import Mandate, Party
from yishi.foundation.parties.naming import open_name
from yishi.foundation.parties.party_models import ACTIVE
from yishi.foundation.parties.registering import REAL_NAME, today_of
from yishi.foundation.revisions.errors import FieldError

#: How long somebody stays signed in at the portal.
SIGNED_IN_FOR = timedelta(hours=2)
_ACCOUNT, _MANDATE, LAPSED = "portal_account", "portal_mandate", "portal_lapsed"
#: Kinds of mandates under which somebody acts for another at the portal.
ACTING = (Mandate.LEGAL, Mandate.OPERATOR, Mandate.AGENT, Mandate.GUARDIAN)


def actor_ref(account: PortalAccount) -> str:
    """How an account is named in traces and logs."""
    return f"account:{account.pk}"


@transaction.atomic
def account_of(verified: Verified, now: datetime) -> PortalAccount:
    """The account of a verified person, made on the first visit.

    Raises:
        FieldError: ``identifier`` for somebody whose file has ended, or whose account is closed.
    """
    raw = services.PartyInput(
        verified.name,
        verified.identifier,
        verified.identifier_kind,
        source=REAL_NAME,
        simulated=verified.simulated,
    )
    by = _Service(verified.issuer)
    party, _made = services.find_or_create(raw, actor=by, purpose=PURPOSE, now=now)
    if party.state != ACTIVE:
        raise FieldError("identifier", "该人员的档案已终止，不能登录", "ended")
    found = PortalAccount.objects.filter(person__file_id=party.file_id).order_by("pk").first()
    if found is None:
        found = PortalAccount(
            person=party,
            issuer=verified.issuer,
            subject=verified.subject,
            is_demo=verified.simulated,
            created_at=now,
        )
    if not found.is_active:
        raise FieldError("identifier", "这个账号已停用，请联系政务服务热线12345", "closed")
    found.issuer, found.subject, found.used_at = verified.issuer, verified.subject, now
    found.save()
    access_log.look(actor_ref(found), "portal.sign_in", f"party:{party.id}", PURPOSE, now)
    return found


class _Service:
    """The real-name service as whoever looks."""

    def __init__(self, issuer: str) -> None:
        self.ref = f"service:{issuer}"[:64]


def sign_in(request: HttpRequest, account: PortalAccount) -> None:
    """The session belongs to the account from now on, with a new key and nothing kept."""
    auth.logout(request)
    request.session.cycle_key()
    request.session[_ACCOUNT] = account.pk
    request.session.set_expiry(int(SIGNED_IN_FOR.total_seconds()))


def sign_out(request: HttpRequest) -> None:
    """The session ends."""
    auth.logout(request)


def forget(request: HttpRequest) -> None:
    """An officer signs in in this browser: the session is no resident's any more."""
    for key in (_ACCOUNT, _MANDATE, LAPSED):
        request.session.pop(key, None)


def signed_in(request: HttpRequest) -> int | None:
    """The account that the session says (no statement beside the session's)."""
    pk = request.session.get(_ACCOUNT)
    return pk if isinstance(pk, int) else None


def actor_of_session(request: HttpRequest, now: datetime) -> Actor | None:
    """The actor of a signed-in resident: for themselves, or for whom they chose and still may
    (1 statement, 2 where they act for somebody)."""
    pk = signed_in(request)
    if pk is None:
        return None
    account = usable(now).filter(pk=pk).first()
    if account is None:
        return None
    person, mandate = account.person.file, None
    chosen = request.session.get(_MANDATE)
    if chosen:
        rows = mandates.effective(today_of(now)).filter(
            pk=chosen, agent__file_id=person.id, kind__in=ACTING
        )
        mandate = rows.select_related("principal__file").first()
        if mandate is None:
            request.session.pop(_MANDATE, None)
            request.session[LAPSED] = True
    return _actor(account, person, mandate)


def usable(now: datetime) -> models.QuerySet[PortalAccount]:
    """Accounts that may be used: active ones of people whose file has not ended, demo accounts on
    the demo's database only."""
    rows = PortalAccount.objects.filter(is_active=True, person__file__state=ACTIVE)
    demo = models.Exists(Installation.objects.filter(kind=Installation.DEMO))
    rows = rows.select_related("person__file")
    if settings.DEMO:
        return rows.filter(models.Q(is_demo=False) | demo)
    return rows.filter(is_demo=False)


def _actor(account: PortalAccount, person: Party, mandate: Mandate | None) -> Actor:
    acted_for = mandate.principal.file if mandate else person
    return Actor(
        kind="party",
        ref=actor_ref(account),
        name=open_name(acted_for),
        party_id=acted_for.id,
        person_id=person.id,
        mandate_id=mandate.id if mandate else None,
        matters=tuple(mandate.scope) if mandate else ("*",),
    )


def choices(person: Party, now: datetime) -> list[Mandate]:
    """For whom a person may act at the portal now (1 statement)."""
    return [m for m in mandates.acts_for(person, today_of(now)) if m.kind in ACTING]


def act_for(request: HttpRequest, mandate_id: uuid.UUID | None, now: datetime) -> Actor:
    """Act for somebody else from now on, or (``None``) for oneself again.

    Raises:
        FieldError: ``mandate`` for one that is not this person's, or counts no longer.
    """
    request.session.pop(_MANDATE, None)
    request.session.pop(LAPSED, None)
    if mandate_id is not None:
        request.session[_MANDATE] = str(mandate_id)
    actor = actor_of_session(request, now)
    if actor is None or actor.mandate_id != mandate_id:
        request.session.pop(LAPSED, None)
        raise FieldError("mandate", "没有这项授权，或授权已失效", "unknown")
    subject = f"party:{actor.party_id}"
    access_log.look(actor.ref, "portal.act_for", subject, str(mandate_id or ""), now)
    return actor


def said_lapsed(request: HttpRequest) -> bool:
    """Whether a mandate ended since the last page; said once."""
    return bool(request.session.pop(LAPSED, False))
