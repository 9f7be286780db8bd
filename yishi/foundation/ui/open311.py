"""What a system offers to Open311 clients (GeoReport v2): its services, requests and updates.

A system names its :class:`Source` in its AppConfig (``open311_source``, a dotted path), as it does
with its API router; the face open311 speaks the protocol for all alike. Input reaches a source
under the protocol's own names, and a ``FieldError`` of a source names them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from yishi.foundation.access.actors import Actor


class NotPublished(LookupError):
    """No such service or request, or none that is published; ``field`` says what was asked by."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


class Conflict(Exception):
    """What was sent contradicts what is stored: a used key with other content, a closed case."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """Something a service asks for besides place and words.

    ``datatype`` is one of string, number, datetime, text, singlevaluelist, multivaluelist;
    ``values`` are (key, name). ``variable`` is false for what only informs. ``automated`` marks
    what a program fills in and no person is asked for (an extension of FixMyStreet's).
    """

    code: str
    datatype: str
    description: str
    values: Sequence[tuple[str, str]] = ()
    required: bool = False
    variable: bool = True
    hint: str = ""
    automated: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """A kind of matter that may be reported."""

    code: str
    name: str
    description: str
    group: str
    keywords: Sequence[str]
    attributes: Sequence[Attribute]


@dataclass(frozen=True, slots=True)
class Published:
    """A request as everybody may know it. Degrees are WGS 84; ``more`` is shown on demand."""

    number: str
    closed: bool
    notes: str
    service_code: str
    service_name: str
    words: str
    agency: str
    requested_at: datetime
    updated_at: datetime
    expected_at: datetime | None
    address: str
    lon: float | None
    lat: float | None
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Update:
    """A step of a request, and whether the request was closed after it."""

    id: str
    number: str
    closed: bool
    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Query:
    """Which requests (or updates of requests) are asked for; all conditions together.

    ``near`` is longitude, latitude and metres. ``own`` is the reference of the program that asks
    (``client:3``), which may read its own reports' words; empty for everybody else.
    """

    numbers: Sequence[str] = ()
    services: Sequence[str] = ()
    since: datetime | None = None
    until: datetime | None = None
    updated_since: datetime | None = None
    updated_until: datetime | None = None
    closed: bool | None = None
    near: tuple[float, float, float] | None = None
    offset: int = 0
    limit: int = 50
    own: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """What a program sent: fields and attributes under the protocol's names, and its own key.

    ``key`` makes a repetition harmless: the same content gets the same answer.
    """

    fields: Mapping[str, str]
    attributes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    media: Sequence[str] = ()
    key: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """The answer to a report: its number, and what happens next in words."""

    number: str
    notice: str


class Source(Protocol):
    """What a system offers."""

    def contact(self, now: datetime) -> str:
        """Who answers for the data."""

    def changed_at(self, now: datetime) -> datetime:
        """When the list of services changed last."""

    def services(self, now: datetime) -> Sequence[Service]:
        """What may be reported."""

    def report(self, actor: Actor, sent: Sent, now: datetime) -> Taken:
        """Take in a report.

        Raises:
            FieldError: for wrong input; nothing is stored.
            NotPublished: for an unknown service.
            Conflict: for a used key with other content.
        """

    def supplement(self, actor: Actor, sent: Sent, now: datetime) -> str:
        """Take in an update of a published request and return the update's id.

        Raises:
            FieldError: for wrong input; nothing is stored.
            NotPublished: for an unknown request.
            Conflict: when the request's state does not allow it.
        """

    def requests(self, query: Query, now: datetime) -> Sequence[Published]:
        """Published requests, newest first."""

    def updates(self, query: Query, now: datetime) -> Sequence[Update]:
        """Steps of published requests between ``since`` and ``until``, oldest first."""

    def number_of(self, token: str) -> str | None:
        """The request that a token stands for."""
