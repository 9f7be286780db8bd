"""No telephone, identity, card or plate number of a free text stays readable."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from yishi.foundation.parties.masking import mask_email, mask_name, mask_numbers, mask_phone

WORDS = st.text(
    st.characters(exclude_categories=["Cs", "Nd", "No", "Nl"], exclude_characters="-.·/"),
    max_size=12,
)
SEPARATORS = st.sampled_from(["", " ", "-", "　", " - ", ".", "\u200b"])
MOBILES = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
LANDLINES = st.from_regex(r"(010|02[0-9])[2-8][0-9]{7}|0[3-9][0-9]{2}[2-8][0-9]{6}", fullmatch=True)
IDENTITIES = st.from_regex(
    r"420[0-9]{3}(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9])[0-9]{3}[0-9X]", fullmatch=True
)
CARDS = st.from_regex(r"62[0-9]{13}([0-9]{3})?", fullmatch=True)


def luhn_completed(body: str) -> str:
    total = sum(
        sum(divmod(int(d) * (2 if n % 2 == 0 else 1), 10)) for n, d in enumerate(reversed(body))
    )
    return body + str(-total % 10)


def digits_left(text: str) -> str:
    return "".join(str(unicodedata.decimal(c)) for c in text if c.isdecimal())


@st.composite
def spread(draw: st.DrawFn, numbers: st.SearchStrategy[str], group: int) -> str:
    number = draw(numbers)
    separator = draw(SEPARATORS)
    parts = [number[i : i + group] for i in range(0, len(number), group)]
    text = separator.join(parts)
    if draw(st.booleans()):
        text = text.translate({ord("0") + n: ord("０") + n for n in range(10)})
    return text


@example("X", "X", "1 3 0 0 0 0 0 0 0 0 0")
@given(WORDS, WORDS, st.sampled_from([1, 3, 4, 11]).flatmap(lambda n: spread(MOBILES, n)))
def test_no_digit_of_a_mobile_number_is_left(before: str, after: str, number: str) -> None:
    assert digits_left(mask_numbers(before + number + after)) == ""


@given(WORDS, WORDS, st.sampled_from([4, 20]).flatmap(lambda n: spread(LANDLINES, n)))
def test_no_digit_of_a_landline_number_is_left(before: str, after: str, number: str) -> None:
    assert digits_left(mask_numbers(before + number + after)) == ""


@given(WORDS, WORDS, st.sampled_from([1, 2, 6, 18]).flatmap(lambda n: spread(IDENTITIES, n)))
def test_no_digit_of_an_identity_number_is_left(before: str, after: str, number: str) -> None:
    masked = mask_numbers(before + number + after)
    assert digits_left(masked) == ""
    if number[-1] == "X":
        assert masked[len(before) + len(number) - 1] == "*"


@given(
    WORDS,
    WORDS,
    st.sampled_from([1, 2, 4, 20]).flatmap(lambda n: spread(CARDS.map(luhn_completed), n)),
)
def test_no_digit_of_a_bank_card_is_left(before: str, after: str, number: str) -> None:
    assert digits_left(mask_numbers(before + number + after)) == ""


@given(st.from_regex(r"\A[0-9]{0,14}\Z"), MOBILES, st.from_regex(r"\A[0-9]{0,3}\Z"))
def test_a_number_among_other_digits_is_hidden(before: str, number: str, after: str) -> None:
    assert number not in mask_numbers(f"{before} {number} {after}")
    assert number not in mask_numbers(f"{before}{number}{after}")


@given(
    WORDS,
    st.sampled_from("京鄂豫粤湘"),
    st.from_regex(r"[A-HJ-NP-Z][ ·-]?[A-HJ-NP-Z0-9]{4}[0-9][0-9]?", fullmatch=True),
)
def test_no_digit_of_a_plate_is_left(before: str, province: str, rest: str) -> None:
    assert digits_left(mask_numbers(f"{before}{province}{rest}，")) == ""


@given(st.text(max_size=200))
def test_hiding_keeps_the_length_and_changes_nothing_twice(text: str) -> None:
    once = mask_numbers(text)
    assert len(once) == len(text)
    assert mask_numbers(once) == once
    assert all(a in (b, "*") for a, b in zip(once, text, strict=True))


@pytest.mark.parametrize(
    "text",
    [
        "2026-05-13 14:30 在檀溪路 128 号 3 栋 2 单元 501 室",
        "路灯 12 13 14 15 16 17 18 不亮，约 200 米",
        "2026年5月13日至2026年5月20日，每天 7:30-8:30",
        "案件 20260513000123 重复反映",
        "请拨打 12345 或 110",
        "井盖直径 700mm，深 1.5 米，坐标 112.1441 32.0428",
    ],
)
def test_ordinary_numbers_stay_readable(text: str) -> None:
    assert mask_numbers(text) == text


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("找老李13812345678。", "找老李***********。"),
        ("座机 0710-3456789", "座机 ****-*******"),
        ("电话：3456789", "电话：*******"),
        ("微信 lao_li 或 QQ12345678", "微信 lao_li 或 QQ********"),
        ("车牌鄂F·12345 停在路口", "车牌鄂F·***** 停在路口"),
        ("鄂F12345D 占道", "鄂F****** 占道"),
        ("一三八一二三四五六七八", "***********"),
        ("信箱 zhang@example.cn", "信箱 *****@example.cn"),
        ("15151515 13812345678", "******** ***********"),
    ],
)
def test_what_is_hidden(text: str, hidden: str) -> None:
    assert mask_numbers(text) == hidden


def test_masks_of_single_values() -> None:
    assert mask_phone("13812341234") == "138****1234"
    assert mask_phone("0710-3456789-801") == "0710-****789"
    assert mask_phone("+85212345678") == "+85****78"
    assert [mask_name(n) for n in ("张三", "欧阳震华", "")] == ["张**", "欧**", ""]
    assert mask_email("a@b.cn") == "a***@b.cn"


@given(st.text(max_size=40))
def test_single_masks_never_show_more_than_their_rule(text: str) -> None:
    assert len(mask_name(text)) in (0, 3)
    assert len(re.sub(r"\D", "", mask_phone(text))) <= 12
