"""``yishi check`` names what is unsafe, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from yishi.foundation.access.models import User
from yishi.runtime.deploy_checks import UNSAFE, findings, note_backup

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def installation(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of its own as a careful operator has it; the test server lacks fsync."""
    tmp_path.chmod(0o700)
    settings.STATE_DIR, settings.YISHI_KEYS_FILE = tmp_path, tmp_path / "keys.json"
    settings.SECURE, settings.SECRET_KEY = True, "x" * 50
    for name in ("keys.json", "secret_key"):
        (tmp_path / name).write_text('{"current": "k1", "keys": {}}')
        (tmp_path / name).chmod(0o600)
    for name in ("DATABASE_URL", "YISHI_BIND"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "keys.json").unlink()  # the first use makes it
    from yishi.foundation.parties.crypto import key_ring

    key_ring()
    return tmp_path


def unsafe() -> set[str]:
    return {f.about for f in findings(NOW) if f.level == UNSAFE} - {"database"}


def warned() -> set[str]:
    return {f.about for f in findings(NOW) if f.level != UNSAFE}


def test_a_careful_installation_is_not_complained_about() -> None:
    assert unsafe() == set()


@pytest.mark.parametrize(
    ("name", "value", "about"),
    [
        ("DEBUG", True, "DEBUG"),
        ("DEMO", True, "YISHI_DEMO"),
        ("ALLOWED_HOSTS", ["*"], "YISHI_HOSTS"),
        ("SECURE", False, "YISHI_ORIGIN"),
        ("SECRET_KEY", "short", "YISHI_SECRET_KEY"),
    ],
)
def test_an_unsafe_setting_is_named(settings: Any, name: str, value: Any, about: str) -> None:
    setattr(settings, name, value)
    assert unsafe() == {about}


def test_keys_that_others_can_read_are_named(installation: Path) -> None:
    (installation / "keys.json").chmod(0o644)
    assert unsafe() == {str(installation / "keys.json")}


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://u:p@db.example:5432/yishi", True),
        ("postgresql://u:p@db.example:5432/yishi?sslmode=require", True),
        ("postgresql://u:p@db.example:5432/yishi?sslmode=verify-full", False),
        ("postgresql://u@/yishi?host=/run/postgresql", False),
        ("postgresql://u:p@127.0.0.1/yishi", False),
    ],
)
def test_a_database_over_an_unprotected_network_is_named(
    monkeypatch: pytest.MonkeyPatch, url: str, told: bool
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    assert ("DATABASE_URL" in unsafe()) is told


def test_demo_accounts_are_named() -> None:
    User.objects.create_user("demo", "x", display_name="演示", is_demo=True)
    assert unsafe() == {"accounts"}


def test_a_backup_that_was_never_made_is_named_until_one_was(installation: Path) -> None:
    assert "backup" in warned()

    class Manifest:
        made_at = NOW.isoformat()
        counts: dict[str, int] = {}

    note_backup(installation, Manifest())
    assert "backup" not in warned()
    assert "worker" in warned()


def test_a_database_that_may_lose_reports_is_named() -> None:
    # The tests' own server runs without fsync, which is what is asked for here.
    assert any(f.about == "database" and "fsync" in f.advice for f in findings(NOW))


def test_the_test_authority_of_certificates_is_warned_of(installation: Path) -> None:
    from yishi.foundation.papers.certificates import seals

    assert "seals" in warned(), "before the first certificate"
    authority = seals._authority(NOW)
    outside = seals._fresh("s9", authority, NOW)
    seals.seals()
    assert "seals" in warned()
    keys = outside.cert.encode(), outside.key.encode(), authority.cert.encode()
    seals.use(*keys, NOW)
    assert "seals" not in warned()
    assert "seals" in {f.about for f in findings(NOW + timedelta(days=5 * 365 - 20))}
    (installation / "seals.json").write_text("{}")
    assert str(installation / "seals.json") in unsafe()
