"""What fields and matters are called: systems that have a catalogue register theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

#: Of fields that the party's own record has, whatever catalogue there is.
OWN = {
    "applicant_name": _("姓名"),
    "applicant_id": _("公民身份号码"),
    "applicant_phone": _("联系电话"),
    "applicant_address": _("联系地址"),
    "organisation_name": _("名称"),
    "uscc": _("统一社会信用代码"),
    "legal_representative": _("法定代表人（经营者）"),
    "registered_address": _("住所"),
    "registered_capital": _("注册资本（元）"),
    "business_scope": _("经营范围"),
    "household_address": _("户籍地址"),
    "birth_date": _("出生日期"),
    "marital_status": _("婚姻状况"),
    "staff_count": _("从业人数"),
    "premises_address": _("经营场所"),
    "opening_date": _("成立日期"),
    "company_type": _("主体类型"),
}
#: What choices of such fields are called.
VALUES = {
    ("company_type", "limited"): _("有限责任公司"),
    ("company_type", "joint_stock"): _("股份有限公司"),
    ("company_type", "individual"): _("个体工商户"),
    ("company_type", "cooperative"): _("农民专业合作社"),
    ("marital_status", "single"): _("未婚"),
    ("marital_status", "married"): _("已婚"),
    ("marital_status", "divorced"): _("离婚"),
    ("marital_status", "widowed"): _("丧偶"),
}

_VALUES: list[Callable[[str, str], str | None]] = []
_LABELS: list[Callable[[], Mapping[str, str]]] = []
_MATTERS: list[Callable[[], Sequence[tuple[str, str]]]] = []


def register_labels(labels: Callable[[], Mapping[str, str]]) -> None:
    """Let a catalogue name its fields (called from an app's ``ready``)."""
    _LABELS.append(labels)


def register_matters(matters: Callable[[], Sequence[tuple[str, str]]]) -> None:
    """Let a catalogue name the matters that a mandate may be given for: (key, label)."""
    _MATTERS.append(matters)


def label(key: str) -> str:
    """What a field is called, else its key."""
    for labels in _LABELS:
        found = labels().get(key)
        if found:
            return found
    return str(OWN.get(key, key))


def register_values(value_label: Callable[[str, str], str | None]) -> None:
    """Let a catalogue name the choices of its fields: (field key, stored value) → label or none."""
    _VALUES.append(value_label)


def value_label(key: str, value: str) -> str:
    """A stored value as people read it."""
    for of in _VALUES:
        found = of(key, value)
        if found:
            return found
    return str(VALUES.get((key, value), value))


def matters() -> list[tuple[str, str]]:
    """All matters that a mandate may name."""
    return [matter for of in _MATTERS for matter in of()]


def matter_label(key: str) -> str:
    """What a matter is called; ``*`` is all of them."""
    return gettext("全部事项") if key == "*" else dict(matters()).get(key, key)
