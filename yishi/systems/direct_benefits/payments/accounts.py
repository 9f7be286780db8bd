"""Payees' accounts: giving one, verifying it, and whether it may be paid to.

A first account that a register knows under the very name is verified by that. Every other one, and
every changed one, waits until a second person or a small amount confirms it. A name that is not the
party's holds the account (账户待核实): nothing is paid to it.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from yishi.foundation.access.actors import Actor
from yishi.foundation.audit import access_log
from yishi.foundation.calendars import SHANGHAI
from yishi.foundation.parties import naming
from yishi.foundation.parties.crypto import encrypt
from yishi.foundation.parties.ids import time_uuid
from yishi.foundation.parties.masking import mask_name
from yishi.foundation.parties.models import Party
from yishi.foundation.parties.normalise import clean_text
from yishi.foundation.parties.party_models import ACTIVE, INDIVIDUAL_BUSINESS, ORGANISATION
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits.payments.account_models import PayeeAccount
from yishi.systems.direct_benefits.payments.account_names import (
    Names,
    match_of,
    names_of,
    open_name,
    open_number,
)
from yishi.systems.direct_benefits.payments.keeping import number_hash
from yishi.systems.direct_benefits.payments.roles import CHECKER, FINANCE
from yishi.systems.direct_benefits.states import OFFICER

#: Registers whose word on a first account counts: social insurance, tax, market, the banks' own.
REGISTERS = frozenset({"hr", "tax", "market", "banks"})
_DIGITS = re.compile(r"[0-9]{6,32}")
_CODE = re.compile(r"[0-9]{12}")
_KINDS = {
    ORGANISATION: (PayeeAccount.CORPORATE,),
    INDIVIDUAL_BUSINESS: (PayeeAccount.CORPORATE, PayeeAccount.PREMIUM),
    "person": (PayeeAccount.PERSONAL,),
}
_FITS = (PayeeAccount.SAME, PayeeAccount.ALIAS)
HELD_NAME = "账户待核实：户名与登记名称不一致"
HELD_FORMER = "账户待核实：户名为曾用名，请更新账户户名或提交材料"
HELD_OPERATOR = "账户待核实：经营者个人账户须为人社登记的社保缴费账户"


@dataclass(frozen=True, slots=True)
class AccountInput:
    """An account as somebody gives it. ``source``: ``enterprise``, ``officer`` or a register."""

    name: object
    number: object
    bank: object
    bank_code: object
    kind: object = PayeeAccount.CORPORATE
    source: str = "enterprise"


@dataclass(frozen=True, slots=True)
class Shown:
    """An account as screens show it."""

    id: uuid.UUID
    name: str
    number: str
    bank: str
    kind: str
    state: str
    state_label: str
    match: str
    reason: str
    account: PayeeAccount


@transaction.atomic
def register(
    actor: Actor, party: Party, raw: AccountInput, now: datetime, *, simulated: bool = False
) -> PayeeAccount:
    """Store an account of *party*; its state says whether it waits (new, held) or may be used.

    The same account again is the one that is there. Raises FieldError (``name``, ``number``,
    ``bank``, ``bank_code``, ``kind``, ``party``) and PermissionDenied for whoever is neither the
    party nor an officer of finance or of the department.
    """
    _may_give(actor, party)
    file = Party.objects.select_for_update().get(pk=party.file_id)
    if file.state != ACTIVE:
        raise FieldError("party", "主体已注销或终止，不能登记收款账户", "ended")
    kind = _kind(raw.kind, file.kind)
    name = naming.clean_name("name", raw.name, ORGANISATION)
    number = _number(raw.number)
    bank = clean_text("bank", raw.bank, longest=70, required=True)
    code = _bank_code(raw.bank_code)
    rows = PayeeAccount.objects.unscoped("the accounts of the party that gives one").filter(
        party__file_id=file.pk
    )
    known = rows.filter(number_hash=number_hash(number)).exclude(state=PayeeAccount.CLOSED).first()
    if known is not None:
        if (naming.same_name(open_name(known), name), known.bank_code) != (True, code):
            raise FieldError("number", "这个账号已登记，户名或开户行不同；请先停用原登记", "known")
        return known
    names = names_of([file.pk], _day(now))[file.pk]
    match = names.match(naming.name_hashes(name))
    state, reason = judged(match, kind, raw.source, first=not rows.exists())
    new = time_uuid(now)
    account = PayeeAccount(
        id=new,
        party=file,
        kind=kind,
        name_enc=encrypt(name, naming.context("payee", "name", new)),
        name_hash=naming.name_hash(name),
        number_enc=encrypt(number, naming.context("payee", "number", new)),
        number_hash=number_hash(number),
        bank=bank,
        bank_code=code,
        source=raw.source,
        match=match,
        state=state,
        reason=reason,
        made_by=actor.ref,
        made_at=now,
        simulated=simulated,
    )
    if state == PayeeAccount.VERIFIED:
        account.verified_by, account.verified_at = f"source:{raw.source}", now
        account.verified_how = PayeeAccount.REGISTRY
    account.save(force_insert=True)
    access_log.look(actor.ref, "payee.register", f"payee:{new}", f"{match} {state}", now)
    return account


def judged(match: str, kind: str, source: str, *, first: bool) -> tuple[str, str]:
    """The state in which an account begins, and why it is held (pure)."""
    if match == PayeeAccount.OPERATOR:
        if kind != PayeeAccount.PREMIUM or source != "hr":
            return PayeeAccount.HELD, HELD_OPERATOR
    elif match == PayeeAccount.FORMER:
        return PayeeAccount.HELD, HELD_FORMER
    elif match not in _FITS:
        return PayeeAccount.HELD, HELD_NAME
    if first and source in REGISTERS:
        return PayeeAccount.VERIFIED, ""
    return PayeeAccount.NEW, ""


@transaction.atomic
def verify(
    actor: Actor, account_id: uuid.UUID, how: object, evidence: object, now: datetime
) -> PayeeAccount:
    """A second person of finance confirms an account: ``person`` where the name fits, ``document``
    (with what it is, and where it lies) where it does not. The one used until now is closed."""
    _of_finance(actor, CHECKER)
    account = locked(account_id)
    if how not in (PayeeAccount.PERSON, PayeeAccount.DOCUMENT):
        raise FieldError("how", "请选择核实方式", "unknown")
    if actor.ref == account.made_by:
        raise FieldError("account", "登记账户的人不能自己核实", "same_person")
    proof = clean_text("evidence", evidence, longest=200)
    if how == PayeeAccount.DOCUMENT and len(proof) < 4:
        raise FieldError("evidence", "请写明证明材料的名称和存放处", "required")
    names = names_of([account.party_id], _day(now))[account.party_id]
    match = match_of(account, names)
    premium = match == PayeeAccount.OPERATOR and account.kind == PayeeAccount.PREMIUM
    if how == PayeeAccount.PERSON and match not in _FITS and not premium:
        raise FieldError("how", "户名与登记名称不一致，须凭证明材料复核", "name")
    account.match = match
    return confirm(account, str(how), actor.ref, proof, now)


def confirm(account: PayeeAccount, how: str, by: str, evidence: str, now: datetime) -> PayeeAccount:
    """Make a locked account the party's one (the caller has looked at who and how)."""
    if account.state not in (PayeeAccount.NEW, PayeeAccount.HELD):
        raise FieldError("account", f"账户{account.get_state_display()}，无需核实", "state")
    if account.party.file.state != ACTIVE:
        raise FieldError("account", "主体已注销或终止", "ended")
    rows = PayeeAccount.objects.unscoped("the account used until now")
    rows.filter(party_id=account.party_id, state=PayeeAccount.VERIFIED).update(
        state=PayeeAccount.CLOSED, reason="已更换为另一账户"
    )
    account.state, account.reason = PayeeAccount.VERIFIED, ""
    account.verified_by, account.verified_how = by, how
    account.verified_at, account.evidence = now, evidence
    account.save()
    access_log.look(by, "payee.verify", f"payee:{account.id}", how, now)
    return account


@transaction.atomic
def hold(actor: Actor, account_id: uuid.UUID, reason: object, now: datetime) -> PayeeAccount:
    """Stop paying to an account until it is verified again."""
    _of_finance(actor)
    account = locked(account_id)
    why = clean_text("reason", reason, longest=200, required=True)
    if account.state == PayeeAccount.CLOSED:
        raise FieldError("account", "账户已停用", "state")
    account.state, account.reason = PayeeAccount.HELD, why
    account.save(update_fields=["state", "reason"])
    access_log.look(actor.ref, "payee.hold", f"payee:{account.id}", why, now)
    return account


@transaction.atomic
def close(actor: Actor, account_id: uuid.UUID, reason: object, now: datetime) -> PayeeAccount:
    """Stop using an account for good; the party or finance says so."""
    account = locked(account_id)
    if account.party.file_id not in actor.party_ids:
        _of_finance(actor)
    account.state = PayeeAccount.CLOSED
    account.reason = clean_text("reason", reason, longest=200, required=True)
    account.save(update_fields=["state", "reason"])
    access_log.look(actor.ref, "payee.close", f"payee:{account.id}", account.reason, now)
    return account


def hold_returned(account_ids: Mapping[uuid.UUID, str], now: datetime) -> None:
    """The bank gave money back because of the account itself: verify it anew (1 statement each
    reason)."""
    by_reason: dict[str, list[uuid.UUID]] = {}
    for account_id, reason in account_ids.items():
        by_reason.setdefault(reason, []).append(account_id)
    rows = PayeeAccount.objects.unscoped("accounts whose payment came back")
    for reason, ids in by_reason.items():
        text = f"账户待核实：银行退回，{reason}"[:200]
        rows.filter(pk__in=ids, state=PayeeAccount.VERIFIED, verified_at__lte=now).update(
            state=PayeeAccount.HELD, reason=text
        )


def usable(party: Party, now: datetime) -> tuple[PayeeAccount | None, str]:
    """The account that *party* may be paid to now, or the reason why there is none."""
    return usable_many([party.pk], now)[party.pk]


def usable_many(
    party_ids: Iterable[uuid.UUID], now: datetime
) -> dict[uuid.UUID, tuple[PayeeAccount | None, str]]:
    """`usable` for many (5 statements at most); unknown ids are left out."""
    names = names_of(party_ids, _day(now))
    files = {one.party.pk for one in names.values()}
    rows = PayeeAccount.objects.unscoped("asked for by whoever pays").filter(
        party__file_id__in=files
    )
    best: dict[uuid.UUID, PayeeAccount] = {}
    order = (PayeeAccount.CLOSED, PayeeAccount.NEW, PayeeAccount.HELD, PayeeAccount.VERIFIED)
    for account in rows.select_related("party").order_by("made_at", "id"):
        have = best.get(account.party.file_id)
        if have is None or order.index(account.state) >= order.index(have.state):
            best[account.party.file_id] = account
    return {pk: _usable(best.get(one.party.pk), one) for pk, one in names.items()}


def _usable(account: PayeeAccount | None, names: Names) -> tuple[PayeeAccount | None, str]:
    if names.party.state != ACTIVE:
        ended = names.party.ended_on
        return None, f"主体已注销或终止（{ended:%Y-%m-%d}）" if ended else "主体已注销或终止"
    if account is None or account.state == PayeeAccount.CLOSED:
        return None, "没有登记收款账户"
    if account.state == PayeeAccount.HELD:
        return None, account.reason
    if account.state == PayeeAccount.NEW:
        return None, "账户待核实：尚未复核"
    match = match_of(account, names)
    if match in _FITS or (match == PayeeAccount.OPERATOR and account.kind == PayeeAccount.PREMIUM):
        return account, ""
    since = names.party.name_since
    seen = account.verified_at and _day(account.verified_at)
    if account.verified_how == PayeeAccount.DOCUMENT and (not since or (seen and seen >= since)):
        return account, ""
    return None, HELD_FORMER if match == PayeeAccount.FORMER else HELD_NAME


def shown(account: PayeeAccount) -> Shown:
    """What a screen may show: the last four digits, and of people's names the first character."""
    name, number = open_name(account), open_number(account)
    private = account.kind != PayeeAccount.CORPORATE
    return Shown(
        account.id,
        mask_name(name) if private else name,
        f"**** {number[-4:]}",
        account.bank,
        account.get_kind_display(),
        account.state,
        account.get_state_display(),
        account.get_match_display(),
        account.reason,
        account,
    )


def of_party(actor: Actor, party: Party) -> list[Shown]:
    """The accounts of a party, newest first, as *actor* may see them (1 statement)."""
    rows = PayeeAccount.objects.visible_to(actor).filter(party__file_id=party.file_id)
    return [shown(account) for account in rows.select_related("party").order_by("-made_at", "-id")]


def reveal(actor: Actor, account_id: uuid.UUID, purpose: object, now: datetime) -> tuple[str, str]:
    """Name and number in plain, for finance only and logged with the purpose."""
    _of_finance(actor)
    why = clean_text("purpose", purpose, longest=200, required=True)
    account = PayeeAccount.objects.visible_to(actor).get(pk=account_id)
    access_log.look(actor.ref, "payee.reveal", f"payee:{account.id}", why, now)
    return open_name(account), open_number(account)


def locked(account_id: uuid.UUID) -> PayeeAccount:
    rows = PayeeAccount.objects.unscoped("the verb looks at who acts")
    try:
        party_id = rows.values_list("party_id", flat=True).get(pk=account_id)
        # The party first: whoever gives it another account waits for the same row.
        Party.objects.select_for_update().get(pk=party_id)
        return rows.select_related("party__file").select_for_update(of=("self",)).get(pk=account_id)
    except PayeeAccount.DoesNotExist as error:
        raise FieldError("account", "没有这个账户", "unknown") from error


def _may_give(actor: Actor, party: Party) -> None:
    if actor.kind == "system" or actor.has(*FINANCE, OFFICER):
        return
    if party.file_id not in actor.party_ids:
        raise PermissionDenied("只能登记本企业的收款账户")


def _of_finance(actor: Actor, *roles: str) -> None:
    if actor.kind != "system" and not actor.has(*(roles or FINANCE)):
        raise PermissionDenied("收款账户由财政人员核实")


def _kind(value: object, party_kind: str) -> str:
    allowed = _KINDS[party_kind]
    if value not in dict(PayeeAccount.KINDS):
        raise FieldError("kind", "请选择账户类型", "unknown")
    if value not in allowed:
        raise FieldError("kind", "这类主体不能使用此类账户", "kind")
    return str(value)


def _number(value: object) -> str:
    text = clean_text("number", value, longest=60, required=True)
    digits = re.sub(r"[\s\-]", "", text)
    if not _DIGITS.fullmatch(digits):
        raise FieldError("number", "账号应为6至32位数字", "format")
    return digits


def _bank_code(value: object) -> str:
    text = clean_text("bank_code", value, longest=30, required=True).replace(" ", "")
    if not _CODE.fullmatch(text):
        raise FieldError("bank_code", "联行号应为12位数字", "format")
    return text


def _day(now: datetime) -> date:
    return now.astimezone(SHANGHAI).date()
