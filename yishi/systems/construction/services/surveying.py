"""Merged surveying (多测合一): orders, results with versions, and what a change makes stale."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.advance import one_locked
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.inputs import clean_text
from yishi.foundation.cases.plan import plan
from yishi.foundation.cases.state import CaseState
from yishi.foundation.papers.models import Attachment
from yishi.foundation.papers.uploads import accept_uploads, store
from yishi.foundation.places.snapshot import Register
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.construction.catalogue import Book
from yishi.systems.construction.catalogue.types import Surveyor
from yishi.systems.construction.context import city
from yishi.systems.construction.lifecycle import LIFECYCLE
from yishi.systems.construction.models import SurveyOrder, SurveyResult, Unit
from yishi.systems.construction.rules import surveying as rules
from yishi.systems.construction.rules.union import day_of
from yishi.systems.construction.services.inputs import decimal
from yishi.systems.construction.states import MOST_ORDERS, SURVEY, SURVEY_CLOCK

CRS = {
    "EPSG:4546": "CGCS2000 / 3° 带，中央经线 111°E（EPSG:4490 + 4546）",
    "EPSG:4547": "CGCS2000 / 3° 带，中央经线 114°E（EPSG:4490 + 4547）",
}
#: The rule after which an area is measured, by discipline: the same word, other quantities.
AREA_RULES = {
    "floor_area": "房产测量规范（GB/T 17986）建筑面积",
    "planning_completion": "规划计容建筑面积",
    "civil_defence": "人防有效面积",
    "green_area": "绿地面积",
    "land_check": "实测用地面积",
    "cadastre": "不动产权籍建筑面积",
}


#: Files that one delivery may bring.
MOST_FILES = 40


@dataclass(frozen=True, slots=True)
class OrderInput:
    """An order as checked."""

    disciplines: tuple[str, ...]
    units: tuple[str, ...]
    surveyor: Surveyor
    crs: str
    phase: int


def office_of(register: Register, surveyor: Surveyor) -> int:
    """The unit of a surveying institution. Raises FieldError where the city has none."""
    code = f"{register.root}-{surveyor.unit}"
    for unit in register.units(function="merged_surveying"):
        if unit.code == code:
            return unit.id
    raise FieldError("surveyor", f"{surveyor.name}没有登记为单位", "unknown")


def order(actor: Actor, number: str, raw: Mapping[str, Any], now: datetime) -> SurveyOrder:
    """Commission several disciplines at once.

    Raises:
        CaseNotFound, MoveRefused, FieldError: the last for an institution that lacks the grade or
            field for one of them, which must not take the merged order.
    """
    registers = city()
    with transaction.atomic():
        case = one_locked(actor, number)
        context = registers.for_case(case)
        book: Book = context.catalogue
        wanted = _read(raw, book, case)
        _refuse_open(case, wanted)
        target = rules.target(
            [book.discipline[key] for key in wanted.disciplines],
            industrial=bool(case.data["industrial"]),
            real_estate=bool(case.data["real_estate"]),
            share=book.policy.industrial_share,
            saving=book.policy.real_estate_saving,
        )
        office = office_of(registers.register, wanted.surveyor)
        order_number = _next_number(case)
        row = {
            "case_id": case.id,
            "number": order_number,
            "phase": wanted.phase,
            "disciplines": list(wanted.disciplines),
            "units": list(wanted.units),
            "surveyor": wanted.surveyor.key,
            "office_id": office,
            "crs": wanted.crs,
            "baseline": target.baseline,
            "limit_days": target.merged,
            "unsatisfiable": target.unsatisfiable,
            "supplement": _stale_results(case).filter(discipline__in=wanted.disciplines).exists(),
            "ordered_at": now,
        }
        facts = {
            "number": order_number,
            "clock": clock_of(order_number),
            "office": office,
            "disciplines": wanted.disciplines,
            "baseline": target.baseline,
            "merged": target.merged,
        }
        change = plan(LIFECYCLE, case, "order_survey", actor, facts, now, context)
        commit([change])
        made: SurveyOrder = SurveyOrder.objects.create(**row)
    return made


def _next_number(case: CaseState) -> str:
    own = SurveyOrder.objects.unscoped("the locked project's own").filter(case_id=case.id)
    place = own.count() + 1
    if place > MOST_ORDERS:
        raise FieldError("disciplines", f"一个项目最多{MOST_ORDERS}份测绘委托", "too_many")
    return f"{case.number}-CH{place:02d}"


def clock_of(order_number: str) -> str:
    """The kind of the clock of an order."""
    return SURVEY_CLOCK + order_number[-2:]


def _read(raw: Mapping[str, Any], book: Book, case: CaseState) -> OrderInput:
    disciplines = _listed("disciplines", raw.get("disciplines"), book.discipline, "测绘事项")
    if not disciplines:
        raise FieldError("disciplines", "请至少选择一项测绘事项", "required")
    surveyor = book.surveyor.get(clean_text("surveyor", raw.get("surveyor"), 40))
    if surveyor is None:
        raise FieldError("surveyor", "请选择测绘单位", "choice")
    lacking = rules.not_qualified(surveyor, [book.discipline[key] for key in disciplines])
    if lacking:
        names = "、".join(one.name for one in lacking)
        raise FieldError(
            "surveyor",
            f"{surveyor.name}（{surveyor.grade}级）不具备{names}所需的资质，不能承接合并委托",
            "grade",
        )
    crs = clean_text("crs", raw.get("crs"), 40) or "EPSG:4546"
    if crs not in CRS:
        raise FieldError("crs", "请选择坐标系", "choice")
    codes = {unit.code for unit in _units(case)}
    units = _listed("units", raw.get("units"), dict.fromkeys(codes, ""), "单位工程")
    phase = max(book.discipline[key].phase for key in disciplines)
    return OrderInput(disciplines, units, surveyor, crs, phase)


def _listed(field: str, value: Any, known: Mapping[str, Any], what: str) -> tuple[str, ...]:
    if value in (None, ""):
        return ()
    if not isinstance(value, list | tuple):
        raise FieldError(field, "应为列表", "type")
    for one in value:
        if one not in known:
            raise FieldError(field, f"没有{what} {str(one)[:40]}", "unknown")
    return tuple(dict.fromkeys(str(one) for one in value))


def _units(case: CaseState) -> list[Unit]:
    rows = Unit.objects.unscoped("the locked project's own")
    return list(rows.filter(case_id=case.id, kind=Unit.BUILDING).order_by("id"))


def _stale_results(case: CaseState) -> Any:
    rows = SurveyResult.objects.unscoped("the locked project's own")
    return rows.filter(case_id=case.id, state=SurveyResult.STALE)


def _refuse_open(case: CaseState, wanted: OrderInput) -> None:
    rows = SurveyOrder.objects.unscoped("the locked project's own")
    for one in rows.filter(case_id=case.id, delivered_at=None):
        both = set(one.disciplines) & set(wanted.disciplines)
        same = not one.units or not wanted.units or set(one.units) & set(wanted.units)
        if both and same:
            raise FieldError("disciplines", f"委托 {one.number} 正在测绘其中的事项", "open")


def deliver(
    actor: Actor, order_number: str, raw: Sequence[Mapping[str, Any]], now: datetime
) -> SurveyOrder:
    """Hand in the results of an order: each discipline of each unit once, as a new version.

    *raw*: ``discipline``, ``unit`` ("" for the site), ``area``, ``accuracy``, ``attachment`` (an
    upload that is stored already) or ``file`` (an upload to be stored with it).

    Raises:
        CaseNotFound, MoveRefused, FieldError.
    """
    registers = city()
    with transaction.atomic():
        found, case = _open_order(actor, order_number)
        context = registers.for_case(case)
        rows = _results(found, _stored(found, raw, actor, now), context.catalogue)
        saved = rules.saved(found.baseline, day_of(found.ordered_at), day_of(now), context.calendar)
        others = SurveyOrder.objects.unscoped("the locked project's own").filter(
            case_id=case.id, delivered_at=None, office_id=found.office_id
        )
        facts = {
            "number": found.number,
            "clock": clock_of(found.number),
            "office": found.office_id,
            "saved": saved,
            "results": [[row["discipline"], row["unit_code"]] for row in rows],
            "last": not others.exclude(pk=found.pk).exists(),
        }
        change = plan(LIFECYCLE, case, "deliver_survey", actor, facts, now, context)
        _store_results(case, found, rows, now)
        found.delivered_at, found.saved_days = now, saved
        found.save(update_fields=["delivered_at", "saved_days"])
        commit([change])
    return found


def _stored(
    found: SurveyOrder, raw: Sequence[Mapping[str, Any]], actor: Actor, now: datetime
) -> list[Mapping[str, Any]]:
    """*raw* with its files stored, or a FieldError on ``results`` that names the first bad one."""
    given = [(place, one["file"]) for place, one in enumerate(raw) if one.get("file")]
    rows = accept_uploads(
        [file for _place, file in given],
        actor_ref=actor.ref,
        now=now,
        field="results",
        purpose="survey",
        photos_only=False,
        most=MOST_FILES,
    )
    for row in rows:
        row["about_kind"], row["about_id"] = "survey", found.number
    ids = {
        place: row.pk for (place, _f), row in zip(given, store(rows) if rows else [], strict=True)
    }
    return [
        {**one, "attachment": ids[place]} if place in ids else one for place, one in enumerate(raw)
    ]


def _open_order(actor: Actor, order_number: str) -> tuple[SurveyOrder, CaseState]:
    from yishi.foundation.cases.advance import CaseNotFound

    rows = SurveyOrder.objects.visible_to(actor).select_related("case")
    found = rows.filter(number=order_number[:48]).first()
    if found is None:
        raise CaseNotFound(order_number)
    case = one_locked(actor, found.case.number)
    found.refresh_from_db()
    if found.delivered_at is not None:
        raise MoveRefused("state", "这份委托的成果已经提交", case)
    held = {a.unit_id for a in case.duties(SURVEY)} & {g.unit_id for g in actor.grants}
    if actor.kind != "system" and found.office_id not in held:
        raise MoveRefused("role", "成果由承接委托的测绘单位提交", case)
    return found, case


def _results(
    found: SurveyOrder, raw: Sequence[Mapping[str, Any]], book: Book
) -> list[dict[str, Any]]:
    expected = [
        (discipline, unit) for discipline in found.disciplines for unit in (found.units or [""])
    ]
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for one in raw:
        key = (str(one.get("discipline") or ""), str(one.get("unit") or ""))
        if key not in expected:
            raise FieldError("results", f"委托中没有 {key[0][:40]} {key[1][:12]}", "unknown")
        if key in rows:
            raise FieldError("results", "同一事项的成果重复", "double")
        rows[key] = {
            "discipline": key[0],
            "unit_code": key[1],
            "area": decimal("results", one.get("area")) or None,
            "rule": AREA_RULES.get(key[0], ""),
            "accuracy": clean_text("results", one.get("accuracy"), 20),
            "attachment_id": _attachment(one.get("attachment")),
        }
    missing = [key for key in expected if key not in rows]
    if missing:
        names = "、".join(f"{book.discipline[d].name}{f'（{u}）' if u else ''}" for d, u in missing)
        raise FieldError("results", f"成果应一次提交，还缺：{names}", "missing")
    return list(rows.values())


def _attachment(value: object) -> uuid.UUID | None:
    if not value:
        return None
    try:
        return value if isinstance(value, uuid.UUID) else uuid.UUID(str(value))
    except ValueError:
        raise FieldError("results", "成果文件的标识不正确", "format") from None


def _store_results(
    case: CaseState, found: SurveyOrder, rows: list[dict[str, Any]], now: datetime
) -> None:
    mine = SurveyResult.objects.unscoped("the locked project's own").filter(case_id=case.id)
    versions: dict[tuple[str, str], int] = {}
    for discipline, unit, number in mine.values_list("discipline", "unit_code", "version"):
        versions[discipline, unit] = max(number, versions.get((discipline, unit), 0))
    wanted = [row["attachment_id"] for row in rows if row["attachment_id"]]
    hashes = dict(Attachment.objects.filter(pk__in=wanted).values_list("pk", "sha256"))
    for row in rows:
        key = (row["discipline"], row["unit_code"])
        mine.filter(discipline=key[0], unit_code=key[1], state=SurveyResult.CURRENT).update(
            state=SurveyResult.SUPERSEDED
        )
        SurveyResult.objects.create(
            case_id=case.id,
            order=found,
            version=versions.get(key, 0) + 1,
            sha256=hashes.get(row["attachment_id"], ""),
            at=now,
            **row,
        )


def report_change(actor: Actor, number: str, raw: Mapping[str, Any], now: datetime) -> list[str]:
    """A unit changed after it was measured: the touched results are stale, and only those
    disciplines are measured anew. Returns them.

    Raises:
        CaseNotFound, MoveRefused, FieldError.
    """
    registers = city()
    with transaction.atomic():
        case = one_locked(actor, number)
        codes = {unit.code for unit in _units(case)}
        unit = clean_text("unit", raw.get("unit"), 12)
        if unit not in codes:
            raise FieldError("unit", "请选择单位工程", "choice")
        changes = _listed("changes", raw.get("changes"), rules.CHANGES, "变更内容")
        if not changes:
            raise FieldError("changes", "请选择变更了什么", "required")
        rows = list(
            SurveyResult.objects.unscoped("the locked project's own").filter(
                case_id=case.id, state=SurveyResult.CURRENT
            )
        )
        known = {rules.Result(row.discipline, row.unit_code, row.version): row.pk for row in rows}
        found, again = rules.stale(list(known), changes, unit)
        facts = {"unit": unit, "changes": changes, "stale": again}
        context = registers.for_case(case)
        change = plan(LIFECYCLE, case, "report_change", actor, facts, now, context)
        ids = [known[one] for one in found]
        SurveyResult.objects.unscoped("the locked project's own").filter(pk__in=ids).update(
            state=SurveyResult.STALE
        )
        commit([change])
    return again


def survey_state(results: Sequence[SurveyResult], unit: str, discipline: str) -> str:
    """``current``, ``stale`` or empty: what there is of *discipline* for *unit*."""
    mine = [r for r in results if r.discipline == discipline and r.unit_code in ("", unit)]
    if any(r.state == SurveyResult.CURRENT for r in mine):
        return "current"
    return "stale" if any(r.state == SurveyResult.STALE for r in mine) else ""


def measured_area(results: Sequence[SurveyResult], unit: str) -> Decimal | None:
    """The area that planning counts, as measured for *unit*."""
    for row in results:
        if (row.discipline, row.unit_code, row.state) == (
            "planning_completion",
            unit,
            SurveyResult.CURRENT,
        ):
            return row.area
    return None
