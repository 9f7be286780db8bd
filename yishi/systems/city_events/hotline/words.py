"""Call-backs in words."""

from __future__ import annotations

from django.utils.translation import gettext

from yishi.foundation.ui.parts import Fact
from yishi.systems.city_events.hotline.models import CallBack
from yishi.systems.city_events.hotline.script import CAUSES, EXCLUSIONS, SCORES


def answers_of(task: CallBack) -> list[Fact]:
    """What the caller said, for a finished call-back."""
    rows = _said(task) if task.state == CallBack.REACHED else []
    if task.excluded:
        label = gettext(dict(EXCLUSIONS)[task.excluded])
        rows.append(Fact(gettext("剔除评价"), label))
    if task.redone:
        rows.append(Fact(gettext("处理"), gettext("按规则重新办理")))
    return rows


def _said(task: CallBack) -> list[Fact]:
    yes, no = gettext("是"), gettext("否")
    rows = [
        Fact(gettext("及时联系"), yes if task.in_time else no),
        Fact(gettext("问题解决"), yes if task.solved else no),
        Fact(gettext("满意度"), gettext(dict(SCORES)[task.score or 5])),
    ]
    if task.cause:
        rows.append(Fact(gettext("原因"), gettext(dict(CAUSES)[task.cause])))
    return rows


def state_text(task: CallBack) -> str:
    """How a call-back stands, in words."""
    labels = {
        CallBack.OPEN: gettext("待回访"),
        CallBack.REACHED: gettext("已访到"),
        CallBack.UNREACHED: gettext("多次未接通"),
        CallBack.REFUSED: gettext("拒绝回访"),
        CallBack.LAPSED: gettext("案件已重新办理，不再回访"),
    }
    return labels[task.state]
