"""``yishi erase``: erasing personal data, holding it, and what was erased.

Whoever decides confirms it with the account's password, asked for or read from the environment
(``YISHI_PASSWORD``, ``YISHI_SECOND_PASSWORD``).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import Any

import click

BY = click.option("--by", required=True, metavar="USER", help="who decides; asks for the password")


@click.group()
def erase() -> None:
    """Erase personal data, for a reason, by whoever may; list certificates; set legal holds."""


def _actor(username: str, variable: str) -> Any:
    """The actor of an account whose password was given."""
    from django.contrib.auth import authenticate

    from yishi.foundation.access.models import User

    word = os.environ.get(variable) or click.prompt(f"password of {username}", hide_input=True)
    user = authenticate(None, username=username, password=word)
    if not isinstance(user, User):
        raise click.ClickException(f"the password of {username} is wrong, or there is no such user")
    return user.actor()


def _certified(act: Callable[[], Any]) -> None:
    from yishi.foundation.cases.erasure import NotErased
    from yishi.foundation.revisions.errors import FieldError

    try:
        made = act()
    except (FieldError, NotErased) as error:
        raise click.ClickException(str(error)) from None
    _show(made)


def _show(made: Any) -> None:
    counts = ", ".join(f"{name} {n}" for name, n in sorted(made.counts.items()) if n) or "nothing"
    by, about = " + ".join(made.by), ", ".join(made.subjects) or "retention"
    click.echo(f"certificate {made.number}  {made.at:%F %T %Z}  {about}  {counts}")
    click.echo(f"    by {by}: {made.reason}\n    {made.hash}")


@erase.command()
@click.argument("number")
@BY
@click.option("--second", metavar="USER", help="a second officer, where --by is no administrator")
@click.option("--reason", required=True)
@click.option("--what", multiple=True, help="only this kind of data; may be repeated")
@click.pass_obj
def case(
    prepare: Callable[[], None],
    number: str,
    by: str,
    second: str | None,
    reason: str,
    what: tuple[str, ...],
) -> None:
    """Erase the personal data of the closed case NUMBER; its traces stay valid."""
    prepare()
    from django.utils import timezone

    from yishi.foundation.cases.erasure import erase as act

    actor = _actor(by, "YISHI_PASSWORD")
    other = _actor(second, "YISHI_SECOND_PASSWORD") if second else None
    _certified(lambda: act(actor, number, reason, timezone.now(), second=other, what=what))


@erase.command()
@BY
@click.option("--second", metavar="USER", help="a second officer, where --by is no administrator")
@click.option("--reason", required=True)
@click.pass_obj
def reporter(prepare: Callable[[], None], by: str, second: str | None, reason: str) -> None:
    """Erase contact and words of a reporter, whose telephone number is asked for."""
    prepare()
    from django.utils import timezone

    from yishi.foundation.cases.erasure import REPORTERS

    actor = _actor(by, "YISHI_PASSWORD")
    other = _actor(second, "YISHI_SECOND_PASSWORD") if second else None
    # Not an argument: command lines are seen by others and remembered by shells.
    phone = os.environ.get("YISHI_PHONE") or click.prompt("telephone number", hide_input=True)
    for act in REPORTERS:
        _certified(partial(act, actor, phone, reason, timezone.now(), second=other))


@erase.command()
@click.argument("party", type=click.UUID)
@BY
@click.option("--second", metavar="USER", help="a second officer, where --by is no administrator")
@click.option("--reason", required=True)
@click.pass_obj
def person(
    prepare: Callable[[], None], party: Any, by: str, second: str | None, reason: str
) -> None:
    """Erase the file of a person, by its id (the address of its page at the desk)."""
    prepare()
    from django.utils import timezone

    from yishi.foundation.cases.party_erasure import erase_person
    from yishi.foundation.parties.models import Party

    actor = _actor(by, "YISHI_PASSWORD")
    other = _actor(second, "YISHI_SECOND_PASSWORD") if second else None
    found = Party.objects.filter(pk=party).first()
    if found is None:
        raise click.ClickException("no such file")
    _certified(lambda: erase_person(actor, found, reason, timezone.now(), second=other))


@erase.command("log")
@click.pass_obj
def log(prepare: Callable[[], None]) -> None:
    """List all certificates and verify their chain; exit 1 on a fault."""
    prepare()
    from yishi.foundation.audit import erasures

    for made in erasures.certificates():
        _show(made)
    faults = erasures.faults()
    for line in faults:
        click.echo(line, err=True)
    if faults:
        raise SystemExit(1)


@erase.command()
@click.pass_obj
def expired(prepare: Callable[[], None]) -> None:
    """Erase now what is past the city's periods (the worker does it every night)."""
    prepare()
    from django.conf import settings
    from django.utils import timezone

    from yishi.foundation.audit.retention import periods, purge

    for name, period in sorted(periods(settings.CITY_DIR).items()):
        click.echo(f"{name}: {period.days} days")
    made = purge(settings.CITY_DIR, timezone.now())
    if made is None:
        click.echo("nothing is past its period")
    else:
        _show(made)


@erase.command()
@click.argument("number")
@BY
@click.option("--reason", default="", help="why it must be kept")
@click.option("--lift", is_flag=True, help="end the hold")
@click.pass_obj
def hold(prepare: Callable[[], None], number: str, by: str, reason: str, lift: bool) -> None:
    """Keep everything of the case NUMBER until the hold is lifted (诉讼、调查保全)."""
    prepare()
    from django.utils import timezone

    from yishi.foundation.audit import erasures
    from yishi.foundation.cases.erasure import held_case
    from yishi.foundation.revisions.errors import FieldError

    actor, now = _actor(by, "YISHI_PASSWORD"), timezone.now()
    try:
        subject = held_case(actor, number)
        if lift:
            erasures.lift(subject, actor.ref, now)
        else:
            erasures.hold(subject, reason, actor.ref, now)
    except FieldError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{number}: {'the hold is lifted' if lift else 'held'}")


commands: list[click.Command] = [erase]
