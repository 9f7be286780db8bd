"""我的证照: the certificates of whom one acts for, with their files."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from yishi.faces.portal.certificates.verifying import MEANING
from yishi.foundation.access.actors import Actor
from yishi.foundation.papers.certificates import credentials
from yishi.foundation.papers.certificates import services as certificates
from yishi.foundation.papers.certificates.access import visible_certificates
from yishi.foundation.papers.certificates.drawing import lines, made_up
from yishi.foundation.papers.certificates.models import PDF, Certificate
from yishi.foundation.papers.certificates.reading import standings, stands
from yishi.foundation.ui.applicant import MineSection, applicant_of, applicants_only, party_of
from yishi.foundation.ui.parts import Event, Fact
from yishi.foundation.ui.rendering import render_page

FEW = 5
NO_STORE = {"Cache-Control": "private, no-store"}


def section(actor: Actor, now: datetime) -> Mapping[str, Any]:
    """The newest certificates (1 statement)."""
    rows = [row for row in certificates.of_party(party_of(actor)) if row.status != "superseded"]
    return {"rows": standings(rows[:FEW], now), "more": len(rows) > FEW}


SECTION = MineSection(
    "certificates", _("我的证照"), "portal/certificates/section.html", section, 150
)


@applicants_only
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """All certificates, those in force first."""
    actor = _actor(request)
    rows = certificates.of_party(party_of(actor))
    now = timezone.now()
    old = [row for row in rows if not row.in_force]
    context = {
        "rows": standings([row for row in rows if row.in_force], now),
        "old": standings(old, now),
        "name": actor.name,
    }
    return render_page(request, "portal/certificates/mine.html", context)


@applicants_only
@require_safe
def one(request: HttpRequest, certificate: uuid.UUID) -> HttpResponse:
    """One certificate in plain, with its history and files."""
    found, now = _own(request, certificate), timezone.now()
    state = stands(found, now)
    context = {
        "certificate": found,
        "state": state,
        "meaning": MEANING[state.standing.key],
        "facts": [
            Fact(str(_("证照编号")), found.number),
            *(Fact(label, value) for label, value in lines(found)),
            Fact(str(_("颁发机构")), found.issuer_name),
            Fact(str(_("颁发日期")), f"{found.issued_on}"),
            Fact(str(_("证照标识")), found.identifier),
        ],
        "events": events(found),
        "verify_url": reverse("portal:verify-code", args=[found.verify_code]),
        "made_up": made_up(found),
        "now": now,
    }
    return render_page(request, "portal/certificates/one.html", context)


def events(found: Certificate) -> list[Event]:
    """What happened to a certificate and its other versions, newest first (1 statement)."""
    labels = dict(Certificate._meta.get_field("status").flatchoices)
    tones = {"": "good", "valid": "good", "suspended": "warn", "superseded": "neutral"}
    shown = []
    for row in reversed(certificates.history(found)):
        title = labels[row.after] if row.before else _("颁发")
        version = str(_("第 %d 版")) % row.certificate.version
        tone = tones.get(row.after, "bad")
        shown.append(Event(row.at, f"{title} · {version}", text=row.reason, tone=tone))
    return shown


@applicants_only
@require_safe
def file(request: HttpRequest, certificate: uuid.UUID, kind: str) -> HttpResponse:
    """A signed file."""
    found = _own(request, certificate)
    made = certificates.signed_file(found, timezone.now(), _known(kind))
    return file_answer(found, made)


@applicants_only
@require_safe
def signature(request: HttpRequest, certificate: uuid.UUID, kind: str) -> HttpResponse:
    """The detached SM2 signature of a file, DER."""
    found = _own(request, certificate)
    made = certificates.signed_file(found, timezone.now(), _known(kind))
    headers = {
        "Content-Disposition": f'attachment; filename="{found.serial}-{found.version}.{kind}.sm2"',
        **NO_STORE,
    }
    der = base64.b64decode(made.row.signature)
    return HttpResponse(der, content_type="application/octet-stream", headers=headers)


@applicants_only
@require_safe
def credential(request: HttpRequest, certificate: uuid.UUID) -> HttpResponse:
    """The certificate as a Verifiable Credential."""
    found = _own(request, certificate)
    headers = {
        "Content-Disposition": f'attachment; filename="{found.serial}-{found.version}.vc.jwt"',
        **NO_STORE,
    }
    said = credentials.credential(found)
    return HttpResponse(said, content_type="application/vc+jwt", headers=headers)


def file_answer(found: Certificate, made: certificates.SignedFile) -> HttpResponse:
    """A signed file, opened in the browser where it can be, stored by no cache."""
    kind = made.row.kind
    way = "inline" if kind == PDF else "attachment"
    headers = {
        "Content-Disposition": f'{way}; filename="{found.serial}-{found.version}.{kind}"',
        **NO_STORE,
    }
    return HttpResponse(made.data, content_type=f"application/{kind}", headers=headers)


def _actor(request: HttpRequest) -> Actor:
    actor = applicant_of(request)
    if actor is None:
        raise Http404
    return actor


def _own(request: HttpRequest, pk: uuid.UUID) -> Certificate:
    """A certificate of whom one acts for (1 statement). Raises `Http404` for any other."""
    found = visible_certificates(_actor(request)).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _known(kind: str) -> str:
    if kind not in certificates.KINDS:
        raise Http404
    return kind
