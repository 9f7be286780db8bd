"""Form fields as accessible markup: everything that belongs to a field is tied to its input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.forms import (
    BaseForm,
    BoundField,
    CheckboxInput,
    CheckboxSelectMultiple,
    ClearableFileInput,
    FileInput,
    RadioSelect,
    Select,
    Widget,
)

_CHOICES = (RadioSelect, CheckboxSelectMultiple)


@dataclass(frozen=True, slots=True)
class Problem:
    """One line of an error summary; ``anchor`` is the id of the input, empty for the whole form."""

    text: str
    anchor: str


class ManyFiles(ClearableFileInput):
    """A file input for several files."""

    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class HintedLabel(str):
    """The label of a choice, with a ``hint`` that is drawn below it."""

    hint: str = ""

    def __new__(cls, label: str, hint: str = "") -> HintedLabel:
        made = super().__new__(cls, label)
        made.hint = hint
        return made


@dataclass(frozen=True, slots=True)
class Option:
    """One radio button or checkbox; ``hint`` stands below its label."""

    tag: str
    id: str
    label: str
    hint: str = ""


def kind_of(widget: Widget) -> str:
    """``group`` (radios, checkboxes), ``check`` (one box), ``file``, ``select`` or ``input``."""
    if isinstance(widget, _CHOICES):
        return "group"
    if isinstance(widget, CheckboxInput):
        return "check"
    if isinstance(widget, FileInput):
        return "file"
    return "select" if isinstance(widget, Select) else "input"


def anchor_of(bound: BoundField) -> str:
    """The id of the input to jump to; of a group its first choice."""
    own = str(bound.auto_id)
    return f"{own}_0" if kind_of(bound.field.widget) == "group" else own


def problems(form: BaseForm) -> list[Problem]:
    """Every error of *form* in the order of its fields, those of the whole form first."""
    found = [Problem(str(text), "") for text in form.non_field_errors()]
    for name in form.fields:
        bound = form[name]
        found += [Problem(str(text), anchor_of(bound)) for text in bound.errors]
    return found


def field_context(
    bound: BoundField, *, label: str = "", hint: str = "", large: bool = False
) -> dict[str, Any]:
    """What ``ui/parts/field.html`` draws. Optional fields say so, required ones do not."""
    kind = kind_of(bound.field.widget)
    hint = hint or str(bound.help_text or "")
    errors = [str(text) for text in bound.errors]
    described = _described_by(bound, hint, errors)
    return {
        "id": bound.auto_id,
        "kind": kind,
        "label": label or bound.label,
        "hint": hint,
        "errors": errors,
        "described": described,
        "large": large,
        "optional": not bound.field.required and kind != "check",
        "options": _options(bound) if kind == "group" else [],
        "widget": "" if kind == "group" else _widget(bound, kind, described),
        "hidden": bound.is_hidden,
    }


def _described_by(bound: BoundField, hint: str, errors: list[str]) -> str:
    ids = [f"{bound.auto_id}_helptext"] if hint else []
    ids += [f"{bound.auto_id}_error"] if errors else []
    return " ".join(ids)


def _widget(bound: BoundField, kind: str, described: str) -> str:
    """The input with its classes and its ties to hint and error."""
    css = {"check": "form-check-input", "select": "form-select"}.get(kind, "form-control")
    own = str(bound.field.widget.attrs.get("class", ""))
    state = "is-invalid" if bound.errors else ""
    attributes: dict[str, str | bool] = {"class": " ".join(filter(None, (css, own, state)))}
    if described:
        attributes["aria-describedby"] = described
    return bound.as_widget(attrs=attributes)


def _options(bound: BoundField) -> list[Option]:
    """The choices of a group. ``required`` stands on the group, not on every choice."""
    options = []
    for choice in bound:
        attributes = choice.data["attrs"]
        attributes["class"] = "form-check-input"
        attributes.pop("required", None)
        attributes.pop("aria-invalid", None)
        own = str(attributes.get("id", ""))
        hint = str(getattr(choice.choice_label, "hint", ""))
        if hint:
            attributes["aria-describedby"] = f"{own}_hint"
        options.append(Option(choice.tag(), own, str(choice.choice_label), hint))
    return options
