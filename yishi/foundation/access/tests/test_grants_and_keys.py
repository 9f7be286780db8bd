"""What an account or a key may do comes from its grants in force, in one statement."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from yishi.foundation.access.actors import ActorGrant, within
from yishi.foundation.access.keys import client_for, issue_key
from yishi.foundation.access.models import ApiClient, Grant, User

segments = st.lists(st.text("0123456789GX", min_size=1, max_size=6), min_size=1, max_size=4)


@given(segments, segments)
def test_a_scope_holds_whole_path_steps_only(path: list[str], scope: list[str]) -> None:
    assert within("/".join(path), "/".join(scope)) == (path[: len(scope)] == scope)


@pytest.mark.django_db
def test_only_grants_in_force_count_and_one_statement_fetches_them() -> None:
    now = timezone.now()
    user = User.objects.create_user("u", display_name="某人")
    for role, start, end in (
        ("acceptor", now - timedelta(days=2), None),
        ("dispatcher", now - timedelta(days=2), now - timedelta(days=1)),
        ("auditor", now + timedelta(days=1), None),
    ):
        Grant.objects.create(user=user, role=role, scope="4206", valid_from=start, valid_to=end)
    with CaptureQueriesContext(connection) as queries:
        actor = User.objects.with_grants().get(pk=user.pk).actor()
    assert [grant.role for grant in actor.grants] == ["acceptor"]
    assert len(queries) == 1


@pytest.mark.django_db
def test_a_key_is_stored_as_a_digest_and_found_in_one_statement() -> None:
    key = issue_key("伙伴", "partner", [ActorGrant("acceptor", None, "4206")], timezone.now())
    assert key.encode() not in bytes(ApiClient.objects.get().key_hash)
    with CaptureQueriesContext(connection) as queries:
        found = client_for(key)
    assert found is not None and found[1].has("acceptor")
    assert len(queries) == 1
    client = ApiClient.objects.with_grants().get(name="伙伴")
    assert found is not None and found[1] == client.actor()
    assert {**vars(found[0]), "_state": None} == {**vars(client), "_state": None}
    assert client_for(key + "x") is None
    assert client_for("\ud800") is None
    ApiClient.objects.update(is_active=False)
    assert client_for(key) is None


@pytest.mark.django_db
def test_a_grant_has_exactly_one_holder() -> None:
    now = timezone.now()
    with pytest.raises(IntegrityError), transaction.atomic():
        Grant.objects.create(role="acceptor", scope="4206", valid_from=now)
