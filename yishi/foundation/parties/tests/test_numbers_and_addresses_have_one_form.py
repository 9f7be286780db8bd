"""Telephone numbers and e-mail addresses are normalised, or refused with the field named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yishi.foundation.parties.normalise import clean_text, normalise_email, normalise_phone
from yishi.foundation.revisions.errors import FieldError

MOBILES = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
ANYTHING = st.one_of(
    st.text(max_size=60), st.integers(), st.none(), st.lists(st.integers()), st.binary()
)


@pytest.mark.parametrize(
    ("given_number", "one_form"),
    [
        ("", ""),
        (None, ""),
        ("13812345678", "13812345678"),
        ("138-1234-5678", "13812345678"),
        ("１３８ １２３４ ５６７８", "13812345678"),
        ("+86 138 1234 5678", "13812345678"),
        ("0086-13812345678", "13812345678"),
        ("8613812345678", "13812345678"),
        ("013812345678", "13812345678"),
        ("0710-3456789", "0710-3456789"),
        ("（0710）3456789", "0710-3456789"),
        ("07103456789", "0710-3456789"),
        ("+86 710 3456789", "0710-3456789"),
        ("010-65551234", "010-65551234"),
        ("027 8555 1234 转 801", "027-85551234-801"),
        ("0710-3456789-801", "0710-3456789-801"),
        ("+852 1234 5678", "+85212345678"),
    ],
)
def test_accepted_numbers(given_number: object, one_form: str) -> None:
    assert normalise_phone("phone", given_number) == one_form


@pytest.mark.parametrize(
    "wrong", ["12345", "1381234567", "12812345678", "138123456789", "abc", "3456789", 13812345678]
)
def test_refused_numbers_name_the_field(wrong: object) -> None:
    with pytest.raises(FieldError) as refused:
        normalise_phone("reporter.phone", wrong)
    assert refused.value.field == "reporter.phone"


def test_a_local_number_is_completed_where_the_city_is_known() -> None:
    assert normalise_phone("phone", "345 6789", area_code="0710") == "0710-3456789"


@given(MOBILES, st.lists(st.sampled_from(["", " ", "-", "—", "　", "."]), min_size=11, max_size=11))
def test_separators_and_width_do_not_matter(number: str, between: list[str]) -> None:
    wide = number.translate({ord("0") + n: ord("０") + n for n in range(10)})
    for digits in (number, wide):
        spread = "".join(d + s for d, s in zip(digits, between, strict=True))
        if "—" not in between:
            assert normalise_phone("phone", spread) == number


@given(ANYTHING)
def test_any_input_is_normalised_for_good_or_refused(value: object) -> None:
    for normalise in (normalise_phone, normalise_email):
        try:
            once = normalise("f", value)
        except FieldError as error:
            assert error.field == "f"
        else:
            assert normalise("f", once) == once
            once.encode()


@pytest.mark.parametrize("wrong", ["a", "a@", "@b.cn", "a b@c.cn", "a@b.cn\nBcc: x@y.cn", 5])
def test_refused_addresses(wrong: object) -> None:
    with pytest.raises(FieldError):
        normalise_email("email", wrong)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [(3, "type"), ("\ud800", "encoding"), ("x" * 11, "too_long"), (" \x00 ", "required")],
)
def test_text_that_cannot_be_stored_is_refused(wrong: object, code: str) -> None:
    with pytest.raises(FieldError) as refused:
        clean_text("name", wrong, longest=10, required=True)
    assert (refused.value.field, refused.value.code) == ("name", code)
