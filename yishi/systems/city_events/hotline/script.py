"""The script of a call-back: what may be answered. Labels are Chinese; pages translate them."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

SCORES = (
    (1, _("非常满意")),
    (2, _("满意")),
    (3, _("基本满意")),
    (4, _("不满意")),
    (5, _("非常不满意")),
)
CAUSES = (
    ("undone", _("问题没有解决")),
    ("quality", _("办理质量不好")),
    ("slow", _("办理太慢")),
    ("manner", _("工作态度不好")),
    ("policy", _("受政策或条件所限")),
    ("demand", _("诉求超出合理范围")),
)
#: Why a ticket counts in no rate (剔除); it stays in the list with its reason.
EXCLUSIONS = (
    ("demand", _("诉求明显不合理")),
    ("policy", _("受政策或条件所限，已解释")),
    ("history", _("历史遗留问题，已纳入专项")),
    ("wrong", _("号码错误或不是本人")),
)
