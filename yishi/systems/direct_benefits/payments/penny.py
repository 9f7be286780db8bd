"""Small amounts that prove an account (小额打款验证): asked for, sent, named back by the holder.

The agent bank pays them as a service, so that no budget line is touched: their file is a payment
file of its own, from the bank's account for tests. Three wrong answers or seven days end a test.
"""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction

from yishi.foundation.access.actors import Actor
from yishi.foundation.audit import access_log
from yishi.foundation.calendars import SHANGHAI
from yishi.foundation.parties.crypto import decrypt, encrypt
from yishi.foundation.parties.ids import time_uuid
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits.payments import accounts, orders, payers, sending
from yishi.systems.direct_benefits.payments.account_names import (
    match_of,
    names_of,
    open_name,
    open_number,
)
from yishi.systems.direct_benefits.payments.files import pain001
from yishi.systems.direct_benefits.payments.keeping import penny_context
from yishi.systems.direct_benefits.payments.models import PayeeAccount, PennyTest
from yishi.systems.direct_benefits.payments.roles import FINANCE

TRIES = 3
LASTS = timedelta(days=7)


@transaction.atomic
def ask(actor: Actor, account_id: uuid.UUID, now: datetime) -> PennyTest:
    """Have a small amount sent to an account that waits and whose name fits.

    Raises FieldError on ``account``: nothing to prove, a name that does not fit, a test under way.
    """
    account = accounts.locked(account_id)
    if account.party.file_id not in actor.party_ids:
        orders.require(actor, *FINANCE)
    if account.state not in (PayeeAccount.NEW, PayeeAccount.HELD):
        raise FieldError("account", f"账户{account.get_state_display()}，无需核实", "state")
    today = now.astimezone(SHANGHAI).date()
    match = match_of(account, names_of([account.party_id], today)[account.party_id])
    if match not in (PayeeAccount.SAME, PayeeAccount.ALIAS):
        raise FieldError("account", "户名与登记名称不一致，小额打款不能证明账户归属", "name")
    _lapse(account, now)
    if account.penny_tests.filter(state__in=[PennyTest.ASKED, PennyTest.SENT]).exists():
        raise FieldError("account", "上一次小额打款验证还没有结束", "busy")
    new = time_uuid(now)
    test = PennyTest(
        id=new,
        account=account,
        end_to_end_id=f"YZ{now.astimezone(SHANGHAI):%Y%m%d}{new.hex[-12:]}",
        asked_by=actor.ref,
        asked_at=now,
    )
    test.amount_enc = encrypt(str(1 + secrets.randbelow(99)), penny_context(test))
    test.save(force_insert=True)
    access_log.look(actor.ref, "payee.penny", f"payee:{account.id}", "", now)
    return test


@transaction.atomic
def send(
    actor: Actor, now: datetime, *, again: str = "", payer: str = payers.TESTS
) -> sending.SentFile:
    """One payment file with all tests that wait; they count as sent from now on. *again* names an
    earlier file, which comes out the same. Raises FieldError on ``account`` when there is none."""
    orders.require(actor, *FINANCE)
    rows = PennyTest.objects.select_for_update(of=("self",)).select_related("account")
    waiting = rows.filter(message_id=again) if again else rows.filter(state=PennyTest.ASKED)
    tests = list(waiting.order_by("asked_at", "id"))
    if not tests:
        raise FieldError("account", "没有待发送的小额打款验证", "none")
    if not again:
        for test in tests:
            test.state, test.sent_at = PennyTest.SENT, now
            test.message_id = f"YZ{tests[0].id.hex[-30:]}"
        PennyTest.objects.bulk_update(tests, ["state", "sent_at", "message_id"])
    name, sent = tests[0].message_id, tests[0].sent_at or now
    side = sending.side_of_payer(payers.by_key(payer))
    head = pain001.Head(name, sent, sent.astimezone(SHANGHAI).date(), side)
    content = pain001.write(head, [_transfer(test) for test in tests])
    access_log.look(actor.ref, "payee.penny_file", "payee", name, now, rows=len(tests))
    return sending.SentFile(f"{name}.xml", pain001.MEDIA_TYPE, content)


def _transfer(test: PennyTest) -> pain001.Transfer:
    account = test.account
    payee = pain001.Side(open_name(account), open_number(account), account.bank, account.bank_code)
    return pain001.Transfer(test.end_to_end_id, amount_of(test), payee, "账户验证")


def confirm(actor: Actor, account_id: uuid.UUID, fen: object, now: datetime) -> bool:
    """The holder names the amount; the right one verifies the account. Returns whether it was.

    A wrong answer is counted (and so must be stored): the third ends the test. Raises FieldError
    on ``account`` where nothing was sent, on ``amount`` for what is no amount.
    """
    if isinstance(fen, bool) or not isinstance(fen, int) or not 0 < fen < 10_000:
        raise FieldError("amount", "请填写收到的金额，如 0.37", "amount")
    with transaction.atomic():
        account = accounts.locked(account_id)
        if account.party.file_id not in actor.party_ids:
            raise PermissionDenied("由账户所属的企业确认金额")
        _lapse(account, now)
        rows = account.penny_tests.select_for_update()
        test = rows.filter(state=PennyTest.SENT).first()
        if test is None:
            raise FieldError("account", "没有待确认的小额打款验证", "none")
        test.tries += 1
        right = fen == amount_of(test)
        if right:
            test.state, test.answered_at = PennyTest.PASSED, now
            accounts.confirm(account, PayeeAccount.PENNY, actor.ref, test.end_to_end_id, now)
        elif test.tries >= TRIES:
            test.state, test.answered_at = PennyTest.FAILED, now
        test.save(update_fields=["tries", "state", "answered_at"])
    return right


def amount_of(test: PennyTest) -> int:
    """The amount in fen: for payment files and comparison only."""
    return int(decrypt(test.amount_enc, penny_context(test)))


def _lapse(account: PayeeAccount, now: datetime) -> None:
    """A test that nobody answered in time no longer counts."""
    account.penny_tests.filter(state=PennyTest.SENT, sent_at__lt=now - LASTS).update(
        state=PennyTest.LAPSED
    )
