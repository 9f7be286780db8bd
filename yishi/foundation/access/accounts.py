"""Keeping accounts: who may, and each verb with its row in the log of looks.

An administrator keeps the accounts within the managed paths of their own grants: who holds anything
beyond them is out of reach, so that a county's administrator cannot take over the city's. Nobody
changes grants of their own account.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from django.utils.translation import gettext as _

from yishi.foundation.access.actors import ROLES, Actor, ActorGrant, Reach, within
from yishi.foundation.access.keys import issue_key
from yishi.foundation.access.models import (
    ApiClient,
    Grant,
    Identity,
    Passkey,
    RecoveryCode,
    Totp,
    User,
)
from yishi.foundation.audit import access_log
from yishi.foundation.places.models import Unit
from yishi.foundation.revisions.errors import FieldError

_USERNAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._@-]{1,63}")
_CHANNEL = re.compile(r"[a-z0-9][a-z0-9_-]{1,31}")


@dataclass(frozen=True, slots=True)
class Post:
    """A role for a unit, or within a managed path, as it is to be granted."""

    role: str
    unit: Unit | None
    scope: str

    @property
    def path(self) -> str:
        """Where it reaches at most."""
        return self.scope or (self.unit.managed_path if self.unit else "")


def kept_paths(actor: Actor) -> list[str]:
    """The managed paths within which *actor* keeps accounts; empty: none."""
    roles = [g for g in actor.grants if g.role in ROLES and ROLES[g.role].administers]
    return [grant.scope for grant in roles if grant.scope]


def live(now: datetime, prefix: str = "") -> Q:
    """Grants in force at *now* or later."""
    return Q(**{f"{prefix}valid_to": None}) | Q(**{f"{prefix}valid_to__gt": now})


def within_paths(paths: Sequence[str], field: str) -> Q:
    """Rows whose managed path *field* lies in one of *paths*."""
    condition = Q(pk__in=[])
    for path in paths:
        condition |= Q(**{field: path}) | Q(**{f"{field}__startswith": path + "/"})
    return condition


def _beyond(paths: Sequence[str], now: datetime) -> QuerySet[Grant]:
    """Live grants that reach beyond *paths*."""
    inside = (~Q(scope="") & within_paths(paths, "scope")) | (
        Q(scope="", unit__isnull=False) & within_paths(paths, "unit__managed_path")
    )
    return Grant.objects.filter(live(now)).exclude(inside)


def officers(actor: Actor, now: datetime) -> QuerySet[User]:
    """The accounts that *actor* keeps."""
    paths = kept_paths(actor)
    if not paths:
        return User.objects.none()
    beyond = _beyond(paths, now).filter(user_id=OuterRef("pk"))
    return User.objects.filter(~Exists(beyond))


def programs(actor: Actor, now: datetime) -> QuerySet[ApiClient]:
    """The API keys that *actor* keeps."""
    paths = kept_paths(actor)
    if not paths:
        return ApiClient.objects.none()
    beyond = _beyond(paths, now).filter(client_id=OuterRef("pk"))
    return ApiClient.objects.filter(~Exists(beyond))


def officer(actor: Actor, user_id: int, now: datetime) -> User:
    """One account that *actor* keeps (1 statement).

    Raises:
        User.DoesNotExist: when there is none, or not within reach.
    """
    return officers(actor, now).get(pk=user_id)


def _log(actor: Actor, what: str, subject: str, text: str, now: datetime, *, rows: int = 1) -> None:
    access_log.look(actor.ref, what, subject, text, now, rows=rows)


def check_person(username: str, display_name: str, email: str) -> tuple[str, str, str]:
    """The three as they are stored.

    Raises:
        FieldError: ``username``, ``display_name`` or ``email``.
    """
    username, display_name, email = username.strip(), display_name.strip(), email.strip()
    if not _USERNAME.fullmatch(username):
        message = _("用户名为 2 至 64 个字母、数字或 . _ @ - ，以字母或数字开头")
        raise FieldError("username", message)
    if not 0 < len(display_name) <= 64 or not display_name.isprintable():
        raise FieldError("display_name", _("请填写姓名，最多 64 个字"))
    if email:
        try:
            validate_email(email)
        except ValidationError:
            raise FieldError("email", _("邮箱格式不正确")) from None
        if len(email) > 254:
            raise FieldError("email", _("邮箱格式不正确"))
    return username, display_name, email


@transaction.atomic
def create_officer(
    actor: Actor, username: str, display_name: str, email: str, now: datetime
) -> User:
    """A new account without password and grants; it is set up by :func:`setup_token`.

    Raises:
        FieldError: for what cannot be stored, or a name that is taken.
        PermissionDenied: when *actor* keeps no accounts.
    """
    if actor.kind != "system" and not kept_paths(actor):
        raise PermissionDenied
    username, display_name, email = check_person(username, display_name, email)
    if User.objects.filter(username__iexact=username).exists():
        raise FieldError("username", _("这个用户名已经有人使用"), "taken")
    try:
        with transaction.atomic():
            user = User.objects.create_user(username, None, display_name=display_name, email=email)
    except IntegrityError:
        raise FieldError("username", _("这个用户名已经有人使用"), "taken") from None
    _log(actor, "account.create", f"user:{user.pk}", username, now)
    return user


@transaction.atomic
def edit_officer(
    actor: Actor, user: User, *, display_name: str, email: str, active: bool, now: datetime
) -> None:
    """Change name, e-mail address and whether the account may be used.

    Raises:
        FieldError: ``active``, for whoever would lock out themselves; and for wrong values.
    """
    display_name, email = check_person(user.username, display_name, email)[1:]
    if not active and user.pk == actor.user_id:
        raise FieldError("active", _("不能停用自己的账号"))
    wanted = {"display_name": display_name, "email": email, "is_active": active}
    changed = [name for name, value in wanted.items() if getattr(user, name) != value]
    for name, value in wanted.items():
        setattr(user, name, value)
    if changed:
        user.save(update_fields=changed)
    for name in changed:
        what = "account.edit"
        if name == "is_active":
            what = "account.activate" if active else "account.deactivate"
        _log(actor, what, f"user:{user.pk}", "" if name == "is_active" else name, now)


def check_post(actor: Actor, post: Post) -> None:
    """Whether *actor* may grant *post*.

    Raises:
        FieldError: ``role``, ``unit`` or ``scope``.
    """
    role = ROLES.get(post.role)
    if role is None:
        raise FieldError("role", _("没有这个岗位"), "unknown")
    if role.reach is Reach.SCOPE and (not post.scope or post.unit is not None):
        raise FieldError("scope", _("这个岗位需要管辖范围，不属于某个单位"), "required")
    if role.reach is not Reach.SCOPE and (post.unit is None or post.scope):
        raise FieldError("unit", _("这个岗位需要所在单位"), "required")
    if post.unit is not None and post.unit.valid_to is not None:
        raise FieldError("unit", _("这个单位已经撤销"), "ended")
    if actor.kind != "system" and not any(within(post.path, path) for path in kept_paths(actor)):
        field = "scope" if post.scope else "unit"
        raise FieldError(field, _("超出您管理账号的范围"), "scope")


@transaction.atomic
def give(
    actor: Actor,
    user: User,
    post: Post,
    valid_from: datetime,
    valid_to: datetime | None,
    now: datetime,
) -> Grant:
    """Grant a post; one that ended before is given anew.

    Raises:
        FieldError: for a post beyond reach, one that is held already, or an empty period.
    """
    if user.pk == actor.user_id:
        raise FieldError("role", _("不能给自己授予岗位，请由另一位管理员办理"), "own")
    check_post(actor, post)
    if valid_to is not None and valid_to <= max(valid_from, now):
        raise FieldError("valid_to", _("截止时间应晚于起始时间和现在"))
    same = Grant.objects.select_for_update().filter(
        user=user, role=post.role, unit=post.unit, scope=post.scope
    )
    grant = same.first()
    if grant is None:
        grant = Grant(user=user, role=post.role, unit=post.unit, scope=post.scope)
    elif grant.valid_to is None or grant.valid_to > now:
        raise FieldError("role", _("已经有这个岗位"), "held")
    grant.valid_from, grant.valid_to = valid_from, valid_to
    grant.save()
    text = f"{post.role} {post.unit.code if post.unit else post.scope}"
    until = f" –{valid_to:%Y-%m-%dT%H:%MZ}" if valid_to else ""
    _log(actor, "grant.give", f"user:{user.pk}", text + until, now)
    return grant


@transaction.atomic
def end_grant(actor: Actor, grant: Grant, now: datetime) -> None:
    """End a grant at once; it stays for the record.

    Raises:
        FieldError: ``grant``, for one's own.
    """
    if grant.user_id is not None and grant.user_id == actor.user_id:
        raise FieldError("grant", _("不能撤销自己的岗位，请由另一位管理员办理"), "own")
    grant.valid_to = now
    grant.valid_from = min(grant.valid_from, now)
    grant.save(update_fields=["valid_to", "valid_from"])
    subject = f"user:{grant.user_id}" if grant.user_id else f"client:{grant.client_id}"
    where = grant.unit.code if grant.unit else grant.scope
    _log(actor, "grant.end", subject, f"{grant.role} {where}", now)


# --- Setting up and recovering --------------------------------------------------------------------


def setup_token(actor: Actor, user: User, now: datetime) -> str:
    """A one-time token (three days) with which the officer chooses a password.

    The old password stops working, and all sessions of the account end.
    """
    user.set_unusable_password()
    user.save(update_fields=["password"])
    _log(actor, "account.setup_link", f"user:{user.pk}", "", now)
    name = urlsafe_base64_encode(force_bytes(user.pk))
    return f"{name}.{default_token_generator.make_token(user)}"


def user_of_token(token: str) -> User | None:
    """The active account of a setup token that was not used yet, else ``None``."""
    name, _dot, rest = token.partition(".")
    try:
        pk = int(urlsafe_base64_decode(name))
    except (ValueError, OverflowError):
        return None
    user = User.objects.with_grants().filter(pk=pk, is_active=True).first()
    return user if user and default_token_generator.check_token(user, rest) else None


def choose_password(user: User, password: str, now: datetime) -> None:
    """Store a new password that the caller has checked."""
    user.set_password(password)
    user.save(update_fields=["password"])
    access_log.look(f"user:{user.pk}", "account.password", f"user:{user.pk}", "", now)


@transaction.atomic
def reset_factors(actor: Actor, user: User, now: datetime) -> None:
    """Take the second factors from an account, when the device is lost."""
    for model in (Totp, RecoveryCode, Passkey):
        model.objects.filter(user=user).delete()
    _log(actor, "account.reset_factors", f"user:{user.pk}", "", now)


@transaction.atomic
def link_identity(
    actor: Actor, user: User, issuer: str, subject: str, now: datetime
) -> Identity | None:
    """Let *subject* of a provider sign in as *user*; an empty subject unlinks.

    Raises:
        FieldError: ``subject``, when it belongs to another account.
    """
    subject = subject.strip()
    if len(subject) > 255 or not subject.isprintable():
        raise FieldError("subject", _("身份标识不正确"))
    Identity.objects.filter(user=user, issuer=issuer).delete()
    if not subject:
        _log(actor, "account.unlink", f"user:{user.pk}", issuer, now)
        return None
    if Identity.objects.filter(issuer=issuer, subject=subject).exists():
        raise FieldError("subject", _("这个身份已经关联到另一个账号"), "taken")
    made = Identity.objects.create(user=user, issuer=issuer, subject=subject, linked_at=now)
    _log(actor, "account.link", f"user:{user.pk}", issuer, now)
    return made


# --- Programs -------------------------------------------------------------------------------------


@transaction.atomic
def make_program(
    actor: Actor,
    name: str,
    channel: str,
    posts: Sequence[Post],
    per_minute: int | None,
    now: datetime,
) -> tuple[ApiClient, str]:
    """A new API key and its client; the key cannot be read again.

    Raises:
        FieldError: ``name``, ``channel``, ``scope``, ``role`` or ``unit``.
    """
    name, channel = name.strip(), channel.strip()
    if not 0 < len(name) <= 64 or not name.isprintable():
        raise FieldError("name", _("请填写名称，最多 64 个字"))
    if not _CHANNEL.fullmatch(channel):
        raise FieldError("channel", _("渠道代码为 2 至 32 个小写字母、数字或 - _"))
    if not posts:
        raise FieldError("role", _("至少需要一个岗位"), "required")
    for post in posts:
        check_post(actor, post)
    if ApiClient.objects.filter(name=name).exists():
        raise FieldError("name", _("这个名称已经使用"), "taken")
    grants = [ActorGrant(p.role, p.unit.pk if p.unit else None, p.scope) for p in posts]
    key = issue_key(name, channel, grants, now)
    client = ApiClient.objects.get(name=name)
    if per_minute is not None:
        client.per_minute = per_minute
        client.save(update_fields=["per_minute"])
    _log(actor, "program.create", f"client:{client.pk}", name, now)
    return client, key


@transaction.atomic
def set_program(actor: Actor, client: ApiClient, now: datetime, **wanted: Any) -> None:
    """Change ``is_active`` or ``per_minute`` of a program."""
    changed = [name for name, value in wanted.items() if getattr(client, name) != value]
    for name in changed:
        setattr(client, name, wanted[name])
    if changed:
        client.save(update_fields=changed)
    for name in changed:
        what = "program.edit"
        if name == "is_active":
            what = "program.activate" if client.is_active else "program.revoke"
        _log(actor, what, f"client:{client.pk}", "" if name == "is_active" else name, now)
