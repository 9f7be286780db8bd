"""What a project's case cannot hold: its codes, parcels, units, surveys, acceptances and cards."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from yishi.foundation.cases.models import Case, ChildQuerySet
from yishi.foundation.papers.models import Attachment
from yishi.foundation.places.models import Unit as Office


class ProjectCode(models.Model):
    """A project code (项目代码) of a case, now or before: codes are corrected, voided and split."""

    CURRENT, REPLACED = "current", "replaced"

    case = models.ForeignKey(Case, models.CASCADE, related_name="project_codes")
    code = models.CharField(max_length=24)
    legacy = models.BooleanField(default=False)
    state = models.CharField(max_length=8, default=CURRENT)
    verdict = models.CharField(max_length=12)
    source = models.CharField(max_length=100)
    reason = models.CharField(max_length=200, blank=True)
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = ChildQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["code"], condition=Q(state="current"), name="project_code_once"
            ),
            models.UniqueConstraint(
                fields=["case"], condition=Q(state="current"), name="one_code_of_a_project"
            ),
            models.CheckConstraint(
                condition=Q(state="current", ends_at__isnull=True)
                | Q(state="replaced", ends_at__isnull=False),
                name="project_code_end",
            ),
        )

    def __str__(self) -> str:
        return self.code


class OwnerKey(models.Model):
    """The owner's query code (查询码) for a project: only its digest is kept."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="+")
    digest = models.BinaryField(max_length=32, unique=True)
    at = models.DateTimeField()

    objects: ClassVar[Any] = ChildQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.case_id)


class Parcel(models.Model):
    """A parcel (宗地) of a project; area in m²."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="parcels", db_index=False)
    number = models.CharField(max_length=40)
    use = models.CharField(max_length=40, blank=True)
    area = models.DecimalField(max_digits=12, decimal_places=2)

    objects: ClassVar[Any] = ChildQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["case", "number"], name="parcel_once"),
            models.CheckConstraint(condition=Q(area__gt=0), name="parcel_area"),
        )

    def __str__(self) -> str:
        return self.number


class Unit(models.Model):
    """A unit (单位工程, 单体) of a project, or its outdoor works; area in m² (0 outdoors).

    ``declared``: what the owner stated for an early acceptance and the round checked on site.
    """

    BUILDING, OUTDOOR = "building", "outdoor"

    case = models.ForeignKey(Case, models.CASCADE, related_name="building_units", db_index=False)
    code = models.CharField(max_length=12)
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=8, default=BUILDING)
    use = models.CharField(max_length=40, blank=True)
    area = models.DecimalField(max_digits=12, decimal_places=2)
    fire_class = models.CharField(max_length=4, blank=True)
    in_permit = models.BooleanField(default=True)
    declared = ArrayField(models.CharField(max_length=20), default=list)
    accepted_on = models.DateField(null=True)
    early = models.BooleanField(default=False)

    objects: ClassVar[Any] = ChildQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["case", "code"], name="unit_code_once"),
            models.CheckConstraint(
                condition=Q(kind="building", area__gt=0) | Q(kind="outdoor", area=0),
                name="unit_area",
            ),
            models.CheckConstraint(
                condition=Q(accepted_on__isnull=True) | Q(in_permit=True),
                name="unit_accepted_as_permitted",
            ),
        )

    def __str__(self) -> str:
        return self.code


class SurveyOrder(models.Model):
    """One commission for several disciplines (多测合一). Days are working days.

    ``units``: codes of the units that are measured; none: the whole site. ``saved_days``: the
    baseline minus what it took, once delivered.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="survey_orders")
    number = models.CharField(max_length=48, unique=True)
    phase = models.SmallIntegerField()
    disciplines = ArrayField(models.CharField(max_length=40))
    units = ArrayField(models.CharField(max_length=12), default=list)
    surveyor = models.CharField(max_length=40)
    office = models.ForeignKey(Office, models.PROTECT, related_name="+")
    crs = models.CharField(max_length=40)
    baseline = models.SmallIntegerField()
    limit_days = models.SmallIntegerField()
    unsatisfiable = models.BooleanField(default=False)
    supplement = models.BooleanField(default=False)
    ordered_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    saved_days = models.SmallIntegerField(null=True)

    objects: ClassVar[Any] = ChildQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(limit_days__gte=1) & Q(limit_days__lte=F("baseline")),
                name="survey_limit",
            ),
            models.CheckConstraint(
                condition=Q(delivered_at__isnull=True, saved_days__isnull=True)
                | Q(delivered_at__isnull=False, saved_days__isnull=False),
                name="survey_delivered",
            ),
        )

    def __str__(self) -> str:
        return self.number


class SurveyResult(models.Model):
    """One version of one discipline's result for a unit (or the site, ``""``).

    ``rule`` says which area it is: the property register's and the planning's are different
    quantities. ``reused_by``: numbers of the cases of items that took it over.
    """

    CURRENT, STALE, SUPERSEDED = "current", "stale", "superseded"

    case = models.ForeignKey(Case, models.CASCADE, related_name="survey_results", db_index=False)
    order = models.ForeignKey(SurveyOrder, models.PROTECT, related_name="results")
    discipline = models.CharField(max_length=40)
    unit_code = models.CharField(max_length=12, blank=True)
    version = models.SmallIntegerField()
    state = models.CharField(max_length=10, default=CURRENT)
    area = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    rule = models.CharField(max_length=60, blank=True)
    accuracy = models.CharField(max_length=20, blank=True)
    attachment = models.ForeignKey(Attachment, models.PROTECT, null=True, related_name="+")
    sha256 = models.CharField(max_length=64, blank=True)
    reused_by = ArrayField(models.CharField(max_length=40), default=list)
    at = models.DateTimeField()

    objects: ClassVar[Any] = ChildQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["case", "discipline", "unit_code", "version"], name="survey_version_once"
            ),
            models.UniqueConstraint(
                fields=["case", "discipline", "unit_code"],
                condition=Q(state="current"),
                name="one_current_survey",
            ),
        )

    def __str__(self) -> str:
        return f"{self.discipline} {self.unit_code} v{self.version}"


class Round(models.Model):
    """One round of an acceptance: all departments look at once, a further round at what failed.

    ``item``: the case of the acceptance; ``unit``: the unit of an early acceptance.
    """

    id = models.UUIDField(primary_key=True)
    case = models.ForeignKey(Case, models.CASCADE, related_name="acceptance_rounds")
    item = models.ForeignKey(Case, models.CASCADE, related_name="rounds_of_item")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    number = models.SmallIntegerField()
    state = models.CharField(max_length=12)
    opened_at = models.DateTimeField()
    concluded_at = models.DateTimeField(null=True)
    notice = models.CharField(max_length=60, blank=True)
    planned_days = models.SmallIntegerField(null=True)
    note = models.CharField(max_length=500, blank=True)

    objects: ClassVar[Any] = ChildQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["item", "number"], name="round_once"),
            models.UniqueConstraint(
                fields=["item"], condition=Q(state="on_site"), name="one_open_round"
            ),
            models.CheckConstraint(
                condition=Q(state="on_site", concluded_at__isnull=True)
                | (~Q(state="on_site") & Q(concluded_at__isnull=False)),
                name="round_end",
            ),
            models.CheckConstraint(
                condition=~Q(state="rectify") | (~Q(notice="") & Q(planned_days__gte=1)),
                name="rectification_is_told",
            ),
        )

    def __str__(self) -> str:
        return f"{self.item_id} #{self.number}"


class DepartmentOpinion(models.Model):
    """What one department says of its part in one round. ``carried``: said in an earlier round."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="+", db_index=False)
    round = models.ForeignKey(Round, models.CASCADE, related_name="opinions")
    item_key = models.CharField(max_length=48)
    office = models.ForeignKey(Office, models.PROTECT, related_name="+")
    statutory = models.BooleanField()
    opinion = models.CharField(max_length=24, blank=True)
    later = models.JSONField(default=list)
    text = models.CharField(max_length=500, blank=True)
    carried = models.BooleanField(default=False)
    given_at = models.DateTimeField(null=True)
    given_by = models.CharField(max_length=64, blank=True)

    objects: ClassVar[Any] = ChildQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["round", "item_key"], name="opinion_once"),
            models.CheckConstraint(
                condition=~Q(statutory=True, opinion="pass_with_later_items"),
                name="statutory_without_conditions",
            ),
            models.CheckConstraint(
                condition=Q(opinion="", given_at__isnull=True)
                | (~Q(opinion="") & Q(given_at__isnull=False)),
                name="opinion_given",
            ),
        )

    def __str__(self) -> str:
        return f"{self.round_id} {self.item_key} {self.opinion}"


class Card(models.Model):
    """A yellow or red card (督办) for days used up. Rows are only added."""

    YELLOW, RED = "yellow", "red"

    case = models.ForeignKey(Case, models.CASCADE, related_name="project_cards")
    level = models.CharField(max_length=6)
    about = models.CharField(max_length=16)
    office = models.ForeignKey(Office, models.PROTECT, related_name="+")
    used_days = models.SmallIntegerField()
    limit_days = models.SmallIntegerField()
    automatic = models.BooleanField(default=True)
    reason = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    answer = models.CharField(max_length=500, blank=True)
    answered_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = ChildQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["case", "about", "level"],
                condition=Q(automatic=True),
                name="automatic_card_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.case_id} {self.level}"
