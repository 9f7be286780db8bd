"""The check record as a form at the desk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.fields import ManyFiles
from yishi.systems.pledge_licences.catalogue.model import Licence
from yishi.systems.pledge_licences.pages.recording import FALSE, MET, NOT_MET, PHOTO

ANSWERS = ((MET, _("相符")), (NOT_MET, _("不符")), (FALSE, _("虚假")))


class Photos(forms.Field):
    """Any number of photos."""

    widget = ManyFiles

    def clean(self, value: Any) -> list[Any]:
        """The files as a list."""
        found = value if isinstance(value, list | tuple) else [value] if value else []
        return [one for one in found if one]


class FindingForm(forms.Form):
    """For each condition what was found, a note and photos; then who was there and what follows.
    What is right is decided by the service, which names the field."""

    use_required_attribute = False

    def __init__(
        self,
        licence: Licence,
        colleagues: Sequence[tuple[int, str]],
        rectify_by: str,
        *args: Any,
        again: bool,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        for one in licence.conditions:
            self.fields[f"found_{one.key}"] = forms.ChoiceField(
                label=one.text,
                help_text=one.basis,
                choices=ANSWERS,
                widget=forms.RadioSelect,
                error_messages={"required": _("请作出结论")},
            )
            self.fields[f"note_{one.key}"] = _text(_("现场情况"), rows=2, most=500)
            self.fields[f"{PHOTO}{one.key}"] = Photos(label=_("照片"), required=False)
        pairs = [("", gettext("请选择")), *((str(pk), name) for pk, name in colleagues)]
        self.fields["second"] = forms.ChoiceField(
            label=_("第二位核查人员"),
            help_text=_("核查人员不少于两人（《行政许可法》第三十四条）。"),
            choices=pairs,
            error_messages={"required": _("请选择第二位核查人员")},
        )
        if not again:
            self.fields["rectify_by"] = forms.CharField(
                label=_("有不符的，限期整改至"),
                required=False,
                initial=rectify_by,
                widget=forms.DateInput(attrs={"type": "date"}),
            )
        self.fields["evidence"] = _text(
            _("有虚假的，写明证据"),
            hint=_("伪造、隐瞒或者编造了什么，凭什么认定。虚假的当场撤销。"),
        )
        self.fields["note"] = _text(_("说明"))

    def files_by_field(self) -> dict[str, list[Any]]:
        """The photos by field."""
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if name.startswith(PHOTO) and value
        }

    def refuse(self, error: FieldError) -> None:
        """Show what the service refused at its field, or above the form."""
        self.add_error(error.field if error.field in self.fields else None, error.message)


def _text(label: Any, *, rows: int = 3, most: int = 2_000, hint: Any = "") -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(
        label=label, required=False, max_length=most, widget=widget, help_text=hint
    )
