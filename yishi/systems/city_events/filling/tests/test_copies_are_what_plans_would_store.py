"""Copies of a planned case hold what a commit would have stored, and stand up to every check."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from django.db import connection, transaction
from django.utils import timezone

from yishi.foundation.access.models import Installation
from yishi.foundation.access.tracking import tracking_code, tracking_hash
from yishi.foundation.cases import bulk, rollups
from yishi.foundation.cases.checks import figure_faults
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.models import Case, Clock, IntakeKey, RollUpDelta, Trace
from yishi.foundation.cases.verify import verify_traces
from yishi.foundation.parties.contacts import details
from yishi.foundation.parties.models import Contact
from yishi.systems.city_events.context import city as registers
from yishi.systems.city_events.filling import ledger, run
from yishi.systems.city_events.filling.blocks import Worker, _copy_in
from yishi.systems.city_events.filling.ledger import BASE_WEEK, WEEKS
from yishi.systems.city_events.filling.stencil import LOWEST, TABLES, Stencil, external_id
from yishi.systems.city_events.filling.times import received_times
from yishi.systems.city_events.models import Report
from yishi.systems.city_events.reports import body_hash
from yishi.systems.city_events.simulate import History, history, scene_of, whole

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
CASES = 40


def _histories(until: datetime) -> list[History]:
    scene = scene_of(registers(), (), until)
    times = received_times("stencil", 20, CASES, until - timedelta(weeks=2))
    return [
        history(scene, LOWEST + n, n, at, "stencil", external_id(LOWEST + n))
        for n, at in enumerate(times)
    ]


def _stored() -> dict[str, list[Any]]:
    """Every row of every table of a case, without keys that the database gives."""
    found = {}
    with connection.cursor() as cursor:
        for model, names in TABLES.items():
            own = ", ".join(f"{name}::text" for name in names if name != "contact_id")
            cursor.execute(f"SELECT {own} FROM {model._meta.db_table} ORDER BY {own}")
            found[model.__name__] = cursor.fetchall()
    return found


def _print(cases: list[tuple[History, int, int]], until: datetime) -> None:
    rows: list[list[bytes]] = [[] for _ in TABLES]
    contacts: list[dict[str, Any]] = []
    scene = scene_of(registers(), (), until)
    prefix = registers().register.number_prefix
    for found, case_id, weeks in cases:
        change = whole(scene, found, until)
        Stencil(change, found.raw, found.data.channel, prefix).print(case_id, weeks, rows, contacts)
    Contact.objects.bulk_create(Contact(**row) for row in contacts)
    for (model, names), data in zip(TABLES.items(), rows, strict=True):
        _copy_in(model, names, data)


def _without_contacts(rows: dict[str, list[Any]]) -> str:
    """As text, with contacts' ids out of it: every row has one of its own."""
    text = orjson.dumps(rows).decode()
    for contact in Contact.objects.values_list("id", flat=True):
        text = text.replace(str(contact), "contact")
    return text


def test_a_copy_of_nought_weeks_is_the_case_itself_in_every_column(city: None) -> None:
    histories = _histories(NOW)
    scene = scene_of(registers(), (), NOW)
    with transaction.atomic():
        changes = [whole(scene, found, NOW) for found in histories]
        commit(changes, quiet=True, without=(RollUpDelta,))
        planned = _without_contacts(_stored())
        transaction.set_rollback(True)
    _print([(found, found.steps[0].after.id, 0) for found in histories], NOW)
    assert _without_contacts(_stored()) == planned


def test_a_copy_is_the_same_so_many_weeks_earlier_under_keys_of_its_own(city: None) -> None:
    histories = _histories(NOW)
    _print([(found, 3 * LOWEST + n, -9) for n, found in enumerate(histories)], NOW)
    for n, found in enumerate(histories):
        before = found.steps[-1].after
        case = Case.objects.unscoped("test").get(pk=3 * LOWEST + n)
        assert case.received_at == before.received_at - timedelta(weeks=9)
        assert case.number[-6:] == f"{n:06d}"
        assert f"{timezone.localdate(case.received_at):%Y%m%d}" in case.number
        report = Report.objects.unscoped("test").get(case=case)
        assert report.external_id == external_id(case.pk)
        code = tracking_code(report.channel, report.external_id)
        assert bytes(report.tracking_hash) == tracking_hash(code)
        key = IntakeKey.objects.get(case=case)
        sent = found.raw | {"external_id": external_id(case.pk)}
        assert bytes(key.body_hash) == body_hash(sent)
        assert key.answer["number"] == case.number
        clocks = Clock.objects.unscoped("test").filter(case=case).order_by("started_at", "kind")
        distances = [(c.kind, c.due_at - case.received_at) for c in clocks]
        assert sorted(distances) == sorted(
            (c.kind, c.due_at - before.received_at) for c in before.clocks
        )
        for trace in Trace.objects.unscoped("test").filter(case=case):
            body = orjson.loads(bytes(trace.body))
            assert body["case"] == case.pk
            assert datetime.fromisoformat(body["at"]) == trace.at
        if report.contact_id:
            assert details(Contact.objects.get(pk=report.contact_id)).phone == found.raw["phone"]
            assert case.data["contacts"][0][0] == str(report.contact_id)
    assert [fault for _, faults in verify_traces() for fault in faults] == []


def test_copies_of_late_weeks_end_where_now_is(city: None) -> None:
    plan = ledger.planned(WEEKS * 30, "late", NOW, 2 * LOWEST, ())
    with connection.cursor() as cursor:
        cursor.execute(ledger._MAKE)
    worker = Worker(plan, 0, 1)
    for week in (BASE_WEEK - 1, WEEKS - 3, WEEKS - 2, WEEKS - 1):
        worker._store(week, 0)
    assert not Trace.objects.unscoped("test").filter(at__gt=NOW).exists()
    assert not Clock.objects.unscoped("test").filter(stopped_at__gt=NOW).exists()
    wrongly = Clock.objects.unscoped("test").filter(stopped_at=None, warned=2, due_at__gt=NOW)
    assert not wrongly.exists()
    assert [fault for _, faults in verify_traces() for fault in faults] == []


@pytest.mark.django_db(transaction=True)  # processes of their own store the blocks
def test_filling_goes_on_after_a_kill_and_every_check_holds(
    city: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    Installation.objects.create(kind=Installation.DEMO)
    before = bulk.found(run._tables())
    told: list[str] = []

    def killed(plan: Any, number: int, workers: int) -> None:
        worker = Worker(plan, number, workers)
        if number == 0:
            for week in range(20):
                worker._store(week, 0)
        raise SystemExit(9)

    monkeypatch.setattr(run, "_work", killed)
    with pytest.raises(run.NotFilled, match="再次运行"):
        run.fill(300, "1", timezone.now(), told.append)
    monkeypatch.undo()
    unfinished = ledger.unfinished()
    assert unfinished is not None and unfinished.events == 300
    with pytest.raises(run.NotFilled, match="--events 300"):
        run.fill(400, "1", timezone.now(), told.append)
    run.fill(300, "1", timezone.now(), told.append)
    assert any("going on: 108 of 300" in line for line in told), told
    assert Case.objects.unscoped("test").count() == 300
    assert ledger.unfinished() is None
    assert bulk.found(run._tables()) == before
    assert [fault for _, faults in verify_traces() for fault in faults] == []
    assert rollups.differences() == [] and figure_faults() == []
    ids = list(Case.objects.unscoped("test").order_by("received_at").values_list("id", flat=True))
    assert ids == sorted(ids)
    with pytest.raises(run.NotFilled, match="已有案件"):
        run.fill(300, "1", timezone.now(), told.append)
