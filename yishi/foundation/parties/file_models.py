"""What the file of a party holds: who may act for it, which papers it has, what is known of it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from yishi.foundation.parties.party_models import Party
from yishi.foundation.places.models import Unit


class Mandate(models.Model):
    """Somebody acts for somebody else: as legal representative, agent, guardian, co-applicant.

    ``scope`` holds keys of matters (items, themes), or ``*`` for all. ``under``: the mandate of the
    agent who passed it on (转委托, 民法典 art. 169), which needs ``may_pass_on`` there and never
    reaches beyond it.
    """

    LEGAL, OPERATOR, AGENT, CO_APPLICANT, GUARDIAN = (
        "legal_representative",
        "operator",
        "agent",
        "co_applicant",
        "guardian",
    )
    KINDS = (
        (LEGAL, _("法定代表人（负责人）")),
        (OPERATOR, _("经营者")),
        (AGENT, _("经办人（代理人）")),
        (CO_APPLICANT, _("共同申请人")),
        (GUARDIAN, _("监护人")),
    )
    #: Kinds that the law gives, not the principal: they come from a register, for all matters.
    BY_LAW = frozenset({LEGAL, OPERATOR, GUARDIAN})

    id = models.UUIDField(primary_key=True, editable=False)
    principal = models.ForeignKey(Party, models.CASCADE, related_name="mandates")
    agent = models.ForeignKey(Party, models.CASCADE, related_name="acts_under")
    kind = models.CharField(max_length=20, choices=KINDS)
    scope: Any = models.JSONField(default=list)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    may_pass_on = models.BooleanField(default=False)
    under = models.ForeignKey("self", models.CASCADE, null=True, related_name="passed_on")
    #: Who gave it: a party's or an officer's reference, or the register it comes from.
    given_by = models.CharField(max_length=64)
    attachment = models.ForeignKey("papers.Attachment", models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=64, blank=True, default="")
    revoke_reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(principal=F("agent")), name="mandate_of_another"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="mandate_days",
            ),
            models.CheckConstraint(condition=~Q(scope=[]), name="mandate_has_scope"),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_by="")
                | (Q(revoked_at__isnull=False) & ~Q(revoked_by="")),
                name="mandate_revoked",
            ),
            models.CheckConstraint(
                condition=~Q(kind="agent") | Q(valid_to__isnull=False), name="agent_has_a_term"
            ),
            models.UniqueConstraint(
                fields=["principal", "kind"],
                condition=Q(
                    kind__in=["legal_representative", "operator"],
                    revoked_at__isnull=True,
                    valid_to__isnull=True,
                ),
                name="one_legal_representative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class HeldMaterial(models.Model):
    """A paper that a party has on file: a certificate or something handed in before.

    ``material_key`` is the catalogue's; ``holder_role`` whose paper it is within a matter
    (``applicant``, ``legal_representative``, ``child`` …). Numbers of people's papers are sealed.
    ``valid_to``: the last day it counts, empty for ever. ``status`` after 电子证照 practice; that
    it has expired follows from the day and is not stored.
    """

    VALID, SUSPENDED, SUPERSEDED, REVOKED, CANCELLED, WITHDRAWN = (
        "valid",
        "suspended",
        "superseded",
        "revoked",
        "cancelled",
        "withdrawn",
    )
    STATUSES = (
        (VALID, _("有效")),
        (SUSPENDED, _("暂扣")),
        (SUPERSEDED, _("已换发")),
        (REVOKED, _("吊销或撤销")),
        (CANCELLED, _("注销")),
        (WITHDRAWN, _("撤回使用")),
    )

    id = models.UUIDField(primary_key=True, editable=False)
    party = models.ForeignKey(Party, models.CASCADE, related_name="materials")
    material_key = models.CharField(max_length=48)
    name = models.CharField(max_length=120)
    holder_role = models.CharField(max_length=24, default="applicant")
    number = models.CharField(max_length=80, blank=True, default="")
    number_enc = models.TextField(blank=True, default="")
    #: 电子证照标识, where the paper has one.
    licence_id = models.CharField(max_length=100, blank=True, default="")
    issuer = models.CharField(max_length=100, blank=True, default="")
    issued_on = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    #: Where it comes from: ``store`` (电子证照库), ``department``, ``upload``, ``case``.
    source = models.CharField(max_length=12)
    source_name = models.CharField(max_length=100, blank=True, default="")
    status = models.CharField(max_length=12, choices=STATUSES, default=VALID)
    status_at = models.DateTimeField()
    status_by = models.CharField(max_length=64)
    status_reason = models.CharField(max_length=200, blank=True, default="")
    replaces = models.ForeignKey("self", models.SET_NULL, null=True, related_name="replaced_by")
    attachment = models.ForeignKey("papers.Attachment", models.PROTECT, null=True, related_name="+")
    simulated = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["party", "material_key"], name="material_of_party"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(number="") | Q(number_enc=""), name="material_one_number"
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True)
                | Q(issued_on__isnull=True)
                | Q(valid_to__gte=F("issued_on")),
                name="material_days",
            ),
            models.CheckConstraint(
                condition=Q(source__in=["store", "department", "upload", "case"]),
                name="material_source",
            ),
            models.UniqueConstraint(
                fields=["licence_id"],
                condition=~Q(licence_id=""),
                name="material_licence_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.material_key} {self.id}"


class PartyField(models.Model):
    """Something known of a party: the value, who says so, as of when, and how long it is fresh.

    Of each source the newest row counts; a row of source ``applicant`` is a correction, which goes
    before what departments say until its ticket is answered.
    """

    CURRENT, REPLACED, REJECTED = "current", "replaced", "rejected"
    APPLICANT = "applicant"

    id = models.UUIDField(primary_key=True, editable=False)
    party = models.ForeignKey(Party, models.CASCADE, related_name="fields")
    key = models.CharField(max_length=48)
    value = models.TextField(blank=True, default="")
    value_enc = models.TextField(blank=True, default="")
    #: ``applicant``, or the department's name as the catalogue's ``source`` has it.
    source = models.CharField(max_length=60)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    as_of = models.DateField()
    fresh_until = models.DateField(null=True)
    state = models.CharField(max_length=8, default=CURRENT)
    recorded_by = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["party", "key", "source"],
                condition=Q(state="current"),
                name="field_current_once",
            ),
            models.CheckConstraint(condition=Q(value="") | Q(value_enc=""), name="field_one_value"),
            models.CheckConstraint(
                condition=Q(state__in=["current", "replaced", "rejected"]), name="field_state"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.id}"


class DataTicket(models.Model):
    """The applicant says that shared data is wrong (数据异议): the owner of the data answers.

    ``said`` is what the department had, ``correction`` what the applicant says instead, which
    counts meanwhile. ``unit`` owns the data; without one the city's data administration answers.
    """

    OPEN, CONFIRMED, REJECTED = "open", "confirmed", "rejected"
    STATES = ((OPEN, _("待核实")), (CONFIRMED, _("属实，已更正")), (REJECTED, _("不属实")))

    id = models.UUIDField(primary_key=True, editable=False)
    party = models.ForeignKey(Party, models.CASCADE, related_name="tickets")
    key = models.CharField(max_length=48)
    label = models.CharField(max_length=60)
    said = models.ForeignKey(PartyField, models.SET_NULL, null=True, related_name="+")
    correction = models.ForeignKey(PartyField, models.CASCADE, related_name="+")
    owner = models.CharField(max_length=60)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", db_index=False)
    evidence = models.CharField(max_length=500, blank=True, default="")
    attachment = models.ForeignKey("papers.Attachment", models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=STATES, default=OPEN)
    opened_by = models.CharField(max_length=64)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    answered_by = models.CharField(max_length=64, blank=True, default="")
    answered_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["unit", "due_at"], name="ticket_open", condition=Q(state="open")),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["party", "key"], condition=Q(state="open"), name="one_open_ticket"
            ),
            models.CheckConstraint(
                condition=Q(state="open", answered_at__isnull=True, answered_by="")
                | (
                    Q(state__in=["confirmed", "rejected"], answered_at__isnull=False)
                    & ~Q(answered_by="")
                ),
                name="ticket_answered",
            ),
            models.CheckConstraint(
                condition=~Q(state="rejected") | ~Q(reason=""), name="ticket_rejected_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.state} {self.id}"
