"""即申即享 and 承诺兑现: one click where data are there, a promise where they are not.

What is judged is kept with its facts and reasons. TRUE by the departments' own data, or by promise,
becomes a candidate of the next batch; what the enterprise stated itself (即申即享) is looked at by
the department first; FALSE is refused at once with its reasons, and data may be corrected.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.inputs import clean_text
from yishi.foundation.papers import quota
from yishi.foundation.papers.models import Attachment
from yishi.foundation.papers.uploads import AttachmentRow, Upload, accept_upload, store
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook.engine import Book, ItemOutcome, match_one
from yishi.foundation.rulebook.facts import Fact, Seen, facts_to_json
from yishi.foundation.rulebook.outcome import Truth
from yishi.systems.direct_benefits.context import city, day_of
from yishi.systems.direct_benefits.portal import catalogue, judging, telling
from yishi.systems.direct_benefits.portal.catalogue import Entry
from yishi.systems.direct_benefits.portal.models import Application
from yishi.systems.direct_benefits.portal.standing import Mine
from yishi.systems.direct_benefits.runs import applied
from yishi.systems.direct_benefits.runs.periods import period_of
from yishi.systems.direct_benefits.states import OFFICER

#: What an upload of an application is about.
ABOUT = "benefit_application"
_WHY = "one application of an item, party and period at a time"


def promise_text(entry: Entry, name: str) -> str:
    """What an enterprise accepts when it applies by promise (示意), word by word."""
    lines = [
        entry.item.pledge,
        _("所填数据真实，愿意接受事后核查。"),
        _("如与事实不符，在接到通知之日起十五日内退还全部款项。"),
    ]
    told = "\n".join(f"{n}. {line}" for n, line in enumerate(filter(None, lines), start=1))
    return _("%(name)s承诺：\n%(lines)s") % {"name": name, "lines": told}


def unknown_facts(entry: Entry, who: Mine) -> list[Fact]:
    """The facts for want of which the item is undecided: what the applicant may state."""
    outcome = _outcome(entry, who, who.facts)
    if outcome.truth != Truth.UNKNOWN:
        return []
    found: list[Fact] = []
    for fact in judging.base_facts(entry, who.looked.declared.derived):
        seen = who.facts.get(fact.name)
        value = getattr(seen, "value", seen)
        as_of = getattr(seen, "as_of", None)
        limit = fact.freshness
        stale = limit is not None and (as_of is None or who.now - as_of > limit)
        if value is None or stale:
            found.append(fact)
    return found


def _outcome(entry: Entry, who: Mine, facts: Mapping[str, Any]) -> ItemOutcome:
    derived = who.looked.declared.needed(judging.named([entry]))
    (found,) = match_one(Book((entry.engine,), derived), facts, who.looked.params, who.now)
    return found


@transaction.atomic
def apply(
    who: Mine,
    entry: Entry,
    declared: Mapping[str, Any],
    *,
    promised: bool,
    now: datetime,
    papers: Mapping[str, Upload] | None = None,
) -> Application:
    """Apply; what comes of it is in the state of the answer.

    *declared*: typed values by fact. They count only where the departments' data say nothing.
    *papers*: files by the field that asked for them (:func:`paper_fields`).

    Raises:
        FieldError: ``item`` where it is not on offer or applied for already, ``promise`` where it
            was not accepted, a fact's name where it still is not known, a paper that is missing
            or no file that is taken.
    """
    mode = mode_of(entry, who)
    period = period_of(entry.item, catalogue.today_of(now))
    _once(entry, who, period)
    if mode == Application.PROMISE and not promised:
        raise FieldError("promise", _("请先阅读并同意承诺"), "required")
    allowed = {fact.name for fact in unknown_facts(entry, who)}
    used = {name: value for name, value in declared.items() if name in allowed}
    facts = {**who.facts, **{name: Seen(value, now) for name, value in used.items()}}
    outcome = _outcome(entry, who, facts)
    if outcome.truth == Truth.UNKNOWN:
        missing = [name for name in allowed if name not in used]
        raise FieldError(next(iter(missing), "item"), _("还需要这一项才能判断"), "required")
    files = _papers(entry, mode, papers or {}, outcome, who, now)
    made = _stored(who, entry, mode, period, facts, used, outcome, now, bool(files))
    for row in files:
        row["about_kind"], row["about_id"] = ABOUT, made.number
    if files:
        store(files)
    return made


def paper_fields(entry: Entry, mode: str) -> dict[str, str]:
    """What is to be handed in, by the name of its field."""
    asked = entry.item.asks if mode == Application.QUICK else ()
    return {f"paper_{n}": text for n, text in enumerate(asked, start=1)}


def papers_of(number: str) -> list[Attachment]:
    """What was handed in with an application (1 statement)."""
    rows = Attachment.objects.filter(about_kind=ABOUT, about_id=number)
    return list(rows.order_by("id"))


def _papers(
    entry: Entry,
    mode: str,
    given: Mapping[str, Upload],
    outcome: ItemOutcome,
    who: Mine,
    now: datetime,
) -> list[AttachmentRow]:
    """The files as rows; none is asked of an application that is refused anyway."""
    wanted = paper_fields(entry, mode)
    if outcome.truth == Truth.FALSE or not wanted:
        return []
    for name, text in wanted.items():
        if name not in given:
            raise FieldError(name, _("请上传：%(paper)s") % {"paper": text}, "required")
    quota.check(who.actor.ref, len(wanted), now, next(iter(wanted)))
    return [
        accept_upload(given[name], actor_ref=who.actor.ref, now=now, field=name, purpose="evidence")
        for name in wanted
    ]


def mode_of(entry: Entry, who: Mine) -> str:
    """How the item is applied for. Raises FieldError where it is not."""
    standing = entry.standing(who.looked.today)
    if standing not in (catalogue.IN_FORCE, catalogue.SOON):
        raise FieldError("item", _("这个事项现在不在有效期内"), "ended")
    if entry.item.mode == "promise":
        return Application.PROMISE
    if entry.item.mode == "quick" or who.offered_quick(entry.key):
        return Application.QUICK
    raise FieldError("item", _("这个事项不用申请，符合条件的自动列入名单"), "direct")


def _once(entry: Entry, who: Mine, period: str) -> None:
    # Two tabs at once: the second waits here and then finds the first's application.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"apply:{who.party.pk}"])
    rows = Application.objects.unscoped(_WHY).filter(
        party=who.party,
        item_key=entry.key,
        period=period,
        state__in=(Application.CHECKING, Application.GRANTED),
    )
    if rows.exists() or any(
        one.item_key == entry.key
        and one.batch.period == period
        and one.state not in ("struck", "declined")
        for one in who.payouts
    ):
        raise FieldError("item", _("这一期已经申请过，或者已经在兑现"), "known")


def _stored(
    who: Mine,
    entry: Entry,
    mode: str,
    period: str,
    facts: Mapping[str, Any],
    used: Mapping[str, Any],
    outcome: ItemOutcome,
    now: datetime,
    handed_in: bool,
) -> Application:
    state = Application.GRANTED
    if outcome.truth == Truth.FALSE:
        state = Application.REFUSED
    elif (used or handed_in) and mode == Application.QUICK:
        state = Application.CHECKING
    text = promise_text(entry, who.actor.name) if mode == Application.PROMISE else ""
    with override("zh-hans"):
        reasons = [{"text": one.reason("zh"), "truth": str(one.truth)} for one in outcome.outcome]
    made = Application(
        number=_number(now),
        party=who.party,
        item_key=entry.key,
        version_id=entry.version_id,
        mode=mode,
        period=period,
        unit_id=_unit(entry, who, now),
        state=state,
        amount_fen=outcome.amount,
        facts=facts_to_json(facts, judging.base_facts(entry, who.looked.declared.derived)),
        declared=sorted(used),
        reasons=reasons,
        promise=text,
        promise_hash=hashlib.sha256(text.encode()).hexdigest() if text else "",
        made_by=who.actor.ref,
        at=now,
        decided_at=None if state == Application.CHECKING else now,
        decided_by="" if state == Application.CHECKING else "rule",
        reason=outcome.outcome.against()[:300] if state == Application.REFUSED else "",
    )
    made.save(force_insert=True)
    if state == Application.GRANTED:
        _candidate(made, now)
    return made


def _number(now: datetime) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('benefit_portal_application', 'id'))")
        serial = int(cursor.fetchone()[0])
    return f"{city().places.number_prefix}SX{day_of(now):%Y%m%d}{serial % 1_000_000:06d}"


def _unit(entry: Entry, who: Mine, now: datetime) -> int | None:
    found = city()
    area = getattr(who.facts.get("area"), "value", None)
    path = area if isinstance(area, str) and "/" in area else found.places.root
    try:
        level = found.places.root if entry.item.level != "county" else path
        return found.unit(entry.item.department, level, now)
    except FieldError:
        return None


def _candidate(made: Application, now: datetime) -> None:
    applied.grant(
        item_version=made.version_id,
        item_key=made.item_key,
        party_id=made.party_id,
        period=made.period,
        amount_fen=made.amount_fen,
        now=now,
    )


@transaction.atomic
def decide(actor: Actor, number: str, granted: bool, reason: object, now: datetime) -> Application:
    """The department's answer to what an enterprise stated itself.

    Raises:
        FieldError: ``number`` unknown or decided, ``reason`` missing for a refusal.
    """
    said = clean_text("reason", reason, 300)
    rows = Application.objects.visible_to(actor).filter(number=number[:32])
    found: Application | None = rows.select_for_update(of=("self",)).first()
    if found is None or not actor.has(OFFICER):
        raise FieldError("number", "没有这份申请", "unknown")
    if found.state != Application.CHECKING:
        raise FieldError("number", "这份申请已有结果", "decided")
    if not granted and not said:
        raise FieldError("reason", "请写明不通过的理由", "required")
    found.state = Application.GRANTED if granted else Application.REFUSED
    found.decided_at, found.decided_by, found.reason = now, actor.ref, said
    found.save(update_fields=["state", "decided_at", "decided_by", "reason"])
    if granted:
        _candidate(found, now)
    _told(found, now)
    return found


def _told(found: Application, now: datetime) -> None:
    entry = catalogue.shelf().versions.get(found.version_id)
    result = str(found.get_state_display()) + (f"：{found.reason}" if found.reason else "")
    params = {
        "item": entry.item.name if entry else found.item_key,
        "number": found.number,
        "result": result[:120],
    }
    key = f"applied:{found.number}:{found.state}"
    telling.note(found.party_id, found.item_key, key, params, now)


@transaction.atomic
def withdraw(actor: Actor, number: str, now: datetime) -> Application:
    """The enterprise takes its application back while it is looked at.

    Raises:
        FieldError: ``number`` unknown, or decided.
    """
    rows = Application.objects.visible_to(actor).filter(number=number[:32])
    found: Application | None = rows.select_for_update(of=("self",)).first()
    if found is None:
        raise FieldError("number", _("没有这份申请"), "unknown")
    if found.state != Application.CHECKING:
        raise FieldError("number", _("这份申请已有结果，不能撤回"), "decided")
    found.state, found.decided_at, found.decided_by = Application.WITHDRAWN, now, actor.ref
    found.save(update_fields=["state", "decided_at", "decided_by"])
    return found
