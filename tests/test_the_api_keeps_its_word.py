"""Schemathesis over the whole API: no 5xx, no status or body that the document does not name.

The document itself decides what is sent: its examples, every border of every schema, everything
that it forbids, and random values within and without. ``make fuzz`` runs it for longer.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from django.core import signing
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.test import Client
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.world import HERE, World
from yishi.foundation import revisions
from yishi.foundation.access.actors import ROLES, ActorGrant, Reach
from yishi.foundation.access.identity_models import RateCount
from yishi.foundation.access.keys import issue_key
from yishi.foundation.exchange import partners
from yishi.foundation.exchange.models import Partner
from yishi.foundation.exchange.partners import HANDLE, SEND
from yishi.foundation.places.models import Unit

#: Examples an operation; the coverage of the schema's borders comes on top.
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "12"))

#: What the schema allows may still be refused for its meaning: a type that the catalogue lacks.
MEANING = [positive_data_acceptance]
_calls = itertools.count()


_words: dict[str, str] = {}
_key: dict[str, str] = {}
_token: dict[str, str] = {}


def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """The real WSGI application; answers are read and closed as a server does."""
    answer = _django(environ, start_response)
    try:
        return [b"".join(answer)]
    finally:
        answer.close()


_django = get_wsgi_application()
schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)


def test_the_words_and_credentials_lead_behind_the_door(world: World) -> None:
    """What is sent below is not turned away at once."""
    try:
        _furnish(world)
        for path, headers in (
            ("/cases", _key),
            (f"/cases/{_words['number']}", _key),
            (f"/exchange/cases/{_words['number']}", _token),
            (f"/exchange/cases/{_words['number']}/photos/{_words['photo']}", _token),
        ):
            answer: Any = Client(headers=headers).get(f"/api/v1{path}")
            for shut in answer._resource_closers:  # close() would close the test's connection too
                shut()
            assert answer.status_code == 200, path
    finally:
        _unfurnish()


@pytest.fixture(scope="module")
def site(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """One transaction for all operations, rolled back at the end: a city with cases, a program
    that may do all in the county, and a partner that sends and handles."""
    revisions.forget()
    with django_db_blocker.unblock(), transaction.atomic():
        _furnish(World())
        yield
        transaction.set_rollback(True)
    _unfurnish()


def _unfurnish() -> None:
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)
    revisions.forget()


def _furnish(world: World) -> None:
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    early = world.now - timedelta(minutes=5)
    roles = [name for name, role in ROLES.items() if role.reach is Reach.SCOPE]
    grants = [ActorGrant(role, None, HERE) for role in roles]
    _key["X-API-Key"] = issue_key("schemathesis", "fuzz", grants, early)
    unit = Unit.objects.get(pk=world.unit)
    partners.add("fuzz", "模糊测试", "unit", early, units=[unit.code], scopes=[SEND, HANDLE])
    partner = Partner.objects.get(key="fuzz")
    content = {"p": partner.pk, "g": partner.credentials, "s": [SEND, HANDLE]}
    token = signing.dumps(content, salt="yishi.exchange.token", compress=True)
    _token["Authorization"] = f"Bearer yishi_at.{token}"
    _words.update(world.own.words, photo=world.own.words["paper"])


@pytest.mark.timeout(600)
@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="FUZZ_EXAMPLES" not in os.environ,
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_one_that_the_document_names(case: Any, site: None) -> None:
    cache.clear()  # nobody waits for the wrong codes and keys before
    RateCount.objects.all().delete()
    for name in case.path_parameters or ():
        if name in _words and next(_calls) % 3:
            case.path_parameters[name] = _words[name]
    partner = case.path.startswith("/api/v1/exchange")
    case.call_and_validate(headers=_token if partner else _key, excluded_checks=MEANING)
