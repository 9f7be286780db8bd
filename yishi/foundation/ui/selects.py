"""Selects of hundreds and thousands of options, written as one text."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from html import escape
from typing import Any

from django.core.exceptions import ValidationError
from django.forms import ChoiceField, Field, Select
from django.utils.safestring import SafeString, mark_safe


def _attributes(found: dict[str, Any]) -> str:
    return "".join(
        f" {name}" if value is True else f' {name}="{escape(str(value))}"'
        for name, value in found.items()
        if value is not None and value is not False
    )


def _option(key: Any, label: Any, chosen: set[str]) -> str:
    value = str(key)
    mark = " selected" if value in chosen else ""
    return f'<option value="{escape(value)}"{mark}>{escape(str(label))}</option>'


def _markup(choices: Iterable[tuple[Any, Any]], chosen: set[str]) -> str:
    parts = []
    for key, label in choices:
        if isinstance(label, list | tuple):
            inner = "".join(_option(one, text, chosen) for one, text in label)
            parts.append(f'<optgroup label="{escape(str(key))}">{inner}</optgroup>')
        else:
            parts.append(_option(key, label, chosen))
    return "".join(parts)


class LongSelect(Select):
    """A ``select`` with hundreds of options, written as one text.

    Django draws each option with a template of its own; a filter of case types took two thirds of
    the time of its page.
    """

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        """The same markup as Django's, without the line breaks."""
        chosen = {str(one) for one in (value if isinstance(value, list | tuple) else [value or ""])}
        head = f"<select{_attributes({'name': name, **self.build_attrs(self.attrs, attrs)})}>"
        return mark_safe(f"{head}{_markup(self.choices, chosen)}</select>")


class Options:
    """The options of a select that are the same in many requests, checked and written once."""

    def __init__(self, groups: Iterable[tuple[Any, Any]]) -> None:
        found = list(groups)
        self.html = _markup(found, set())
        inner = [one if isinstance(one, list | tuple) else () for _key, one in found]
        alone = {str(key) for key, one in found if not isinstance(one, list | tuple)}
        self.keys = alone | {str(key) for group in inner for key, _label in group}

    def choosing(self, value: str) -> str:
        """The markup with one option selected."""
        mark = f'<option value="{escape(value)}"'
        return self.html.replace(f"{mark}>", f"{mark} selected>", 1) if value else self.html


@lru_cache(maxsize=16)
def options_of(groups: tuple[Any, ...]) -> Options:
    """The options of *groups*, written when they are asked for first."""
    return Options(groups)


class WrittenSelect(Select):
    """A select of ``written`` options, below one for all."""

    written = Options(())
    every: tuple[str, Any] = ("", "")

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        """The markup of `LongSelect`."""
        head = f"<select{_attributes({'name': name, **self.build_attrs(self.attrs, attrs)})}>"
        first = _option(*self.every, set())
        return mark_safe(f"{head}{first}{self.written.choosing(str(value or ''))}</select>")


class WrittenChoiceField(Field):
    """One of thousands of options that do not change from request to request (`options_of`).

    Django's field copies and compares them all in every request: two thirds of a list's time.
    """

    widget = WrittenSelect

    def offer(self, every: tuple[str, Any], options: Options) -> None:
        """What can be chosen: *every* for none of them, or one of the *options*."""
        self.widget.every, self.widget.written = every, options

    def to_python(self, value: Any) -> str:
        """The key, empty for none."""
        return str(value or "")

    def validate(self, value: str) -> None:
        """Refuse what is not offered."""
        super().validate(value)
        if value and value not in self.widget.written.keys:
            message = ChoiceField.default_error_messages["invalid_choice"]
            raise ValidationError(message, code="invalid_choice", params={"value": value})
