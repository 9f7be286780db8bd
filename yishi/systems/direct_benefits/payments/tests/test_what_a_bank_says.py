"""What is said of a payment only adds up: any order, any number of times, one end."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits.payments import bank, reading
from yishi.systems.direct_benefits.payments.files import pain001, treasury
from yishi.systems.direct_benefits.payments.models import PaymentLine, Receipt, ReceiptEntry
from yishi.systems.direct_benefits.payments.outcomes import apply
from yishi.systems.direct_benefits.payments.tests.test_payment_files import HEAD, transfer
from yishi.systems.direct_benefits.payments.values import Said

NOW = datetime(2026, 5, 9, 1, 30, tzinfo=UTC)
DAY = date(2026, 5, 9)
said = st.builds(
    Said,
    st.sampled_from(["accepted", "rejected", "booked", "returned"]),
    st.just("E1"),
    st.sampled_from([100, None]),
    st.dates(DAY, DAY + timedelta(days=5)),
)


def run(things: list[Said]) -> tuple[PaymentLine, list[str], int]:
    line = PaymentLine(amount_fen=100, state=PaymentLine.SENT)
    events: list[str] = []
    problems = 0
    for one in things:
        effect = apply(line, one, NOW, other_lives=False)
        events += effect.events
        problems += bool(effect.problem)
    return line, events, problems


@given(st.lists(said, max_size=6), st.randoms())
def test_any_order_and_any_repetition_ends_the_same(things: list[Said], draw: object) -> None:
    mixed = things + things[: len(things) // 2]
    draw.shuffle(mixed)  # type: ignore[attr-defined]
    one, events_one, problems_one = run(things)
    other, events_other, problems_other = run(mixed)
    assert one.state == other.state
    assert (one.booked_on, one.returned_on) == (other.booked_on, other.returned_on)
    assert problems_one == problems_other
    # Money's movements are told once each, and a return only after a booking.
    for events in (events_one, events_other):
        moved = [what for what in events if what != "rejected"]
        assert moved in ([], ["booked"], ["booked", "returned"])
    assert [e for e in events_one if e != "rejected"] == [
        e for e in events_other if e != "rejected"
    ]


@given(st.lists(said, max_size=8))
def test_the_state_never_goes_back(things: list[Said]) -> None:
    line = PaymentLine(amount_fen=100, state=PaymentLine.SENT)
    ranks = ["sent", "rejected", "booked", "returned"]
    before = 0
    for one in things:
        apply(line, one, NOW, other_lives=False)
        assert ranks.index(line.state) >= before
        before = ranks.index(line.state)


def test_another_amount_moves_nothing() -> None:
    line = PaymentLine(amount_fen=100, state=PaymentLine.SENT)
    effect = apply(line, Said("booked", "E1", 99, DAY), NOW, other_lives=False)
    assert (effect.problem, line.state) == (ReceiptEntry.AMOUNT, PaymentLine.SENT)


def test_a_rejected_payment_that_was_booked_after_all_is_not_counted_twice() -> None:
    line = PaymentLine(amount_fen=100, state=PaymentLine.REJECTED, rejected_at=NOW)
    effect = apply(line, Said("booked", "E1", 100, DAY), NOW, other_lives=True)
    assert effect.problem == ReceiptEntry.DOUBLE
    assert (line.state, line.booked_on, effect.events) == (PaymentLine.REJECTED, None, ())


def fate(one: bank.Asked) -> tuple[str, str, str]:
    return {
        "1": ("booked", "", ""),
        "2": ("returned", "AC04", "账户已销户"),
        "3": ("rejected", "BE01", "户名与账号不符"),
    }[one.end_to_end_id[-1]]


def test_what_the_simulated_bank_answers_is_read_as_it_was_meant() -> None:
    file = pain001.write(HEAD, [transfer(1), transfer(2), transfer(3)])
    status, debit, back = [reading.read(a.content) for a in bank.answers(file, NOW, fate)]
    assert [m.kind for m in (status, debit, back)] == [
        Receipt.PAIN_002,
        Receipt.CAMT_054,
        Receipt.CAMT_054,
    ]
    assert [s.what for s in status.said] == ["accepted", "accepted", "rejected"]
    assert [(s.what, s.amount_fen, s.on) for s in debit.said] == [("booked", 50_000_000, DAY)] * 2
    assert [(s.what, s.reason_code) for s in back.said] == [("returned", "AC04")]
    assert status.said[2].reason == "户名与账号不符（模拟银行）"


def test_what_the_simulated_treasury_answers_is_read_as_it_was_meant() -> None:
    rows = [transfer(1), transfer(2), transfer(3)]
    table = treasury.write_xlsx(HEAD, rows, who="财政复核", at=NOW, simulated=True)
    result, back = [reading.read(a.content) for a in bank.answers(table, NOW, fate)]
    assert [s.what for s in result.said] == ["booked", "booked", "rejected"]
    assert [(s.what, s.amount_fen) for s in back.said] == [("returned", 50_000_000)]


CAMT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt>
<GrpHdr><MsgId>S-1</MsgId><CreDtTm>2026-05-09T18:00:00+08:00</CreDtTm></GrpHdr>
<Stmt><Id>1</Id>%s</Stmt></BkToCstmrStmt></Document>"""


def entry(**more: str) -> str:
    values = {"amount": "12.30", "ccy": "CNY", "side": "DBIT", "status": "BOOK", "rest": ""} | more
    return (
        '<Ntry><Amt Ccy="{ccy}">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd><Sts>{status}</Sts>'
        "<BookgDt><DtTm>2026-05-09T17:30:00Z</DtTm></BookgDt>{rest}</Ntry>"
    ).format(**values)


def test_only_booked_entries_count_and_their_day_is_the_citys() -> None:
    message = reading.read((CAMT % (entry(status="PDNG") + entry())).encode())
    assert [(s.what, s.amount_fen, s.on) for s in message.said] == [
        ("booked", 1230, date(2026, 5, 10))
    ]


def test_an_entry_for_a_whole_batch_names_its_message() -> None:
    batch = "<NtryDtls><Btch><MsgId>ZF1</MsgId><NbOfTxs>3</NbOfTxs></Btch></NtryDtls>"
    (one,) = reading.read((CAMT % entry(rest=batch)).encode()).said
    assert (one.end_to_end_id, one.message_id, one.count) == ("", "ZF1", 3)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"   ",
        b"<",
        b"<Document/>",
        b"<html><body>no</body></html>",
        b"\x00\x01\x02",
        b"\xff\xfe<\x00a\x00/\x00>\x00",
        b"PK\x03\x04garbage",
        "随便写写".encode(),
        "支付流水号,支付结果\n1,2\n".encode(),
        (CAMT % entry(ccy="USD")).encode(),
        (CAMT % entry(amount="1.234")).encode(),
        (CAMT % entry(amount="-1")).encode(),
        (CAMT % entry(side="BOTH")).encode(),
        (CAMT % entry()).encode()[:-30],
        b'<?xml version="1.0" encoding="gb18030"?><a>\xff\xff</a>',
        b'<?xml version="1.0" encoding="klingon"?><Document/>',
        b"<a>" * 5000 + b"</a>" * 5000,
    ],
)
def test_garbage_is_refused_by_name_and_never_breaks_anything(data: bytes) -> None:
    with pytest.raises(FieldError) as refused:
        reading.read(data)
    assert refused.value.field in ("file", "header")
    assert refused.value.message


BOMB = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "x"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c SYSTEM "file:///etc/passwd">]><Document>&b;&c;</Document>"""


def test_declarations_and_entities_are_refused() -> None:
    with pytest.raises(FieldError, match="DTD"):
        reading.read(BOMB)


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for start in (b"", b"<", b"PK", "支付流水号,金额（元）,支付结果,办理日期\n".encode()):
        try:
            reading.read(start + data)
        except FieldError:
            continue


def test_a_statement_in_the_banks_chinese_encoding_is_read() -> None:
    content = (CAMT % entry()).replace('encoding="UTF-8"', 'encoding="GBK"')
    assert reading.read(content.encode("gb18030")).said[0].amount_fen == 1230


def test_a_file_of_another_kind_than_was_said_is_refused() -> None:
    with pytest.raises(FieldError, match=r"camt\.053"):
        reading.read((CAMT % entry()).encode(), Receipt.PAIN_002)
