"""The six exclusions (§S2.4): kept, never dispatched, countable, and the caller is told where."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from yishi.foundation.cases.catalogue_errors import CatalogueError
from yishi.foundation.cases.models import Assignment, Case, Trace
from yishi.systems.city_events.hotline import referrals
from yishi.systems.city_events.hotline.models import Referral
from yishi.systems.city_events.hotline.register import NOT_WRITTEN
from yishi.systems.city_events.models import Report
from yishi.systems.city_events.tests.office import RUBBISH, Office
from yishi.systems.city_events.tests.test_calls_are_written_down import PATH, call


@pytest.fixture
def office(city: None) -> Office:
    """Officers and cases."""
    return Office()


@pytest.fixture
def caller(office: Office) -> Client:
    """A browser at the hotline."""
    return office.client("hotline")


def channels() -> list[Referral]:
    return referrals.in_force(timezone.now())


def refused(caller: Client, key: str, **more: Any) -> Any:
    answer = caller.post(PATH, call(caller, refer=key, **more))
    assert answer.status_code == 200, answer.content.decode()
    return answer


def test_s2_a13_a_complaint_in_court_is_not_dispatched_and_the_caller_told_the_channel(
    office: Office, caller: Client
) -> None:
    words = "我和物业的官司法院已经受理了，你们管不管"
    answer = refused(caller, "litigation", description=words, type="")
    page = answer.content.decode()
    told = next(one for one in channels() if one.key == "litigation")
    assert told.phone in page
    assert told.say in page
    assert "原因代码 2" in page
    state = office.state(answer.context["receipt"].number)
    assert (state.state, state.outcome, state.unit_id) == ("voided", "excluded", None)
    assert (state.data["reason_code"], state.data["referral"]) == ("2", "litigation")
    assert not [a for a in state.assignments if a.open or a.role == "main"]
    assert not [c for c in state.clocks if c.live]
    kept = Report.objects.unscoped("test").get(case_id=state.id)
    assert (kept.text, kept.contact_id is not None) == (words, True)


@pytest.mark.parametrize("reason", sorted(referrals.REASONS))
def test_every_exclusion_is_kept_countable_and_never_dispatched(
    office: Office, caller: Client, reason: str
) -> None:
    for channel in (one for one in channels() if one.reason == reason):
        number = refused(caller, channel.key).context["receipt"].number
        state = office.state(number)
        assert (state.state, state.data["reason_code"]) == ("voided", reason)
        roles = Assignment.objects.unscoped("test").filter(case_id=state.id)
        assert "main" not in set(roles.values_list("role", flat=True))
        moves = Trace.objects.unscoped("test").filter(case_id=state.id).order_by("seq")
        assert [row.move for row in moves] == ["receive", "exclude"]
    counted = Case.objects.unscoped("test").filter(data__reason_code=reason, outcome="excluded")
    assert counted.count() == sum(one.reason == reason for one in channels())


def test_the_sure_type_and_place_of_an_excluded_call_dispatch_nothing(
    office: Office, caller: Client
) -> None:
    number = refused(caller, "police", type=RUBBISH).context["receipt"].number
    assert office.state(number).state == "voided"


def test_of_secrets_neither_words_nor_caller_are_kept(office: Office, caller: Client) -> None:
    words = "某单位的涉密文件放在"
    number = refused(caller, "secrets", description=words).context["receipt"].number
    case = Case.objects.unscoped("test").get(number=number)
    report = Report.objects.unscoped("test").get(case=case)
    assert (report.text, report.contact_id) == (NOT_WRITTEN, None)
    assert words not in str(case.data) + case.subject


def test_a_call_excluded_twice_by_one_form_is_one_ticket(caller: Client) -> None:
    form = call(caller, refer="petition")
    first, second = caller.post(PATH, form), caller.post(PATH, form)
    assert first.context["receipt"].number == second.context["receipt"].number


def test_the_emergency_numbers_stand_first_on_the_form(caller: Client) -> None:
    page = caller.get(PATH).content.decode()
    first = page.index('id="part-1"')
    assert all(page.index(f"<strong>{number}</strong>") < first for number in ("110", "119", "120"))


def test_the_table_of_channels_is_dated(city: None) -> None:
    one = Referral.objects.get(key="litigation")
    today = timezone.now()
    one.valid_to = today.date() - timedelta(days=3)
    one.save()
    Referral.objects.create(
        reason="2", key="litigation", name="新渠道", say="请致电", phone="99999",
        valid_from=today.date() - timedelta(days=2),
    )  # fmt: skip
    now = [row.phone for row in referrals.in_force(today) if row.key == "litigation"]
    then = [
        row.phone
        for row in referrals.in_force(today - timedelta(days=9))
        if row.key == "litigation"
    ]
    assert (now, then) == (["99999"], ["12368"])


def test_the_citys_channels_load_once_and_wrong_files_are_refused(
    city: None, tmp_path: Path
) -> None:
    assert referrals.load_city(settings.CITY_DIR) == 0
    text = (settings.CITY_DIR / referrals.FILE).read_text(encoding="utf-8")
    for old, new, field in (
        ('reason: "2"', 'reason: "3"', "reason"),
        ("from: 2020-01-01", "from: soon", "from"),
        ("key: police", "kee: police", "key"),
    ):
        (tmp_path / referrals.FILE).write_text(text.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(CatalogueError, match=field):
            referrals.load_city(tmp_path)
    assert Referral.objects.filter(valid_from=date(2020, 1, 1)).count() == text.count("key:")


def test_an_unknown_channel_is_said_at_its_field(caller: Client) -> None:
    answer = caller.post(PATH, call(caller, refer="nobody"))
    assert answer.status_code == 422
    assert 'href="#id_refer"' in answer.content.decode()
