"""Sources that are asked in their own database: a read-only query where a secret says.

The query stands in the city's ``facts/sources.yaml`` and is public; where to ask is secret:
``YISHI_FACTS_URL_<KEY>`` in the environment (``YISHI_FACTS_URL_TAX``), or the path of a file with
it in ``YISHI_FACTS_URL_<KEY>_FILE``. The connection reads only, whatever the query says.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg

from yishi.foundation.access.actors import Actor
from yishi.foundation.facts.delivering import Delivered, Said, deliver_rows, may_deliver
from yishi.foundation.facts.models import Delivery, Source
from yishi.foundation.revisions.errors import FieldError

#: How long one answer may take, and how many rows travel at a time.
TIMEOUT_SECONDS, AT_ONCE = 600, 10_000
_OPTIONS = f"-c default_transaction_read_only=on -c statement_timeout={TIMEOUT_SECONDS}s"


def url_of(key: str) -> str:
    """Where a source is asked; "" where the installation does not say."""
    name = f"YISHI_FACTS_URL_{key.upper()}"
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            message = f"读不到 {name}_FILE 所指的文件：{error.strerror}"
            raise FieldError("source", message, "secret") from error
    return os.environ.get(name, "")


def fetch(source: Source, actor: Actor, now: datetime) -> Delivered:
    """Ask a source and take what it answers as a whole delivery as of *now*.

    Raises:
        FieldError: on ``source`` for one that is not asked or does not answer; as `deliver_rows`.
    """
    if not may_deliver(actor, source):
        raise FieldError("source", "只有数据所属单位可以交付", "forbidden")
    if source.kind != Source.Kind.SQL:
        raise FieldError("source", "这个来源不是数据库查询", "kind")
    url = url_of(source.key)
    if not url.startswith(("postgresql://", "postgres://")):
        raise FieldError("source", "没有配置这个来源的连接地址（postgresql://）", "secret")
    said = Said(source, Delivery.Kind.SQL, now, True, actor, now, "数据库查询")
    try:
        with _asked(url, source.query) as (fields, rows):
            return deliver_rows(said, fields, rows)
    except psycopg.Error as error:
        # The driver's message may hold the address; its kind is enough for whoever looks here.
        problem = f"数据库没有答复：{type(error).__name__}"
        Source.objects.filter(pk=source.pk).update(
            state=Source.State.FAILED, state_at=now, problem=problem
        )
        raise FieldError("source", problem, "unreachable") from None


@contextmanager
def _asked(url: str, query: str) -> Iterator[tuple[Sequence[str], Iterator[Sequence[Any]]]]:
    """(columns, rows): a cursor of the server, which takes one query that reads, nothing else."""
    with (
        psycopg.connect(url, options=_OPTIONS, connect_timeout=10) as connection,
        connection.cursor(name="facts") as cursor,
    ):
        cursor.itersize = AT_ONCE
        cursor.execute(query.encode())
        yield [column.name for column in cursor.description or ()], iter(cursor)
