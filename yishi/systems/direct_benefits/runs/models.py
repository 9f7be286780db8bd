"""Runs over all parties and items, who came out, and what is not known.

A run is a snapshot of facts, the versions of the items in force, the parameters of the day and the
calendar; all of it is named here by hash, so that it can be done again on any later day. The
outcome of every condition of every pair lies in the run's folder (`keeping`), not in rows; only a
TRUE that somebody may be paid for becomes a row.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from yishi.foundation.facts.models import Snapshot, Source
from yishi.foundation.parties.party_models import Party
from yishi.systems.direct_benefits.runs.scope import (
    CandidateQuerySet,
    SwitchQuerySet,
    TaskQuerySet,
)


class Run(models.Model):
    """One screening. Immutable.

    ``at`` is the moment that ages are counted to (the start of the day ``on`` in Shanghai).
    ``book`` is the SHA-256 of the stored file with every item's version, rule, amount, derived fact
    and parameter value; ``results`` that of every pair's outcome; ``hash`` that of all of these.
    ``items`` are the item versions by key, ``counts`` true, false, unknown and fen by item key.
    """

    class Kind(models.TextChoices):
        """``WHOLE`` looks at every party; ``REFRESH`` at those whose facts changed since."""

        WHOLE = "whole", _("全量筛选")
        REFRESH = "refresh", _("增量筛选")

    number = models.CharField(max_length=24, unique=True)
    kind = models.CharField(max_length=7, choices=Kind.choices, default=Kind.WHOLE)
    base = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    snapshot = models.ForeignKey(Snapshot, models.PROTECT, related_name="+")
    on = models.DateField()
    at = models.DateTimeField()
    book = models.CharField(max_length=64)
    book_file = models.CharField(max_length=80)
    items = models.JSONField()
    calendar_version = models.CharField(max_length=64, blank=True)
    counts = models.JSONField()
    parties = models.IntegerField()
    results = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    folder = models.CharField(max_length=80)
    started_at = models.DateTimeField()
    seconds = models.FloatField()
    made_by = models.CharField(max_length=80)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind="whole", base=None) | Q(kind="refresh", base__isnull=False),
                name="benefit_run_base",
            ),
            models.CheckConstraint(
                condition=Q(parties__gte=0, seconds__gte=0), name="benefit_run_counts"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["-started_at"], name="benefit_run_newest")]

    def __str__(self) -> str:
        return self.number


class Candidate(models.Model):
    """A pair that came out TRUE for a period: what a batch may take up.

    ``STALE``: a later run says otherwise, and no batch had taken it up. What was taken up is not
    touched by later runs: that is for supplementary batches and clawback.
    """

    class State(models.TextChoices):
        """``NEW`` until a batch takes it."""

        NEW = "new", _("待列入批次")
        BATCHED = "batched", _("已列入批次")
        PAID = "paid", _("已兑现")
        DROPPED = "dropped", _("已剔除")
        STALE = "stale", _("已不符合")

    run = models.ForeignKey(Run, models.PROTECT, related_name="+")
    item_version = models.BigIntegerField()
    item_key = models.CharField(max_length=120)
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    uscc = models.CharField(max_length=18)
    #: Where the enterprise is registered (a managed path), as the snapshot has it.
    managed_path = models.CharField(max_length=200, blank=True)
    period = models.CharField(max_length=10)
    amount_fen = models.BigIntegerField(null=True)
    #: Since when the fact that the item rewards holds, where the item says which fact that is.
    recognised_on = models.DateField(null=True)
    #: Granted on application: that data still are unknown does not make it stale.
    applied = models.BooleanField(default=False)
    state = models.CharField(max_length=7, choices=State.choices, default=State.NEW)

    objects: ClassVar[Any] = CandidateQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["item_key", "period"],
                name="benefit_candidate_new",
                condition=Q(state="new"),
            ),
            models.Index(fields=["uscc"], name="benefit_candidate_code", condition=Q(state="new")),
            models.Index(
                fields=["item_key"],
                name="benefit_candidate_applied",
                condition=Q(state="new", applied=True),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["party", "item_key", "period"], name="benefit_candidate_once"
            ),
            models.CheckConstraint(
                condition=Q(amount_fen=None) | Q(amount_fen__gte=0),
                name="benefit_candidate_amount",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["new", "batched", "paid", "dropped", "stale"]),
                name="benefit_candidate_state",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_key} {self.period}"


class UnknownTask(models.Model):
    """What a source's data leave unknown: one task for each source, fact and reason, however many
    pairs wait for it. The pairs are read from the run (`unknown.pairs`).

    ``parties`` and ``pairs`` count those that the last run left unknown because of it. A task whose
    pairs are gone is closed by the next run.
    """

    class Why(models.TextChoices):
        """Why a value does not count."""

        MISSING = "missing", _("没有数据")
        STALE = "stale", _("数据已过有效期")
        UNDATED = "undated", _("数据没有时间")

    class State(models.TextChoices):
        """``QUICK``: for these enterprises the items are offered on application (即申即享)."""

        OPEN = "open", _("待核实")
        ANSWERED = "answered", _("已答复，等待新数据")
        QUICK = "quick", _("已转即申即享")
        CLOSED = "closed", _("已解决")

    source = models.ForeignKey(Source, models.PROTECT, related_name="+")
    fact = models.CharField(max_length=64)
    why = models.CharField(max_length=7, choices=Why.choices)
    run = models.ForeignKey(Run, models.PROTECT, related_name="+")
    item_keys = models.JSONField()
    parties = models.IntegerField()
    pairs = models.IntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    answer = models.CharField(max_length=500, blank=True)
    answered_by = models.CharField(max_length=80, blank=True)
    answered_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = TaskQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["source", "fact", "why"],
                condition=~Q(state="closed"),
                name="benefit_unknown_once",
            ),
            models.CheckConstraint(
                condition=Q(parties__gte=0, pairs__gte=models.F("parties")),
                name="benefit_unknown_counts",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["answered", "quick"])
                | (Q(answered_at__isnull=False) & ~Q(answer="")),
                name="benefit_unknown_answered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fact} {self.why}"


class QuickMode(models.Model):
    """For one enterprise an item is offered on application, because a fact of it is unknown."""

    item_key = models.CharField(max_length=120)
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    period = models.CharField(max_length=10)
    fact = models.CharField(max_length=64)
    reason = models.CharField(max_length=300)
    decided_by = models.CharField(max_length=80)
    decided_at = models.DateTimeField()

    objects: ClassVar[Any] = SwitchQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["item_key", "party", "period"], name="benefit_quick_once"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="benefit_quick_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.item_key} {self.period}"
