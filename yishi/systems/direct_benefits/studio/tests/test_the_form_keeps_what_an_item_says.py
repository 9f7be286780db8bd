"""The form loses nothing: whatever is published comes out of it as it went in."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from django.http import QueryDict
from hypothesis import given, settings
from hypothesis import strategies as st

from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits.policies.model import BenefitItem
from yishi.systems.direct_benefits.policies.parsing import parse_item
from yishi.systems.direct_benefits.studio import composing, shape
from yishi.systems.direct_benefits.studio.fields import Around
from yishi.systems.direct_benefits.studio.form import StudioForm
from yishi.systems.direct_benefits.studio.shape import Tree
from yishi.systems.direct_benefits.studio.tests.words import declared, folder, vocabulary


def items() -> list[BenefitItem]:
    return folder().items


def plain(item: BenefitItem) -> dict[str, Any]:
    content = json.loads(json.dumps(item.content))
    return {k: v for k, v in content.items() if k not in ("declared", "policy_number")}


def test_every_item_of_the_city_goes_through_the_form_unchanged() -> None:
    for item in items():
        content = plain(item)
        tree = composing.tree_of(content, vocabulary())
        back, errors = composing.content_of(tree, vocabulary(), item.key)
        assert errors == {}, item.key
        again = parse_item({**back, "policy_number": item.content["policy_number"]}, declared())
        assert same(again.content) == same(item.content), item.key


def same(content: Any) -> Any:
    """Content without what means nothing: zeros behind a rate, the order of grounds."""
    if isinstance(content, dict):
        return {
            name: sorted(value)
            if name == "grounds"
            else str(Decimal(value).normalize())
            if name == "rate" and isinstance(value, str)
            else same(value)
            for name, value in content.items()
            if value is not None  # a fact said to be missing is one that is not there
        }
    return [same(one) for one in content] if isinstance(content, list) else content


def test_every_item_is_drawn_with_a_field_for_whatever_it_says() -> None:
    for item in items()[::25]:
        tree = composing.tree_of(plain(item), vocabulary())
        form = StudioForm(tree, vocabulary(), Around())
        post = QueryDict(mutable=True)
        for bound in form:
            value = bound.value()
            if isinstance(value, list):
                post.setlist(bound.html_name, value)
            elif value not in (None, False, ""):
                post[bound.html_name] = "on" if value is True else str(value)
        for group in form.groups():
            if group.any:
                post[f"w-{group.place}-any"] = "1"
        back, errors = composing.content_of(shape.posted(post), vocabulary(), item.key)
        assert errors == {}, item.key
        again = parse_item({**back, "policy_number": "x"}, declared())
        assert again.rule.hash == item.rule.hash, item.key


def test_what_cannot_be_read_is_named_at_its_input_and_kept_as_written() -> None:
    content = plain(items()[0])
    tree = composing.tree_of(content, vocabulary())
    tree.texts["notice_days"] = "五天"
    tree.texts["amount"] = "fixed"
    tree.texts["amount_fen"] = "两千元"
    back, errors = composing.content_of(tree, vocabulary(), content["key"])
    assert "整数" in errors["notice_days"]
    assert "元" in errors["amount_fen"]
    again = composing.tree_of(back, vocabulary())
    assert again["notice_days"] == "五天"
    assert again["amount_fen"] == "两千元"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("when[2].value", "w-2-0-value"),
        ("when[1].any[3].fact", "w-1-3-fact"),
        ("examples[0].facts.revenue_last", "e-0-f-revenue_last"),
        ("examples[1].amount", "e-1-amount"),
        ("examples[1]", "e-1-expect"),
        ("amount.rate.rate", "amount_rate"),
        ("budget.functional", "budget_functional"),
        ("notice.days", "notice_days"),
        ("clawback.grounds[0]", "claw_grounds"),
        ("evidence", "evidence"),
    ],
)
def test_complaints_of_the_rules_point_at_the_input(path: str, name: str) -> None:
    assert composing.input_of(path) == name


def test_buttons_change_the_shape_only() -> None:
    tree = Tree()
    assert shape.changed(tree, "add")
    assert shape.changed(tree, "add-any")
    assert [entry.any for entry in tree.entries] == [False, True]
    assert shape.changed(tree, "add:1")
    assert len(tree.entries[1].rows) == 3
    assert shape.changed(tree, "remove:1-0")
    assert len(tree.entries[1].rows) == 2
    assert shape.changed(tree, "up:1")
    assert [entry.any for entry in tree.entries] == [True, False]
    assert shape.changed(tree, "remove:0")
    assert len(tree.entries) == 1
    for act in ("remove:7", "up:0", "down:9", "remove-tier:x", "add:-1"):
        shape.changed(tree, act)
    assert len(tree.entries) == 1
    assert not shape.changed(tree, "save")


NAMES = st.from_regex(r"[wte]-\d{1,2}-(\d{1,2}-(fact|is|value|value2|values|parameter)|any|from)")
OTHER = st.sampled_from(
    ["amount", "amount_fact", "amount_fen", "mode", "notice_days", "stack_rule"]
)
TEXTS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["revenue_last", "ge", "rate", "tiers", "fixed", "1e9", "-5", "\x00", "٣"]),
)


@settings(max_examples=120, deadline=None)
@given(st.dictionaries(st.one_of(NAMES, OTHER), st.lists(TEXTS, min_size=1, max_size=3)))
def test_no_input_whatever_breaks_the_form(given_: dict[str, list[str]]) -> None:
    post = QueryDict(mutable=True)
    for name, values in given_.items():
        post.setlist(name, values)
    try:
        tree = shape.posted(post)
    except FieldError:
        return
    content, errors = composing.content_of(tree, vocabulary(), "made.up")
    assert errors
    kept = json.loads(json.dumps(content))
    form = StudioForm(composing.tree_of(kept, vocabulary()), vocabulary(), Around(), errors)
    assert str(form.as_p())
