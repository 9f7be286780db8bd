"""A theme is changed part by part, rehearsed, published by somebody else; cases keep theirs."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict

from yishi.foundation.access.actors import Actor, ActorGrant
from yishi.foundation.cases.load import load_states
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.life_events import composing, studio
from yishi.systems.life_events.models import ThemeProposal
from yishi.systems.life_events.tests import making
from yishi.systems.life_events.tests.making import NOW
from yishi.systems.life_events.versions import registers

GRANTS = tuple(ActorGrant(role, None, "4206") for role in ("theme_editor", "theme_approver"))
EDITOR = Actor("user", "user:10", "编制人", GRANTS)
SECOND = Actor("user", "user:11", "复核人", GRANTS)
KEY = "open_restaurant"


def shortened() -> ThemeProposal:
    """A draft of the restaurant without its last item."""
    row = studio.begin(KEY, EDITOR, NOW)
    last = len(row.content["items"]) - 1
    content = composing.remove(row.content, "items", last)
    return studio.change(row.pk, row.version, content, EDITOR, NOW)


def test_a_change_is_published_by_somebody_else_and_cases_keep_theirs(city: None) -> None:
    case = making.handed_in(KEY, {"registered": "yes"})
    row = shortened()
    studio.ask(row.pk, "少一个事项", EDITOR, NOW)
    with pytest.raises(FieldError, match="不能复核自己"):
        studio.publish(row.pk, EDITOR, NOW)
    before, _ = registers().themes(NOW)
    published = studio.publish(row.pk, SECOND, NOW)
    version, themes = registers().themes(NOW)
    assert published.published_id == version != before
    assert len(themes.themes[KEY].items) == len(row.content["items"])
    assert load_states([case.id])[0].catalogue_id == before


def test_two_do_not_change_one_theme_at_once(city: None) -> None:
    row = shortened()
    with pytest.raises(FieldError, match="正在编制"):
        studio.begin(KEY, SECOND, NOW)
    with pytest.raises(FieldError, match="刚被他人修改"):
        studio.change(row.pk, row.version - 1, row.content, SECOND, NOW)


def test_a_wrong_draft_cannot_be_published(city: None) -> None:
    row = studio.begin(KEY, EDITOR, NOW)
    content = {**row.content, "items": [{"item": "nothing_like_it"}]}
    studio.change(row.pk, row.version, content, EDITOR, NOW)
    with pytest.raises(FieldError, match="处问题"):
        studio.ask(row.pk, "", EDITOR, NOW)


def test_a_rehearsal_says_what_would_differ_and_changes_nothing(city: None) -> None:
    case = making.handed_in(KEY, {"registered": "yes"})
    row = studio.begin(KEY, EDITOR, NOW)
    items = [one["item"] for one in row.content["items"]]
    gone = items.index("food_business_licence")
    content = composing.remove(row.content, "items", gone)
    found = registers()
    theme, wrong = studio.checked(
        studio.change(row.pk, row.version, content, EDITOR, NOW),
        found.themes(NOW)[1],
        found.book(NOW)[1],
    )
    if theme is None:  # nothing else may be left for some answers: then it says so
        assert any("走不通" in one or "前置" in one for one in wrong)
        return
    result = studio.rehearse(theme, found, NOW, EDITOR)
    assert result.items >= 1
    assert any(one.number == case.number for one in result.differences)
    assert load_states([case.id])[0].version == case.version


def test_running_cases_go_over_after_a_dry_run(city: None) -> None:
    case = making.handed_in(KEY, {"registered": "yes"})
    row = studio.begin(KEY, EDITOR, NOW)
    content = composing.base(row.content, {**row.content, "summary": "换了一句说明"})
    studio.change(row.pk, row.version, content, EDITOR, NOW)
    studio.ask(row.pk, "", EDITOR, NOW)
    studio.publish(row.pk, SECOND, NOW)
    version, moved = studio.dry_run(KEY, SECOND, NOW)
    assert (case.id, "") in [(one.case.id, one.why) for one in moved]
    assert studio.move_cases(KEY, [case.id], SECOND, NOW) == 1
    after = load_states([case.id])[0]
    assert after.catalogue_id == version
    assert studio.move_cases(KEY, [case.id], SECOND, NOW) == 0


def test_conditions_are_ticked() -> None:
    questions: list[dict[str, Any]] = [
        {"key": "food", "ask": "卖食品吗？"},
        {"key": "size", "ask": "多大？", "choices": [["s", "小"], ["m", "中"], ["l", "大"]]},
    ]
    post = QueryDict("when.food=yes&when.size=s&when.size=m")
    when = composing.when_of(post, questions, [])
    assert when == [
        {"fact": "food", "is": "is_true"},
        {"fact": "size", "is": "in", "value": ["s", "m"]},
    ]
    assert composing.ticked(when, questions) == ({"food": {"yes"}, "size": {"s", "m"}}, [])
    rest = [{"any": [{"fact": "food", "is": "is_true"}]}]
    assert composing.ticked(rest, questions) == ({}, rest)
    assert composing.when_of(QueryDict("when.food=yes&when.food=no"), questions, []) == []
    ne = [{"fact": "size", "is": "ne", "value": "s"}]
    assert composing.ticked(ne, questions) == ({"size": {"m", "l"}}, [])


def test_a_removed_item_is_waited_for_by_nobody() -> None:
    content = {"items": [{"item": "a"}, {"item": "b", "after": [{"item": "a", "gives": "data"}]}]}
    assert composing.remove(content, "items", 0) == {"items": [{"item": "b"}]}
    assert composing.shift(content, "items", 0, 1)["items"][0]["item"] == "b"
    assert composing.shift(content, "items", 0, -1) == content
