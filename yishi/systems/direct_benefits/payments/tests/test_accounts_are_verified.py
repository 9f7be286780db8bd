"""Whose account it is, and that a changed one is verified before it is used."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction

from yishi.foundation.access.actors import Actor
from yishi.foundation.audit.models import Look
from yishi.foundation.ledger.models import BudgetLine
from yishi.foundation.parties import rotation, services
from yishi.foundation.parties.models import Mandate, Party
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits.payments import accounts, penny
from yishi.systems.direct_benefits.payments.account_names import open_number
from yishi.systems.direct_benefits.payments.models import PayeeAccount, PennyTest
from yishi.systems.direct_benefits.payments.tests import desk
from yishi.systems.direct_benefits.payments.tests.desk import CHECKS, NOW, SYSTEM

pytestmark = pytest.mark.usefixtures("paying")


def of(party: Party) -> Actor:
    return Actor("party", "account:1", "", party_id=party.file_id)


def test_a_first_account_that_a_register_knows_under_the_very_name_is_verified() -> None:
    firm = desk.firm("襄阳模拟机械（集团）有限公司")
    account = desk.account(firm, "襄阳模拟机械(集团)有限公司")
    assert (account.state, account.verified_how) == ("verified", "registry")
    assert accounts.usable(firm, NOW) == (account, "")


def test_what_the_enterprise_gives_itself_waits_for_a_second_person() -> None:
    firm = desk.firm()
    account = accounts.register(of(firm), firm, desk.given(firm, source="enterprise"), NOW)
    assert account.state == PayeeAccount.NEW
    assert accounts.usable(firm, NOW) == (None, "账户待核实：尚未复核")
    accounts.verify(CHECKS, account.pk, "person", "已致电开户行", NOW)
    assert accounts.usable(firm, NOW)[0] == account


def test_a_changed_account_is_never_used_unseen_and_the_old_one_is_closed_by_it() -> None:
    firm = desk.firm()
    old = desk.account(firm)
    new = desk.account(firm)
    assert new.state == PayeeAccount.NEW
    assert accounts.usable(firm, NOW)[0] == old
    accounts.verify(CHECKS, new.pk, "person", "已致电开户行", NOW)
    old.refresh_from_db()
    assert (old.state, old.reason) == ("closed", "已更换为另一账户")
    assert accounts.usable(firm, NOW)[0] == new


def test_whoever_gave_an_account_does_not_verify_it_and_the_database_agrees() -> None:
    firm = desk.firm()
    account = accounts.register(CHECKS, firm, desk.given(firm, source="officer"), NOW)
    with pytest.raises(FieldError, match="不能自己核实"):
        accounts.verify(CHECKS, account.pk, "person", "", NOW)
    rows = PayeeAccount.objects.unscoped("test").filter(pk=account.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(
            state="verified", verified_by=CHECKS.ref, verified_how="person", verified_at=NOW
        )
    with pytest.raises(PermissionDenied):
        accounts.verify(desk.MAKES, account.pk, "person", "", NOW)


def test_another_name_needs_a_document_from_the_second_person() -> None:
    firm = desk.firm("襄阳某某有限公司")
    account = desk.account(firm, "襄阳某某有限公司一分厂")
    with pytest.raises(FieldError, match="须凭证明材料"):
        accounts.verify(CHECKS, account.pk, "person", "看过", NOW)
    with pytest.raises(FieldError) as refused:
        accounts.verify(CHECKS, account.pk, "document", "", NOW)
    assert refused.value.field == "evidence"
    with pytest.raises(FieldError, match="小额打款不能证明"):
        penny.ask(CHECKS, account.pk, NOW)
    accounts.verify(CHECKS, account.pk, "document", "开户许可证复印件，档案2026-17", NOW)
    assert accounts.usable(firm, NOW)[0] == account


def test_a_renamed_firms_account_under_the_former_name_waits_again() -> None:
    firm = desk.firm("襄阳旧名有限公司")
    account = desk.account(firm)
    later = NOW + timedelta(days=3)
    services.rename(firm, "襄阳新名有限公司", later.date(), actor=SYSTEM, now=later)
    firm.refresh_from_db()
    found, reason = accounts.usable(firm, later)
    assert (found, "曾用名" in reason) == (None, True)
    fresh = accounts.register(
        of(firm), firm, desk.given(firm, "襄阳旧名有限公司", source="enterprise"), later
    )
    assert (fresh.state, fresh.match) == ("held", "former")
    accounts.verify(CHECKS, fresh.pk, "document", "银行更名受理回执 2026-05", later)
    assert accounts.usable(firm, later)[0] == fresh
    account.refresh_from_db()
    assert account.state == "closed"


def test_a_cancelled_firm_is_not_paid() -> None:
    firm = desk.firm()
    desk.account(firm)
    services.end(firm, NOW.date(), "注销登记", actor=SYSTEM, now=NOW)
    assert accounts.usable(Party.objects.get(pk=firm.pk), NOW) == (
        None,
        "主体已注销或终止（2026-05-11）",
    )
    with pytest.raises(FieldError) as refused:
        desk.account(firm)
    assert refused.value.field == "party"


def operator(shop: Party, name: str = "林模拟") -> None:
    from yishi.foundation.parties.synthetic import person_number

    number = person_number("420606", NOW.date() - timedelta(days=12_000), hash(name) % 900)
    raw = services.PartyInput(name, number, "resident_id")
    person, _new = services.find_or_create(raw, actor=SYSTEM, purpose="测试", now=NOW)
    mandate = services.MandateInput(Mandate.LEGAL, valid_from=NOW.date())
    services.give(shop, person, mandate, giver=None, actor=SYSTEM, now=NOW)


def test_a_self_employed_person_is_paid_to_the_account_used_for_premiums() -> None:
    shop = desk.shop()
    operator(shop)
    account = desk.account(shop, "林模拟", kind="premium", source="hr")
    assert (account.state, account.match) == ("verified", "operator")
    assert accounts.usable(shop, NOW)[0] == account
    assert accounts.shown(account).name == "林**"


@pytest.mark.parametrize(
    ("name", "kind", "source"),
    [("林模拟", "premium", "enterprise"), ("林模拟", "corporate", "hr"), ("别人", "premium", "hr")],
)
def test_another_persons_account_or_one_that_nobody_paid_premiums_from_is_held(
    name: str, kind: str, source: str
) -> None:
    shop = desk.shop()
    operator(shop)
    assert desk.account(shop, name, kind=kind, source=source).state == PayeeAccount.HELD


def test_a_firm_has_no_personal_account() -> None:
    for kind in ("personal", "premium", "savings"):
        with pytest.raises(FieldError) as refused:
            desk.account(desk.firm(), kind=kind)
        assert refused.value.field == "kind"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", "abc"),
        ("number", ""),
        ("number", "1" * 40),
        ("bank", ""),
        ("bank_code", "12"),
        ("name", ""),
        ("number", None),
        ("bank_code", "１２３４５６７８９０１２"),
    ],
)
def test_what_is_no_account_is_refused_by_name(field: str, value: object) -> None:
    firm = desk.firm()
    values = {"name": "x" * 3, "number": "62170000000", "bank": "b", "bank_code": "000528000019"}
    raw = accounts.AccountInput(**(values | {field: value}))  # type: ignore[arg-type]
    with pytest.raises(FieldError) as refused:
        accounts.register(SYSTEM, firm, raw, NOW)
    assert refused.value.field == field


def test_the_same_account_again_is_the_one_that_is_there() -> None:
    firm = desk.firm()
    raw = desk.given(firm)
    first = accounts.register(SYSTEM, firm, raw, NOW)
    assert accounts.register(of(firm), firm, raw, NOW).pk == first.pk
    assert PayeeAccount.objects.unscoped("test").count() == 1


def test_nobody_else_gives_or_sees_an_account() -> None:
    firm, other = desk.firm(), desk.firm()
    account = desk.account(firm)
    with pytest.raises(PermissionDenied):
        accounts.register(of(other), firm, desk.given(firm), NOW)
    with pytest.raises(PermissionDenied):
        accounts.close(of(other), account.pk, "不是我的", NOW)
    assert accounts.of_party(of(other), firm) == []
    (mine,) = accounts.of_party(of(firm), firm)
    assert mine.number == f"**** {open_number(account)[-4:]}"


def test_numbers_and_names_lie_sealed_and_looking_is_logged() -> None:
    firm = desk.firm("襄阳封存测试有限公司")
    account = desk.account(firm)
    number = open_number(account)
    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM benefit_payments_payeeaccount t")
        stored = "".join(row[0] for row in cursor.fetchall())
    assert number not in stored
    assert firm.name not in stored
    assert accounts.reveal(CHECKS, account.pk, "核对退票", NOW) == (firm.name, number)
    assert Look.objects.filter(action="payee.reveal", purpose="核对退票").exists()
    with pytest.raises(FieldError):
        accounts.reveal(CHECKS, account.pk, "", NOW)


def test_a_change_of_keys_walks_through_accounts() -> None:
    firm = desk.firm()
    account = desk.account(firm)
    number = open_number(account)
    rotation.begin(lookup=True)
    rotation.renew()
    account.refresh_from_db()
    assert open_number(account) == number
    assert accounts.usable(Party.objects.get(pk=firm.pk), NOW)[0] == account


def test_a_small_amount_proves_an_account() -> None:
    firm = desk.firm()
    account = accounts.register(of(firm), firm, desk.given(firm, source="enterprise"), NOW)
    test = penny.ask(of(firm), account.pk, NOW)
    with pytest.raises(FieldError, match="还没有结束"):
        penny.ask(of(firm), account.pk, NOW)
    file = penny.send(CHECKS, NOW)
    assert penny.send(CHECKS, NOW, again=file.name[:-4]).content == file.content
    right = penny.amount_of(test)
    assert not penny.confirm(of(firm), account.pk, right % 99 + 1, NOW)
    assert penny.confirm(of(firm), account.pk, right, NOW)
    account.refresh_from_db()
    assert (account.state, account.verified_how) == ("verified", "penny")


def test_three_wrong_amounts_or_seven_days_end_the_test() -> None:
    firm = desk.firm()
    account = accounts.register(of(firm), firm, desk.given(firm, source="enterprise"), NOW)
    test = penny.ask(of(firm), account.pk, NOW)
    penny.send(CHECKS, NOW)
    wrong = penny.amount_of(test) % 99 + 1
    assert [penny.confirm(of(firm), account.pk, wrong, NOW) for _ in range(3)] == [False] * 3
    test.refresh_from_db()
    assert test.state == PennyTest.FAILED
    with pytest.raises(FieldError):
        penny.confirm(of(firm), account.pk, penny.amount_of(test), NOW)
    second = penny.ask(of(firm), account.pk, NOW)
    penny.send(CHECKS, NOW)
    with pytest.raises(FieldError):
        penny.confirm(of(firm), account.pk, penny.amount_of(second), NOW + timedelta(days=8))
    account.refresh_from_db()
    assert account.state == PayeeAccount.NEW


def test_many_accounts_cost_a_fixed_number_of_statements(
    budget: BudgetLine, django_assert_max_num_queries: object
) -> None:
    firms = [desk.firm() for _ in range(15)] + [desk.shop()]
    for firm in firms:
        desk.account(firm)
    with django_assert_max_num_queries(6):  # type: ignore[operator]
        found = accounts.usable_many([firm.pk for firm in firms], NOW)
    assert all(account is not None for account, _reason in found.values())
