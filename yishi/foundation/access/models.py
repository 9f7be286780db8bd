"""Officers' accounts, what they may do where, and the keys of other programs."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from yishi.foundation.access.actors import Actor, ActorGrant, administering
from yishi.foundation.access.duty_models import Deputy, Handover, Shift
from yishi.foundation.access.identity_models import (
    Identity,
    Passkey,
    RateCount,
    RecoveryCode,
    Totp,
)
from yishi.foundation.access.portal_models import PortalAccount
from yishi.foundation.places.models import Unit

__all__ = [
    "ApiClient",
    "Deputy",
    "Grant",
    "Handover",
    "Identity",
    "Installation",
    "Passkey",
    "PortalAccount",
    "RateCount",
    "RecoveryCode",
    "Shift",
    "Totp",
    "User",
]

_NOW = (
    "valid_from <= statement_timestamp() "
    "AND ({0}.valid_to IS NULL OR {0}.valid_to > statement_timestamp())"
)
_ON_SHIFT = """
EXISTS (SELECT FROM access_shift s WHERE s.role = g.role
          AND s.unit_id IS NOT DISTINCT FROM g.unit_id AND s.scope = g.scope
          AND s.starts_at <= statement_timestamp() AND s.ends_at > statement_timestamp()
          AND s.cancelled_at IS NULL{})
"""
_ME = " AND s.user_id IN (access_user.id, g.user_id)"
_OFF_DUTY = f"({_ON_SHIFT.format('')} AND NOT {_ON_SHIFT.format(_ME)})"
#: Own grants, then those lent by somebody who appointed the user deputy; what was lent cannot be
#: lent again, for only grants of one's own are looked at.
_USER_GRANTS = f"""
SELECT jsonb_agg(jsonb_build_array(role, unit_id, scope, lender_id, lender, off_duty)
                 ORDER BY lender_id NULLS FIRST, id)
  FROM (SELECT g.id, g.role, g.unit_id, g.scope, NULL::bigint AS lender_id, '' AS lender,
               {_OFF_DUTY} AS off_duty
          FROM access_grant g
         WHERE g.user_id = access_user.id AND g.{_NOW.format("g")}
         UNION ALL
        SELECT g.id, g.role, g.unit_id, g.scope, p.id, p.display_name, {_OFF_DUTY}
          FROM access_deputy d
          JOIN access_user p ON p.id = d.principal_id AND p.is_active
          JOIN access_grant g ON g.user_id = p.id AND g.{_NOW.format("g")}
         WHERE d.deputy_id = access_user.id AND d.{_NOW.format("d")} AND d.ended_at IS NULL
           AND g.role <> ALL(%s)) held
"""
CLIENT_GRANTS = f"""
SELECT jsonb_agg(jsonb_build_array(g.role, g.unit_id, g.scope) ORDER BY g.id)
  FROM access_grant g WHERE g.client_id = access_apiclient.id AND g.{_NOW.format("g")}
"""


class UserManager(BaseUserManager["User"]):
    """Makes users; ``with_grants`` fetches them with their roles in the same statement."""

    def create_user(self, username: str, password: str | None = None, **extra: Any) -> User:
        """Store a new officer. Without a password the account cannot be signed in to."""
        user = self.model(username=username, **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def with_grants(self) -> models.QuerySet[User]:
        """Users annotated with ``grant_rows`` and with whether the demo made this database."""
        return self.annotate(
            grant_rows=RawSQL(_USER_GRANTS, [administering()], output_field=models.JSONField()),
            demo_database=models.Exists(Installation.objects.filter(kind=Installation.DEMO)),
        )


class User(AbstractBaseUser):
    """An officer. What the account may do stands in its grants, never in flags."""

    username = models.CharField(_("用户名"), max_length=64, unique=True)
    display_name = models.CharField(_("姓名"), max_length=64)
    email = models.EmailField(_("邮箱"), blank=True)
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["display_name"]

    def __str__(self) -> str:
        return self.display_name

    def actor(self) -> Actor:
        """The actor of this account (fetch the user by ``with_grants`` to spare a statement)."""
        rows = getattr(self, "grant_rows", None)
        if rows is None and not hasattr(self, "grant_rows"):
            rows = getattr(type(self).objects.with_grants().get(pk=self.pk), "grant_rows", None)
        return Actor(
            kind="user",
            ref=f"user:{self.pk}",
            name=self.display_name,
            grants=tuple(ActorGrant(*row) for row in rows or ()),
            user_id=self.pk,
        )


class ApiClientManager(models.Manager["ApiClient"]):
    """``with_grants`` fetches clients with their roles in the same statement."""

    def with_grants(self) -> models.QuerySet[ApiClient]:
        """Clients annotated with ``grant_rows`` and with whether the demo made this database."""
        return self.annotate(
            grant_rows=RawSQL(CLIENT_GRANTS, [], output_field=models.JSONField()),
            demo_database=models.Exists(Installation.objects.filter(kind=Installation.DEMO)),
        )


class ApiClient(models.Model):
    """Another program that reports or moves cases, known by a key of 256 random bits."""

    name = models.CharField(max_length=64, unique=True)
    channel = models.CharField(max_length=32)
    key_hash = models.BinaryField(max_length=32, unique=True)
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False)
    #: Requests a minute that one web process takes from it; empty: the installation's limit.
    per_minute = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[ApiClientManager] = ApiClientManager()

    def __str__(self) -> str:
        return self.name

    def actor(self) -> Actor:
        """The actor of this client; it must have been fetched by ``with_grants``."""
        rows: list[list[Any]] | None = getattr(self, "grant_rows", None)
        return Actor(
            kind="client",
            ref=f"client:{self.pk}",
            name=self.name,
            grants=tuple(ActorGrant(*row) for row in rows or ()),
        )


class Grant(models.Model):
    """A role, held by a user or a client, for a unit, within a managed path, for a time."""

    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="grants")
    client = models.ForeignKey(ApiClient, models.CASCADE, null=True, related_name="grants")
    role = models.CharField(max_length=32)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True)
    scope = models.CharField(max_length=200)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(user__isnull=False) ^ models.Q(client__isnull=False),
                name="grant_has_one_holder",
            ),
            models.UniqueConstraint(
                fields=["user", "client", "role", "unit", "scope"],
                nulls_distinct=False,
                name="grant_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.role} {self.scope}"


class Installation(models.Model):
    """What made this database: the demo, or a city. Demo accounts work in the demo's only."""

    DEMO = "demo"
    CITY = "city"

    only = models.BooleanField(primary_key=True, default=True)
    kind = models.CharField(max_length=8, choices=[(DEMO, _("演示")), (CITY, _("城市"))])
    city_code = models.CharField(max_length=12, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(only=True), name="one_installation"),
        )

    def __str__(self) -> str:
        return self.kind
