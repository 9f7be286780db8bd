"""What only the portal knows: subscriptions, what a party was told, one-click applications, and the
published payouts as they are counted."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from yishi.foundation.access.actors import Actor, Reach
from yishi.foundation.access.loud import LoudQuerySet
from yishi.foundation.parties.models import Contact, Party
from yishi.foundation.places.models import Unit
from yishi.systems.direct_benefits.models import Payout
from yishi.systems.direct_benefits.states import CHECKER, MAKER, OFFICER


class OwnRows(LoudQuerySet[Any]):
    """Rows of a party: for whoever acts for it, and nobody else."""

    def allowed(self, actor: Actor) -> Q:
        """The party's own."""
        if actor.kind == "party" and actor.party_id is not None:
            return Q(party__file_id=actor.party_id)
        return Q(pk__in=[])


class Applied(OwnRows):
    """Applications: the party's own, and those that an officer's unit decides."""

    def allowed(self, actor: Actor) -> Q:
        """The party's own; officers' by unit."""
        if actor.kind == "user" and actor.has(OFFICER, MAKER, CHECKER):
            units = {g.unit_id for g in actor.with_reach(Reach.UNIT) if g.role == OFFICER}
            return Q(unit_id__in=units)
        return super().allowed(actor)


class Subscription(models.Model):
    """A party wants to hear of items with a label (``kind:value``, such as ``audience:农业``).

    Without a contact the news stand on 我的政策 only.
    """

    party = models.ForeignKey(Party, models.CASCADE, related_name="+")
    label = models.CharField(max_length=80)
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, related_name="+")
    channel = models.CharField(max_length=10, blank=True, default="")
    made_by = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = OwnRows.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["party", "label"],
                condition=Q(ended_at__isnull=True),
                name="benefit_subscribed_once",
            ),
            models.CheckConstraint(condition=~Q(label=""), name="benefit_subscription_label"),
        )
        indexes: ClassVar = [
            models.Index(
                fields=["label"],
                name="benefit_subscribed",
                condition=Q(ended_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.pk}"


class News(models.Model):
    """Something a party was told: an item of a label it follows was published or is about to end,
    where an application or a payout stands. ``key`` is unique: nothing is told twice."""

    PUBLISHED, ENDING, REPEALED, APPLIED = "published", "ending", "repealed", "applied"
    KINDS = (
        (PUBLISHED, _("新政策")),
        (ENDING, _("即将到期")),
        (REPEALED, _("已废止")),
        (APPLIED, _("申请进展")),
    )

    party = models.ForeignKey(Party, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=KINDS)
    item_key = models.CharField(max_length=80)
    params = models.JSONField(default=dict)
    key = models.CharField(max_length=160, unique=True)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = OwnRows.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["party", "-id"], name="benefit_news_of_party")]

    def __str__(self) -> str:
        return self.key


class Application(models.Model):
    """A one-click application (即申即享), or one by promise (承诺兑现).

    ``facts`` is what was known when it was judged, with sources and times; ``reasons`` the outcome
    of every condition in words; ``declared`` names the facts that the party stated itself.
    ``promise`` is the text that was accepted, word by word.
    """

    CHECKING, GRANTED, REFUSED, WITHDRAWN = "checking", "granted", "refused", "withdrawn"
    STATES = (
        (CHECKING, _("核实中")),
        (GRANTED, _("已通过，等待拨付")),
        (REFUSED, _("未通过")),
        (WITHDRAWN, _("已撤回")),
    )
    QUICK, PROMISE = "quick", "promise"

    number = models.CharField(max_length=32, unique=True)
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    item_key = models.CharField(max_length=80)
    version_id = models.BigIntegerField()
    mode = models.CharField(
        max_length=8, choices=((QUICK, _("即申即享")), (PROMISE, _("承诺兑现")))
    )
    period = models.CharField(max_length=16)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=STATES)
    amount_fen = models.BigIntegerField(null=True)
    facts = models.JSONField(default=dict)
    declared = models.JSONField(default=list)
    reasons = models.JSONField(default=list)
    promise = models.TextField(blank=True, default="")
    promise_hash = models.CharField(max_length=64, blank=True, default="")
    made_by = models.CharField(max_length=64)
    at = models.DateTimeField()
    due_on = models.DateField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=64, blank=True, default="")
    reason = models.CharField(max_length=300, blank=True, default="")

    objects: ClassVar[Any] = Applied.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["item_key", "party", "period"],
                condition=Q(state__in=["checking", "granted"]),
                name="benefit_applied_once",
            ),
            models.CheckConstraint(
                condition=~Q(mode="promise") | ~Q(promise=""), name="benefit_promise_worded"
            ),
            models.CheckConstraint(
                condition=Q(amount_fen__isnull=True) | Q(amount_fen__gte=0),
                name="benefit_applied_amount",
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | ~Q(reason=""), name="benefit_refused_with_reason"
            ),
        )
        indexes: ClassVar = [
            models.Index(fields=["party", "-id"], name="benefit_applied_by"),
            models.Index(
                fields=["unit", "id"], name="benefit_to_check", condition=Q(state="checking")
            ),
        ]

    def __str__(self) -> str:
        return self.number


class PaidLine(models.Model):
    """A published payout as the public counts it (兑现公开): where, when, how large the enterprise.

    Written once by `portal.folding` from the payout, its case and its batch's snapshot; ``size`` is
    the enterprise's as that snapshot has it, empty where it says nothing. ``days`` from the fact to
    the account, null where no day of the fact is on record. ``fen`` is less what was paid back.
    """

    payout = models.OneToOneField(Payout, models.CASCADE, related_name="paid_line")
    number = models.CharField(max_length=32)
    item_key = models.CharField(max_length=80)
    policy_key = models.CharField(max_length=80)
    month = models.DateField()
    county = models.CharField(max_length=32)
    size = models.CharField(max_length=16, blank=True, default="")
    fen = models.BigIntegerField()
    days = models.IntegerField(null=True)
    paid_on = models.DateField()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(fen__gte=0), name="benefit_paid_fen"),
            models.CheckConstraint(
                condition=Q(days__isnull=True) | Q(days__gte=0), name="benefit_paid_days"
            ),
        )
        indexes: ClassVar = [
            models.Index(fields=["-paid_on", "-id"], name="benefit_paid_newest"),
            models.Index(fields=["policy_key", "month"], name="benefit_paid_policy"),
        ]

    def __str__(self) -> str:
        return self.number
