"""How connection pools come back after the database was away."""

from __future__ import annotations

FIRST_WAIT = 0.1
GROWTH = 1.3


def reconnect_quickly() -> None:
    """Let pools of this process try again after tenths of a second, growing slowly.

    psycopg's own pauses are 1, 2, 4, 8 … seconds: a server that was killed is back within one,
    and requests would go on failing for several more. The pauses are attributes of a class and no
    arguments of the pool; a test holds them.
    """
    from psycopg_pool.base import AttemptWithBackoff

    AttemptWithBackoff.INITIAL_DELAY = FIRST_WAIT
    AttemptWithBackoff.DELAY_BACKOFF = GROWTH
