"""``yishi deadline``: when a limit ends, and why."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from yishi.foundation.calendars.calendar import Calendar


@click.command()
@click.argument("start")
@click.argument("limit")
@click.option(
    "--pause",
    "pauses",
    multiple=True,
    metavar="A..B",
    help="a lawful pause; repeatable",
)
@click.option(
    "--profile",
    default="events",
    show_default=True,
    help="which rule reads 小时, 天, 日",
)
@click.option(
    "--calendar",
    "path",
    type=click.Path(),
    help="a calendar.json instead of the one in force",
)
@click.option("--json", "as_json", is_flag=True, help="print JSON")
def deadline(
    start: str,
    limit: str,
    pauses: tuple[str, ...],
    profile: str,
    path: str | None,
    as_json: bool,
) -> None:
    """Explain day by day when LIMIT (official wording, such as 5工作日) ends after START.

    START is a date or a time such as 2026-03-02T09:00 (Asia/Shanghai). The calendar in force is
    read from the database, or from the city's folder while no database answers.
    """
    import django

    django.setup()
    import orjson
    from django.utils import translation

    from yishi.foundation.calendars.presentation import explain_deadline
    from yishi.foundation.revisions.errors import FieldError

    try:
        calendar, origin = _calendar(path)
        with translation.override("zh-hans"):
            answer = explain_deadline(
                start, limit, list(pauses), profile=profile, calendar=calendar
            )
    except FieldError as error:
        click.echo(f"{error.field}：{error.message}", err=True)
        sys.exit(2)
    if as_json:
        click.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode())
    else:
        click.echo(_text(answer, origin))


def _calendar(path: str | None) -> tuple[Calendar, str]:
    """The calendar to answer with and where it came from."""
    from pathlib import Path

    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.db import Error as DatabaseError
    from django.db import connection

    from yishi.foundation.calendars.active import active_calendar
    from yishi.foundation.calendars.calendar import Calendar
    from yishi.foundation.calendars.days import CalendarError
    from yishi.foundation.calendars.seed import read_file

    if path is not None:
        return Calendar.from_document(read_file(Path(path))), path
    # A pool keeps trying for seconds; one plain attempt tells at once whether a server is there.
    connection.settings_dict["OPTIONS"].pop("pool", None)
    try:
        return active_calendar(), "数据库"
    except (DatabaseError, ImproperlyConfigured, CalendarError):
        file = Path(settings.CITY_DIR) / "calendar.json"
        return Calendar.from_document(read_file(file)), "城市数据（数据库中没有可用的日历）"


def _text(answer: dict[str, Any], origin: str) -> str:
    limit, calendar = answer["limit"], answer["calendar"]
    rows = [
        f"时限：{limit['text']}"
        f"（{limit['amount']} {limit['unit_label']}，口径 {limit['profile']}）",
        f"起算：{answer['start']}",
        "",
    ]
    for line in answer["lines"]:
        kind = (
            f"{line['kind_label']}（{line['holiday']}）" if line["holiday"] else line["kind_label"]
        )
        kind += "·暂定" if line["provisional"] else ""
        counted = f"计 {line['counted_text']}，累计 {line['total_text']}"
        row = f"{line['date']} {line['weekday']}  {counted}"
        rows.append("  ".join([row, kind, "、".join(line["remarks"])]).rstrip())
    rows += [
        "",
        f"到期：{answer['due_text']}",
        f"日历：{calendar['version']}，放假安排公布至 {calendar['official_to']}，来自{origin}",
    ]
    return "\n".join(rows)


commands: list[click.Command] = [deadline]
