"""How long it takes until 1 % changed enterprises are candidates again.

    python -m benchmarks.benefits_refresh [--count 1000000] [--share 0.01]

In a database of its own (``YISHI_HOME``) with the city loaded: made-up enterprises are delivered
and screened once; then a share of them gets new head counts, and `refresh` is timed. The parties
looked at add up from round to round: everything since the base is looked at.
Prints one line of JSON for each of three rounds.
"""

from __future__ import annotations

import json
import os
import time

import click


@click.command()
@click.option("--count", default=1_000_000, show_default=True)
@click.option("--share", default=0.01, show_default=True)
def main(count: int, share: float) -> None:
    """Deliver, screen, change, refresh."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yishi.runtime.settings")
    from yishi.runtime.cli import prepare

    prepare()
    from django.utils import timezone

    from yishi.foundation.access.actors import SYSTEM
    from yishi.foundation.facts import simulating, snapshots
    from yishi.foundation.facts.delivering import Said, deliver_rows
    from yishi.foundation.facts.models import Source
    from yishi.systems.direct_benefits.runs import refreshing, running

    now = timezone.now()
    simulating.deliver(count, 1, now)
    base = running.run(now, snapshots.take(now), now.date(), actor=SYSTEM)
    every = max(int(1 / share), 1)
    for shift in range(3):
        codes = snapshots.code_at(base.snapshot, list(range(shift, base.parties, every)))
        at = timezone.now()
        said = Said(Source.objects.get(key="hr"), "api", at, False, SYSTEM, at)
        rows = [[code, 5 + n % 40, n % 7] for n, code in enumerate(codes)]
        deliver_rows(said, ["party", "insured_heads_last", "graduates_hired"], rows)
        began = time.perf_counter()
        done = refreshing.refresh(base, timezone.now(), actor=SYSTEM)
        click.echo(
            json.dumps(
                {
                    "parties": base.parties,
                    "looked_at": done.parties,
                    "new": done.new,
                    "changed": done.changed,
                    "stale": done.stale,
                    "seconds": round(time.perf_counter() - began, 3),
                }
            )
        )


if __name__ == "__main__":
    main()
