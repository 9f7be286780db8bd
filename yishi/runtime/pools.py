"""How connection pools come back after the database was away, and how they look after that."""

from __future__ import annotations

import select
from typing import Any

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


def check_cheaply() -> None:
    """Let pools of this process ask the server only about connections on which something came.

    A server that ends, however it ends, closes its connections: their sockets can be read then. A
    question to the server before every request took as long as one of the request's statements.
    """
    from psycopg_pool import ConnectionPool

    ask = ConnectionPool.check_connection

    def check(connection: Any) -> None:
        poll = select.poll()
        poll.register(connection.fileno(), select.POLLIN)
        if poll.poll(0):
            ask(connection)

    if ask.__name__ != check.__name__:
        setattr(ConnectionPool, "check_connection", staticmethod(check))  # noqa: B010
