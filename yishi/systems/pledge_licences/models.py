"""What a case cannot hold: what was signed, licences in force, checks, bars, composites, lots.

Two at once cannot give one holder the same licence twice for the same premises: the database
refuses the second (``licence_once``).
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from yishi.foundation.access.models import User
from yishi.foundation.cases.models import Case, ChildQuerySet
from yishi.foundation.papers.models import Certificate
from yishi.foundation.parties.models import Party
from yishi.foundation.places.models import Unit


class Pledge(models.Model):
    """What was shown to the applicant and signed. ``sealed``: the values of the form; ``shown``:
    notice and pledge word by word as they were shown (both tokens of ``parties.crypto``).

    ``notice`` and ``pledge``: key, version and hash of the texts; ``shown_hash``: SM3 of what was
    shown; ``signature``: over hash, time and signer, by the key of the installation.
    """

    case = models.OneToOneField(Case, models.CASCADE, related_name="pledge")
    holder = models.ForeignKey(Party, models.PROTECT, related_name="+")
    signer = models.ForeignKey(Party, models.PROTECT, null=True, related_name="+")
    sealed = models.TextField()
    notice = models.JSONField(default=dict)
    pledge = models.JSONField(default=dict)
    shown = models.TextField(blank=True, default="")
    shown_hash = models.CharField(max_length=64, blank=True, default="")
    shown_at = models.DateTimeField(null=True)
    signed_at = models.DateTimeField(null=True)
    signed_by = models.CharField(max_length=64, blank=True, default="")
    signature = models.JSONField(default=dict)
    at = models.DateTimeField()

    objects: ClassVar[Any] = ChildQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(signed_at__isnull=True)
                | (Q(shown_at__isnull=False) & ~Q(shown_hash="") & ~Q(signed_by="")),
                name="pledge_signed_as_shown",
            ),
        )
        indexes = (models.Index(fields=["holder", "-case"], name="pledge_of_holder"),)

    def __str__(self) -> str:
        return str(self.case_id)


class Licence(models.Model):
    """A licence that was granted by pledge, as long as it counts and afterwards."""

    VALID, REVOKED, CANCELLED, EXPIRED = "valid", "revoked", "cancelled", "expired"
    STATES = (
        (VALID, _("有效")),
        (REVOKED, _("已撤销")),
        (CANCELLED, _("已注销")),
        (EXPIRED, _("已届满")),
    )

    case = models.OneToOneField(Case, models.CASCADE, related_name="licence")
    certificate = models.OneToOneField(Certificate, models.PROTECT, related_name="+")
    holder = models.ForeignKey(Party, models.PROTECT, related_name="+")
    licence_key = models.CharField(max_length=48)
    #: Digest of holder's place of business: the same premises written alike are one.
    premises_key = models.CharField(max_length=64)
    trade = models.CharField(max_length=48, blank=True, default="")
    regulator = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=STATES, default=VALID)
    granted_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    valid_to = models.DateField(null=True)
    ended_at = models.DateTimeField(null=True)
    level = models.CharField(max_length=24)
    level_rule = models.CharField(max_length=48, blank=True, default="")
    #: 决定后被列入名单: the licence stands, the holder is supervised closely.
    listed_after = models.BooleanField(default=False)
    simulated = models.BooleanField(default=False)

    objects: ClassVar[Any] = ChildQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["holder", "licence_key", "premises_key"],
                condition=Q(state="valid"),
                name="licence_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["valid", "revoked", "cancelled", "expired"]),
                name="licence_state",
            ),
            models.CheckConstraint(
                condition=Q(state="valid", ended_at__isnull=True)
                | (~Q(state="valid") & Q(ended_at__isnull=False)),
                name="licence_end",
            ),
        )
        indexes = (
            models.Index(
                fields=["valid_to"],
                name="licence_expiry",
                condition=Q(state="valid", valid_to__isnull=False),
            ),
            models.Index(fields=["holder", "premises_key"], name="licence_of_premises"),
        )

    def __str__(self) -> str:
        return f"{self.licence_key} {self.state}"


class Lottery(models.Model):
    """A monthly lot (随机抽查): whoever draws again with the same seed gets the same picks.

    ``population``: SM3 over the numbers and levels that were drawn from.
    """

    month = models.DateField(unique=True)
    seed = models.CharField(max_length=64)
    catalogue_id = models.BigIntegerField()
    population = models.CharField(max_length=64)
    #: What was drawn from: [[number of the case, level], …] in the order of numbers.
    drum = models.JSONField(default=list)
    of = models.IntegerField()
    picked = models.IntegerField()
    drawn_at = models.DateTimeField()
    drawn_by = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class Check(models.Model):
    """A task to look whether a promise is kept. ``due_on`` None: no term of its own."""

    FIRST, RECHECK, LOT, SPECIAL, OPENING = "first", "recheck", "lot", "special", "opening"
    KINDS = (
        (FIRST, _("首次核查")),
        (RECHECK, _("整改复查")),
        (LOT, _("随机抽查")),
        (SPECIAL, _("重点核查")),
        (OPENING, _("开业前核查")),
    )
    OPEN, DONE, VOID = "open", "done", "void"

    case = models.ForeignKey(Case, models.CASCADE, related_name="pledge_checks")
    kind = models.CharField(max_length=8, choices=KINDS)
    method = models.CharField(max_length=10)
    full = models.BooleanField(default=True)
    level = models.CharField(max_length=24)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    due_on = models.DateField(null=True)
    provisional = models.BooleanField(default=False)
    state = models.CharField(max_length=8, default=OPEN)
    done_at = models.DateTimeField(null=True)
    alarmed_at = models.DateTimeField(null=True)
    lottery = models.ForeignKey(Lottery, models.PROTECT, null=True, related_name="checks")
    managed_path = models.CharField(max_length=200)

    objects: ClassVar[Any] = ChildQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["case"], condition=Q(state="open"), name="one_open_check"
            ),
            models.CheckConstraint(
                condition=Q(state="open", done_at__isnull=True)
                | (Q(state__in=["done", "void"]) & Q(done_at__isnull=False)),
                name="check_end",
            ),
        )
        indexes = (
            models.Index(
                fields=["unit", "due_on", "id"], name="check_of_unit", condition=Q(state="open")
            ),
        )

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind} {self.state}"


class Finding(models.Model):
    """What two officers found (行政许可法 art. 61: 核查记录). ``conditions``: for each condition
    whether it is met, with a note; ``key``: the offline device's own, so that it counts once."""

    MET, NOT_MET, FALSE = "met", "not_met", "false"
    RESULTS = ((MET, _("相符")), (NOT_MET, _("与承诺不符")), (FALSE, _("承诺虚假")))

    check_task = models.OneToOneField(Check, models.PROTECT, related_name="finding")
    case = models.ForeignKey(Case, models.CASCADE, related_name="findings")
    result = models.CharField(max_length=8, choices=RESULTS)
    officer = models.ForeignKey(User, models.PROTECT, related_name="+")
    second = models.ForeignKey(User, models.PROTECT, related_name="+")
    found_at = models.DateTimeField()
    conditions = models.JSONField(default=list)
    note = models.TextField(blank=True, default="")
    #: Why it is taken for false and not for unmet: what was forged, made up or concealed.
    evidence = models.TextField(blank=True, default="")
    rectify_by = models.DateField(null=True)
    key = models.UUIDField(null=True, unique=True)
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    at = models.DateTimeField()

    objects: ClassVar[Any] = ChildQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(result__in=["met", "not_met", "false"]), name="finding_result"
            ),
            models.CheckConstraint(
                condition=~Q(officer=F("second")), name="finding_by_two_officers"
            ),
            models.CheckConstraint(
                condition=~Q(result="false") | ~Q(evidence=""), name="finding_false_has_evidence"
            ),
        )

    def __str__(self) -> str:
        return f"{self.case_id} {self.result}"


class Bar(models.Model):
    """What a holder may not do for a time: apply again for the licence, or take the fast route.

    ``until`` is the last day, None: until the credit is repaired. ``item``: the single item that
    may not be applied for again; of the fast route empty, for it is closed for all of them.
    """

    REAPPLY, FAST_ROUTE = "reapply", "fast_route"

    kind = models.CharField(
        max_length=10, choices=[(REAPPLY, _("再次申请")), (FAST_ROUTE, _("告知承诺"))]
    )
    party = models.ForeignKey(Party, models.CASCADE, related_name="licence_bars")
    case = models.ForeignKey(Case, models.CASCADE, related_name="bars")
    item = models.CharField(max_length=48, blank=True, default="")
    begins_on = models.DateField()
    until = models.DateField(null=True)
    basis = models.CharField(max_length=200)
    lifted_at = models.DateTimeField(null=True)
    lifted_why = models.CharField(max_length=200, blank=True, default="")

    objects: ClassVar[Any] = ChildQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["case", "kind", "item"], name="bar_once"),
            models.CheckConstraint(
                condition=Q(kind="reapply", until__isnull=False) & ~Q(item="")
                | Q(kind="fast_route", item=""),
                name="bar_of_what",
            ),
        )
        indexes = (
            models.Index(
                fields=["party"], name="bar_of_party", condition=Q(lifted_at__isnull=True)
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.case_id}"


class UnlicensedFile(models.Model):
    """无证经营 after a false pledge: the file that enforcement opens. What was done under the
    licence counts as done without."""

    case = models.OneToOneField(Case, models.CASCADE, related_name="unlicensed")
    number = models.CharField(max_length=40, unique=True)
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    basis = models.CharField(max_length=200)
    since = models.DateField()
    opened_at = models.DateTimeField()
    state = models.CharField(max_length=8, default="open")
    result = models.CharField(max_length=300, blank=True, default="")
    closed_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = ChildQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(state="open", closed_at__isnull=True)
                | Q(state="closed", closed_at__isnull=False),
                name="unlicensed_end",
            ),
        )

    def __str__(self) -> str:
        return self.number


class Composite(models.Model):
    """行业综合许可证 of a holder at its premises: the certificate of the version in force.

    ``parts`` below count while their certificates do; fewer than two, and it is withdrawn.
    """

    VALID, WITHDRAWN = "valid", "withdrawn"

    holder = models.ForeignKey(Party, models.PROTECT, related_name="+")
    trade = models.CharField(max_length=48)
    premises_key = models.CharField(max_length=64)
    catalogue_id = models.BigIntegerField()
    certificate = models.OneToOneField(Certificate, models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, default=VALID)
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["holder", "trade", "premises_key"],
                condition=Q(state="valid"),
                name="composite_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["valid", "withdrawn"]), name="composite_state"
            ),
        )

    def __str__(self) -> str:
        return f"{self.trade} {self.state}"


class TradeItem(models.Model):
    """A part of a trade that goes the ordinary route: its item case, and its certificate once it
    is issued."""

    case = models.OneToOneField(Case, models.CASCADE, related_name="trade_item")
    holder = models.ForeignKey(Party, models.PROTECT, related_name="+")
    trade = models.CharField(max_length=48)
    item_key = models.CharField(max_length=48)
    premises_key = models.CharField(max_length=64)
    certificate = models.OneToOneField(Certificate, models.PROTECT, null=True, related_name="+")
    valid_to = models.DateField(null=True)
    at = models.DateTimeField()

    objects: ClassVar[Any] = ChildQuerySet.as_manager()

    class Meta:
        indexes = (models.Index(fields=["holder", "premises_key"], name="trade_item_of_premises"),)

    def __str__(self) -> str:
        return f"{self.trade} {self.item_key}"


class CreditFact(models.Model):
    """承诺履行记录: what became of a promise; written in the commit that it reports."""

    PLEDGED, KEPT, NOT_MET, BROKEN, FALSE = "pledged", "kept", "not_met", "broken", "false"
    KINDS = (
        (PLEDGED, _("作出承诺并取得许可")),
        (KEPT, _("核查相符")),
        (NOT_MET, _("与承诺不符，责令整改")),
        (BROKEN, _("逾期未整改")),
        (FALSE, _("虚假承诺")),
    )

    case = models.ForeignKey(Case, models.CASCADE, related_name="credit_facts")
    party = models.ForeignKey(Party, models.PROTECT, related_name="pledge_facts")
    kind = models.CharField(max_length=8, choices=KINDS)
    licence_key = models.CharField(max_length=48)
    at = models.DateTimeField()

    objects: ClassVar[Any] = ChildQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=["pledged", "kept", "not_met", "broken", "false"]),
                name="credit_fact_kind",
            ),
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(kind__in=["pledged"]),
                name="pledged_once",
            ),
        )
        indexes = (models.Index(fields=["party", "-at"], name="credit_facts_of_party"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.case_id}"
