"""``yishi benefits``: policies, runs and made-up enterprises."""

from __future__ import annotations

import click

from yishi.systems.direct_benefits.payments.commands import bank
from yishi.systems.direct_benefits.policies.commands import check, export
from yishi.systems.direct_benefits.prior_commands import prior
from yishi.systems.direct_benefits.runs.commands import COMMANDS as RUNS


@click.group()
def benefits() -> None:
    """Money that nobody has to apply for (无申请兑现)."""


benefits.add_command(check)
benefits.add_command(export)
benefits.add_command(bank)
benefits.add_command(prior)
for _command in RUNS:
    benefits.add_command(_command)
