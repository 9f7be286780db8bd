"""Several people in one application: each confirms the own part with the own real-name account; it
waits for those who are needed, the others are left out."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from yishi.foundation.access.actors import SYSTEM, Actor
from yishi.foundation.access.portal_models import PortalAccount
from yishi.foundation.cases.models import CaseParty
from yishi.foundation.parties.identifiers import IdentifierKind
from yishi.foundation.parties.mandates import MandateInput, give
from yishi.foundation.parties.party_models import Party
from yishi.foundation.parties.registering import PartyInput, find_or_create
from yishi.foundation.parties.synthetic import person_number
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.life_events import applications, submitting, together
from yishi.systems.life_events.models import Application, CoApplicant
from yishi.systems.life_events.tests import making
from yishi.systems.life_events.tests.making import NOW

pytestmark = pytest.mark.usefixtures("city")


def number(n: int) -> str:
    return person_number("420606", (NOW - timedelta(days=12_000 + n)).date(), n)


def person(name: str, n: int) -> Party:
    raw = PartyInput(name, number(n), identifier_kind=IdentifierKind.RESIDENT_ID)
    found, _new = find_or_create(raw, purpose="test", actor=SYSTEM, now=NOW)
    return found


def as_party(party: Party, **more: Any) -> Actor:
    more = {"party_id": party.file_id, "person_id": party.file_id, **more}
    return Actor("party", "account:1", "测试", (), **more)


def draft() -> Application:
    return making.filled(making.drafted("second_hand_house", {}))


def asked(app: Application, n: int = 2, name: str = "林模拟", **more: Any) -> CoApplicant:
    made, _having = making.made_of(app)
    raw = {"name": name, "identifier": number(n), "relation": "配偶", "required": True, **more}
    return together.ask(app, made, raw, submitting.applicant(app), NOW)


def agree(row: CoApplicant, app: Application, **values: str) -> dict[str, str]:
    made, _having = making.made_of(app)
    raw = applications.unseal(app).values | values
    return together.confirm(row, made, raw, "account:2", NOW)


def hand_in(app: Application) -> Any:
    return submitting.submit(app.id, submitting.applicant(app), NOW)


def test_it_is_not_handed_in_before_everybody_who_is_needed_has_confirmed() -> None:
    app = draft()
    row = asked(app)
    with pytest.raises(FieldError, match="还在等共同申请人确认") as refused:
        hand_in(app)
    assert refused.value.field == "people"
    assert agree(row, app) == {}
    case = hand_in(app)
    links = CaseParty.objects.unscoped("the test").filter(case_id=case.id, role="co_applicant")
    assert [one.party_id for one in links] == [row.party.file_id]


def test_who_is_not_needed_and_has_not_answered_is_left_out() -> None:
    app = draft()
    row = asked(app, required=False)
    case = hand_in(app)
    row.refresh_from_db()
    assert row.state == CoApplicant.LEFT_OUT
    links = CaseParty.objects.unscoped("the test").filter(case_id=case.id, role="co_applicant")
    assert not links.exists()


def test_a_refusal_of_somebody_who_is_needed_holds_it_up_and_gives_the_reason() -> None:
    app = draft()
    row = asked(app)
    with pytest.raises(FieldError) as wrong:
        together.refuse(row, " ", "account:2", NOW)
    assert wrong.value.field == "reason"
    together.refuse(row, "房子不卖了", "account:2", NOW)
    (now,) = together.people_of(app)
    assert (now.state, now.reason) == ("refused", "房子不卖了")
    with pytest.raises(FieldError):
        hand_in(app)
    together.drop(app, row.pk)
    assert hand_in(app).state == "submitted"


def test_what_a_co_applicant_confirmed_counts_and_is_asked_anew_when_it_is_changed() -> None:
    app = draft()
    made, _having = making.made_of(app)
    own = next(
        one for one in together.fields_to_share(made) if one.spec.type in ("person_name", "text")
    )
    row = asked(app, fields=[own.key])
    assert agree(row, app, **{own.key: ""}) != {}
    assert agree(row, app, **{own.key: "李本人"}) == {}
    row.refresh_from_db()
    assert "李本人" not in row.sealed
    together.unsettle(app, {own.key: "李别人"})
    row.refresh_from_db()
    assert (row.state, row.sealed) == ("asked", "")
    agree(row, app, **{own.key: "李本人"})
    case = hand_in(app)
    app = Application.objects.unscoped("the test").get(case_id=case.id)
    assert applications.unseal(app).values[own.key] == "李本人"
    with pytest.raises(FieldError, match="已经提交"):
        together.refuse(row, "后悔", "account:2", NOW)


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ({"identifier": "420606"}, "identifier"),
        ({"name": ""}, "name"),
        ({"relation": ""}, "relation"),
        ({"fields": ["no_such_field"]}, "fields"),
    ],
)
def test_wrong_input_names_the_field(raw: dict[str, Any], field: str) -> None:
    app = draft()
    with pytest.raises(FieldError) as refused:
        asked(app, **raw)
    assert refused.value.field == field
    assert together.people_of(app) == []


def test_nobody_is_asked_twice_and_one_field_belongs_to_one_person() -> None:
    app = draft()
    made, _having = making.made_of(app)
    key = together.fields_to_share(made)[0].key
    asked(app, fields=[key])
    with pytest.raises(FieldError) as twice:
        asked(app)
    assert twice.value.field == "identifier"
    with pytest.raises(FieldError) as taken:
        asked(app, 3, "周模拟", fields=[key])
    assert taken.value.field == "fields"


def test_only_the_person_answers_not_an_agent_and_nobody_else() -> None:
    app = draft()
    row = asked(app)
    lin, zhou = person("林模拟", 2), person("周模拟", 3)
    assert together.row_for(as_party(lin), row.pk) is not None
    assert together.row_for(as_party(zhou), row.pk) is None
    raw = MandateInput("agent", valid_to=(NOW + timedelta(days=9)).date())
    mandate = give(lin, zhou, raw, giver=lin, actor=SYSTEM, now=NOW)
    acting = as_party(lin, person_id=zhou.file_id, mandate_id=mandate.pk)
    assert together.row_for(acting, row.pk) is None


def signed_in(party: Party) -> Client:
    now = timezone.now()
    account = PortalAccount.objects.create(
        person=party, issuer="test", subject=str(party.pk), created_at=now, used_at=now
    )
    client = Client()
    session = client.session
    session["portal_account"] = account.pk
    session.save()
    return client


def test_the_co_applicant_finds_it_under_own_matters_confirms_and_follows_the_case() -> None:
    app = draft()
    made, _having = making.made_of(app)
    own = next(one for one in together.fields_to_share(made) if one.spec.type == "person_name")
    row = asked(app, fields=[own.key])
    client, page = signed_in(person("林模拟", 2)), f"/together/{row.pk}/"
    assert page in client.get("/account/").content.decode()
    shown = client.get(page).content.decode()
    assert own.label in shown
    others = [one for one in made.form if one.key != own.key and one.spec.type == "person_name"]
    assert not any(f'name="{one.key}"' in shown for one in others)
    assert client.post(page, {own.key: "林本人"}).status_code == 422
    assert client.post(page, {own.key: "林本人", "true": "on"}).status_code == 302
    case = hand_in(app)
    assert client.get(f"/matters/{case.number}/").status_code == 200
    other = signed_in(person("周模拟", 3))
    assert other.get(page).status_code == 404
    assert other.get(f"/matters/{case.number}/").status_code == 302
    assert Client().get(page).status_code == 302


def test_the_applicant_adds_people_on_a_page_and_sees_who_is_waited_for() -> None:
    app, client = draft(), Client()
    assert client.post("/matters/", {"code": applications.code_of(app.id)}).status_code == 302
    page = f"/apply/{app.id}/together"
    said = {"act": "add", "name": "林模拟", "identifier": number(2), "relation": "配偶"}
    assert client.post(page, said | {"needed": "maybe"}).status_code == 422
    assert client.post(page, said | {"needed": "yes"}).status_code == 302
    shown = client.get(page).content.decode()
    assert re.search(r"/together/\d+/", shown)
    assert "林**" in shown or "林*" in shown
    (row,) = together.people_of(app)
    assert client.post(page, {"act": f"seen:{row.pk}"}).status_code == 404
    assert client.post(page, {"act": f"drop:{row.pk}"}).status_code == 302
    assert together.people_of(app) == []
