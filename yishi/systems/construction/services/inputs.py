"""What a project is registered with, read field by field."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from yishi.foundation.cases.inputs import clean_text
from yishi.foundation.parties.identifiers import check_uscc
from yishi.foundation.places import datum as datums
from yishi.foundation.places.snapshot import Register
from yishi.foundation.places.values import Place, PlaceError
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.construction.catalogue import Book
from yishi.systems.construction.rules.codes import ProjectCode, in_city, read_code

MOST_UNITS, MOST_PARCELS = 60, 20
_UNIT_CODE = re.compile(r"[0-9A-Za-z一-龥#＃号楼-]{1,12}")
_INDUSTRY = re.compile(r"[A-T](\d{2,4})?")
_LARGEST = Decimal("99999999.99")


@dataclass(frozen=True, slots=True)
class UnitInput:
    """A unit (单体) or outdoor works as declared."""

    code: str
    name: str
    area: Decimal
    kind: str = "building"
    use: str = ""
    fire_class: str = ""


@dataclass(frozen=True, slots=True)
class ParcelInput:
    """A parcel as declared, area in m²."""

    number: str
    area: Decimal
    use: str = ""


@dataclass(frozen=True, slots=True)
class ProjectInput:
    """A project as it will be registered."""

    name: str
    kind: str
    place: Place
    code: ProjectCode | None
    data: dict[str, Any]
    units: tuple[UnitInput, ...] = ()
    parcels: tuple[ParcelInput, ...] = ()
    owner_name: str = ""
    owner_uscc: str = ""
    agent: dict[str, str] = field(default_factory=dict)


def read_project(
    raw: Mapping[str, Any], book: Book, register: Register, today: date
) -> ProjectInput:
    """Check *raw*.

    Raises:
        FieldError: naming the first field that is wrong.
    """
    kind = _choice("kind", raw.get("kind"), book.kind, "请选择项目类型")
    code = _code(raw, register, today)
    uscc = check_uscc("owner_uscc", _text("owner_uscc", raw, 40)).value
    traits = _traits(raw.get("traits"), book)
    units = read_units(raw.get("units") or ())
    floor_area = decimal("floor_area", raw.get("floor_area"), required=True)
    place = _place(raw, register)
    found = book.kind[kind]
    data: dict[str, Any] = {
        "name": _required("name", raw, 60, "请填写项目名称"),
        "code": code.text if code else "",
        "legacy": bool(code and code.legacy),
        "limit": found.limit,
        "stage_limits": list(found.stages),
        "limit_source": book.policy.document,
        "traits": traits,
        "industry": _pattern("industry", raw, _INDUSTRY, "应为国民经济行业代码，如 C3670"),
        "industrial": bool(raw.get("industrial")),
        "real_estate": bool(raw.get("real_estate")),
        "investment": str(decimal("investment", raw.get("investment"), required=True)),
        "floor_area": str(floor_area),
        "site": _required("site", raw, 100, "请填写建设地点"),
        "zone": _zone(register, place),
        "owner": _required("owner_name", raw, 60, "请填写建设单位名称"),
        "owner_uscc": uscc,
    }
    return ProjectInput(
        name=data["name"],
        kind=kind,
        place=place,
        code=code,
        data=data,
        units=units,
        parcels=read_parcels(raw.get("parcels") or ()),
        owner_name=data["owner"],
        owner_uscc=uscc,
        agent={"name": _text("agent_name", raw, 30), "phone": _text("agent_phone", raw, 30)},
    )


def _code(raw: Mapping[str, Any], register: Register, today: date) -> ProjectCode | None:
    """The project's code; secret projects have none."""
    if raw.get("secret"):
        if str(raw.get("code") or "").strip():
            raise FieldError("code", "涉密项目不赋项目代码，请留空", "secret")
        return None
    code = read_code("code", _text("code", raw, 40), today)
    if not in_city(code, register.root):
        raise FieldError("code", f"项目代码的地区段 {code.region} 不属于本市", "region")
    return code


def read_amendment(raw: Mapping[str, Any], book: Book) -> dict[str, Any]:
    """What may be brought up to date after registration."""
    return {
        "traits": _traits(raw.get("traits"), book),
        "investment": str(decimal("investment", raw.get("investment"), required=True)),
        "floor_area": str(decimal("floor_area", raw.get("floor_area"), required=True)),
        "industrial": bool(raw.get("industrial")),
        "real_estate": bool(raw.get("real_estate")),
    }


def read_units(raw: Sequence[Mapping[str, Any]]) -> tuple[UnitInput, ...]:
    """Units with codes that differ. Raises FieldError."""
    if len(raw) > MOST_UNITS:
        raise FieldError("units", f"单位工程最多{MOST_UNITS}个", "too_many")
    found: list[UnitInput] = []
    for place, one in enumerate(raw, start=1):
        outdoor = one.get("kind") == "outdoor"
        code = clean_text("units", one.get("code"), 12)
        if not _UNIT_CODE.fullmatch(code):
            raise FieldError("units", f"第{place}个单位工程的编码应为1至12个字，如 1#", "format")
        if code in {unit.code for unit in found}:
            raise FieldError("units", f"单位工程编码 {code} 重复", "double")
        area = Decimal(0) if outdoor else decimal("units", one.get("area"), required=True)
        if not outdoor and area <= 0:
            raise FieldError("units", f"{code} 的面积应大于零", "area")
        found.append(
            UnitInput(
                code,
                clean_text("units", one.get("name"), 60) or code,
                area,
                "outdoor" if outdoor else "building",
                clean_text("units", one.get("use"), 40),
                clean_text("units", one.get("fire_class"), 4),
            )
        )
    return tuple(found)


def read_parcels(raw: Sequence[Mapping[str, Any]]) -> tuple[ParcelInput, ...]:
    """Parcels with numbers that differ. Raises FieldError."""
    if len(raw) > MOST_PARCELS:
        raise FieldError("parcels", f"宗地最多{MOST_PARCELS}块", "too_many")
    found: list[ParcelInput] = []
    for one in raw:
        number = clean_text("parcels", one.get("number"), 40)
        area = decimal("parcels", one.get("area"), required=True)
        if not number or area <= 0 or number in {parcel.number for parcel in found}:
            raise FieldError("parcels", "宗地号不能为空或重复，面积应大于零", "format")
        found.append(ParcelInput(number, area, clean_text("parcels", one.get("use"), 40)))
    return tuple(found)


def decimal(name: str, value: Any, *, required: bool = False) -> Decimal:
    """A number with at most two places, not negative. Raises FieldError."""
    text = str(value if value is not None else "").strip().replace(",", "")
    if not text:
        if required:
            raise FieldError(name, "请填写数字", "required")
        return Decimal(0)
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise FieldError(name, "应为数字", "format") from None
    if not number.is_finite() or not 0 <= number <= _LARGEST:
        raise FieldError(name, "应为不小于零、不超过一亿的数字", "range")
    if number != number.quantize(Decimal("0.01")):
        raise FieldError(name, "最多两位小数", "places")
    return number.quantize(Decimal("0.01"))


def _text(name: str, raw: Mapping[str, Any], longest: int) -> str:
    return clean_text(name, raw.get(name), longest)


def _required(name: str, raw: Mapping[str, Any], longest: int, message: str) -> str:
    text = _text(name, raw, longest)
    if not text:
        raise FieldError(name, message, "required")
    return text


def _pattern(name: str, raw: Mapping[str, Any], pattern: re.Pattern[str], message: str) -> str:
    text = _text(name, raw, 40).upper()
    if text and not pattern.fullmatch(text):
        raise FieldError(name, message, "format")
    return text


def _choice(name: str, value: Any, known: Mapping[str, Any], message: str) -> str:
    text = clean_text(name, value, 40)
    if text not in known:
        raise FieldError(name, message, "choice")
    return text


def _traits(value: Any, book: Book) -> list[str]:
    if value in (None, ""):
        return []
    if not isinstance(value, list | tuple):
        raise FieldError("traits", "应为项目情形的列表", "type")
    for one in value:
        if one not in book.policy.traits:
            raise FieldError("traits", f"没有项目情形 {str(one)[:40]}", "unknown")
    return [key for key in book.policy.traits if key in value]


def _place(raw: Mapping[str, Any], register: Register) -> Place:
    code = _text("division", raw, 16)
    try:
        register.node(code) if code else None
        named = register.place_of_division(code) if code else None
    except PlaceError as error:
        raise FieldError("division", error.message, "place") from error
    found = _located(raw, register)
    if found is None:
        if named is None:
            raise FieldError("division", "请选择建设地点所在乡镇（街道）", "required")
        return named
    if found.division == register.root:
        raise FieldError("lon", "坐标不在本市范围内，请核对坐标和坐标系", "outside")
    if named is not None and not found.certain:  # on a border: the words say where it belongs
        return replace(named, lon=found.lon, lat=found.lat)
    if named is not None and not found.managed_path.startswith(_county(named.managed_path)):
        where = register.label(found.managed_path)
        raise FieldError("lon", f"坐标在{where}，与所选乡镇（街道）不在一个区县", "elsewhere")
    return found


def _located(raw: Mapping[str, Any], register: Register) -> Place | None:
    """The place of the coordinates, ``None`` where none are given.

    Raises:
        FieldError: ``lon``, ``lat`` or ``datum``.
    """
    given = {
        name: clean_text(name, "" if raw.get(name) is None else str(raw[name]), 20)
        for name in ("lon", "lat")
    }
    if not any(given.values()):
        return None
    numbers = {}
    for name, text in given.items():
        try:
            numbers[name] = float(text)
        except ValueError:
            message = "应为以度为单位的数字，例如 112.1422" if text else "经度和纬度要一起填写"
            raise FieldError(name, message, "format") from None
    datum = _text("datum", raw, 12) or datums.CGCS2000
    try:
        return register.locate(numbers["lon"], numbers["lat"], datum)
    except PlaceError as error:
        field = "datum" if error.field == "datum" else "lon"
        raise FieldError(field, error.message, "place") from error


def _county(path: str) -> str:
    return "/".join(path.split("/")[:2])


def _zone(register: Register, place: Place) -> str:
    """The functional zone that runs the place, if one does: it has no division code of its own."""
    for code in place.managed_path.split("/"):
        node = register.tree.nodes.get(code)
        if node is not None and node.level == "zone":
            return code
    return ""
