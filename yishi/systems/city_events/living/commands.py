"""``yishi simulate``: let the demo's city live."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from yishi.foundation.access.actors import ActorGrant
    from yishi.systems.city_events.living.life import Life

#: Seconds between two lines of progress.
TELL_SECONDS = 10.0


@click.command()
@click.option("--speed", default=1.0, show_default=True, help="how much quicker than life")
@click.option("--rate", default=12.0, show_default=True, help="reports an hour, before --speed")
@click.option("--seed", default=1, show_default=True, help="the same seed brings the same city")
@click.option("--day", default="ordinary", show_default=True, help="the kind of day; `list` lists")
@click.option("--minutes", default=0.0, help="end after so many minutes; 0 goes on until Ctrl-C")
@click.option("--since", type=click.DateTime(), help="live through the past from this local time")
@click.option("--events", type=int, help="fill an empty demo database with so many, and end")
@click.option("--leave", multiple=True, help="leave the work of this demo account to people")
@click.pass_obj
def simulate(prepare: Callable[[], None], /, **how: Any) -> None:
    """Let residents, sensors and officers act, as far as the database is the demo's (模拟).

    Everybody acts through the same services as people do, beside whoever works at the desk. With
    --since nobody waits: the time from then to now is lived through at once. With --events a year
    is filled with that many: those of one week are planned, repeated in every week, and their
    traces hashed anew; the last week is planned case by case. The same call goes on after a kill.
    """
    from yishi.systems.city_events.living.habits import DAYS

    if how["day"] not in DAYS:
        for name, day in DAYS.items():
            click.echo(f"{name:<10} {day.label}")
        if how["day"] == "list":
            return
        raise click.BadParameter(f"no such day: {how['day']}", param_hint="--day")
    if not 0 < how["speed"] <= 10_000 or not 0 < how["rate"] <= 100_000 or how["minutes"] < 0:
        raise click.BadParameter("speed and rate must be above zero", param_hint="--speed, --rate")
    prepare()
    from django.conf import settings

    from yishi.foundation.access.models import Installation

    if not settings.DEMO and not Installation.objects.filter(kind=Installation.DEMO).exists():
        raise click.ClickException("simulated reports go into the demo's database only")
    try:
        if how["events"] is not None:
            _fill(how["events"], str(how["seed"]))
        else:
            _live(how)
    except KeyboardInterrupt:
        click.echo("stopped")


def _fill(events: int, seed: str) -> None:
    import signal
    import sys

    from django.utils import timezone

    from yishi.systems.city_events.filling.run import NotFilled, fill

    # As an exception, so that the processes beside this one are ended and not orphaned.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        fill(events, seed, timezone.now(), click.echo)
    except (NotFilled, LookupError) as refused:
        raise click.ClickException(str(refused)) from refused


def _live(how: dict[str, Any]) -> None:
    from django.utils import timezone

    from yishi.systems.city_events.living.life import Plan, start

    plan = Plan(how["seed"], how["speed"], how["rate"], how["day"], _grants(how["leave"]))
    begin = timezone.now()
    if how["since"] is not None:
        now = timezone.make_aware(how["since"])
        if now >= begin:
            raise click.BadParameter("must lie in the past", param_hint="--since")
        life = start(plan, now, now.isoformat(timespec="minutes"))
        through(life, begin)
        click.echo(_line(life, begin))
        return
    life = start(plan, begin, begin.isoformat(timespec="seconds"))
    until = begin + timedelta(minutes=how["minutes"]) if how["minutes"] else None
    click.echo(f"simulating at {plan.speed:g} times the speed of life; Ctrl-C ends")
    _wait_and_act(life, until)
    click.echo(_line(life, timezone.now()))


def through(life: Life, until: datetime) -> None:
    """Live at once through everything that happens before *until*."""
    while life.next_at <= until:
        life.act(life.next_at)


def _wait_and_act(life: Life, until: datetime | None) -> None:
    from django.utils import timezone

    told = time.monotonic()
    while until is None or life.next_at <= until:
        wait = (life.next_at - timezone.now()).total_seconds()
        if wait > 0:
            time.sleep(min(wait, TELL_SECONDS))
        else:
            life.act(timezone.now())
        if time.monotonic() - told > TELL_SECONDS:
            told = time.monotonic()
            click.echo(_line(life, timezone.now()))


def _line(life: Life, now: datetime) -> str:
    from yishi.foundation.calendars.timeline import SHANGHAI

    done = "  ".join(f"{what} {count}" for what, count in sorted(life.tally.items()))
    return f"{now.astimezone(SHANGHAI):%m-%d %H:%M:%S}  {done or '—'}"


def _grants(usernames: tuple[str, ...]) -> tuple[ActorGrant, ...]:
    from yishi.foundation.access.models import User

    grants: list[ActorGrant] = []
    for username in usernames:
        user = User.objects.with_grants().filter(username=username).first()
        if user is None:
            raise click.BadParameter(f"no such account: {username}", param_hint="--leave")
        grants += user.actor().grants
    return tuple(grants)
