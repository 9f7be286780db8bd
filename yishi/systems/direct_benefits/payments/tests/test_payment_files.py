"""Payment files are valid, exact, unique, Chinese, and hold nothing that a bank refuses."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.resources import files as resources
from typing import IO

import pytest
import xmlschema
from hypothesis import given
from hypothesis import strategies as st

from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.tables.sheets import read_table
from yishi.systems.direct_benefits.payments.files import pain001, treasury
from yishi.systems.direct_benefits.payments.files.iso import fen_of, plain, yuan
from yishi.systems.direct_benefits.payments.reading.xml import child, children, parse, text

NOW = datetime(2026, 5, 9, 1, 30, tzinfo=UTC)
PAYER = pain001.Side(
    "襄阳市财政局惠企资金专户（模拟）", "420600000000001", "模拟银行", "000528000019"
)
HEAD = pain001.Head("ZF20260509000001", NOW, date(2026, 5, 9), PAYER)


def transfer(n: int, fen: int = 50_000_000, name: str = "襄阳某某有限公司") -> pain001.Transfer:
    payee = pain001.Side(name, f"6222{n:012d}", "模拟银行襄城支行", "000528000035")
    return pain001.Transfer(f"{HEAD.message_id}-{n:05d}", fen, payee, "专精特新奖励 2026")


@pytest.fixture(scope="module")
def schema() -> xmlschema.XMLSchema:
    """The standard's own schema, as the MIT-licensed sepaxml carries it."""
    with (resources("sepaxml") / "schemas" / "pain.001.001.09.xsd").open("rb") as file:
        return xmlschema.XMLSchema(file)


def test_a_file_is_valid_against_the_schema_of_pain_001_001_09(
    schema: xmlschema.XMLSchema,
) -> None:
    content = pain001.write(HEAD, [transfer(1), transfer(2, 1), transfer(3, 123_456_789_012)])
    schema.validate(io.BytesIO(content))


@given(
    st.lists(st.integers(1, 10**14), min_size=1, max_size=8),
    st.text(max_size=300),
    st.text(max_size=300),
)
def test_whatever_names_and_purposes_hold_the_file_is_valid_and_adds_up(
    fens: list[int], name: str, purpose: str
) -> None:
    with (resources("sepaxml") / "schemas" / "pain.001.001.09.xsd").open("rb") as file:
        schema = _cached(file)
    payee = pain001.Side(f"襄阳{name}", "62220000", f"银行{name}", "000528000035")
    rows = [pain001.Transfer(f"E{n}", fen, payee, purpose) for n, fen in enumerate(fens)]
    if sum(fens) >= 10**16:
        return
    content = pain001.write(HEAD, rows)
    schema.validate(io.BytesIO(content))
    body = child(parse(content), "CstmrCdtTrfInitn")
    read = [
        fen_of(text(row, "Amt", "InstdAmt"))
        for info in children(body, "PmtInf")
        for row in children(info, "CdtTrfTxInf")
    ]
    assert read == fens
    assert text(body, "GrpHdr", "CtrlSum") == yuan(sum(fens))


_known: list[xmlschema.XMLSchema] = []


def _cached(file: IO[bytes]) -> xmlschema.XMLSchema:
    if not _known:
        _known.append(xmlschema.XMLSchema(file))
    return _known[0]


def test_the_same_order_always_gives_the_same_bytes() -> None:
    rows = [transfer(n) for n in range(1, 20)]
    assert pain001.write(HEAD, rows) == pain001.write(HEAD, rows)
    first = treasury.write_xlsx(HEAD, rows, who="财政复核", at=NOW, simulated=True)
    assert first == treasury.write_xlsx(HEAD, rows, who="财政复核", at=NOW, simulated=True)
    assert treasury.write_csv(HEAD, rows) == treasury.write_csv(HEAD, rows)


@given(st.integers(0, 10**17))
def test_amounts_are_exact_both_ways(fen: int) -> None:
    assert Decimal(yuan(fen)) * 100 == fen
    if 0 < fen < 10**17:
        assert fen_of(yuan(fen)) == fen or fen >= 10**17


@pytest.mark.parametrize(
    "bad", ["", "abc", "1.005", "-3", "0", "NaN", "Infinity", "1e99", "１.００５"]
)
def test_what_is_no_exact_positive_amount_is_refused(bad: str) -> None:
    with pytest.raises(FieldError):
        fen_of(bad)


@given(st.text())
def test_text_of_files_holds_nothing_that_xml_or_a_bank_refuses(value: str) -> None:
    kept = plain(value, 140)
    assert len(kept) <= 140
    assert kept == kept.strip()
    assert not any(ord(sign) < 32 or 0xD800 <= ord(sign) <= 0xDFFF for sign in kept)
    assert plain(kept, 140) == kept


def test_the_treasurys_table_keeps_amounts_and_account_numbers_as_texts() -> None:
    rows = [transfer(1, 123_456_789_01), transfer(2, 1)]
    book = treasury.write_xlsx(HEAD, rows, who="财政复核", at=NOW, simulated=True)
    columns = {column.key: str(column.label) for column in treasury.TABLE.in_file}
    read = list(read_table(io.BytesIO(book), columns).rows())
    assert [row.text("amount") for row in read] == ["123456789.01", "0.01"]
    assert read[0].text("payee_number") == "6222000000000001"
    assert read[0].text("payee_name") == "襄阳某某有限公司"


def test_the_csv_of_the_table_never_holds_a_formula() -> None:
    wicked = transfer(1, name="=cmd|' /C calc'!A0")
    table = list(csv.reader(io.StringIO(treasury.write_csv(HEAD, [wicked]).decode("utf-8-sig"))))
    assert table[1][5].startswith("'=")
