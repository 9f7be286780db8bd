"""A listed name is found although one thing in it is written otherwise."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yishi.foundation.credit.names import Index
from yishi.foundation.credit.names.keys import asked
from yishi.foundation.credit.names.normalising import EMPTY, normalise
from yishi.foundation.credit.names.segments import segment_of
from yishi.foundation.credit.names.tests.conftest import LISTED

_same_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
_names = st.text(
    alphabet="襄阳武汉市宏达發东方天地人商贸食品有限公司厂（）abcdefg 王李张伟",
    min_size=1,
    max_size=14,
)


@pytest.mark.parametrize(("subject", "name"), LISTED[:-1])
def test_the_name_as_listed_comes_first(index: Index, subject: str, name: str) -> None:
    found = index.search(name)
    assert found[0] == (subject, 100.0, ("exact",))


@pytest.mark.parametrize(
    ("written", "subject"),
    [
        ("襄阳宏大商贸有限公司", "s1"),
        ("襄阳宏商贸有限公司", "s1"),
        ("襄阳宏达商贸贸有限公司", "s1"),
        ("襄阳达宏商贸有限公司", "s1"),
        ("襄陽宏達商貿有限公司", "s1"),
        ("襄阳宏达商贸股份有限公司", "s1"),
        ("襄阳宏达商贸", "s1"),
        ("襄洋宏达商贸有限公司", "s1"),
        ("襄宏阳达商贸有限公司", "s1"),
        ("襄阳宏达商有贸限公司", "s1"),
        ("襄阳宏达商贸有艰公司", "s1"),
        ("商贸宏达（襄阳）有限公司", "s1"),
        ("天盛食品厂", "s4"),
        ("樊城天盛食品店", "s4"),
        ("重庆长安气车股份有限公司", "s5"),
        ("襄阳宏达实业投资有限公司", "s1"),
        ("王玮民", "s6"),
        ("王民伟", "s6"),
        ("阿依古麗 買買提", "s8"),
        ("Obrien and Sons Limited", "s9"),
        ("Sons O'Brien", "s9"),
        ("muller jose", "s10"),
        ("Jos Müller", "s10"),
        ("枣阳茂原粮油公司", "0198c7a2-5f2e-7c11-b1b5-3f3f6d9a0c11"),
    ],
)
def test_one_mistake_does_not_hide_a_name(index: Index, written: str, subject: str) -> None:
    assert subject in [match.subject for match in index.search(written)[:2]]


@pytest.mark.parametrize(
    "listed", ["襄洋市宏达商贸有限公司", "襄市宏达商贸有限公司", "襄阳市宏达商贸有艰公司"]
)
def test_a_mistake_in_the_list_does_not_hide_it_either(listed: str) -> None:
    norm = normalise("襄阳市宏达商贸有限公司")
    assert segment_of([("x", listed)]).search(norm, asked(norm), 10)


def test_why_says_what_differs(index: Index) -> None:
    by_subject = {match.subject: match for match in index.search("宏达商贸有限责任公司")}
    assert by_subject["s1"].why == ("same_core", "place_missing")
    assert by_subject["s1"].score == by_subject["s2"].score < 99
    other = {match.subject: match for match in index.search("宜昌宏达商贸厂")}
    assert other["s1"].why == ("same_core", "place_differs", "form_differs")


def test_a_subject_with_two_names_comes_once(index: Index) -> None:
    assert [match.subject for match in index.search("Jose Mueller")].count("s10") == 1


@given(st.text(max_size=60))
@_same_folder
def test_searching_never_raises(index: Index, text: str) -> None:
    for match in index.search(text):
        assert 0 <= match.score <= 100


@pytest.mark.parametrize(
    "text", ["", "厂", "a", "😀", "\ud800", "公" * 10_000, "a b " * 5_000, "\0\n"]
)
def test_traps_are_searched_too(index: Index, text: str) -> None:
    assert isinstance(index.search(text), list)


def test_no_more_than_asked_for(index: Index) -> None:
    assert len(index.search("宏达商贸", 1)) == 1
    assert index.search("宏达商贸", 0) == []


@given(st.lists(_names, min_size=1, max_size=30))
@settings(deadline=None)
def test_every_listed_name_is_first_when_asked_for_as_listed(names: list[str]) -> None:
    segment = segment_of((str(n), name) for n, name in enumerate(names))
    for name in names:
        norm = normalise(name)
        if norm.kind == EMPTY:
            continue
        subject, score = segment.search(norm, asked(norm), 10)[0]
        assert score.value == 100
        assert normalise(names[int(subject)]).text == norm.text


def test_a_name_is_first_however_many_resemble_it() -> None:
    places = [f"{place}市" for place in ("襄阳", "武汉", "宜昌", "荆州", "十堰", "黄石", "孝感")]
    alike = [f"{place}宏达商贸{form}" for place in places for form in ("厂", "店", "有限公司")] * 40
    crowd = [*alike, *["王伟"] * 900, *["王伟民"] * 700, *["宏达商贸厂"] * 600]
    last = ["孝感市宏达商贸中心", "宏达商贸合作社", "王伟国"]
    segment = segment_of((str(n), name) for n, name in enumerate([*crowd, *last]))
    for name in (*last, "王伟", "王伟民", "黄石市宏达商贸店"):
        norm = normalise(name)
        assert segment.search(norm, asked(norm), 10)[0][1].value == 100, name


@given(_names, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_a_character_left_out_or_too_many_is_found_from_both_sides(
    name: str, one: random.Random
) -> None:
    """Whichever of the two writings is the listed one."""
    if len(normalise(name).core) < 4:
        return
    at = one.randrange(len(name))
    other = name[:at] + "龘" + name[at:]
    for listed, written in ((name, other), (other, name)):
        norm = normalise(written)
        if len(normalise(listed).core) < 4 or len(norm.core) < 4:
            continue
        assert segment_of([("x", listed)]).search(norm, asked(norm), 10), (listed, written)
