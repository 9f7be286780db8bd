"""How closely a holder is looked at follows from declared rules; lots can be drawn again."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.exchange.register import Told
from yishi.foundation.parties import rotation
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.pledge_licences import keeping, papers
from yishi.systems.pledge_licences.context import city
from yishi.systems.pledge_licences.models import Check, Licence
from yishi.systems.pledge_licences.services import checking, lottery, texts
from yishi.systems.pledge_licences.services.beginning import unseal
from yishi.systems.pledge_licences.tests.shop import (
    NOW,
    at,
    enterprise,
    finding,
    of,
    officer,
    regulators,
    signed,
    state,
    system,
)

pytestmark = pytest.mark.usefixtures("city")


def met(**more: Any) -> Any:
    case = signed(enterprise(), **more)
    one, two = regulators(case)
    checking.record_finding(one, case.number, finding(case, two), NOW)
    return case


def test_a_rectification_within_a_year_is_looked_at_more_often() -> None:
    party = enterprise()
    case = signed(party)
    assert case.data["level"] == "normal"
    one, two = regulators(case)
    given = finding(case, two, "not_met", rectify_by="2026-05-20")
    checking.record_finding(one, case.number, given, at("2026-05-06 10:00"))
    assert signed(party, at("2026-05-07 10:00"), address="示意路3号").data["level"] == "strict"


def test_a_lot_is_drawn_once_a_month_and_can_be_drawn_again() -> None:
    for n in range(4):
        met(address=f"示意路{n}号")
    Licence.objects.unscoped("test").update(level="key")  # all of them, four times a year
    row = lottery.draw(date(2026, 4, 10), "2026-04-福彩3D-123", system(), NOW)
    assert (row.month, row.of) == (date(2026, 4, 1), 4)
    assert row.picked in (1, 2)
    _version, book = city().list_at(NOW)
    assert lottery.verify(row, book.supervision.levels) == []
    checks = Check.objects.unscoped("test").filter(lottery=row, state="open")
    assert checks.count() == row.picked
    drawn = state(checks.select_related("case")[0].case.number)
    assert drawn.state == "pending_check" and drawn.closed_at is None
    with pytest.raises(FieldError) as refused:
        lottery.draw(date(2026, 4, 20), "another", system(), NOW)
    assert refused.value.field == "month"
    row.drum = row.drum[1:]
    assert lottery.verify(row, book.supervision.levels) != []


def test_who_may_draw() -> None:
    with pytest.raises(FieldError) as refused:
        lottery.draw(date(2026, 4, 1), "2026", of(enterprise()), NOW)
    assert refused.value.field == "actor"


@pytest.mark.parametrize("kind", sorted(papers.ALL))
def test_every_paper_is_set_or_says_why_not(kind: str) -> None:
    party = enterprise()
    case = signed(party)
    one, two = regulators(case)
    if kind in ("record", "order"):
        given = finding(case, two, "not_met", rectify_by="2026-05-20")
        checking.record_finding(one, case.number, given, NOW)
    if kind in ("revocation", "cancellation", "dishonesty"):
        given = finding(case, two, "false", evidence="租赁合同系伪造")
        done = checking.record_finding(one, case.number, given, NOW)
        if kind == "cancellation":
            checking.cancel(officer("approver", done.data["body"]), case.number, NOW)
    issued = papers.ALL[kind](of(party), case.number, NOW, lambda code: f"https://x/{code}")
    assert issued.pdf.startswith(b"%PDF") and "〔2026〕" in issued.paper.number
    again = papers.ALL[kind](of(party), case.number, NOW, lambda code: f"https://x/{code}")
    assert again.paper.number == issued.paper.number


def test_a_paper_that_there_is_no_ground_for_is_not_made() -> None:
    case = signed(enterprise())
    url = "https://x/{}".format
    for kind in ("record", "order", "revocation", "cancellation", "dishonesty"):
        with pytest.raises((FieldError, MoveRefused)):
            papers.ALL[kind](system(), case.number, NOW, url)


def test_partners_are_told_numbers_and_nothing_of_people() -> None:
    case = signed(enterprise())
    body: dict[str, Any] = {"move": "decide", "to": "pushed", "unit": case.unit_id, "clocks": []}
    said = keeping.describe(Told(case, body, "", "licence.granted", True, None))
    assert said["licence_no"] == case.data["licence_no"]
    assert "王示意" not in str(said) and "示意路" not in str(said)


def test_erased_the_words_go_and_the_hash_stays() -> None:
    from yishi.systems.pledge_licences.models import Pledge

    case = signed(enterprise())
    assert keeping.PART.erase([case.id]) == 1
    pledge = Pledge.objects.unscoped("test").get(case_id=case.id)
    assert pledge.shown == "" and pledge.shown_hash


def test_values_and_words_are_sealed_anew_when_keys_change(tmp_path: Path, settings: Any) -> None:
    from yishi.systems.pledge_licences.models import Pledge

    settings.YISHI_KEYS_FILE = tmp_path / "keys.json"
    case = signed(enterprise())
    before = Pledge.objects.unscoped("test").get(case_id=case.id)
    values, words = unseal(before), texts.kept(case, before)
    rotation.rotate()
    after = Pledge.objects.unscoped("test").get(case_id=case.id)
    assert before.sealed != after.sealed and before.shown != after.shown
    assert (unseal(after), texts.kept(case, after)) == (values, words)
    assert rotation.status().outdated == 0
