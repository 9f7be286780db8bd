"""Synthetic townships, grid cells and landmarks (示意) for a city that has only county polygons.

County polygons are cut by Voronoi diagrams: seed points for townships (streets around the county's
urban centre, towns spread evenly), inside each township seed points for villages, one or more cells
a village. Everything follows from the codes alone, so every load gives the same map. Nothing here
is a survey; whoever shows it says 示意.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

Floats = npt.NDArray[np.float64]

CANDIDATES = 24  # drawn for each seed; the one farthest from the others is taken
URBAN_SPREAD = 0.022  # degrees, standard deviation of urban townships around their centre
URBAN_KINDS = ("street",)


@dataclass(frozen=True, slots=True)
class Seed:
    """A division to be given an area. *pieces* cells are cut for a village."""

    code: str
    urban: bool = False
    pieces: int = 1
    centre: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Area:
    """A synthetic area of a division and the seed point it grew from (degrees, EPSG:4490)."""

    code: str
    lon: float
    lat: float
    shape: BaseGeometry


def rng(code: str) -> np.random.Generator:
    """The random numbers of a code; letters in it count too."""
    return np.random.default_rng(list(code.encode()))


def draw(shape: BaseGeometry, count: int, random: np.random.Generator) -> Floats:
    """*count* uniform points inside a shape, by rejection; shape (count, 2)."""
    shapely.prepare(shape)
    west, south, east, north = shape.bounds
    found: list[Floats] = []
    missing = count
    while missing > 0:
        points = random.uniform((west, south), (east, north), (missing * 3 + 16, 2))
        inside = points[shapely.contains_xy(shape, points[:, 0], points[:, 1])][:missing]
        found.append(inside)
        missing -= len(inside)
    return np.concatenate(found) if found else np.empty((0, 2))


def _draw_near(
    shape: BaseGeometry,
    centre: tuple[float, float],
    count: int,
    random: np.random.Generator,
) -> Floats:
    points = random.normal(centre, URBAN_SPREAD, (count * 4, 2))
    inside = points[shapely.contains_xy(shape, points[:, 0], points[:, 1])]
    return inside[:count] if len(inside) else draw(shape, count, random)


def _farthest(candidates: Floats, taken: Floats) -> Floats:
    if not len(taken):
        first: Floats = candidates[0]
        return first
    gaps = np.hypot(
        candidates[:, None, 0] - taken[None, :, 0],
        candidates[:, None, 1] - taken[None, :, 1],
    )
    best: Floats = candidates[int(np.argmax(gaps.min(axis=1)))]
    return best


def _seeds(shape: BaseGeometry, seeds: Sequence[Seed], random: np.random.Generator) -> Floats:
    taken = np.empty((0, 2))
    order = sorted(seeds, key=lambda s: (not s.urban, s.code))
    for seed in order:
        if seed.urban and seed.centre is not None:
            candidates = _draw_near(shape, seed.centre, CANDIDATES // 4, random)
        else:
            candidates = draw(shape, CANDIDATES, random)
        taken = np.vstack([taken, _farthest(candidates, taken)])
    position = {seed.code: i for i, seed in enumerate(order)}
    return taken[[position[seed.code] for seed in seeds]]


def _voronoi(shape: BaseGeometry, points: Floats) -> list[BaseGeometry]:
    """The parts of *shape* nearest to each point, in the order of the points."""
    if len(points) == 1:
        return [shape]
    cloud = shapely.multipoints(points)
    diagram = shapely.voronoi_polygons(cloud, extend_to=shape, ordered=True)
    parts = shapely.intersection(shapely.get_parts(diagram), shape)
    return [_polygons(part) for part in parts]


def _polygons(shape: BaseGeometry) -> BaseGeometry:
    """Only the areas of an intersection: touching edges leave lines and points behind."""
    if shape.geom_type in ("Polygon", "MultiPolygon"):
        return shape
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    areas: BaseGeometry = shapely.multipolygons(parts)
    return areas


def townships(county: str, shape: BaseGeometry, seeds: Sequence[Seed]) -> list[Area]:
    """Cut a county into one area for each township, in the order given."""
    if not seeds:
        return []
    points = _seeds(shape, seeds, rng(county))
    shapes = _voronoi(shape, points)
    return [
        Area(seed.code, float(x), float(y), part)
        for seed, (x, y), part in zip(seeds, points, shapes, strict=True)
    ]


def cells(township: Area, villages: Sequence[Seed]) -> list[Area]:
    """Cut a township into grid cells: village code and three digits of a serial number."""
    if not villages:
        return []
    random = rng(township.code)
    centres = _seeds(township.shape, villages, random)
    step = float(np.sqrt(township.shape.area / len(villages))) * 0.35
    points: list[Floats] = []
    codes: list[str] = []
    for village, centre in zip(villages, centres, strict=True):
        points.append(centre[None, :])
        for _ in range(village.pieces - 1):
            near = random.normal(centre, step, (16, 2))
            inside = near[shapely.contains_xy(township.shape, near[:, 0], near[:, 1])]
            points.append((inside if len(inside) else draw(township.shape, 1, random))[:1])
        codes.extend(f"{village.code}{serial:03d}" for serial in range(1, village.pieces + 1))
    seeds = np.concatenate(points)
    shapes = _voronoi(township.shape, seeds)
    return [
        Area(code, float(x), float(y), part)
        for code, (x, y), part in zip(codes, seeds, shapes, strict=True)
    ]


def village_name(name: str) -> str:
    """The place behind a committee: 檀溪社区居委会 → 檀溪社区, 田山村委会 → 田山村."""
    for ending, place in (
        ("社区居民委员会", "社区"),
        ("居民委员会", "社区"),
        ("社区居委会", "社区"),
        ("居委会", "社区"),
        ("村民委员会", "村"),
        ("村委会", "村"),
    ):
        if name.endswith(ending):
            return name.removesuffix(ending) + place
    return name


def township_name(name: str) -> str:
    """The bare name: 真武山街道 → 真武山, 牛首镇 → 牛首."""
    for ending in ("街道", "镇", "乡"):
        if name.endswith(ending) and len(name) > len(ending) + 1:
            return name.removesuffix(ending)
    return name


Marks = tuple[tuple[str, str], ...]
STREET_MARKS: Marks = (
    ("{full}办事处", "机关"),
    ("{bare}派出所", "机关"),
    ("{bare}社区卫生服务中心", "医院"),
    ("{bare}第一小学", "学校"),
    ("{bare}中学", "学校"),
    ("{bare}幼儿园", "学校"),
    ("{bare}农贸市场", "市场"),
    ("{bare}公园", "公园"),
    ("{bare}公交首末站", "车站"),
    ("{bare}花园小区", "小区"),
    ("{bare}新村小区", "小区"),
    ("{bare}路与建设路路口", "路口"),
    ("{bare}路与人民路路口", "路口"),
)
TOWN_MARKS: Marks = (
    ("{full}人民政府", "机关"),
    ("{bare}派出所", "机关"),
    ("{full}卫生院", "医院"),
    ("{full}中心小学", "学校"),
    ("{full}初级中学", "学校"),
    ("{full}集贸市场", "市场"),
    ("{full}文化广场", "公园"),
    ("{full}汽车站", "车站"),
    ("{bare}大道与兴镇路路口", "路口"),
)
LIKE_MARKS: Marks = (("{full}管理机构", "机关"), ("{full}公交站", "车站"))


def marks_of_township(code: str, name: str, kind: str) -> list[tuple[str, str, str]]:
    """Plausible public places of a township: key, name, kind."""
    rows = LIKE_MARKS
    if kind == "street":
        rows = STREET_MARKS
    elif kind in ("town", "township"):
        rows = TOWN_MARKS
    bare = township_name(name)
    return [
        (f"{code}-{number:02d}", text.format(full=name, bare=bare), mark)
        for number, (text, mark) in enumerate(rows, 1)
    ]
