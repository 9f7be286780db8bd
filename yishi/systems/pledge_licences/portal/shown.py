"""What the applicant's pages show of a case: screening, certificate, duties, checks, composites."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from yishi.foundation.access.actors import Actor
from yishi.foundation.approvals.lifecycle import SYSTEM as ITEMS
from yishi.foundation.cases.models import Case, CaseParty, Trace
from yishi.foundation.cases.state import CaseState
from yishi.foundation.credit.screening_models import Screening
from yishi.foundation.papers.certificates import services as certificates
from yishi.foundation.papers.certificates.models import Certificate
from yishi.foundation.ui.parts import Event
from yishi.systems.pledge_licences import states as s
from yishi.systems.pledge_licences.catalogue import version
from yishi.systems.pledge_licences.catalogue.model import Book, Licence
from yishi.systems.pledge_licences.context import city
from yishi.systems.pledge_licences.lifecycle import LIFECYCLE
from yishi.systems.pledge_licences.models import Composite
from yishi.systems.pledge_licences.models import Licence as Held
from yishi.systems.pledge_licences.portal import looked
from yishi.systems.pledge_licences.services.composite import LEAST

PASS, EXCLUDED, UNKNOWN = "PASS", "EXCLUDED", "UNKNOWN"
_TONES = {
    "offered": "active",
    "not_eligible": "warn",
    "pushed": "good",
    "pending_check": "good",
    "qualified": "good",
    "kept": "good",
    "rectifying": "warn",
    "exception_review": "warn",
    "revoked": "bad",
    "cancelled": "bad",
    "refused": "bad",
}


def label(state: str) -> str:
    """A state as the holder understands it: the licence counts, whoever has yet to look."""
    words = {
        "offered": _("待签署"),
        "pushed": _("有效，待核查"),
        "pending_check": _("有效，待核查"),
        "rectifying": _("有效，限期整改"),
        "exception_review": _("有效，审查中"),
        "qualified": _("有效，核查合格"),
        "kept": _("有效"),
    }
    return words.get(state) or _(LIFECYCLE.states[state].label)


def tone(state: str) -> str:
    """How a state is coloured."""
    return _TONES.get(state, "neutral")


@dataclass(frozen=True, slots=True)
class Screened:
    """The answer of screening, as people read it."""

    outcome: str
    at: datetime | None
    reasons: tuple[Mapping[str, Any], ...] = ()
    sources: tuple[Mapping[str, Any], ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the fast route is open."""
        return self.outcome == PASS

    @property
    def unknown(self) -> bool:
        """Whether nobody can say: neither yes nor no."""
        return self.outcome == UNKNOWN

    @property
    def label(self) -> str:
        """The outcome in words."""
        words = {
            PASS: _("通过"),
            EXCLUDED: _("不适用告知承诺"),
            UNKNOWN: _("无法确定，不当作通过"),
        }
        return words.get(self.outcome, self.outcome)

    @property
    def short(self) -> str:
        """The first reason, or the outcome."""
        return str(self.reasons[0]["text"]) if self.reasons else self.label


def _by_code() -> dict[str, str]:
    return {
        "serious_list": _("列入严重失信主体名单"),
        "judgment_debtor": _("列入失信被执行人名单"),
        "false_pledge": _("曾作出虚假承诺，信用尚未修复"),
        "fast_route_closed": _("因虚假承诺被撤销过许可，在信用修复之前不适用告知承诺"),
    }


def screening_of(case: CaseState) -> Screened | None:
    """The last answer with its reasons and sources (at most 1 statement)."""
    last = case.data.get("screening")
    if not last:
        return None
    words = _by_code()
    at = parse_datetime(last["at"])
    stored = _stored(last["id"])
    if stored is None:
        reasons = tuple({"text": words.get(code, code)} for code in last["codes"])
        return Screened(last["outcome"], at, reasons)
    reasons = tuple({**one, "at": _moment(one.get("at"))} for one in stored.reasons)
    told = {one.get("code") for one in stored.reasons}
    reasons += tuple({"text": words[c]} for c in last["codes"] if c in words and c not in told)
    return Screened(last["outcome"], at, reasons, tuple(_source(one) for one in stored.sources))


def _stored(pk: str | int) -> Any:
    """The stored answer, where the credit file keeps it under this number."""
    return Screening.objects.filter(pk=pk).first() if str(pk).isdecimal() else None


def _moment(text: Any) -> datetime | None:
    return parse_datetime(text) if isinstance(text, str) and text else None


def _source(one: Mapping[str, Any]) -> dict[str, Any]:
    states = {
        "ok": _("正常"),
        "down": _("没有应答"),
        "stale": _("数据过期"),
        "garbled": _("数据异常"),
        "never": _("尚未载入"),
    }
    return {
        "name": one.get("name") or one.get("key", ""),
        "state": states.get(str(one.get("state")), str(one.get("state"))),
        "as_of": _moment(one.get("as_of")),
    }


def licence(actor: Actor, case: CaseState, now: datetime) -> dict[str, Any]:
    """Everything on the page of a licence (about 8 statements)."""
    book: Book = version(case.catalogue_id)
    entry = book.licences[case.type_key]
    level = book.supervision.levels.get(case.data.get("level", ""))
    return {
        "paper": _paper(case),
        "duties": _duties(case, entry),
        "opening": [c for c in entry.conditions if c.when == "opening"],
        "checks": looked.checks_of(actor, case, entry),
        "level": level.name if level else "—",
        "screening": screening_of(case),
        "events": _events(actor, case),
        "now": now,
    }


def _paper(case: CaseState) -> dict[str, Any]:
    found = Certificate.objects.get(pk=case.data["certificate"])
    code = found.verify_code
    return {
        "name": found.name,
        "issuer": found.issuer_name,
        "holder": certificates.open_holder(found)[0],
        "number": found.number,
        "identifier": found.identifier,
        "lines": certificates.lines_of(found, personal=True),
        "valid_from": found.valid_from,
        "valid_to": found.valid_to,
        "verify": address("portal:verify-code", code),
        "pdf": address("portal:certificate-file", found.pk, "pdf"),
        "credential": address("portal:certificate-credential", found.pk),
        "qr": code and _qr(code),
    }


def address(name: str, *args: Any) -> str:
    """Where a page is, or nothing where it is not mounted."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def _qr(code: str) -> Any:
    """The QR code of the public verification page, as on the certificate itself."""
    import segno
    from django.utils.safestring import mark_safe

    from yishi.foundation.papers.certificates.drawing import verify_address

    drawn = segno.make(verify_address(code), error="m").svg_inline(
        border=3, dark="#000", light="#fff", svgclass="qr", lineclass=None, omitsize=True
    )
    return mark_safe(drawn)  # drawn from the text's modules, nothing of it is quoted


def _duties(case: CaseState, entry: Licence) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if case.state == "rectifying":
        clock = case.clock(s.RECTIFY_CLOCK)
        found.append(
            {
                "title": _("请限期整改"),
                "text": _("核查发现与承诺不符，逾期不改将撤销许可。改好后在这里报告，会来复查。"),
                "due": clock.due_at if clock else None,
                "rectify": "rectified_at" not in case.data,
            }
        )
    supplied = set(case.data.get("supplied", ()))
    names = _material_names(entry, case)
    for place, later in enumerate(entry.later):
        clock = case.clock(f"{s.LATER_CLOCK}{place}")
        if later.material not in supplied and clock is not None and case.state in s.HOLDING:
            found.append(
                {
                    "title": _("请补交：%(name)s") % {"name": names.get(later.material, "")},
                    "text": _("发证时约定以后补交的材料，上传照片或者 PDF。"),
                    "due": clock.due_at,
                    "supply": later.material,
                }
            )
    return found


def _material_names(entry: Licence, case: CaseState) -> Mapping[str, str]:
    item = city().items(case.received_at).items.get(entry.item)
    return {one.material: one.named for one in item.materials} if item else {}


def _events(actor: Actor, case: CaseState) -> list[Event]:
    rows = Trace.objects.visible_to(actor).filter(case_id=case.id).order_by("-seq")
    quiet = {"screen_pass", "supervise", "alarm"}
    return [
        Event(row.at, _(LIFECYCLE.moves[row.move].label))
        for row in rows[:50]
        if row.move in LIFECYCLE.moves and row.move not in quiet
    ]


def composites(actor: Actor, now: datetime) -> list[dict[str, Any]]:
    """The trade licences of the party that are in force (2 statements and 1 for each)."""
    rows = Composite.objects.filter(holder__file_id=actor.party_id, state=Composite.VALID)
    return [_composite(one) for one in rows.select_related("certificate").order_by("-at")[:50]]


def possible(actor: Actor, now: datetime) -> list[dict[str, str]]:
    """Trades for which two licences count at the same premises and that have no composite yet
    (3 statements): the holder may apply for one."""
    rows = Held.objects.unscoped("the party's own").filter(
        holder__file_id=actor.party_id, state=Held.VALID
    )
    places: dict[str, list[Held]] = {}
    for one in rows.select_related("certificate").order_by("pk")[:200]:
        places.setdefault(one.premises_key, []).append(one)
    have = Composite.objects.filter(holder__file_id=actor.party_id, state=Composite.VALID)
    taken = set(have.values_list("trade", "premises_key"))
    found = []
    for premises, held in places.items():
        keys = {one.licence_key for one in held}
        lines = certificates.lines_of(held[0].certificate, personal=False)
        where = next((line.value for line in lines if line.key == "premises"), "")
        for trade in city().list_at(now)[1].trades.values():
            parts = keys & set(trade.components)
            if len(parts) >= LEAST and (trade.key, premises) not in taken:
                found.append(
                    {"trade": trade.key, "name": trade.name, "premises": premises, "where": where}
                )
    return found


def composite_of(actor: Actor, case: CaseState) -> dict[str, Any] | None:
    """The trade licence that the case's licence belongs to, if there is one."""
    rows = Composite.objects.filter(
        holder__file_id=actor.party_id,
        trade=case.data.get("trade") or "",
        premises_key=case.data["premises_key"],
        state=Composite.VALID,
    )
    found = rows.select_related("certificate").first()
    return _composite(found) if found else None


def _composite(row: Composite) -> dict[str, Any]:
    parts = certificates.components_of(row.certificate)
    book: Book = version(row.catalogue_id)
    trade = book.trades.get(row.trade)
    return {
        "name": f"{row.certificate.name}（{trade.name}）" if trade else row.certificate.name,
        "number": row.certificate.number,
        "verify": address("portal:verify-code", row.certificate.verify_code),
        "pdf": address("portal:certificate-file", row.certificate.pk, "pdf"),
        "parts": [{"name": part.name, "valid_to": part.valid_to} for part in parts],
    }


def ordinary_of(actor: Actor, case: CaseState) -> list[dict[str, str]]:
    """The single items that were applied for at the same moment by the ordinary route."""
    if not case.data.get("bundle"):
        return []
    own = CaseParty.objects.unscoped("the party's own").filter(party__file_id=actor.party_id)
    rows = Case.objects.unscoped("the party's own").filter(
        id__in=own.values("case_id"), system=ITEMS, received_at=case.received_at
    )
    return [{"name": one.subject, "number": one.number} for one in rows.order_by("id")[:20]]
