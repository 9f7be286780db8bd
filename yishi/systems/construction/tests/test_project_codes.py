"""Project codes are read by their form and verified by the platform, never made up or judged."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yishi.foundation.revisions.errors import FieldError
from yishi.systems.construction.rules.codes import (
    StubVerifier,
    Verdict,
    in_city,
    read_code,
)

TODAY = date(2026, 11, 23)


def test_a_code_tells_its_month_region_and_type() -> None:
    code = read_code("code", " 2609-420606-04-01-123456 ", TODAY)
    assert (code.month, code.region, code.type, code.legacy) == (
        date(2026, 9, 1),
        "420606",
        "01",
        False,
    )
    assert in_city(code, "420600")


def test_full_width_dashes_are_read() -> None:
    assert (
        read_code("code", "2609－420606－04－01－123456", TODAY).text == "2609-420606-04-01-123456"
    )


def test_codes_of_2016_to_2020_are_legacy() -> None:
    code = read_code("code", "2019-420606-47-03-012345", TODAY)
    assert code.legacy and code.month is None
    assert not read_code("code", "2011-420606-04-01-012345", TODAY).legacy


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        ("", "format"),
        ("2609-420606-04-01-12345", "format"),
        ("2609-42060-604-01-123456", "format"),
        ("2609420606040112345６", "format"),
        ("2613-420606-04-01-123456", "month"),
        ("2612-420606-04-01-123456", "month"),
        ("2609-410100-04-01-123456", "region"),
    ],
)
def test_a_wrong_code_names_its_fault(raw: str, fault: str) -> None:
    with pytest.raises(FieldError) as refused:
        read_code("project_code", raw, TODAY)
    assert (refused.value.field, refused.value.code) == ("project_code", fault)


def test_the_stub_says_that_it_is_one_and_knows_every_answer() -> None:
    def asked(tail: str) -> Verdict:
        return StubVerifier().verify(read_code("code", f"2609-420606-04-01-{tail}", TODAY)).verdict

    assert [asked(t) for t in ("123456", "000000", "999999", "888888")] == [
        Verdict.VALID,
        Verdict.VOID,
        Verdict.UNKNOWN,
        Verdict.UNREACHABLE,
    ]
    assert "模拟" in StubVerifier.SOURCE


@given(st.text(max_size=40))
def test_whatever_is_typed_is_a_code_or_a_fault_of_the_field(raw: str) -> None:
    try:
        assert len(read_code("code", raw, TODAY).text) == 24
    except FieldError as error:
        assert error.field == "code"
