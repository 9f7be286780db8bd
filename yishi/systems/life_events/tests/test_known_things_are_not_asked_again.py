"""What is known is filled in with its source; a correction wins and the owner is told; papers on
file are not asked for; secondary ones may come later."""

from __future__ import annotations

from datetime import timedelta

import pytest

from yishi.foundation.access.actors import SYSTEM
from yishi.foundation.parties import services as parties
from yishi.foundation.parties.file_models import DataTicket
from yishi.foundation.parties.party_models import Party
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.life_events import applications, handling, paperwork, submitting
from yishi.systems.life_events.models import Application
from yishi.systems.life_events.tests import making
from yishi.systems.life_events.tests.making import NOW, clerk

KEY = "open_restaurant"
ANSWERS = {"registered": "yes"}


def business() -> Party:
    """A business with a code, an address that is known, and its licence on file."""
    raw = parties.PartyInput(
        "襄阳示意餐饮有限公司", making.numbered(77), identifier_kind="uscc", source="registry"
    )
    party, _new = parties.find_or_create(raw, purpose="test", actor=SYSTEM, now=NOW)
    today = NOW.date()
    said = parties.FieldInput("premises_address", "示意大道66号", "市场监督管理", today)
    parties.record_field(party, said, actor=SYSTEM, now=NOW)
    return party


def draft_of(party: Party) -> Application:
    """A draft of that business."""
    draft = making.drafted(KEY, ANSWERS)
    applications.take_party(draft, party, NOW)
    return draft


def test_known_values_are_filled_in_and_say_where_they_come_from(city: None) -> None:
    draft = draft_of(business())
    values = applications.unseal(draft).values
    assert values["organisation_name"] == "襄阳示意餐饮有限公司"
    assert values["premises_address"] == "示意大道66号"
    assert draft.sources["premises_address"]["from"] == "市场监督管理"
    assert "示意大道66号" not in draft.sealed


def test_a_correction_needs_a_reason_wins_and_opens_a_ticket(city: None) -> None:
    party = business()
    draft = making.filled(draft_of(party), premises_address="示意大道88号")
    made, _having = making.made_of(draft)
    assert draft.sources["premises_address"]["said"] == "corrected"
    content = applications.unseal(draft)
    assert [one.key for one in applications.unproven(draft, made, content)] == ["premises_address"]
    assert applications.prove(draft, made, {"premises_address": "见新租赁合同"}, NOW) == {}
    case = submitting.submit(draft.id, submitting.applicant(draft), NOW)
    ticket = DataTicket.objects.get(party=party, key="premises_address")
    assert (ticket.owner, ticket.state) == ("市场监督管理", "open")
    application = handling.application_of(case.id)
    assert applications.unseal(application).values["premises_address"] == "示意大道88号"


def test_handing_in_twice_is_one_case(city: None) -> None:
    draft = making.filled(making.drafted(KEY, ANSWERS))
    actor = submitting.applicant(draft)
    first = submitting.submit(draft.id, actor, NOW)
    assert submitting.submit(draft.id, actor, NOW).id == first.id


def test_what_is_missing_is_named(city: None) -> None:
    draft = making.drafted(KEY, ANSWERS)
    made, _having = making.made_of(draft)
    wrong = applications.fill(draft, made, {one.key: "" for one in made.form}, NOW)
    assert {one.key for one in made.form} >= set(wrong)
    assert wrong
    with pytest.raises(FieldError, match="请填写"):
        submitting.submit(draft.id, submitting.applicant(draft), NOW)


def test_wrong_values_are_named_by_field(city: None) -> None:
    draft = making.drafted("newborn", {})
    made, _having = making.made_of(draft)
    raw = {"applicant_id": "420606199001011230", "birth_date": "2026-02-30"}
    assert set(raw) <= {one.key for one in made.form}
    assert set(applications.fill(draft, made, raw, NOW, strict=False)) == set(raw)


def test_a_draft_is_found_by_its_code_and_erased_after_a_month(city: None) -> None:
    draft = making.drafted(KEY, ANSWERS)
    code = applications.code_of(draft.id)
    found = applications.by_code(code.lower())
    assert found is not None
    assert found.id == draft.id
    assert applications.by_code("00000-00000-00000-00000") is None
    later = NOW + applications.DRAFTS_KEPT + timedelta(minutes=1)
    assert applications.forget_old_drafts(later) >= 1
    assert applications.by_code(code) is None


def test_a_deferred_paper_has_a_day_and_is_handed_in(city: None) -> None:
    draft = making.filled(making.drafted(KEY, ANSWERS))
    made, _having = making.made_of(draft)
    late = next(one for one in made.papers if one.deferrable)
    with pytest.raises(FieldError, match="不能容缺"):
        core = next(one for one in made.papers if not one.deferrable)
        paperwork.defer(draft, made, core.key, NOW)
    paperwork.defer(draft, made, late.key, NOW)
    case = submitting.submit(draft.id, submitting.applicant(draft), NOW)
    with pytest.raises(FieldError, match="今天之后"):
        handling.accept(clerk(), case.number, NOW, deferred_until=NOW.date())
    root = handling.accept(clerk(), case.number, NOW)
    assert set(root.data["deferred"]) == {late.key}
    waiting = [
        m for m in handling.members_of(root.id) if late.material in m.data.get("deferred", {})
    ]
    assert waiting
    application = handling.application_of(root.id)
    actor = submitting.applicant(application)
    with pytest.raises(FieldError, match="请先上传"):
        handling.supply(actor, root.number, late.key, NOW)
    application.papers = {
        **application.papers,
        late.key: {"how": "upload", "files": [{"id": str(draft.id), "name": "x"}]},
    }
    application.save()


def test_the_body_sees_its_own_part_only(city: None) -> None:
    from yishi.systems.life_events.shown import show

    case = making.accepted(KEY, ANSWERS)
    for item in handling.members_of(case.id):
        given = show(SYSTEM, case.id, item, NOW)
        looked = handling.look(case, NOW)
        own = {one.label for one in looked.made.form if item.type_key in one.items}
        assert {one.label for one in given.fields} <= own
        papers = [one for one in looked.made.papers if item.type_key in one.items]
        assert len(given.papers) == len(papers)
