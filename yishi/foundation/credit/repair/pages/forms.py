"""The forms of repair. What is right is decided by the services, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yishi.foundation.cases.inputs import clean_text
from yishi.foundation.credit.repair.reading import Offer
from yishi.foundation.messages.models import Channel
from yishi.foundation.parties.contacts import contact_row
from yishi.foundation.parties.models import Contact
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.fields import ManyFiles

MOST_FILES = 9
_DAY = {"invalid": _("请填写日期，例如2026-03-18")}


class FilesField(forms.FileField):
    """Several uploads as a list; what they are is checked where they are stored."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """The files, none being an empty list."""
        files = data if isinstance(data, list | tuple) else [data] if data else []
        if len(files) > MOST_FILES:
            raise forms.ValidationError(gettext("最多%(n)d个文件") % {"n": MOST_FILES})
        return list(files)


class TextField(forms.CharField):
    """Text that the database can hold."""

    def clean(self, value: Any) -> str:
        """Trimmed, without what cannot be stored."""
        text: str = super().clean(value)
        try:
            return clean_text("text", text, self.max_length or 2_000)
        except FieldError as error:
            raise forms.ValidationError(error.message) from error


def day_field(label: Any, hint: Any = "") -> forms.DateField:
    """An optional day."""
    picker = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(
        label=label, help_text=hint, required=False, widget=picker, error_messages=_DAY
    )


def show(form: forms.Form, error: FieldError) -> None:
    """Put what a service refused at its field, or above the form."""
    head = error.field.partition(".")[0]
    name = next((one for one in (error.field, head) if one in form.fields), None)
    if name is None and isinstance(form, ApplyForm):
        name = form.field_of(error.field)
    form.add_error(name, error.message)


def contact_of(phone: str, now: datetime) -> list[tuple[str, str]]:
    """The contact as it is told by text message; stores it. Raises FieldError on ``phone``."""
    if not phone:
        return []
    row = contact_row(phone=phone, now=now)
    Contact.objects.create(**row)
    return [(str(row["id"]), str(Channel.SMS))]


class ChooseForm(forms.Form):
    """Nothing but the choice of records, which the page draws itself."""


class ApplyForm(forms.Form):
    """For each record when its duties were done, with proof; the pledge; a number to be told at."""

    use_required_attribute = False
    pledge = forms.BooleanField(
        label=_("我已阅读并公开作出以上信用承诺"),
        error_messages={"required": _("申请信用修复须作出信用承诺")},
    )
    phone = TextField(
        label=_("手机号"),
        help_text=_("有结果时短信告诉您，只用于这次申请。"),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )

    def __init__(
        self, data: Any = None, files: Any = None, *, offers: Sequence[Offer], **options: Any
    ) -> None:
        super().__init__(data, files, **options)
        self.offers = offers
        for offer in offers:
            key = _key(offer)
            if offer.record.duty_done_on is None:
                self.fields[f"done_{key}"] = day_field(
                    _("义务履行完毕、失信行为改正的日期"),
                    _("记录中还没有记载。已经履行的请填写，认定单位会核实。"),
                )
            self.fields[f"files_{key}"] = FilesField(
                label=_("证明材料（如缴款凭证、整改照片）"),
                required=False,
                help_text=_("照片、PDF、Word 或 Excel，最多 9 个文件。"),
            )

    def rows(self) -> list[dict[str, Any]]:
        """The records with their bound fields."""
        found = []
        for offer in self.offers:
            key = _key(offer)
            done = self[f"done_{key}"] if f"done_{key}" in self.fields else None
            found.append({"offer": offer, "done": done, "files": self[f"files_{key}"]})
        return found

    def file_names(self) -> Iterator[tuple[Offer, str]]:
        """Each record with the name of its files' field."""
        for offer in self.offers:
            yield offer, f"files_{_key(offer)}"

    def declared(self) -> Mapping[str, date]:
        """By record, when its duties were done as the applicant says."""
        found = {}
        for offer in self.offers:
            day = self.cleaned_data.get(f"done_{_key(offer)}")
            if day is not None:
                found[offer.record.number] = day
        return found

    def field_of(self, name: str) -> str | None:
        """The field of this form that a service calls ``declared.NUMBER``."""
        head, _dot, number = name.partition(".")
        for offer in self.offers:
            field = f"done_{_key(offer)}"
            if head == "declared" and offer.record.number == number and field in self.fields:
                return field
        return None


def _key(offer: Offer) -> str:
    return offer.record.id.hex[-12:]


class NoteForm(forms.Form):
    """Why."""

    use_required_attribute = False
    note = TextField(
        label=_("事实和理由"),
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": _("请填写事实和理由")},
    )

    def __init__(self, data: Any = None, files: Any = None, **options: Any) -> None:
        super().__init__(data, **options)


class CorrectForm(forms.Form):
    """What was asked for."""

    use_required_attribute = False
    note = TextField(
        label=_("补正说明"),
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    declared_on = day_field(_("义务履行完毕、失信行为改正的日期"))
    files: Any = FilesField(
        label=_("补充材料"),
        required=False,
        help_text=_("照片、PDF、Word 或 Excel，最多 9 个文件。"),
    )


class CopyForm(forms.Form):
    """Where a copy still shows a record."""

    use_required_attribute = False
    site = TextField(
        label=_("网站或平台名称"),
        max_length=80,
        error_messages={"required": _("请写明在哪个网站或平台看到")},
    )
    note = TextField(
        label=_("说明（如网址、日期）"),
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
