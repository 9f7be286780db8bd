"""The command line. Commands are named here, imported when called, so that help stays quick."""

from __future__ import annotations

import importlib
import os

import click

COMMANDS: dict[str, tuple[str, str]] = {
    "audit": ("yishi.foundation.cases.checks:audit", "verify traces and their daily roots"),
    "assets": ("yishi.foundation.ui.commands:assets", "collect the browser's packages"),
    "backup": (
        "yishi.runtime.backup.commands:backup",
        "write database, uploads and roots to a file",
    ),
    "calendar": (
        "yishi.foundation.cases.calendar_commands:calendar",
        "import a year's official holidays",
    ),
    "benefits": (
        "yishi.systems.direct_benefits.commands:benefits",
        "policies and their items, matching, made-up enterprises",
    ),
    "catalogue": (
        "yishi.foundation.cases.commands:catalogue",
        "check, load and export event catalogues",
    ),
    "check": ("yishi.runtime.deploy_commands:check", "tell what is unsafe about this installation"),
    "city": ("yishi.runtime.city_commands:city", "load the folder that describes a city"),
    "credit": (
        "yishi.foundation.credit.commands:credit",
        "credit records: lists, terms, index of names",
    ),
    "deadline": ("yishi.foundation.calendars.commands:deadline", "explain when a limit ends"),
    "db": ("yishi.runtime.up:db", "start, stop or open the embedded database"),
    "erase": (
        "yishi.foundation.cases.erasure_commands:erase",
        "erase personal data, hold it, list certificates",
    ),
    "events": (
        "yishi.systems.city_events.importing.commands:events",
        "import reports of city events",
    ),
    "hotline": (
        "yishi.systems.city_events.hotline.commands:hotline",
        "calls of the hotline, and call-backs",
    ),
    "intake": ("yishi.runtime.serve:intake", "take in messages of sensors and cameras (MQTT)"),
    "ledger": (
        "yishi.foundation.ledger.commands:ledger",
        "verify the books, close months, vouchers",
    ),
    "lifecycle": (
        "yishi.foundation.cases.lifecycle_commands:lifecycle",
        "draw a system's states and moves",
    ),
    "live": ("yishi.runtime.serve:live", "serve live events (PORT+1)"),
    "demo": ("yishi.runtime.demo_commands:demo", "simulated data and accounts"),
    "kpi": ("yishi.foundation.cases.checks:kpi", "compare figures with the cases, fold, rebuild"),
    "keys": ("yishi.foundation.parties.commands:keys", "keys of encrypted personal values"),
    "manage": ("yishi.runtime.commands:manage", "run a Django management command"),
    "messages": ("yishi.foundation.ui.commands:messages", "texts of the pages and their English"),
    "simulate": (
        "yishi.systems.city_events.living.commands:simulate",
        "let the demo's city live: residents, sensors, officers",
    ),
    "partner": (
        "yishi.foundation.exchange.commands:partner",
        "platforms that cases are exchanged with",
    ),
    "places": ("yishi.foundation.places.commands:places", "locate points, import landmarks"),
    "recognise": (
        "yishi.foundation.recognition.commands:recognise",
        "what texts are about: train, evaluate, predict",
    ),
    "rehearse": (
        "yishi.systems.city_events.rehearsing.commands:rehearse",
        "replay the past with changed types, limits, routing, rules or a model",
    ),
    "restore": ("yishi.runtime.backup.commands:restore", "put a backup back, and verify it"),
    "rules": (
        "yishi.foundation.rulebook.commands:rules",
        "check, load, explain and rehearse rules",
    ),
    "seals": (
        "yishi.foundation.papers.certificates.commands:seals",
        "what certificates are signed with",
    ),
    "themes": (
        "yishi.systems.life_events.commands:themes",
        "check themes of one visit, list their paths",
    ),
    "training": ("yishi.runtime.training:training", "a copy of the installation to practise in"),
    "up": ("yishi.runtime.up:up", "start everything and keep it running"),
    "web": ("yishi.runtime.serve:web", "serve the site (PORT)"),
    "worker": ("yishi.runtime.serve:worker", "work off the queue"),
}


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module_name, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module_name), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])


@click.group(cls=LazyGroup, help="Yishi (一事): a city's public affairs as closed loops.")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Entry point of the ``yishi`` command. Commands get :func:`prepare` as their object."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yishi.runtime.settings")
    ctx.obj = prepare


def prepare() -> None:
    """Make sure that the database answers, and set Django up."""
    import django

    from yishi.runtime import environment

    environment.ensure_database()
    django.setup()
