"""Writings of one name are read alike; nothing that anybody types is too odd to be read."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from yishi.foundation.credit.names import normalise
from yishi.foundation.credit.names.folding import fold, variants

_TRAPS = (
    "",
    " ",
    "厂",
    "😀",
    "😀😀公司",
    "有限公司",
    "()",
    "（）",
    "襄阳",
    "ﷺ",
    "ǆ",
    "\ud800",
    "İ",
    "a\u0301",
    "中国",
)

_texts = st.one_of(
    st.text(max_size=40),
    st.text(alphabet="襄阳市樊城区湖北省宏达商贸有限责任公司（）分店厂 a.b集团国", max_size=20),
)


@given(_texts)
@example("公司(襄阳)分公司")
@example("\u1fb7\u0345")
def test_normalising_again_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once.text) == once


@pytest.mark.parametrize("text", [*_TRAPS, "长" * 10_000, "a " * 10_000])
def test_no_text_is_too_odd(text: str) -> None:
    found = normalise(text)
    assert normalise(found.text) == found


@pytest.mark.parametrize(
    "writing",
    [
        "襄阳市宏达商贸有限责任公司",
        "襄阳宏达商贸有限公司",
        "襄陽宏達商貿有限公司",
        "襄阳　宏达 商贸有限公司",
        "宏达（襄阳）商贸有限公司",
        "宏达商贸(襄阳)有限公司",
    ],
)
def test_writings_of_one_organisation_have_the_same_parts(writing: str) -> None:
    found = normalise(writing)
    assert (found.places, found.core, found.form) == (("襄阳",), "宏达商贸", "有限公司")


@pytest.mark.parametrize(
    ("text", "kind", "places", "core", "form"),
    [
        ("湖北省襄阳市樊城区大华厂", "organisation", ("湖北", "襄阳", "樊城"), "大华", "厂"),
        ("恩施土家族苗族自治州大山茶叶专业合作社", "organisation", ("恩施",), "大山茶叶", "合作社"),
        ("内蒙古自治区草原乳业有限公司", "organisation", ("内蒙古",), "草原乳业", "有限公司"),
        ("襄阳有限公司", "organisation", (), "襄阳", "有限公司"),
        ("君泽投资合伙企业（有限合伙）", "organisation", (), "君泽投资", "合伙企业"),
        ("襄阳宏达有限公司武汉分公司", "organisation", ("襄阳", "武汉"), "宏达", "有限公司分公司"),
        ("池州市永兴家具有限公司", "organisation", ("池州",), "永兴家具", "有限公司"),
        ("海南明", "person", (), "海南明", ""),
        ("O’Brien & Sons Co., Ltd.", "latin", (), "obrien sons", "ltd"),
        ("ＪＯＳÉ　Müller", "latin", (), "jose muller", ""),
    ],
)
def test_a_name_is_taken_apart(
    text: str, kind: str, places: tuple[str, ...], core: str, form: str
) -> None:
    found = normalise(text)
    assert (found.kind, found.places, found.core, found.form) == (kind, places, core, form)


@given(st.sampled_from(sorted(variants())))
def test_a_variant_is_read_as_its_plain_character_and_no_further(char: str) -> None:
    plain = variants()[char]
    assert fold(char) == fold(plain) == plain


def test_a_place_counts_only_within_the_one_before() -> None:
    """永兴 is a county, but none of 池州: there it is the name."""
    assert normalise("郴州市永兴县家具厂").places == ("郴州", "永兴")
    assert normalise("池州市永兴县家具厂").places == ("池州",)
