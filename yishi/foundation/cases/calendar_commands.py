"""``yishi calendar``: the official notice of each November, and what it moves."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import click


@click.group()
def calendar() -> None:
    """The working calendar of the city."""


@calendar.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--source", required=True, help="the notice, such as 国办发明电〔2026〕N号")
@click.pass_obj
def import_notice(prepare: Callable[[], None], file: Path, source: str) -> None:
    """Import a year: JSON {"year": 2027, "holidays": {date: name}, "makeup_workdays": {…}}.

    Open deadlines that rest on the year are computed again; decided ones never.
    """
    prepare()
    from django.utils import timezone

    from yishi.foundation.calendars.active import active_calendar
    from yishi.foundation.calendars.services import import_year
    from yishi.foundation.cases.recalculation import recalculate_open
    from yishi.foundation.revisions.errors import FieldError

    try:
        year, holidays, makeup = read_notice(file.read_text(encoding="utf-8"))
        now = timezone.now()
        done = import_year(year, holidays=holidays, makeup=makeup, source=source, now=now)
    except FieldError as error:
        raise click.ClickException(str(error)) from error
    since = min((*done.changed, *done.confirmed), default=None)
    click.echo(f"calendar {done.version}: {len(done.changed)} days differ from before")
    found = recalculate_open(
        active_calendar(), now, since=since, tell=lambda seen: click.echo(f"  {seen:,} cases")
    )
    click.echo(f"{found.seen:,} open cases looked at, deadlines moved in {found.moved:,}")


def read_notice(text: str) -> tuple[int, dict[date, str], dict[date, str]]:
    """Year, holidays and make-up days of a notice's file.

    Raises:
        FieldError: naming what is wrong.
    """
    from yishi.foundation.revisions.errors import FieldError

    try:
        content: Any = json.loads(text)
    except ValueError as error:
        raise FieldError("file", "不是 JSON 文件") from error
    if not isinstance(content, dict) or not isinstance(content.get("year"), int):
        raise FieldError("year", "缺少年份（整数）")
    return content["year"], _days(content, "holidays"), _days(content, "makeup_workdays")


def _days(content: dict[str, Any], name: str) -> dict[date, str]:
    from yishi.foundation.revisions.errors import FieldError

    days = content.get(name) or {}
    if not isinstance(days, dict):
        raise FieldError(name, "应为“日期: 名称”的对照表")
    try:
        return {date.fromisoformat(str(day)): str(label) for day, label in days.items()}
    except ValueError as error:
        raise FieldError(name, "日期应写作 2027-01-01") from error
