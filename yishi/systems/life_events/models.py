"""What a theme's case cannot hold: the application with its personal values, themes that are being
changed, and the notices of simple cancellation."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from yishi.foundation.cases.models import Case, CatalogueVersion, ChildQuerySet
from yishi.foundation.parties.party_models import Party


class Application(models.Model):
    """One application for a theme: a draft until it was submitted, then what its case is about.

    ``answers`` (guiding questions), ``sources`` (where prefilled fields come from and what the
    applicant said of them), ``papers`` and ``marks`` (what was told to be corrected) hold keys and
    references only. ``sealed`` is the encrypted JSON of the form's values and of the people who
    apply or act. Whoever has the tracking code, of which ``tracking_hash`` is the digest, may go
    on with the draft and follow the case.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    case = models.OneToOneField(Case, models.CASCADE, null=True, related_name="application")
    theme = models.CharField(max_length=48)
    #: The versions of themes and items that the application was begun with; the case keeps them.
    catalogue = models.ForeignKey(CatalogueVersion, models.PROTECT, related_name="+")
    items = models.ForeignKey(CatalogueVersion, models.PROTECT, related_name="+")
    channel = models.CharField(max_length=16)
    answers: Any = models.JSONField(default=dict)
    sealed = models.TextField(blank=True, default="")
    sources: Any = models.JSONField(default=dict)
    papers: Any = models.JSONField(default=dict)
    marks: Any = models.JSONField(default=dict)
    division = models.CharField(max_length=16, blank=True, default="")
    party = models.ForeignKey(Party, models.SET_NULL, null=True, related_name="+")
    #: The mandate under which somebody else applies for the party.
    mandate = models.UUIDField(null=True)
    tracking_hash = models.BinaryField(max_length=32, unique=True)
    #: The officer who takes it down at the counter.
    clerk = models.CharField(max_length=64, blank=True, default="")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = ChildQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(case__isnull=True, submitted_at__isnull=True)
                | Q(case__isnull=False, submitted_at__isnull=False),
                name="application_submitted_with_a_case",
            ),
            models.CheckConstraint(
                condition=Q(channel__in=["portal", "window"]), name="application_channel"
            ),
        )
        indexes = (
            models.Index(
                fields=["updated_at"],
                name="application_drafts",
                condition=Q(case__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return f"{self.theme} {self.id}"


class PeopleQuerySet(ChildQuerySet):
    """People of applications, narrowed by the application's case."""

    case_path = "application__case"


class CoApplicant(models.Model):
    """Somebody who applies together with the applicant, and confirms the own part of the form with
    the own real-name account.

    ``fields``: keys of the form that are this person's part. ``sealed``: its values as they were
    confirmed, an encrypted JSON of their own, so that two people never write one row.
    """

    ASKED, CONFIRMED, REFUSED, LEFT_OUT = ("asked", "confirmed", "refused", "left_out")
    STATES = (
        (ASKED, _("等待确认")),
        (CONFIRMED, _("已确认")),
        (REFUSED, _("不同意")),
        (LEFT_OUT, _("未参加")),
    )

    application = models.ForeignKey(Application, models.CASCADE, related_name="people")
    party = models.ForeignKey(Party, models.CASCADE, related_name="+")
    relation = models.CharField(max_length=20)
    required = models.BooleanField(default=True)
    fields: Any = models.JSONField(default=list)
    sealed = models.TextField(blank=True, default="")
    state = models.CharField(max_length=10, choices=STATES, default=ASKED)
    reason = models.CharField(max_length=200, blank=True, default="")
    #: The account, or the officer who saw the person at the counter.
    answered_by = models.CharField(max_length=64, blank=True, default="")
    created_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = PeopleQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["application", "party"], name="co_applicant_once"),
            models.CheckConstraint(
                condition=Q(state__in=["asked", "left_out"])
                | Q(answered_at__isnull=False) & ~Q(answered_by=""),
                name="co_applicant_answered_by_somebody",
            ),
        )
        indexes = (
            models.Index(fields=["party"], name="co_applicant_asked", condition=Q(state="asked")),
        )

    def __str__(self) -> str:
        return f"{self.application_id} {self.party_id} {self.state}"


class ThemeProposal(models.Model):
    """A theme that is being composed or changed in the browser, until a second person publishes it.

    ``content`` is in the form of a theme file; ``base`` the version that it was taken from.
    ``rehearsal`` keeps what past cases would have had otherwise.
    """

    DRAFT, ASKED, PUBLISHED, RETURNED, DROPPED = (
        "draft",
        "asked",
        "published",
        "returned",
        "dropped",
    )
    STATES = (
        (DRAFT, _("编制中")),
        (ASKED, _("待复核")),
        (PUBLISHED, _("已发布")),
        (RETURNED, _("已退回")),
        (DROPPED, _("已放弃")),
    )

    key = models.CharField(max_length=48)
    content: Any = models.JSONField()
    base = models.ForeignKey(CatalogueVersion, models.PROTECT, related_name="+")
    published = models.ForeignKey(CatalogueVersion, models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=STATES, default=DRAFT)
    author = models.CharField(max_length=64)
    author_name = models.CharField(max_length=60, blank=True, default="")
    reviewer = models.CharField(max_length=64, blank=True, default="")
    reviewer_name = models.CharField(max_length=60, blank=True, default="")
    note = models.CharField(max_length=500, blank=True, default="")
    answer = models.CharField(max_length=500, blank=True, default="")
    rehearsal: Any = models.JSONField(null=True)
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["key"],
                condition=Q(state__in=["draft", "asked", "returned"]),
                name="one_open_proposal_a_theme",
            ),
            models.CheckConstraint(
                condition=~Q(state="published")
                | (Q(published__isnull=False) & ~Q(reviewer="") & ~Q(reviewer=F("author"))),
                name="published_after_a_second_look",
            ),
        )

    def __str__(self) -> str:
        return f"{self.key} {self.state}"


class CancellationNotice(models.Model):
    """The public notice before a simple cancellation (简易注销公告, 市场主体登记管理条例 art. 33).

    It runs 20 natural days; then there are 20 days to apply. An objection in time ends the simple
    way. ``name`` and ``uscc`` are public.
    """

    party = models.ForeignKey(Party, models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=200)
    uscc = models.CharField(max_length=18)
    posted_on = models.DateField()
    ends_on = models.DateField()
    apply_until = models.DateField()
    posted_by = models.CharField(max_length=64)
    simulated = models.BooleanField(default=False)
    #: The objection that stopped it: when, by whom (a category, not a name), and why.
    objected_on = models.DateField(null=True)
    objector = models.CharField(max_length=40, blank=True, default="")
    objection = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["uscc", "posted_on"], name="notice_once_a_day"),
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("posted_on"), apply_until__gt=F("ends_on")),
                name="notice_days",
            ),
            models.CheckConstraint(
                condition=Q(objected_on__isnull=True, objection="")
                | (
                    Q(objected_on__gte=F("posted_on"), objected_on__lte=F("ends_on"))
                    & ~Q(objection="")
                ),
                name="objection_in_time",
            ),
        )
        indexes = (models.Index(fields=["ends_on"], name="notice_ends"),)

    def __str__(self) -> str:
        return f"{self.uscc} {self.posted_on}"
