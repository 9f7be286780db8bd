"""Where the installation's database comes from."""

from __future__ import annotations

import pytest
from django.db import connection

from yishi.runtime import environment


@pytest.mark.django_db
def test_tests_run_on_postgres_with_a_fixed_locale() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT datlocprovider, datlocale, pg_encoding_to_char(encoding) FROM pg_database "
            "WHERE datname = current_database()"
        )
        assert cursor.fetchone() == ("b", "C.UTF-8", "UTF8")


def test_database_url_names_another_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://us%40er:p%2Fw@db:6432/city?sslmode=require")
    found = environment.database()
    assert (found["USER"], found["PASSWORD"]) == ("us@er", "p/w")
    assert (found["HOST"], found["PORT"], found["NAME"]) == ("db", "6432", "city")
    assert found["OPTIONS"]["sslmode"] == "require"


@pytest.mark.parametrize("url", ["mysql://db/city", "city", "http://db"])
def test_database_url_of_another_kind_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(environment.SettingError, match="DATABASE_URL"):
        environment.database()


@pytest.mark.parametrize("text", ["", "0", "65535", "-1", "80x", "８０"])
def test_port_is_checked(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("PORT", text)
    if text == "":
        assert environment.port() == environment.DEFAULT_PORT
    else:
        with pytest.raises(environment.SettingError, match="PORT"):
            environment.port()


@pytest.mark.parametrize("text", ["2", "2 GB", "0MB", "-1GB", "2TB", "１GB"])
def test_the_memory_of_the_embedded_server_is_a_size(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("YISHI_DB_MEMORY", "512MB")
    assert environment.cluster().options == {"shared_buffers": "512MB"}
    monkeypatch.setenv("YISHI_DB_MEMORY", text)
    with pytest.raises(environment.SettingError, match="YISHI_DB_MEMORY"):
        environment.cluster()


@pytest.mark.django_db
def test_a_connection_that_the_server_ended_is_not_handed_out_and_others_cost_no_question(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from psycopg import Connection
    from psycopg_pool import ConnectionPool

    from yishi.runtime.pools import check_cheaply

    monkeypatch.setattr(ConnectionPool, "check_connection", ConnectionPool.check_connection)
    check_cheaply()
    connection.ensure_connection()
    wanted = connection.get_connection_params() | {"autocommit": True}
    check = ConnectionPool.check_connection
    with ConnectionPool(kwargs=wanted, min_size=1, max_size=1, check=check) as pool:
        with pool.connection() as first:
            number = first.info.backend_pid
        with monkeypatch.context() as patch:
            patch.setattr(Connection, "execute", lambda *args, **more: pytest.fail("asked"))
            with pool.connection() as again:
                assert again.info.backend_pid == number
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [number])
        with pool.connection() as other:
            row = other.execute("SELECT pg_backend_pid()").fetchone()
        assert row is not None and row != (number,)


def test_pools_try_again_at_once_after_the_database_was_away() -> None:
    from psycopg_pool.base import AttemptWithBackoff

    from yishi.runtime.pools import reconnect_quickly

    reconnect_quickly()
    attempt, now, tries = AttemptWithBackoff(timeout=300), 0.0, 0
    while now < 5:
        attempt.update_delay(now)
        now += attempt.delay
        tries += 1
    assert tries >= 8
