"""Survey orders as pages show them: what was ordered, how long it may take, and the results."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import FileResponse, Http404
from django.utils.translation import gettext as _

from yishi.foundation.calendars.calendar import Calendar
from yishi.foundation.calendars.counting import effective_moment
from yishi.foundation.ui.documents import file_answer
from yishi.foundation.ui.parts import Light, light
from yishi.systems.construction.models import SurveyOrder, SurveyResult
from yishi.systems.construction.services.reading import Project
from yishi.systems.construction.services.surveying import CRS, clock_of


@dataclass(frozen=True, slots=True)
class OrderLine:
    """A survey order with its results; ``light``: of the days in which it is to be measured."""

    row: SurveyOrder
    disciplines: str
    surveyor: str
    crs: str
    results: tuple[tuple[SurveyResult, str], ...]
    light: Light | None


def orders(project: Project, calendar: Calendar, now: datetime) -> list[OrderLine]:
    """The survey orders, newest first."""
    return [_line(project, row, calendar, now) for row in reversed(project.orders)]


def _line(project: Project, row: SurveyOrder, calendar: Calendar, now: datetime) -> OrderLine:
    labels = {"current": _("有效"), "stale": _("已过时"), "superseded": _("已被新版本替代")}
    clock = project.case.last_clock(clock_of(row.number))
    lamp = None
    if clock is not None:
        lamp = light(
            clock.due_at,
            now,
            warn_at=clock.warn_at,
            done_at=clock.stopped_at,
            provisional=clock.provisional,
            judged=effective_moment(calendar, now),
        )
    return OrderLine(
        row,
        "、".join(project.book.discipline[key].name for key in row.disciplines),
        project.book.surveyor[row.surveyor].name,
        CRS.get(row.crs, row.crs),
        tuple(
            (
                result,
                f"{project.book.discipline[result.discipline].name} "
                f"{result.unit_code} v{result.version} · {labels[result.state]}",
            )
            for result in project.results
            if result.order_id == row.pk
        ),
        lamp,
    )


def result_file(project: Project, result: int) -> FileResponse:
    """The file of a result of a project that was found in scope. Raises Http404."""
    row = next((one for one in project.results if one.pk == result), None)
    if row is None or row.attachment_id is None:
        raise Http404
    return file_answer(row.attachment_id)
