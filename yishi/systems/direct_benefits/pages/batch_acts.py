"""What officers do to a batch: one address for every button of its page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.inputs import clean_text
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.officer import actor_of, role_only
from yishi.systems.direct_benefits import sight
from yishi.systems.direct_benefits.pages import common
from yishi.systems.direct_benefits.runs.models import Run
from yishi.systems.direct_benefits.services import (
    adding,
    checking,
    funding,
    listing,
    noticing,
    opening,
    paying,
)
from yishi.systems.direct_benefits.studio import literals

Done = str
_Verb = Callable[[Actor, str, QueryDict, datetime], Done]


def _chosen(post: QueryDict) -> list[int]:
    found = common.ids(post.getlist("payouts"))
    if not found:
        raise FieldError("payouts", "请先在名单中勾选企业", "required")
    return found


def _reason(post: QueryDict) -> str:
    text = clean_text("reason", post.get("reason"), 300)
    if not text:
        raise FieldError("reason", "请写明理由", "required")
    return text


def _confirm(actor: Actor, number: str, post: QueryDict, now: datetime) -> Done:
    chosen = common.ids(post.getlist("payouts")) if post.get("some") else None
    if post.get("some") and not chosen:
        raise FieldError("payouts", "请先在名单中勾选企业", "required")
    return _said(listing.confirm(actor, number, chosen, now))


def _said(found: checking.Checked) -> Done:
    """What the look at credit and accounts came to."""
    text = _("通过 %(passed)d 家，账户或信用待核实 %(held)d 家，因信用剔除 %(struck)d 家。")
    return text % {"passed": found.passed, "held": found.held, "struck": found.struck}


def _strike(actor: Actor, number: str, post: QueryDict, now: datetime) -> Done:
    listing.strike(actor, number, _chosen(post), _reason(post), now)
    return _("已剔除，理由已留档并可供企业查看。")


def _release(actor: Actor, number: str, post: QueryDict, now: datetime) -> Done:
    return _said(listing.release(actor, number, _chosen(post), now))


def _check(actor: Actor, number: str, post: QueryDict, now: datetime) -> Done:
    return _said(checking.check(actor, number, now))


def _notice(actor: Actor, number: str, post: QueryDict, now: datetime) -> Done:
    noticing.post_notice(actor, number, now)
    return _("公示已发布。")


def _funds(actor: Actor, number: str, post: QueryDict, now: datetime) -> Done:
    funding.ask_funds(actor, number, now)
    return _("资金申请已提交，预算已占用。")


def _grant(actor: Actor, number: str, post: QueryDict, now: datetime) -> Done:
    funding.grant(actor, number, now)
    return _("已兑现。")


def _order(actor: Actor, number: str, post: QueryDict, now: datetime) -> Done:
    made = paying.order_payment(actor, number, now)
    if made.order is None:
        return _("没有可以支付的，原因见名单。")
    return _("支付指令已生成，待复核。")


def _again(actor: Actor, number: str, post: QueryDict, now: datetime) -> Done:
    paying.pay_again(actor, number, _chosen(post), now)
    return _("已重新生成支付指令，待复核。")


def _publish(actor: Actor, number: str, post: QueryDict, now: datetime) -> Done:
    paying.publish(actor, number, now)
    return _("已办结并公开。")


def _add(actor: Actor, number: str, post: QueryDict, now: datetime) -> Done:
    code = clean_text("code", post.get("code"), 18).upper()
    if not code:
        raise FieldError("code", "请填写统一社会信用代码", "required")
    stated = post.get("amount", "").strip()[:30]
    fen = literals.fen_of("amount", stated) if stated else None
    adding.add(actor, number, code, _reason(post), now, amount_fen=fen)
    return _("已加入名单。")


#: Button → verb.
VERBS: Mapping[str, _Verb] = {
    "confirm": _confirm,
    "strike": _strike,
    "release": _release,
    "check": _check,
    "notice": _notice,
    "funds": _funds,
    "grant": _grant,
    "order": _order,
    "pay-again": _again,
    "publish": _publish,
    "add": _add,
}


@require_POST
@role_only(*common.WORKERS)
@common.answered
def act(request: HttpRequest, number: str) -> HttpResponseBase:
    """Do what the pressed button says, and come back to the batch."""
    actor, now, post = actor_of(request), timezone.now(), request.POST
    back = reverse("desk:direct_benefits:batch", args=[number])
    sight.batch_of(actor, number)
    key = post.get("act", "")
    try:
        if key == "supplement":
            return HttpResponseRedirect(_supplement(actor, number, now))
        verb = VERBS.get(key)
        if verb is None:
            raise FieldError("act", "没有这一步", "unknown")
        messages.success(request, verb(actor, number, post, now))
    except MoveRefused as error:
        raise PageError(409, error.message, back=back) from error
    except FieldError as error:
        status = 409 if error.code in ("state", "version", "nothing", "waiting") else 400
        raise PageError(status, error.message, back=back) from error
    state = post.get("state", "")
    return HttpResponseRedirect(f"{back}?state={state}" if state in common.TONES else back)


def _supplement(actor: Actor, number: str, now: datetime) -> str:
    run = Run.objects.filter(kind=Run.Kind.WHOLE).order_by("-started_at").first()
    if run is None:
        raise FieldError("run", "还没有筛选过", "nothing")
    made = opening.supplement(actor, number, run.pk, now)
    return reverse("desk:direct_benefits:batch", args=[made.number])
