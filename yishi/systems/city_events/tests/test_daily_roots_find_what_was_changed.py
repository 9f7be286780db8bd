"""A cut tail, a deleted case and a chain written anew are found; an untouched city verifies."""

from __future__ import annotations

import stat
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.db import connection
from pytest_django import Settings

from yishi.foundation.audit import chain
from yishi.foundation.audit.models import DailyRoot
from yishi.foundation.cases import rootfiles
from yishi.foundation.cases.checks import audit
from yishi.foundation.cases.models import Case, Trace
from yishi.foundation.cases.roots import make_roots, verify_roots
from yishi.foundation.cases.verify import verify_traces
from yishi.systems.city_events.lifecycle import SYSTEM
from yishi.systems.city_events.models import Report
from yishi.systems.city_events.tests.conftest import Town

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def state(settings: Settings, tmp_path: Path) -> Path:
    settings.STATE_DIR = tmp_path
    settings.YISHI_KEYS_FILE = tmp_path / "keys.json"
    return tmp_path


@pytest.fixture
def recorded(town: Town) -> list[str]:
    """Three cases of which two days' roots know; the first moved between the two."""
    numbers = [town.report(lon=112.10 + n * 0.01).number for n in range(3)]
    make_roots(town.now)
    town.move(numbers[0], "sign", timedelta(minutes=3))
    make_roots(town.now + DAY)
    return numbers


def _reasons() -> list[str]:
    faults = [fault.reason for _seen, found in verify_traces() for fault in found]
    return faults + [fault.reason for fault in verify_roots()]


def _case(number: str) -> Case:
    case: Case = Case.objects.unscoped("a test").get(number=number)
    return case


def test_an_untouched_city_verifies_also_after_further_moves(
    town: Town, recorded: list[str], state: Path
) -> None:
    assert _reasons() == []
    town.move(recorded[1], "sign", timedelta(minutes=3))
    town.report(lon=112.15)
    assert _reasons() == []
    first, second = DailyRoot.objects.filter(chain=SYSTEM).order_by("day")
    assert (first.heads, second.heads) == (3, 3)
    assert len(rootfiles.read_leaves(SYSTEM, first.day)[0]) == 3
    assert len(rootfiles.read_leaves(SYSTEM, second.day)[0]) == 1
    assert stat.S_IMODE((state / "roots.pem").stat().st_mode) == 0o600


def test_a_day_has_one_root(town: Town, recorded: list[str]) -> None:
    assert make_roots(town.now + DAY) == []
    assert [one.chain for one in make_roots(town.now + 2 * DAY)].count(SYSTEM) == 1
    assert _reasons() == []


def _unguarded() -> None:
    """As whoever owns the database can: past the trigger that keeps traces append-only."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE cases_trace DISABLE TRIGGER USER")


def _delete(case: Case) -> None:
    Report.objects.unscoped("a test").filter(case=case).delete()
    Case.objects.unscoped("a test").filter(pk=case.pk).delete()


def _cut(case: Case) -> None:
    """Remove the last row and mend the case, so that the trace verifies by itself."""
    rows = Trace.objects.unscoped("a test").filter(case=case)
    rows.filter(seq=case.trace_length).delete()
    last = rows.order_by("seq").last()
    assert last is not None
    _set_head(case, last, case.trace_length - 1)


def _rewrite(case: Case) -> None:
    """Write the whole chain anew with another first row."""
    before, last = chain.GENESIS, None
    for row in Trace.objects.unscoped("a test").filter(case=case).order_by("seq"):
        if row.seq == 1:
            row.body = bytes(row.body).replace(b'"from"', b'"form"')
        row.hash = before = chain.link(bytes(row.body), before, row.algorithm)
        row.save()
        last = row
    assert last is not None
    _set_head(case, last, case.trace_length)


def _set_head(case: Case, last: Trace, length: int) -> None:
    import orjson

    Case.objects.unscoped("a test").filter(pk=case.pk).update(
        trace_length=length,
        trace_head=bytes(last.hash),
        state=orjson.loads(bytes(last.body))["to"],
    )


@pytest.mark.parametrize(
    ("tamper", "word"), [(_delete, "gone"), (_cut, "gone"), (_rewrite, "rewritten")]
)
@pytest.mark.parametrize("which", [0, 2])
def test_what_a_trace_cannot_show_by_itself_the_roots_do(
    recorded: list[str], tamper: Callable[[Case], None], word: str, which: int, town: Town
) -> None:
    case = _case(recorded[which])
    _unguarded()
    tamper(case)
    assert [fault for _seen, found in verify_traces() for fault in found] == []
    assert any(f"case {case.pk}:" in reason and word in reason for reason in _reasons())
    make_roots(town.now + 2 * DAY)  # a later root does not cover it up
    assert any(f"case {case.pk}:" in reason and word in reason for reason in _reasons())


def test_a_changed_root_row_file_or_statement_is_found(
    recorded: list[str], town: Town, state: Path
) -> None:
    first, second = DailyRoot.objects.filter(chain=SYSTEM).order_by("day")
    DailyRoot.objects.filter(pk=first.pk).update(heads=2)
    assert "the signature does not match" in _reasons()
    assert "it does not follow the root before it" in _reasons()
    DailyRoot.objects.filter(pk=first.pk).update(heads=3)
    path = rootfiles.leaves_path(SYSTEM, second.day)
    kept = path.read_bytes()
    path.write_bytes(kept[:-1] + b"x")
    assert "the file of heads was changed" in _reasons()
    path.unlink()
    assert any("FileNotFoundError" in reason for reason in _reasons())
    path.write_bytes(kept)
    assert _reasons() == []
    DailyRoot.objects.filter(pk=second.pk).delete()
    assert "its row in the database is missing" in _reasons()


def test_roots_of_another_key_are_refused(recorded: list[str], state: Path) -> None:
    (state / "roots.pem").unlink()
    assert any("another key" in reason for reason in _reasons())


def test_the_commands_verify_make_and_export(
    recorded: list[str], town: Town, tmp_path: Path
) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(audit, list(arguments), obj=lambda: None)
        return result.exit_code, result.output

    assert run("verify") == (0, "audit: 3 traces, 0 faults\n")
    assert f"\n{SYSTEM} {datetime.now().year}" in "\n" + run("root")[1]
    written = DailyRoot.objects.count()  # of every system
    assert run("export", str(tmp_path / "out")) == (
        0,
        f"audit: {written} statements in {tmp_path / 'out'}\n",
    )
    assert len(list((tmp_path / "out" / SYSTEM).glob("*.json"))) == 3
    _unguarded()
    _rewrite(_case(recorded[2]))
    status, text = run("verify")
    assert status == 1
    assert "rewritten" in text


@pytest.mark.parametrize(
    "change",
    [
        "note = '另一句话'",
        "actor_ref = 'user:999'",
        "move = 'close'",
        "at = at + interval '1 second'",
    ],
)
def test_what_pages_show_of_a_row_is_what_its_hash_covers(town: Town, change: str) -> None:
    """The columns beside the hashed bytes are what people read."""
    number = town.report().number
    town.move(number, "sign", timedelta(minutes=3))
    town.move(number, "finish", timedelta(minutes=3), note="已清运")
    assert _reasons() == []
    _behind_the_trigger(f"UPDATE cases_trace SET {change} WHERE move = 'finish'")
    (reason,) = _reasons()
    assert "than its hash covers" in reason


def test_an_erased_note_leaves_its_trace_valid(town: Town) -> None:
    number = town.report().number
    town.move(number, "sign", timedelta(minutes=3))
    town.move(number, "finish", timedelta(minutes=3), note="已清运")
    _behind_the_trigger("UPDATE cases_trace SET note = ''")
    assert _reasons() == []


def _behind_the_trigger(statement: str) -> None:
    """As somebody would who owns the database."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE cases_trace DISABLE TRIGGER USER")
        cursor.execute(statement)
        cursor.execute("ALTER TABLE cases_trace ENABLE TRIGGER USER")
