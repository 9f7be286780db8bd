"""Credit codes (GB 32100), residents' numbers (GB 11643) and licence identifiers (GB/T 36904)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yishi.foundation.parties.identifiers import (
    USCC_ALPHABET,
    IdentifierKind,
    check_identifier,
    check_resident_id,
    check_uscc,
    mask_identifier,
    org_code_check_sign,
    resident_check_sign,
    uscc_check_sign,
)
from yishi.foundation.parties.licence_ids import check_licence_id
from yishi.foundation.revisions.errors import FieldError

TODAY = date(2026, 11, 29)
#: Published examples and synthetic codes of the rules file.
CODES = {
    "91350100M000100Y43": ("企业", "enterprise"),
    "11330105002500287C": ("机关", "agency"),
    "11110000000021135M": ("机关", "agency"),
    "11430000006122244L": ("机关", "agency"),
    "113700000045046442": ("机关", "agency"),
    "11100000000013338W": ("机关", "agency"),
    "11370800MB28559184": ("机关", "agency"),
    "91420600MA48X2K128": ("企业", "enterprise"),
    "92420602MA4D6P7Q4E": ("个体工商户", "individual_business"),
    "93420625MAC8R3W994": ("农民专业合作社", "enterprise"),
    "12420600MB1A2C3D0L": ("事业单位", "institution"),
    "52420600MJH5K7N26P": ("民办非企业单位", "social_organisation"),
    "91110000600037341L": ("企业", "enterprise"),
    "N2420683MF12345AXR": ("村级集体经济组织", "enterprise"),
    "114206000110000A89": ("机关", "agency"),
    "N1420624MF00001B1J": ("组级集体经济组织", "enterprise"),
    "91420602MA00004450": ("企业", "enterprise"),
}


@pytest.mark.parametrize("code", CODES)
def test_a_right_credit_code_says_what_sort_of_organisation_it_is(code: str) -> None:
    checked = check_uscc("uscc", f" {code[:9].lower()}-{code[9:]} ")
    assert (checked.value, checked.region) == (code, code[2:8])
    assert (checked.organisation, checked.legal_kind) == CODES[code]
    assert checked.warnings == ()


@pytest.mark.parametrize(
    ("code", "why", "said"),
    [
        ("91350100M000100Y4Z", "alphabet", "第18位“Z”"),
        ("9135010OM000100Y43", "alphabet", "第8位“O”.*数字0"),
        ("91350100M000100Y48", "check", "校验位不符"),
        ("91420602MA00004451", "check", "校验位不符"),
        ("91350100M000100Y4", "length", "18位，现有17位"),
        ("91M50100M000100Y43", "region", "第3至8位"),
        ("", "required", "不能为空"),
        (None, "required", "不能为空"),
        (12, "type", "文本"),
    ],
)
def test_a_wrong_credit_code_says_what_is_wrong(code: object, why: str, said: str) -> None:
    with pytest.raises(FieldError, match=said) as refused:
        check_uscc("applicant.uscc", code)
    assert (refused.value.field, refused.value.code) == ("applicant.uscc", why)


@given(st.text(USCC_ALPHABET, min_size=9, max_size=9), st.integers(0, 999_999))
def test_one_wrong_sign_never_passes(tail: str, region: int) -> None:
    first = f"91{region:06d}{tail}"
    code = first + uscc_check_sign(first)
    assert check_uscc("uscc", code).value == code
    for place in range(8, 18):
        for sign in USCC_ALPHABET:
            if sign != code[place]:
                with pytest.raises(FieldError):
                    check_uscc("uscc", code[:place] + sign + code[place + 1 :])


def test_an_organisation_code_inside_that_does_not_fit_is_only_a_warning() -> None:
    first = "91420600MA48X2K13"  # the code inside should end in 2
    assert org_code_check_sign(first[8:16]) != first[16]
    assert "主体标识码" in check_uscc("uscc", first + uscc_check_sign(first)).warnings[0]


@pytest.mark.parametrize(
    ("number", "born", "sex"),
    [
        ("420602199003070018", date(1990, 3, 7), "male"),
        ("42060619550815007x", date(1955, 8, 15), "male"),
        ("４２０６８３１９６００２２９０００５", date(1960, 2, 29), "female"),
        ("420624201506010023", date(2015, 6, 1), "female"),
    ],
)
def test_a_right_residents_number_tells_birth_and_sex(number: str, born: date, sex: str) -> None:
    checked = check_resident_id("id", number, TODAY)
    assert (checked.born, checked.sex, checked.warnings) == (born, sex, ())
    assert checked.value.isascii() and checked.value == checked.value.upper()


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("420602199003070019", "check"),
        ("420602199002300018", "date"),
        ("420602203003070018", "date"),
        ("420602900307001", "legacy"),
        ("42060219900307001", "length"),
        ("42060219900307001Y", "alphabet"),
        ("42O602199003070018", "alphabet"),
    ],
)
def test_a_wrong_residents_number_says_what_is_wrong(number: str, why: str) -> None:
    with pytest.raises(FieldError) as refused:
        check_resident_id("child_id", number, TODAY)
    assert (refused.value.field, refused.value.code) == ("child_id", why)


@given(st.dates(date(1900, 1, 1), TODAY), st.integers(0, 999), st.integers(0, 17), st.data())
def test_one_wrong_digit_never_passes(born: date, serial: int, place: int, data: object) -> None:
    first = f"420621{born:%Y%m%d}{serial:03d}"  # a county that is no more
    number = first + resident_check_sign(first)
    assert check_resident_id("id", number, TODAY).born == born
    for sign in "0123456789":
        if sign != number[place] and number[place] != "X":
            with pytest.raises(FieldError):
                check_resident_id("id", number[:place] + sign + number[place + 1 :], TODAY)


@pytest.mark.parametrize(
    ("kind", "value", "stored"),
    [
        ("passport", "e12345678", "E12345678"),
        ("hk_mo_permit", "H1234567890", "H1234567890"),
        ("hk_mo_permit", "M12345678", "M12345678"),
        ("taiwan_permit", "12345678", "12345678"),
        ("residence_permit", "81000019900307001", None),
        ("foreign_residence", "abc120011010101", "ABC120011010101"),
        ("military", "军字第1234567号", "军字第1234567号"),
        ("org_code", "MA48X2K1-2", "MA48X2K12"),
        ("reg_no", "420600000012345", "420600000012345"),
    ],
)
def test_other_papers_are_taken_as_their_issuers_write_them(
    kind: str, value: str, stored: str | None
) -> None:
    if stored is None:
        value += resident_check_sign(value)
        stored = value
    assert check_identifier("number", kind, value, TODAY).value == stored


@pytest.mark.parametrize("kind", list(IdentifierKind))
@given(value=st.text(max_size=30))
def test_whatever_is_typed_a_wrong_number_names_its_field(kind: str, value: str) -> None:
    try:
        checked = check_identifier("number", kind, value, TODAY)
    except FieldError as refused:
        assert refused.field == "number"
        assert refused.message
    else:
        assert check_identifier("number", kind, checked.value, TODAY) == checked


def test_an_unknown_kind_of_paper_is_named() -> None:
    with pytest.raises(FieldError) as refused:
        check_identifier("number", "library_card", "1", TODAY)
    assert refused.value.field == "number_kind"


def test_numbers_of_people_are_shown_at_their_ends_only() -> None:
    assert mask_identifier("resident_id", "420602199003070018") == "4206************18"
    assert mask_identifier("passport", "E12345678") == "E******78"
    assert mask_identifier("uscc", "91350100M000100Y43") == "91350100M000100Y43"
    assert "1990" not in repr(check_resident_id("id", "420602199003070018", TODAY))


ROOT = "1.2.156.3005.2."


@pytest.mark.parametrize(
    ("text", "renewed"),
    [
        ("11100000000013338W009.11330105002500287C.2025052201.002.0", "003.Y"),
        ("11100000000013338W011.11430000006122244L.20230000403.001.U", None),
        ("11100000MB03271699022.340100.000000016.001.9", None),
    ],
)
def test_licence_identifiers_have_a_check_sign_and_a_next_version(
    text: str, renewed: str | None
) -> None:
    found = check_licence_id("licence_id", ROOT + text)
    assert str(found) == ROOT + text
    assert renewed is None or str(found.renewed()).endswith(renewed)


def test_a_licence_identifier_with_a_wrong_sign_is_refused() -> None:
    wrong = "11100000000013661B006.113700000045046442.209FA4E88F9E4C878F3E9BED2CE7EA49.001.M"
    for text in (ROOT + wrong, "1.2.3", ""):
        with pytest.raises(FieldError):
            check_licence_id("licence_id", text)
