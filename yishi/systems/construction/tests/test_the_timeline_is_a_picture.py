"""The whole course as a picture: well-formed, without script or style, whatever runs."""

from __future__ import annotations

from datetime import date, timedelta
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from yishi.systems.construction.rules.timeline import Bar, Course, Mark, svg

BEGIN = date(2026, 1, 26)
DAYS = st.integers(0, 400).map(lambda n: BEGIN + timedelta(days=n))
NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=30)


@st.composite
def bars(draw: st.DrawFn) -> Bar:
    received = draw(DAYS)
    until = received + timedelta(days=draw(st.integers(0, 60)))
    return Bar(
        draw(NAMES),
        draw(st.integers(1, 4)),
        "审查中",
        received,
        ((received, until),),
        decided=draw(st.sampled_from([until, None])),
        outcome=draw(st.sampled_from(["granted", "refused", ""])),
        counts=draw(st.booleans()),
        url=draw(st.sampled_from(["", '/desk/x?a="b"&c'])),
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(bars(), max_size=12), NAMES, DAYS)
def test_any_course_is_well_formed_and_shows_every_item(
    found: list[Bar], title: str, today: date
) -> None:
    course = Course(title, today, tuple(found), (), 13, 50, {1: "立项"}, (Mark(BEGIN, "开工"),))
    drawn = svg(course)
    root = ElementTree.fromstring(drawn)
    space = "{http://www.w3.org/2000/svg}"
    titles = [node.text for node in root.iter(f"{space}title")]
    assert len(titles) == len(found)
    assert not list(root.iter(f"{space}style")) and not list(root.iter(f"{space}script"))
    assert "class=" not in drawn and "style=" not in drawn
