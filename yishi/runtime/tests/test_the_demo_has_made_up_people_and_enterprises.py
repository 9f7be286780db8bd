"""The demo's people and enterprises are made up, say so, and load quickly."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings as project
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from yishi.foundation.access.models import PortalAccount
from yishi.foundation.parties import services
from yishi.foundation.parties.identifiers import check_identifier
from yishi.foundation.parties.models import Identifier, Party
from yishi.foundation.parties.naming import open_name
from yishi.foundation.parties.registering import open_identifier, today_of
from yishi.runtime import demo

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(city: None) -> Any:
    now = timezone.now()
    settings = demo.read_settings(project.CITY_DIR)
    with CaptureQueriesContext(
        connection,
    ) as statements:
        demo.add_parties(settings, now)
    return settings, now, len(statements)


def test_some_hundred_are_stored_in_a_few_statements(made: Any) -> None:
    settings, _, statements = made
    wanted = settings.parties
    count = wanted["people"] + wanted["enterprises"] + len(wanted["described"])
    assert Party.objects.count() == count >= 400
    assert statements <= 40


def test_every_name_says_that_it_is_made_up_and_every_number_is_checked(made: Any) -> None:
    _, now, _ = made
    for row in Identifier.objects.select_related("party"):
        assert row.party.simulated
        assert "模拟" in open_name(row.party)
        number = open_identifier(row)
        assert not check_identifier("n", row.kind, number, today_of(now)).warnings
        assert number[14:16] == "00" if row.party.is_person else number[8:12] == "MNXY"


def test_a_second_load_changes_nothing(made: Any) -> None:
    settings, now, _ = made
    before = Party.objects.count()
    demo.add_parties(settings, now)
    assert Party.objects.count() == before


def test_an_enterprise_has_its_representative_and_agent_among_the_accounts(made: Any) -> None:
    _, now, _ = made
    enterprise = Party.objects.get(name="襄阳模拟一味餐饮有限公司")
    people = set(PortalAccount.objects.values_list("person_id", flat=True))
    mandates = services.mandates_of(enterprise, today_of(now))
    assert {m.kind for m in mandates} == {"legal_representative", "agent"}
    assert {m.agent_id for m in mandates} <= people
    assert services.held(enterprise, today_of(now))
