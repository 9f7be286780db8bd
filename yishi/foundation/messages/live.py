"""Live pages: "this topic changed", and tokens that say which topics a page may follow.

A change is announced with `notify` inside the transaction that makes it, so that nothing is heard
before it can be read. Only the topic's name travels; the page then asks its normal view again,
which checks permissions as ever. PostgreSQL's payloads end at 8,000 bytes.

Topics are paths: who follows ``cases/4206`` hears ``cases/4206/420606`` too. Everybody may follow
``public/…``; any other topic needs a token, which a page that has checked the permission hands out.

This module imports no model, so that the live process stays small.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.core import signing

CHANNEL = "yishi_live"
PUBLIC = "public/"
TOKEN_SECONDS = 12 * 3600
LONGEST_PAYLOAD = 7_900
_SALT = "yishi.live"
_TOPIC = re.compile(r"[A-Za-z0-9_.:-]{1,64}(/[A-Za-z0-9_.:-]{1,64}){0,15}")


class TopicError(ValueError):
    """A text is not a topic's name, or a token does not cover the topic."""


def check_topic(topic: str) -> str:
    """The topic, if it is well formed. Raises `TopicError`."""
    if not _TOPIC.fullmatch(topic):
        raise TopicError(f"not a topic: {topic[:80]!r}")
    return topic


def notify(*topics: str) -> None:
    """Announce that topics changed, when the current transaction commits (one statement)."""
    from django.db import connection

    payloads = list(pack(topics))
    if not payloads:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_notify(%s, payload) FROM unnest(%s::text[]) AS payload", [CHANNEL, payloads]
        )


def pack(topics: Iterable[str]) -> Iterable[str]:
    """Distinct topics joined by newlines into as few payloads as fit. Raises `TopicError`."""
    payload = ""
    for topic in dict.fromkeys(topics):
        check_topic(topic)
        if len(payload) + len(topic) + 1 > LONGEST_PAYLOAD:
            yield payload
            payload = ""
        payload = f"{payload}\n{topic}" if payload else topic
    if payload:
        yield payload


def topic_token(topics: Iterable[str]) -> str:
    """A signed token for following these topics and those below them, for 12 hours."""
    return signing.dumps([check_topic(topic) for topic in topics], salt=_SALT, compress=True)


def permitted(token: str) -> list[str]:
    """The topics of a token. Raises `TopicError` if it is forged or too old."""
    try:
        topics: list[str] = signing.loads(token, salt=_SALT, max_age=TOKEN_SECONDS)
    except signing.BadSignature:
        raise TopicError("the token is not valid, or too old") from None
    return topics


def may_follow(topic: str, permitted_topics: Iterable[str]) -> bool:
    """Whether a topic is public, or one of the permitted ones or below one."""
    return topic.startswith(PUBLIC) or any(
        topic == base or topic.startswith(base + "/") for base in permitted_topics
    )
