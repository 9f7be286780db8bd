"""Builds the snapshot from the database: eight statements, a fraction of a second."""

from __future__ import annotations

from django.db.models import TextField
from django.db.models.functions import Cast

from yishi.foundation.places import models
from yishi.foundation.places.snapshot import Contents, Register
from yishi.foundation.places.tree import Tree
from yishi.foundation.places.values import (
    LandmarkInfo,
    Managed,
    Node,
    PlaceError,
    UnitInfo,
)


def load_register() -> Register:
    """The register as the database has it now. Raises PlaceError when no city was loaded."""
    city = models.LoadedCity.objects.first()
    if city is None:
        raise PlaceError("city", "还没有载入城市：请先运行 yishi city load")
    return Register(
        Contents(
            root=city.code,
            number_prefix=city.number_prefix,
            nodes=_nodes(),
            managed=_managed(),
            functions=dict(models.Function.objects.order_by("code").values_list("code", "name")),
            units=_units(),
            cells=list(
                models.Cell.objects.annotate(
                    shape=Cast("polygon", TextField()),
                ).values_list("code", "division_id", "shape")
            ),
            boundaries=list(
                models.Boundary.objects.filter(division__level="county")
                .annotate(shape=Cast("geometry", TextField()))
                .values_list("division_id", "shape")
            ),
            landmarks=_landmarks(),
        )
    )


def load_tree(root: str) -> Tree:
    """The tree of who runs what as the database has it now (3 statements)."""
    return Tree(root, _nodes(), _managed())


def _nodes() -> list[Node]:
    divisions = models.Division.objects.values_list(
        "code",
        "name",
        "level",
        "parent_id",
        "kind",
        "public",
        "lon",
        "lat",
        "valid_from",
        "valid_to",
        "successor_id",
    )
    nodes = [Node(*row) for row in divisions]
    zones = models.Zone.objects.values_list(
        "code",
        "name",
        "city_id",
        "lon",
        "lat",
        "valid_from",
        "valid_to",
        "successor_id",
    )
    for code, name, city, lon, lat, valid_from, valid_to, successor in zones:
        nodes.append(
            Node(
                code,
                name,
                "zone",
                city,
                "",
                True,
                lon,
                lat,
                valid_from,
                valid_to,
                successor,
            )
        )
    return nodes


def _managed() -> list[Managed]:
    rows = models.Management.objects.order_by("division_id", "valid_from").values_list(
        "division_id", "zone_id", "manager_id", "valid_from", "valid_to"
    )
    return [
        Managed(division, zone or manager or "", valid_from, valid_to)
        for division, zone, manager, valid_from, valid_to in rows
    ]


def _units() -> list[UnitInfo]:
    rows = models.Unit.objects.values_list(
        "id",
        "code",
        "name",
        "level",
        "kind",
        "functions",
        "division_id",
        "managed_path",
        "parent_id",
        "public",
        "valid_from",
        "valid_to",
        "successor_id",
    )
    return [UnitInfo(*row) for row in rows]


def _landmarks() -> list[LandmarkInfo]:
    rows = models.Landmark.objects.values_list(
        "id",
        "name",
        "kind",
        "address",
        "lon",
        "lat",
        "cell_id",
        "division_id",
        "managed_path",
        "synthetic",
    )
    return [LandmarkInfo(*row) for row in rows]
