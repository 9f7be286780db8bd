"""Managing partners: add, rotate secrets, disable, resume; messages sent again or given up."""

from __future__ import annotations

import re
import secrets as random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_noop

from yishi.foundation import revisions
from yishi.foundation.access.actors import ROLES, Reach
from yishi.foundation.access.keys import key_hash
from yishi.foundation.access.models import ApiClient, Grant
from yishi.foundation.exchange import secrets
from yishi.foundation.exchange.address import AddressRefused, check_url
from yishi.foundation.exchange.models import Outgoing, Partner, PartnerUnit
from yishi.foundation.exchange.register import CHANNEL, REVISION
from yishi.foundation.places.models import Unit
from yishi.foundation.revisions.errors import FieldError

SEND, HANDLE, COPIES = "cases:send", "cases:handle", "credit:copies"
NETWORK = "policies:network"
#: What a partner's program may be allowed (OAuth scopes).
SCOPES = {
    SEND: gettext_noop("送来案件，查询自己送来的案件"),
    HANDLE: gettext_noop("办理派遣给本平台所属单位的案件"),
    COPIES: gettext_noop("保存信用信息副本：接收修复结果，报告副本现状"),
    NETWORK: gettext_noop("接收惠企政策和兑现结果，回送回执"),
}
#: How long the signing secret before a rotation goes on signing too.
OVERLAP = timedelta(hours=24)
_KEY = re.compile(r"[a-z0-9][a-z0-9-]{1,22}[a-z0-9]")


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a partner is given, once: it cannot be read again. Its repr shows no secret."""

    client_id: str
    client_secret: str
    signing_secret: str

    def __repr__(self) -> str:
        return f"Credentials({self.client_id})"


def add(
    key: str,
    name: str,
    kind: str,
    now: datetime,
    *,
    callback_url: str = "",
    units: Sequence[str] = (),
    role: str = "unit_officer",
    scopes: Sequence[str] = (),
) -> Credentials:
    """Store a partner whose moves are those of *role* in the *units* (codes) and return its
    secrets. Without *scopes* it may handle if it has units, else send.

    Raises:
        FieldError: naming what is wrong; nothing is stored.
    """
    wanted = tuple(scopes) or ((HANDLE,) if units else (SEND,))
    found = _checked(key, name, kind, callback_url, units, role, wanted)
    client_secret, signing = secrets.new_client_secret(), secrets.new_signing_secret()
    try:
        with transaction.atomic():
            client = ApiClient.objects.create(
                name=name, channel=CHANNEL + key, key_hash=key_hash(random.token_hex(32))
            )
            partner = Partner.objects.create(
                client=client,
                key=key,
                name=name,
                kind=kind,
                callback_url=callback_url,
                scopes=list(wanted),
                client_hash=key_hash(client_secret),
                created_at=now,
            )
            partner.secret_enc = secrets.seal(signing, partner.pk)
            partner.save(update_fields=["secret_enc"])
            PartnerUnit.objects.bulk_create(PartnerUnit(partner=partner, unit=u) for u in found)
            Grant.objects.bulk_create(
                Grant(client=client, role=role, unit=u, scope="", valid_from=now) for u in found
            )
            revisions.bump(REVISION)
    except IntegrityError as error:
        raise FieldError("key", "代码或名称已被使用", "taken") from error
    return Credentials(key, client_secret, signing)


def rotate(key: str, now: datetime) -> Credentials:
    """Replace both secrets. The client secret and the tokens got with it end at once; the signing
    secret before signs beside the new one for a day, so that the partner may change in peace.

    Raises:
        FieldError: when there is no such partner.
    """
    client_secret, signing = secrets.new_client_secret(), secrets.new_signing_secret()
    with transaction.atomic():
        partner = _locked(key)
        partner.previous_enc, partner.previous_until = partner.secret_enc, now + OVERLAP
        partner.secret_enc = secrets.seal(signing, partner.pk)
        partner.client_hash = key_hash(client_secret)
        partner.credentials += 1
        partner.save()
    return Credentials(key, client_secret, signing)


def disable(key: str) -> None:
    """Nothing is sent or kept for the partner, its tokens and secrets are refused.

    Raises:
        FieldError: when there is no such partner.
    """
    with transaction.atomic():
        partner = _locked(key)
        partner.state = Partner.State.DISABLED
        partner.credentials += 1
        partner.save(update_fields=["state", "credentials"])
        revisions.bump(REVISION)


def resume(key: str) -> None:
    """Deliver again, to a paused or disabled partner, beginning at once with what waits.

    Raises:
        FieldError: when there is no such partner.
    """
    with transaction.atomic():
        partner = _locked(key)
        partner.state = Partner.State.ACTIVE
        partner.failures, partner.failing_since, partner.next_attempt_at = 0, None, None
        partner.save()
        revisions.bump(REVISION)


def send_again(partner: Partner, message_id: uuid.UUID, now: datetime) -> bool:
    """Queue a message again under its id; says whether there is such a message."""
    rows = Outgoing.objects.filter(pk=message_id, partner=partner)
    done = rows.update(state=Outgoing.State.QUEUED, attempts=0, next_attempt_at=now)
    if done:
        Partner.objects.filter(pk=partner.pk).update(next_attempt_at=None)
    return bool(done)


def skip(partner: Partner, message_id: uuid.UUID) -> bool:
    """Give a refused message up, so that later ones about its case go on; says whether it was."""
    rows = Outgoing.objects.filter(pk=message_id, partner=partner)
    stuck = rows.filter(state__in=(Outgoing.State.QUEUED, Outgoing.State.FAILED))
    return bool(stuck.update(state=Outgoing.State.SKIPPED))


def _locked(key: str) -> Partner:
    partner = Partner.objects.select_for_update().filter(key=key[:64]).first()
    if partner is None:
        raise FieldError("key", f"没有合作平台“{key}”", "unknown")
    return partner


def _checked(
    key: str,
    name: str,
    kind: str,
    callback_url: str,
    units: Sequence[str],
    role: str,
    scopes: Sequence[str],
) -> list[Unit]:
    """The units. Raises `FieldError`."""
    if not _KEY.fullmatch(key):
        raise FieldError("key", "代码为3到24位小写字母、数字和连字符", "format")
    if not 1 <= len(name) <= 64:
        raise FieldError("name", "名称为1到64个字", "format")
    if kind not in Partner.Kind.values:
        raise FieldError("kind", "没有这个类型", "unknown")
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown:
        raise FieldError("scope", f"没有这个权限范围：{unknown[0]}", "unknown")
    if callback_url:
        try:
            check_url(callback_url)
        except AddressRefused as error:
            raise FieldError("callback", str(error), "address") from error
    if units and (role not in ROLES or ROLES[role].reach is not Reach.UNIT):
        raise FieldError("role", f"“{role}”不是单位的岗位", "unknown")
    found = {unit.code: unit for unit in Unit.objects.filter(code__in=units, valid_to=None)}
    for code in units:
        if code not in found:
            raise FieldError("unit", f"没有代码为“{code}”的现行单位", "unknown")
    return [found[code] for code in dict.fromkeys(units)]
