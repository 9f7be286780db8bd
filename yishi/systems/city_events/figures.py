"""Which stages of the seven steps the figures count as filed, open and closed."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from yishi.foundation.cases.figures import Stages
from yishi.systems.city_events.lifecycle import SYSTEM

FIGURE_STAGES = Stages(
    system=SYSTEM,
    unfiled=("collect",),
    filed=("file", "dispatch", "handle", "suspend", "feedback", "verify"),
    closed=("evaluate",),
    void=("void",),
    apart=("forced",),
    main_clock="handling",
    sending="dispatch",
    labels={
        "collect": _("信息收集"),
        "file": _("案卷建立"),
        "dispatch": _("任务派遣"),
        "handle": _("任务处理"),
        "suspend": _("挂账"),
        "feedback": _("处理反馈"),
        "verify": _("核实结案"),
        "evaluate": _("综合评价"),
        "forced": _("强制结案"),
        "void": _("作废"),
    },
)
