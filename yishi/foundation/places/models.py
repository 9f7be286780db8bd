"""Tables of places and units. Everything that is looked up per case is read from the snapshot.

Divisions, zones and units are never deleted: they have validity dates and successors, because
old cases keep pointing to them.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

CODE = 24


class LoadedCity(models.Model):
    """The city folder that fills this database (one row; one deployment is one city)."""

    code = models.CharField(max_length=CODE, primary_key=True)
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64)
    loaded_at = models.DateTimeField()
    notices = models.JSONField(default=list)
    #: Letters before the day in case numbers (city.yaml ``number_prefix``).
    number_prefix = models.CharField(max_length=8, default="")

    def __str__(self) -> str:
        return self.name


class Function(models.Model):
    """What a unit can be responsible for (职能), the vocabulary of catalogue and routing."""

    code = models.CharField(max_length=40, primary_key=True)
    name = models.CharField(max_length=60)

    def __str__(self) -> str:
        return self.name


class Division(models.Model):
    """A statistical division (GB/T 2260 and NBS codes). Names are not unique; the code is."""

    class Level(models.TextChoices):
        CITY = "city", _("市")
        COUNTY = "county", _("县市区")
        TOWNSHIP = "township", _("乡镇街道")
        VILLAGE = "village", _("村社区")

    code = models.CharField(max_length=CODE, primary_key=True)
    gb2260 = models.CharField(max_length=6, blank=True)
    name = models.CharField(max_length=100)
    level = models.CharField(max_length=10, choices=Level.choices)
    kind = models.CharField(max_length=30, blank=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    public = models.BooleanField(default=True)  # False: pseudo-units, hidden from public pickers
    lon = models.FloatField(null=True)  # EPSG:4490; a label position, not a survey
    lat = models.FloatField(null=True)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)  # first day on which it no longer exists
    successor = models.ForeignKey("self", models.PROTECT, null=True, related_name="predecessors")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(valid_to=None)
                | models.Q(valid_from=None)
                | models.Q(valid_from__lte=models.F("valid_to")),
                name="division_validity_order",
            ),
        )

    def __str__(self) -> str:
        return self.name


class Zone(models.Model):
    """A functional zone (功能区): its members carry a county's codes, its own centre runs them."""

    code = models.CharField(max_length=CODE, primary_key=True)
    name = models.CharField(max_length=100)
    city = models.ForeignKey(Division, models.PROTECT, related_name="zones")
    members: models.ManyToManyField[Division, Management] = models.ManyToManyField(
        Division,
        through="Management",
        through_fields=("zone", "division"),
        related_name="+",
    )
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    successor = models.ForeignKey("self", models.PROTECT, null=True, related_name="predecessors")

    def __str__(self) -> str:
        return self.name


class Management(models.Model):
    """Who runs a division from when to when, where that is not its statistical parent.

    The dated table that managed paths are computed from: exactly one of *zone* and *manager*.
    """

    division = models.ForeignKey(Division, models.PROTECT, related_name="managements")
    zone = models.ForeignKey(Zone, models.PROTECT, null=True, related_name="managements")
    manager = models.ForeignKey(Division, models.PROTECT, null=True, related_name="managing")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["division"],
                condition=models.Q(valid_to=None),
                name="one_open_management",
            ),
            models.CheckConstraint(
                condition=models.Q(zone=None, manager__isnull=False)
                | models.Q(zone__isnull=False, manager=None),
                name="management_one_manager",
            ),
        )

    def __str__(self) -> str:
        return f"{self.division_id} → {self.zone_id or self.manager_id}"


class Boundary(models.Model):
    """A polygon in EPSG:4490 for overview maps; synthetic ones (示意) say so."""

    division = models.OneToOneField(Division, models.CASCADE, primary_key=True)
    geometry = models.JSONField()  # GeoJSON geometry
    area_km2 = models.FloatField(null=True)
    synthetic = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.division_id}"


class Cell(models.Model):
    """A unit grid cell (单元网格): 15 digits = county 6 + street 3 + community 3 + serial 3."""

    code = models.CharField(max_length=CODE, primary_key=True)
    division = models.ForeignKey(Division, models.PROTECT, related_name="cells")
    managed_path = models.CharField(max_length=100)
    polygon = models.JSONField()  # GeoJSON geometry, EPSG:4490
    synthetic = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.code


class Landmark(models.Model):
    """A named place that people give instead of a position. *source* + *key* identify it."""

    source = models.CharField(max_length=40)
    key = models.CharField(max_length=60)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=20, blank=True)
    address = models.CharField(max_length=200, blank=True)
    lon = models.FloatField()  # EPSG:4490
    lat = models.FloatField()
    cell = models.ForeignKey(Cell, models.SET_NULL, null=True, db_constraint=False)
    division = models.ForeignKey(Division, models.PROTECT, related_name="landmarks")
    managed_path = models.CharField(max_length=100)
    synthetic = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["source", "key"], name="landmark_source_key"),
        )

    def __str__(self) -> str:
        return self.name


class Unit(models.Model):
    """An office, bureau, committee or owner (权属单位) with the functions that it answers for."""

    class Level(models.TextChoices):
        CITY = "city", _("市级")
        COUNTY = "county", _("区县级")
        TOWNSHIP = "township", _("乡镇街道级")
        COMMUNITY = "community", _("村社区级")

    class Kind(models.TextChoices):
        OFFICE = "office", _("行政单位")
        OWNER = "owner", _("权属单位")

    code = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=100)
    level = models.CharField(max_length=10, choices=Level.choices)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.OFFICE)
    functions = ArrayField(models.CharField(max_length=40), default=list)
    division = models.ForeignKey(Division, models.PROTECT, related_name="units")
    managed_path = models.CharField(max_length=100, db_index=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    public = models.BooleanField(default=True)
    seeded = models.BooleanField(default=True)  # False: made in the browser, a load leaves it alone
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)  # first day on which it no longer answers
    successor = models.ForeignKey("self", models.PROTECT, null=True, related_name="predecessors")

    def __str__(self) -> str:
        return self.name
