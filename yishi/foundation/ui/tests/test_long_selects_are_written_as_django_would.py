"""Selects written as one text: the same elements as Django's, nothing unescaped, nothing chosen
that is not offered."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from django import forms
from django.forms.widgets import Select
from hypothesis import given, settings
from hypothesis import strategies as st

from yishi.foundation.ui.selects import (
    LongSelect,
    Options,
    WrittenChoiceField,
    _attributes,
    options_of,
)

_TEXT = st.text(alphabet="ab路灯<>&\"' 1/", max_size=6)
_PAIR = st.tuples(_TEXT, _TEXT)
_GROUP = st.tuples(_TEXT.filter(bool), st.lists(_PAIR, max_size=3))
_CHOICES = st.lists(st.one_of(_PAIR, _GROUP), max_size=6)


class _Elements(HTMLParser):
    """What a browser sees: tags with their attributes, and the texts between them."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.found: list[Any] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        self.found.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.found.append(data.strip())


def _seen(markup: str) -> list[Any]:
    return _Elements(markup).found


@settings(deadline=None)
@given(choices=_CHOICES, value=_TEXT, attrs=st.dictionaries(st.sampled_from("abc"), _TEXT))
def test_the_markup_is_djangos(choices: Any, value: str, attrs: dict[str, str]) -> None:
    ours = LongSelect(attrs, choices).render("kind", value, {"id": "id_kind"})
    django = Select(attrs, choices).render("kind", value, {"id": "id_kind"})
    # Of equal keys Django marks the first alone: those of a register are never equal.
    keys = [key for one in choices for key in _keys(one)]
    if len(keys) == len(set(keys)):
        assert _seen(ours) == _seen(django)


def _keys(choice: Any) -> list[str]:
    key, label = choice
    return [one for one, _text in label] if isinstance(label, list | tuple) else [key]


@settings(deadline=None)
@given(choices=_CHOICES, value=_TEXT)
def test_nothing_ends_the_select_or_opens_another_element(choices: Any, value: str) -> None:
    found = _seen(LongSelect({}, choices).render("x", value))
    assert {one[0] for one in found if isinstance(one, tuple)} <= {"select", "option", "optgroup"}
    assert [one for one in found if one == "/select"] == ["/select"] == found[-1:]


def test_attributes_that_are_false_or_none_are_left_out() -> None:
    found = _attributes({"a": None, "b": False, "c": True, "d": 1, "e": "<\"'&>"})
    assert found == ' c d="1" e="&lt;&quot;&#x27;&amp;&gt;"'


GROUPS = (("", "全部"), ("公用设施", (("component/01/01", "井盖"), ("component/01/02", "路灯"))))


class _Filter(forms.Form):
    kind = WrittenChoiceField(required=False)

    def __init__(self, data: Any = None, groups: Any = GROUPS[1:]) -> None:
        super().__init__(data)
        field = self.fields["kind"]
        assert isinstance(field, WrittenChoiceField)
        field.offer(("", "全部类别"), options_of(groups))


def test_written_options_offer_none_and_each_and_remember_what_was_chosen() -> None:
    elements = _seen(str(_Filter({"kind": "component/01/02"})["kind"]))
    options = [one[1] for one in elements if isinstance(one, tuple) and one[0] == "option"]
    assert [one["value"] for one in options] == ["", "component/01/01", "component/01/02"]
    assert [one["value"] for one in options if "selected" in one] == ["component/01/02"]
    assert "全部类别" in elements and "路灯" in elements
    assert "selected" not in str(_Filter({})["kind"])


@pytest.mark.parametrize("value", ["component/01/02", ""])
def test_what_is_offered_is_taken(value: str) -> None:
    form = _Filter({"kind": value})
    assert form.is_valid() and form.cleaned_data["kind"] == value


@pytest.mark.parametrize("value", ["component/99/99", "公用设施", '"><script>', "component/01/0"])
def test_what_is_not_offered_is_refused_and_never_written_unescaped(value: str) -> None:
    form = _Filter({"kind": value})
    assert not form.is_valid() and form.errors.as_data()["kind"][0].code == "invalid_choice"
    markup = str(form["kind"])
    assert "<script>" not in markup and "selected" not in markup


def test_two_forms_at_once_do_not_share_their_options() -> None:
    first, second = _Filter({}), _Filter({}, (("其他", (("x", "甲"),)),))
    assert "井盖" in str(first["kind"]) and "甲" not in str(first["kind"])
    assert "甲" in str(second["kind"]) and "井盖" not in str(second["kind"])


def test_the_same_options_are_written_once() -> None:
    assert options_of(GROUPS) is options_of(tuple(GROUPS))
    assert Options(GROUPS).keys == {"", "component/01/01", "component/01/02"}


def test_one_option_is_chosen_though_another_begins_with_its_key() -> None:
    markup = Options((("a", "甲"), ("ab", "乙"))).choosing("a")
    assert markup.count("selected") == 1 and '<option value="a" selected>' in markup
