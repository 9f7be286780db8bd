"""One move on many cases of a work list: confirm first, then an outcome for every case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from yishi.faces.desk.case_table import row_of
from yishi.faces.desk.filters import register_now
from yishi.foundation.cases.lifecycle import lifecycle_of
from yishi.foundation.cases.models import Case
from yishi.foundation.ui.desk import DeskSystem, systems
from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.officer import actor_of, officers_only, render_desk, shell_of
from yishi.foundation.ui.parts import Light

MOST = 200


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one case of a batch."""

    number: str
    subject: str
    url: str
    done: bool
    text: str


@officers_only
@require_POST
def batch(request: HttpRequest, duty: str) -> HttpResponse:
    """``case`` (ids) and ``move``; with ``confirmed=1`` it is done, else asked."""
    if duty not in shell_of(request).counts:
        raise Http404
    name = request.POST.get("move", "")
    system = next((s for s in systems() if name in s.batch.get(duty, ())), None)
    back = reverse("desk:work-duty", args=[duty])
    if system is None:
        raise PageError(400, gettext("这个步骤不能批量办理。"), back=back)
    chosen = request.POST.getlist("case")
    ids = [int(x) for x in dict.fromkeys(chosen) if x.isascii() and x.isdigit() and len(x) < 19]
    if not ids or len(ids) > MOST:
        text = gettext("请先勾选案件；一次最多办理 %(n)d 件。") % {"n": MOST}
        raise PageError(400, text, back=back)
    label = gettext(lifecycle_of(system.system).moves[name].label)
    visible = Case.objects.visible_to(actor_of(request)).filter(pk__in=ids, system=system.system)
    found = {case.id: case for case in visible.select_related("unit")}
    title = gettext("批量%(move)s") % {"move": label}
    context: dict[str, Any] = {
        "title": title,
        "back": back,
        "duty": duty,
        "move": name,
        "move_label": label,
    }
    if request.POST.get("confirmed") != "1":
        register = register_now(shell_of(request).numbers)
        rows = [row_of(found[i], register, Light("none", "")) for i in ids if i in found]
        text = ngettext(
            "将对下面 %(n)d 件案件办理“%(move)s”。",
            "将对下面 %(n)d 件案件办理“%(move)s”。",
            len(rows),
        )
        context |= {"rows": rows, "lead": text % {"n": len(rows), "move": label}}
        return render_desk(request, "desk/batch_confirm.html", context)
    outcomes = _make(request, system, name, [i for i in ids if i in found], found)
    done = sum(outcome.done for outcome in outcomes)
    numbers = {"done": done, "left": len(outcomes) - done}
    context |= {
        "outcomes": outcomes,
        "lead": gettext("已办理 %(done)d 件，未办理 %(left)d 件。") % numbers,
    }
    return render_desk(request, "desk/batch_result.html", context)


def _make(
    request: HttpRequest, system: DeskSystem, move: str, ids: list[int], cases: dict[int, Case]
) -> list[Outcome]:
    done, refused = system.advance_batch(actor_of(request), ids, move, timezone.now())
    states = lifecycle_of(system.system).states
    after = {case.id: gettext(states[case.state].label) for case in done}
    why = {error.number: gettext(error.message) for error in refused}
    missing = gettext("没有找到可以直接办理的条件，请打开案件单独办理")
    outcomes = []
    for case_id in ids:
        case = cases[case_id]
        url = reverse("desk:case", args=[case.number])
        text = after.get(case_id) or why.get(case.number) or missing
        outcomes.append(Outcome(case.number, case.subject, url, case_id in after, text))
    return outcomes
