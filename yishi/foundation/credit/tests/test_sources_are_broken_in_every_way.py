"""Whatever sources do, nobody passes whom a usable answer did not clear."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from hypothesis import given
from hypothesis import settings as run
from hypothesis import strategies as st

from yishi.foundation.credit import listings, sources
from yishi.foundation.credit.asking import Asked
from yishi.foundation.credit.book import from_content
from yishi.foundation.credit.files import read_city
from yishi.foundation.credit.judging import Policy, judge
from yishi.foundation.credit.listings import Listing, Match, compare
from yishi.foundation.credit.sources import Answer
from yishi.foundation.credit.tests.making import Live

BOOK = from_content(read_city(Path(settings.CITY_DIR)), 1)
NOW = datetime(2026, 4, 10, 2, 0, tzinfo=UTC)
POLICY = Policy(frozenset({"applicant"}), frozenset(BOOK.screening.excludes))
LISTS = tuple(BOOK.lists)
WHO = Asked(
    "applicant",
    "party:1",
    None,
    False,
    ("甲公司",),
    {"uscc": frozenset({"91420600MA48X2K128"})},
    {"uscc": frozenset({"h1"})},
    True,
    frozenset({"n1"}),
)


def _own(now: datetime) -> Answer:
    return Answer(now, "rules 1", None, [])


OWN = Live(lists=(), answer=_own, key="own", kind="own", max_age=None)
ANYTHING: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=5),
    st.binary(max_size=5),
    st.lists(st.none(), max_size=3),
    st.just(object()),
)
ERRORS = st.sampled_from(
    [
        TimeoutError(),
        ConnectionResetError(),
        ValueError("x"),
        KeyError("x"),
        UnicodeDecodeError("utf-8", b"", 0, 1, ""),
        RecursionError(),
        MemoryError(),
        AssertionError(),
        SystemExit(1),
        sources.SourceGarbled("x"),
    ]
)
#: Answers of which at least one part is not as agreed.
BROKEN = st.one_of(
    ERRORS,
    ANYTHING,
    st.builds(Answer, ANYTHING, st.just("v1"), st.just(9), st.just([])),
    st.builds(Answer, st.just(NOW), st.sampled_from(["", None, 7]), st.just(9), st.just([])),
    st.builds(
        Answer,
        st.just(NOW),
        st.just("v1"),
        st.sampled_from([None, 0, -1, "9", 9.0, True]),
        st.just([]),
    ),
    st.builds(
        Answer,
        st.timedeltas(timedelta(hours=1, seconds=1), timedelta(days=900)).map(lambda d: NOW - d),
        st.just("v1"),
        st.just(9),
        st.just([]),
    ),
    st.builds(
        Answer,
        st.timedeltas(timedelta(minutes=11), timedelta(days=900)).map(lambda d: NOW + d),
        st.just("v1"),
        st.just(9),
        st.just([]),
    ),
    st.builds(
        Answer,
        st.just(NOW),
        st.just("v1"),
        st.just(9),
        st.one_of(st.none(), st.lists(ANYTHING, min_size=1, max_size=3)),
    ),
)


def _says(what: Any) -> Any:
    def answer(now: datetime) -> Any:
        if isinstance(what, BaseException):
            raise what
        return what

    return answer


def outcome(found: list[sources.Consulted]) -> str:
    finding = judge([WHO], found, POLICY, BOOK, {}, NOW)
    return "EXCLUDED" if finding.excluding else "UNKNOWN" if finding.unclear else "PASS"


def consult(*asked: Any) -> list[sources.Consulted]:
    return sources.consult(asked, [WHO], NOW, timeout=0.5, attempts=2)


def test_a_usable_answer_passes_so_that_the_property_is_not_empty() -> None:
    good = Live(lists=LISTS, answer=_says(Answer(NOW, "v1", 9, [])))
    assert outcome(consult(OWN, good)) == "PASS"


@run(max_examples=150)
@given(BROKEN)
def test_a_broken_source_never_lets_anybody_pass(what: Any) -> None:
    live = Live(lists=LISTS, answer=_says(what))
    assert outcome(consult(OWN, live)) == "UNKNOWN"


@run(max_examples=60)
@given(BROKEN, st.integers(0, len(LISTS) - 1))
def test_one_list_uncovered_is_enough(what: Any, place: int) -> None:
    other = tuple(key for i, key in enumerate(LISTS) if i != place)
    good = Live(lists=other, answer=_says(Answer(NOW, "v1", 9, [])), key="good")
    bad = Live(lists=(LISTS[place],), answer=_says(what), key="bad")
    assert outcome(consult(OWN, good, bad)) == "UNKNOWN"


@run(max_examples=60)
@given(BROKEN)
def test_without_the_own_file_nobody_passes(what: Any) -> None:
    good = Live(lists=LISTS, answer=_says(Answer(NOW, "v1", 9, [])), key="good")
    broken = Live(lists=(), answer=_says(what), key="own", kind="own", max_age=None)
    if isinstance(what, Answer) and what.listings == []:
        return  # of what is recorded here neither age nor total is asked
    assert outcome(consult(good, broken)) == "UNKNOWN"


@given(
    st.sampled_from(["h1", "h2", ""]),
    st.sampled_from(["n1", "n2"]),
    st.text("*9142060MAX", min_size=6, max_size=18),
)
def test_only_the_same_number_is_the_same_subject(hashed: str, name: str, masked: str) -> None:
    listing = Listing(
        "entry:1",
        "court",
        "judgment_debtor",
        "judgment_debtor",
        name,
        NOW.date(),
        identifier_kind="uscc" if hashed else "",
        identifier_hash=hashed,
        masked="" if hashed else masked,
    )
    found = compare(WHO, listing)
    assert (found.match is Match.SAME) == (hashed == "h1")
    if hashed == "h2":
        assert found.match is Match.OTHER


@given(st.text("0123456789X", min_size=18, max_size=18), st.sets(st.integers(0, 17), max_size=12))
def test_a_number_fits_itself_with_any_signs_hidden(number: str, hidden: set[int]) -> None:
    masked = "".join("*" if i in hidden else sign for i, sign in enumerate(number))
    assert listings.fits(number, masked)
    place = next(i for i in range(18) if i not in hidden)
    other = "0" if number[place] != "0" else "1"
    assert not listings.fits(number[:place] + other + number[place + 1 :], masked)


@given(st.sampled_from(LISTS), st.dates(NOW.date() - timedelta(days=900), NOW.date()))
def test_a_listing_counts_up_to_its_last_day(key: str, ends: Any) -> None:
    listing = Listing(
        "entry:1",
        "live",
        BOOK.lists[key].ground,
        key,
        "n1",
        ends - timedelta(days=30),
        ends_on=ends,
        identifier_kind="uscc",
        identifier_hash="h1",
    )
    good = Live(lists=LISTS, answer=_says(Answer(NOW, "v1", 9, [listing])))
    assert outcome(consult(OWN, good)) == ("EXCLUDED" if ends >= NOW.date() else "PASS")
    endless = replace(listing, ends_on=None)
    again = Live(lists=LISTS, answer=_says(Answer(NOW, "v1", 9, [endless])))
    assert outcome(consult(OWN, again)) == "EXCLUDED"
