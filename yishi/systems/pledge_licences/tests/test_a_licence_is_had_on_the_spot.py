"""Who passes screening and pledges has the licence at once; the regulator is told with it."""

from __future__ import annotations

import pytest

from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.models import Trace
from yishi.foundation.messages.models import Message
from yishi.foundation.papers.models import Certificate
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook.models import Decision
from yishi.systems.pledge_licences.models import Check, Licence, Pledge
from yishi.systems.pledge_licences.services import signature, signing, texts
from yishi.systems.pledge_licences.tests.shop import NOW, applied, enterprise, of, sign, signed

pytestmark = pytest.mark.usefixtures("city")


def test_screened_told_promised_and_granted() -> None:
    party = enterprise()
    case = applied(party)
    assert case.state == "offered"
    done = sign(party, case)
    assert (done.state, done.outcome) == ("pushed", "granted")
    certificate = Certificate.objects.get(pk=done.data["certificate"])
    assert (certificate.status, certificate.holder_id) == ("valid", party.file_id)
    held = Licence.objects.unscoped("test").get(case_id=done.id)
    assert held.state == Licence.VALID and held.certificate_id == certificate.id
    check = Check.objects.unscoped("test").get(case_id=done.id)
    assert (check.state, str(check.due_on)) == ("open", "2026-06-10")
    moves = Trace.objects.unscoped("test").filter(case_id=done.id).order_by("seq")
    assert [row.move for row in moves] == [
        "receive",
        "screen_pass",
        "offer",
        "sign",
        "screen_pass",
        "decide",
    ]
    assert Message.objects.filter(template="pledge.granted", unit_id=held.regulator_id).exists()
    decision = Decision.objects.get(subject_kind="case", subject_id=done.id)
    assert decision.outcome == "true"


def test_what_was_shown_is_what_is_signed_and_kept() -> None:
    party = enterprise()
    case = applied(party)
    shown = texts.show(of(party), case.number, NOW)
    with pytest.raises(FieldError) as refused:
        signing.sign(of(party), case.number, {"shown_hash": "0" * 64, "agreed": []}, NOW)
    assert refused.value.field == "shown_hash"
    with pytest.raises(FieldError) as refused:
        signing.sign(of(party), case.number, {"shown_hash": shown.hash, "agreed": []}, NOW)
    assert refused.value.field == "agreed"
    sign(party, case)
    pledge = Pledge.objects.unscoped("test").get(case_id=case.id)
    assert pledge.shown_hash == shown.hash and pledge.signed_at == NOW
    assert signature.holds(pledge.signature)
    assert texts.kept(case, pledge) == shown


def test_one_licence_for_one_premises() -> None:
    party = enterprise()
    signed(party)
    with pytest.raises(MoveRefused, match="已经持有"):
        signed(party, address=" 示意路 １号 ")
    assert signed(party, address="示意路2号").state == "pushed"


def test_signing_the_same_again_gives_the_same() -> None:
    party = enterprise()
    done = signed(party)
    pledge = Pledge.objects.unscoped("test").get(case_id=done.id)
    again = signing.sign(of(party), done.number, {"shown_hash": pledge.shown_hash}, NOW)
    assert again.version == done.version
