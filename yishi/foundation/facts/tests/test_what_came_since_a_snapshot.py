"""The snapshot of whoever changed says of them what a whole snapshot would."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yishi.foundation.facts import changed, rows, snapshots
from yishi.foundation.facts.models import Snapshot, Source
from yishi.foundation.facts.tests.conftest import NOW
from yishi.foundation.facts.tests.test_deliveries_and_snapshots import HEAD, LISTED, Send
from yishi.foundation.parties.synthetic import enterprise_number
from yishi.foundation.revisions.errors import FieldError

FIRMS = [enterprise_number("420606", n) for n in range(6)]
A, B, C = FIRMS[:3]


def said_of(snapshot: Snapshot) -> dict[str, Any]:
    path, facts = snapshots.path_of(snapshot), snapshots.declared(snapshot)
    found = {code: rows.of_party(path, code, facts) for code in FIRMS}
    return {code: one for code, one in found.items() if one is not None}


def day(ago: int) -> datetime:
    return NOW - timedelta(days=ago)


def test_what_a_later_whole_delivery_replaced_before_the_snapshot_is_not_new(
    hr: Source, credit: Source, send: Send
) -> None:
    send(credit, f"{LISTED}{A},否,甲,\n", as_of=day(9))
    send(hr, f"{HEAD}{A},1,1\n{B},1,1\n", as_of=day(8))
    send(hr, f"{HEAD}{A},2,2\n{B},2,2\n", as_of=day(7))
    base = snapshots.take(day(5))
    assert changed.since(base, NOW) == changed.Since([])
    assert changed.take(base, NOW) is None
    part = send(hr, f"{HEAD}{C},3,3\n", as_of=day(2), whole=False).delivery
    assert changed.since(base, NOW) == changed.Since([part])
    made = changed.take(base, NOW)
    assert made is not None
    assert (made.rows, made.base_id) == (1, base.pk)
    assert said_of(made)[C]["heads"].value == 3


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"as_of": day(2)}, "全部"),
        ({"as_of": day(6), "whole": False}, "早于"),
    ],
)
def test_some_deliveries_need_everything_looked_at_again(
    hr: Source, send: Send, more: dict[str, Any], why: str
) -> None:
    send(hr, f"{HEAD}{A},1,1\n{B},1,1\n", as_of=day(7))
    send(hr, f"{HEAD}{A},1,2\n", as_of=day(5), whole=False)
    base = snapshots.take(day(5))
    send(hr, f"{HEAD}{A},2,2\n{B},1,1\n", **more)
    with pytest.raises(FieldError, match=why):
        changed.take(base, NOW)


def test_other_declarations_need_everything_looked_at_again(hr: Source, send: Send) -> None:
    send(hr, f"{HEAD}{A},1,1\n", as_of=day(7))
    base = snapshots.take(day(5))
    hr.refresh_from_db()
    hr.columns = {**hr.columns, "heads": {**hr.columns["heads"], "unit": "名"}}
    hr.save()
    assert "声明" in changed.since(base, NOW).why_whole


def line_of(kind: str, code: str, numbers: tuple[int, int]) -> str:
    one, other = numbers
    if kind == "credit":
        return f"{code},{'是' if one else '否'},{'甲' if other else '无'},\n"
    return f"{code},{one},{other}\n" if kind == "hr" else f"{code},{one}\n"


HEADS = {"credit": LISTED, "hr": HEAD, "heads": "统一社会信用代码,参保人数（人）\n"}
LINES = st.dictionaries(
    st.sampled_from(FIRMS), st.tuples(st.integers(0, 3), st.integers(0, 1)), min_size=1
)
PARTS = st.lists(st.tuples(st.sampled_from(sorted(HEADS)), LINES), min_size=1, max_size=4)


@given(hr_first=LINES, credit_first=LINES, parts=PARTS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_small_snapshot_says_what_a_whole_one_would(
    hr: Source,
    credit: Source,
    send: Send,
    hr_first: dict[str, tuple[int, int]],
    credit_first: dict[str, tuple[int, int]],
    parts: list[tuple[str, dict[str, tuple[int, int]]]],
) -> None:
    def text(kind: str, lines: dict[str, tuple[int, int]]) -> str:
        return HEADS[kind] + "".join(line_of(kind, code, two) for code, two in lines.items())

    with transaction.atomic():
        send(hr, text("hr", hr_first), as_of=day(30))
        send(credit, text("credit", credit_first), as_of=day(29))
        base = snapshots.take(day(28))
        for n, (kind, lines) in enumerate(parts):
            owner = credit if kind == "credit" else hr
            send(owner, text(kind, lines), as_of=day(20 - n), whole=False)
        small, whole = changed.take(base, NOW), snapshots.take(NOW)
        assert small is not None
        seen, every, before = said_of(small), said_of(whole), said_of(base)
        touched = {code for _, lines in parts for code in lines}
        assert set(seen) == touched
        assert {code: every[code] for code in seen} == seen
        rest = set(every) - touched
        assert {code: before[code] for code in rest} == {code: every[code] for code in rest}
        transaction.set_rollback(True)
