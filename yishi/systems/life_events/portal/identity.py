"""Who the applicant is, as far as a real-name service says so.

The national platform's sign-in (统一身份认证) is a port: a city that has access registers a provider.
Without one, people apply without signing in and nothing is known of them beforehand. The demo has
a provider that asks nobody and offers made-up people only (模拟).
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from django.conf import settings
from django.http import HttpRequest

from yishi.foundation.parties.file_models import Mandate
from yishi.foundation.parties.mandates import acts_for
from yishi.foundation.parties.naming import open_name
from yishi.foundation.parties.party_models import PERSON, Party

KEY = "signed_in_as"
MOST_OFFERED = 12


@dataclass(frozen=True, slots=True)
class Applicant:
    """Somebody who may apply: for himself, or for whom he acts under a mandate."""

    party: Party
    name: str
    mandate: uuid.UUID | None = None
    as_what: str = ""


class Provider(Protocol):
    """A real-name service: who may be signed in as here and now."""

    label: str

    def offered(self) -> list[Party]: ...


class DemoIdentities:
    """The demo's own: made-up people, one click each."""

    label = "模拟实名认证"

    def offered(self) -> list[Party]:
        """Some made-up people, those with papers on file first (1 statement)."""
        rows = Party.objects.filter(simulated=True, kind=PERSON, state="active")
        return list(rows.select_related("file").order_by("created_at", "id")[:MOST_OFFERED])


PROVIDERS: list[Provider] = []


def provider() -> Provider | None:
    """The service that signs people in here, if there is one."""
    if PROVIDERS:
        return PROVIDERS[0]
    return DemoIdentities() if settings.DEMO else None


def sign_in(request: HttpRequest, party: uuid.UUID) -> bool:
    """Remember in the session who signed in; False for somebody whom no provider knows."""
    source = provider()
    if source is None or party not in {one.id for one in source.offered()}:
        return False
    request.session[KEY] = str(party)
    return True


def sign_out(request: HttpRequest) -> None:
    """Forget who signed in."""
    request.session.pop(KEY, None)


def signed_in(request: HttpRequest) -> Party | None:
    """Who signed in (1 statement, none for nobody)."""
    kept = request.session.get(KEY)
    if not isinstance(kept, str) or provider() is None:
        return None
    return Party.objects.select_related("file").filter(pk=kept, state="active").first()


def applicants(person: Party, matters: list[str], at: date) -> list[Applicant]:
    """The person, and everybody for whom he may act in *matters* (2 statements)."""
    found = [Applicant(person, open_name(person))]
    kinds = dict(Mandate.KINDS)
    for mandate in acts_for(person, at):
        if "*" in mandate.scope or set(matters) <= set(mandate.scope):
            found.append(
                Applicant(
                    mandate.principal.file,
                    open_name(mandate.principal.file),
                    mandate.id,
                    str(kinds.get(mandate.kind, "")),
                )
            )
    return found
