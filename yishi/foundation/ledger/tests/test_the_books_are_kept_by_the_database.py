"""Every invariant of the books holds whoever writes, by SQL too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.db import IntegrityError, connection, transaction

from yishi.foundation.ledger import errors
from yishi.foundation.ledger.errors import LedgerError
from yishi.foundation.ledger.models import Account, Period, Transfer
from yishi.foundation.ledger.posting import Entry, open_account, post
from yishi.foundation.ledger.tests.making import account, at, balance

pytestmark = pytest.mark.django_db
NOW = at()


def sql(text: str, *values: int | str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(text, values)


def refused(act: Callable[[], object]) -> LedgerError:
    with pytest.raises(IntegrityError) as caught:
        act()
    found = errors.read(caught.value)
    assert found is not None
    return found


def insert(debit: int, credit: int, amount: int = 5, unit: str = "fen", key: str = "k") -> None:
    sql(
        "INSERT INTO ledger_transfer (debit_id, credit_id, amount, unit, key, period_id, at,"
        " about_kind, about_id, text) VALUES (%s,%s,%s,%s,%s,'2026-11',now(),'','','')",
        debit,
        credit,
        amount,
        unit,
        key,
    )


def test_a_transfer_moves_the_same_amount_on_both_sides() -> None:
    source, pot = account("s", floor=None), account("p")
    assert post([Entry(source.pk, pot.pk, 700, "a")], NOW).new == 1
    assert (balance(source), balance(pot)) == (-700, 700)


def test_an_account_that_grows_on_the_debit_side_counts_there() -> None:
    asset = open_account("cash", "库款", side="debit", kind="test")
    pot = account("p")
    post([Entry(asset.pk, pot.pk, 300, "a")], NOW)
    assert (balance(asset), balance(pot)) == (300, 300)


def test_a_balance_never_falls_below_its_floor_and_nothing_of_the_batch_is_kept() -> None:
    source, pot, other = account("s", floor=None), account("p"), account("o")
    post([Entry(source.pk, pot.pk, 100, "a")], NOW)
    with pytest.raises(LedgerError) as caught:
        post([Entry(source.pk, other.pk, 5, "b"), Entry(pot.pk, other.pk, 101, "c")], NOW)
    assert caught.value.code == "floor"
    assert (balance(pot), balance(other)) == (100, 0)
    assert not Transfer.objects.unscoped("test").filter(key__in=["b", "c"]).exists()


@pytest.mark.parametrize("many", [1, 60])
def test_the_same_key_is_posted_once(many: int) -> None:
    source, pot = account("s", floor=None), account("p")
    entries = [Entry(source.pk, pot.pk, 10 + i, f"k{i}", "payout", str(i)) for i in range(many)]
    assert post(entries, NOW).new == many
    again = post([*entries, Entry(source.pk, pot.pk, 1, "one more")], NOW)
    assert (again.new, again.known) == (1, many)
    assert balance(pot) == sum(entry.amount for entry in entries) + 1


@pytest.mark.parametrize("many", [1, 60])
def test_a_key_with_other_content_is_refused(many: int) -> None:
    source, pot = account("s", floor=None), account("p")
    entries = [Entry(source.pk, pot.pk, 10, f"k{i}") for i in range(many)]
    post(entries, NOW)
    with pytest.raises(LedgerError) as caught:
        post([*entries[1:], Entry(source.pk, pot.pk, 11, "k0")], NOW)
    assert caught.value.code == "key_taken"
    assert balance(pot) == 10 * many


def test_a_repeat_in_a_later_month_is_still_the_same_transfer() -> None:
    source, pot = account("s", floor=None), account("p")
    post([Entry(source.pk, pot.pk, 10, "k")], NOW)
    assert post([Entry(source.pk, pot.pk, 10, "k")], at("2026-12-02 09:00")).known == 1
    assert Transfer.objects.unscoped("test").get(key="k").period_id == "2026-11"


@pytest.mark.parametrize("amount", [0, -5, 10**16])
def test_amounts_are_positive_and_bounded(amount: int) -> None:
    source, pot = account("s", floor=None), account("p")
    with pytest.raises(LedgerError):
        post([Entry(source.pk, pot.pk, amount, "k")], NOW)
    if amount <= 0:
        post([Entry(source.pk, pot.pk, 1, "opens the month")], NOW)
        assert refused(lambda: insert(source.pk, pot.pk, amount)).field == "amount"


def test_units_do_not_mix() -> None:
    hours, yuan = account("h", unit="minute", floor=None), account("y")
    with pytest.raises(LedgerError) as caught:
        post([Entry(hours.pk, yuan.pk, 60, "k", unit="minute")], NOW)
    assert caught.value.code == "other_unit"
    other = account("h2", unit="minute")
    assert post([Entry(hours.pk, other.pk, 60, "k", unit="minute")], NOW).new == 1


def test_an_account_that_is_not_there_or_closed_takes_nothing() -> None:
    source, pot = account("s", floor=None), account("p")
    with pytest.raises(LedgerError) as caught:
        post([Entry(source.pk, 10**9, 5, "k")], NOW)
    assert caught.value.code == "no_account"
    Account.objects.unscoped("test").filter(pk=pot.pk).update(closed=True)
    with pytest.raises(LedgerError) as caught:
        post([Entry(source.pk, pot.pk, 5, "k")], NOW)
    assert caught.value.code == "account_closed"


def test_transfers_are_never_rewritten_by_sql_either() -> None:
    source, pot = account("s", floor=None), account("p")
    post([Entry(source.pk, pot.pk, 10, "k")], NOW)
    for text in ("UPDATE ledger_transfer SET amount = 1", "DELETE FROM ledger_transfer"):
        with pytest.raises(IntegrityError, match="append-only"):
            sql(text)


def test_sums_of_an_account_are_written_by_transfers_only() -> None:
    pot = account("p")
    for text in (
        "UPDATE ledger_account SET credits = 5 WHERE id = %s",
        "UPDATE ledger_account SET unit = 'minute' WHERE id = %s",
        "UPDATE ledger_account SET side = 'debit' WHERE id = %s",
        "DELETE FROM ledger_account WHERE id = %s",
    ):
        with pytest.raises(IntegrityError, match="its sums come from transfers"):
            sql(text, pot.pk)
    with pytest.raises(IntegrityError):
        sql(
            "INSERT INTO ledger_account (code,name,unit,side,kind,owner_kind,owner_id,area,closed,"
            "debits,credits) VALUES ('x','x','fen','debit','t','','','',false,0,5)"
        )


def test_raw_sql_moves_balances_and_meets_the_same_rules() -> None:
    source, pot = account("s", floor=None), account("p")
    post([Entry(source.pk, pot.pk, 10, "k0")], NOW)
    insert(source.pk, pot.pk, 7)
    assert balance(pot) == 17
    assert refused(lambda: insert(pot.pk, source.pk, 18, key="z")).code == "floor"
    assert refused(lambda: insert(pot.pk, source.pk, 1, unit="minute", key="z")).code
    assert refused(lambda: insert(pot.pk, pot.pk, 1, key="z")).field == "account"


def test_nobody_posts_into_a_closed_period_and_it_stays_closed() -> None:
    source, pot = account("s", floor=None), account("p")
    post([Entry(source.pk, pot.pk, 10, "k0")], NOW)
    sql(
        "UPDATE ledger_period SET closed_at = now(), closed_by = 'user:1', transfers = 1,"
        " hash = 'x' WHERE key = '2026-11'"
    )
    with pytest.raises(LedgerError) as caught:
        post([Entry(source.pk, pot.pk, 10, "k1")], NOW)
    assert caught.value.code == "period_closed"
    with pytest.raises(LedgerError):
        post([Entry(source.pk, pot.pk, 10, "k1", period="2026-10")], NOW)
    assert refused(lambda: insert(source.pk, pot.pk, 7)).code == "period_closed"
    for text in (
        "UPDATE ledger_period SET closed_at = NULL, closed_by = '', hash = ''",
        "UPDATE ledger_period SET closed_by = 'user:2'",
        "DELETE FROM ledger_period",
    ):
        with pytest.raises(IntegrityError):
            sql(text)
    post([Entry(source.pk, pot.pk, 10, "k1")], at("2026-12-01 00:00"))
    assert Period.objects.get(pk="2026-12").closed_at is None


def test_a_period_is_not_closed_before_an_earlier_one() -> None:
    source, pot = account("s", floor=None), account("p")
    post([Entry(source.pk, pot.pk, 10, "k0")], NOW)
    post([Entry(source.pk, pot.pk, 10, "k1")], at("2026-12-01 09:00"))
    close = (
        "UPDATE ledger_period SET closed_at = now(), closed_by = 'user:1', transfers = 1,"
        " hash = 'x' WHERE key = '2026-12'"
    )
    assert refused(lambda: sql(close)).code == "period_order"


def test_texts_are_stored_as_they_are_by_both_ways() -> None:
    source, pot = account("s", floor=None), account("p")
    text = "支付\t第\\3批\n(模拟)"
    post([Entry(source.pk, pot.pk, 1, "one", text=text)], NOW)
    post([Entry(source.pk, pot.pk, 1, f"m{i}\\N", text=text) for i in range(50)], NOW)
    stored = Transfer.objects.unscoped("test").values_list("text", flat=True)
    assert set(stored) == {text}
    assert Transfer.objects.unscoped("test").filter(key="m7\\N").exists()


@pytest.mark.parametrize(
    ("field", "value"), [("key", "k" * 121), ("text", "a\0b"), ("about_id", "9" * 41), ("key", "")]
)
def test_a_text_that_cannot_be_stored_names_its_field(field: str, value: str) -> None:
    source, pot = account("s", floor=None), account("p")
    with pytest.raises(LedgerError) as caught:
        post([replace(Entry(source.pk, pot.pk, 1, "k"), **{field: value})], NOW)  # type: ignore[arg-type]
    assert caught.value.field == field
