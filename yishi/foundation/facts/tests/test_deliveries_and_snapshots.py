"""Deliveries are stored once, snapshots are the same for the same deliveries, and both stay."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yishi.foundation.access.actors import SYSTEM
from yishi.foundation.facts import rows, snapshots
from yishi.foundation.facts.delivering import Delivered, Said, deliver
from yishi.foundation.facts.models import Delivery, RejectedRow, Snapshot, Source
from yishi.foundation.facts.tests.conftest import HR, NOW, source
from yishi.foundation.papers import storage
from yishi.foundation.parties.synthetic import enterprise_number
from yishi.foundation.revisions.errors import FieldError

A, B, C, D = (enterprise_number("420606", n) for n in range(4))
HEAD = "统一社会信用代码,参保人数（人）,缴费（元）\n"
LISTED = "统一社会信用代码,失信,等级,称号\n"
Send = Callable[..., Delivered]


def known(snapshot: Snapshot, code: str) -> dict[str, object]:
    facts = snapshots.declared(snapshot)
    found = rows.of_party(snapshots.path_of(snapshot), code, facts)
    assert found is not None
    return {name: seen.value for name, seen in found.items()}


def test_a_refused_row_is_told_and_the_others_are_taken(hr: Source, send: Send) -> None:
    made = send(hr, f"{HEAD}{A},12,1.50\n{B},x,2\n123,1,1\n{C},3,0.001\n").delivery
    assert (made.rows, made.rejected) == (1, 3)
    told = RejectedRow.objects.unscoped("the test").order_by("line").values_list("line", "field")
    assert list(told) == [(3, "heads"), (4, "party"), (5, "premiums")]
    hr.refresh_from_db()
    assert (hr.state, hr.rows, hr.as_of) == ("ok", 1, made.as_of)


def test_the_same_file_is_the_same_delivery_and_another_moment_is_another(
    hr: Source, send: Send
) -> None:
    text = f"{HEAD}{A},12,1.50\n"
    first = send(hr, text)
    again = send(hr, text)
    assert (first.known, again.known, again.delivery) == (False, True, first.delivery)
    later = send(hr, text, as_of=NOW)
    assert not later.known
    assert later.delivery.content == first.delivery.content


def test_a_party_twice_counts_once_if_the_rows_agree_and_else_not_at_all(
    hr: Source, send: Send
) -> None:
    made = send(hr, f"{HEAD}{A},1,1\n{B},2,2\n{A},1,1\n{B},3,2\n{C},4,4\n").delivery
    assert (made.rows, made.rejected) == (2, 3)
    told = RejectedRow.objects.unscoped("the test").order_by("line")
    assert [(one.line, one.reason) for one in told] == [
        (3, "与第 5 行是同一主体而内容不同"),
        (4, "与第 2 行重复"),
        (5, "与第 3 行是同一主体而内容不同"),
    ]
    snapshot = snapshots.take(NOW)
    assert known(snapshot, A)["heads"] == 1
    assert known(snapshot, B)["heads"] is None


@pytest.mark.parametrize(
    ("text", "more", "field"),
    [
        (HEAD, {}, "file"),
        (f"{HEAD}1,2,3\n", {}, "file"),
        ("统一社会信用代码,缴费（元）\n", {}, "header"),
        (f"{HEAD}{A},1,1\n", {"as_of": NOW + timedelta(seconds=1)}, "as_of"),
        (f"{HEAD}{A},1,1\n{B},1,1\n", {"as_of": NOW - timedelta(days=9)}, "as_of"),
        (f"{HEAD}{A},1,1\n", {}, "file"),
    ],
)
def test_a_delivery_that_is_wrong_as_a_whole_changes_nothing_but_the_light(
    hr: Source, send: Send, text: str, more: dict[str, object], field: str
) -> None:
    before = send(hr, f"{HEAD}{A},1,1\n{B},1,1\n{C},1,1\n", as_of=NOW - timedelta(days=3))
    with pytest.raises(FieldError) as refused:
        send(hr, text, **more)
    assert refused.value.field == field
    assert list(Delivery.objects.unscoped("the test")) == [before.delivery]
    hr.refresh_from_db()
    assert (hr.state, hr.problem) == ("failed", refused.value.message)


def test_later_parts_replace_only_their_columns_and_keep_the_age_of_the_others(
    hr: Source, send: Send
) -> None:
    send(hr, f"{HEAD}{A},12,1.50\n{B},5,2\n", as_of=NOW - timedelta(days=40))
    part = "统一社会信用代码,参保人数（人）\n"
    send(hr, f"{part}{A},13\n", as_of=NOW - timedelta(days=2), whole=False)
    snapshot = snapshots.take(NOW)
    facts = snapshots.declared(snapshot)
    path = snapshots.path_of(snapshot)
    of_a, of_b = (rows.of_party(path, code, facts) for code in (A, B))
    assert of_a is not None and of_b is not None
    assert (of_a["heads"].value, of_a["premiums"].value) == (13, 150)
    assert of_a["heads"].as_of == NOW - timedelta(days=2)
    assert of_b["heads"].as_of == NOW - timedelta(days=40)


def test_whom_a_complete_list_leaves_out_has_none_of_it_but_a_refused_row_says_nothing(
    hr: Source, credit: Source, send: Send
) -> None:
    send(hr, f"{HEAD}{A},1,1\n{B},1,1\n{C},1,1\n")
    send(credit, f"{LISTED}{A},是,甲,某、另\n{C},也许,甲,\n")
    snapshot = snapshots.take(NOW)
    assert known(snapshot, A) | {} == {
        "heads": 1,
        "premiums": 100,
        "dishonest": True,
        "grade": "a",
        "honours": frozenset("xy"),
    }
    assert known(snapshot, B)["dishonest"] is False
    assert known(snapshot, B)["grade"] == "none"
    assert known(snapshot, B)["honours"] == frozenset()
    assert known(snapshot, C)["dishonest"] is None


def test_the_same_deliveries_give_the_same_snapshot_on_any_later_day(
    hr: Source, credit: Source, send: Send, media: Path
) -> None:
    send(hr, f"{HEAD}{A},1,1\n{B},1,1\n")
    send(credit, f"{LISTED}{A},是,甲,某\n")
    first = snapshots.take(NOW)
    assert snapshots.take(NOW + timedelta(days=400)) == first
    bytes_then = snapshots.path_of(first).read_bytes()
    storage.path_of(first.file).unlink()
    with transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        # As another installation with the same deliveries would make it.
        patch.setattr(Snapshot.objects, "filter", lambda **_: Snapshot.objects.none())
        snapshots.take(NOW + timedelta(days=9))
    assert snapshots.path_of(first, again=True).read_bytes() == bytes_then
    assert Snapshot.objects.count() == 1


def test_a_tampered_file_is_found(hr: Source, send: Send) -> None:
    made = send(hr, f"{HEAD}{A},1,1\n")
    snapshot = snapshots.take(NOW)
    for name in (snapshot.file, made.delivery.file):
        path = storage.path_of(name)
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(bytes(data))
    with pytest.raises(snapshots.SnapshotTampered):
        snapshots.path_of(snapshot)
    send(hr, "统一社会信用代码,缴费（元）\n" + f"{A},2\n", whole=False)
    with pytest.raises(snapshots.SnapshotTampered):
        snapshots.take(NOW)


def test_the_database_itself_keeps_what_was_delivered_and_seen(hr: Source, send: Send) -> None:
    made = send(hr, f"{HEAD}{A},1,1\n{B},x,1\n").delivery
    snapshot = snapshots.take(NOW)
    for change in (
        lambda: Delivery.objects.unscoped("the test").filter(pk=made.pk).update(rows=9),
        lambda: RejectedRow.objects.unscoped("the test").update(reason="x"),
        lambda: Snapshot.objects.filter(pk=snapshot.pk).update(hash="0"),
        snapshot.delete,
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_nothing_delivered_is_no_snapshot(hr: Source) -> None:
    with pytest.raises(FieldError):
        snapshots.take(NOW)


def test_the_files_of_deliveries_and_snapshots_are_kept_by_the_nightly_cleaning(
    hr: Source, send: Send
) -> None:
    from yishi.foundation.papers.uploads import remove_orphans

    made = send(hr, f"{HEAD}{A},1,1\n").delivery
    snapshot = snapshots.take(NOW)
    remove_orphans(NOW + timedelta(days=4000))
    assert storage.path_of(made.file).is_file()
    assert snapshots.path_of(snapshot, again=True).is_file()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_what_was_delivered_is_what_the_snapshot_says_whatever_the_order(
    bare: None, data: st.DataObject
) -> None:
    count = data.draw(st.integers(1, 40))
    values = data.draw(st.lists(st.integers(0, 10**9), min_size=count, max_size=count))
    order = data.draw(st.permutations(range(count)))
    with transaction.atomic():
        lines = [f"{enterprise_number('420606', n)},{n},{values[n]}\n" for n in order]
        said = Said(source("hr", HR), "csv", NOW, True, SYSTEM, NOW)
        deliver(said, io.BytesIO((HEAD + "".join(lines)).encode()))
        snapshot = snapshots.take(NOW)
        path, facts = snapshots.path_of(snapshot), snapshots.declared(snapshot)
        for n in range(count):
            found = rows.of_party(path, enterprise_number("420606", n), facts)
            assert found is not None
            assert found["premiums"].value == values[n] * 100
        assert rows.of_party(path, enterprise_number("420606", 5000), facts) is None
        transaction.set_rollback(True)
