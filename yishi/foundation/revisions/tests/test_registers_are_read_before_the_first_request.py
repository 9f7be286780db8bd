"""What a process reads before it is asked: all of it, once, and never at the price of starting."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest
from django.db import OperationalError, connection

from yishi.foundation import revisions


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], object]]:
    """What is read first, empty at the beginning; the connection is kept for the test."""
    found: list[Callable[[], object]] = []
    monkeypatch.setattr(revisions, "READ_FIRST", found)
    return found


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """How often the connection was given back."""
    times: list[bool] = []
    monkeypatch.setattr(connection, "close", lambda: times.append(True))
    return times


def test_everything_is_read_in_its_order_and_the_connection_given_back(
    reads: list[Callable[[], object]], closed: list[bool]
) -> None:
    done: list[int] = []
    reads += [lambda n=n: done.append(n) for n in range(3)]  # type: ignore[misc]
    revisions.read_first()
    assert done == [0, 1, 2] and closed == [True]


@pytest.mark.parametrize("error", [OperationalError("no server"), LookupError("no catalogue")])
def test_without_a_database_or_a_catalogue_the_process_starts_all_the_same(
    reads: list[Callable[[], object]],
    closed: list[bool],
    error: Exception,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fails() -> None:
        raise error

    done: list[bool] = []
    reads += [fails, lambda: done.append(True)]
    with caplog.at_level(logging.INFO, "yishi.revisions"):
        revisions.read_first()
    assert not done and closed == [True]
    assert type(error).__name__ in caplog.text
    assert str(error) not in caplog.text  # an address or a name may stand in it


def test_a_mistake_of_the_program_is_not_hidden(
    reads: list[Callable[[], object]], closed: list[bool]
) -> None:
    def wrong() -> None:
        raise TypeError("a mistake")

    reads.append(wrong)
    with pytest.raises(TypeError):
        revisions.read_first()
    assert closed == [True]


@pytest.mark.django_db
def test_what_was_read_first_costs_the_first_request_no_loading(
    reads: list[Callable[[], object]], closed: list[bool]
) -> None:
    loads: list[int] = []

    def load() -> str:
        loads.append(1)
        return "register"

    number = revisions.bump("a register")
    reads.append(lambda: revisions.current("a register", load))
    revisions.read_first()
    assert revisions.at("a register", number, load) == "register"
    assert loads == [1]
