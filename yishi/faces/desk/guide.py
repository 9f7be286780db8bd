"""Help at the desk: the loop as its table has it, one's own part of it first."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from yishi.foundation.access.actors import ROLES
from yishi.foundation.cases.guide import GuideStep, duty_guide, whole_guide
from yishi.foundation.cases.lifecycle import LIFECYCLES
from yishi.foundation.ui import desk
from yishi.foundation.ui.officer import actor_of, officers_only, render_desk


def steps_of_duty(duty: str) -> list[GuideStep]:
    """What the holder of *duty* does, in every system that has it."""
    return [
        step
        for lifecycle in LIFECYCLES.values()
        if duty in lifecycle.duty_labels
        for step in duty_guide(lifecycle, duty)
    ]


@officers_only
def show_help(request: HttpRequest) -> HttpResponse:
    """The officer's own duties, then every state with what can happen in it."""
    held = {grant.role for grant in actor_of(request).grants}
    duties = [
        (label, names, duty_guide(lifecycle, duty))
        for lifecycle in LIFECYCLES.values()
        for duty, label in lifecycle.duty_labels.items()
        if (names := [r.label for n, r in ROLES.items() if n in held and duty in r.duties])
    ]
    context = {
        "duties": duties,
        "loops": [
            (name, desk.system_of(name).label, whole_guide(lifecycle))
            for name, lifecycle in LIFECYCLES.items()
        ],
    }
    return render_desk(request, "desk/help.html", context)
