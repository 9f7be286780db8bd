"""``yishi check``: what an operator should know before people rely on an installation."""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

UNSAFE, WARNING = "unsafe", "warning"
LEAST_FREE = 2_000_000_000
BACKUP_EVERY = timedelta(days=2)
SEAL_ENDS = timedelta(days=60)
LAST_BACKUP = "last-backup.json"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend. ``about`` names the setting, file or table; ``advice`` what to do."""

    level: str
    about: str
    advice: str


def findings(now: datetime) -> list[Finding]:
    """Everything that was found, the unsafe first. Needs Django and the database."""
    found = [finding for check in CHECKS for finding in check(now)]
    return sorted(found, key=lambda finding: (finding.level != UNSAFE, finding.about))


def _settings(now: datetime) -> Iterator[Finding]:
    from django.conf import settings

    if settings.DEBUG:
        yield Finding(UNSAFE, "DEBUG", "error pages show code and settings; turn it off")
    if settings.DEMO:
        yield Finding(UNSAFE, "YISHI_DEMO", "anybody signs in by one click; unset it")
    if "*" in settings.ALLOWED_HOSTS:
        yield Finding(UNSAFE, "YISHI_HOSTS", "any Host header is believed; name your hosts")
    if not settings.SECURE:
        yield Finding(
            UNSAFE,
            "YISHI_ORIGIN",
            "not https://…: cookies and passwords may travel in the clear; put a proxy with TLS in "
            "front and name its origin",
        )
    if len(settings.SECRET_KEY) < 40:
        yield Finding(UNSAFE, "YISHI_SECRET_KEY", "too short; leave it out and one is made")
    bind = os.environ.get("YISHI_BIND", "127.0.0.1")
    if not _is_local(bind):
        yield Finding(
            WARNING, "YISHI_BIND", f"listens on {bind}: see that only the proxy can reach it"
        )
    if "console" in settings.EMAIL_BACKEND:
        yield Finding(WARNING, "YISHI_EMAIL_BACKEND", "no e-mail goes out")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        yield Finding(WARNING, "user", "runs as root; give it a user of its own")


def _is_local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.startswith("/")


def _files(now: datetime) -> Iterator[Finding]:
    from django.conf import settings

    from yishi.runtime.backup.keyfile import files

    private = [*files().values(), Path(settings.STATE_DIR)]
    for path in private:
        if not path.exists():
            if path.name not in ("roots.pem", "seals.json"):
                yield Finding(WARNING, str(path), "is not there; was another state folder meant?")
            continue
        mode = path.stat().st_mode
        if stat.S_IMODE(mode) & 0o077:
            wanted = "0700" if stat.S_ISDIR(mode) else "0600"
            yield Finding(UNSAFE, str(path), f"others may read it; chmod {wanted}")
    retired = Path(settings.YISHI_KEYS_FILE).with_name("keys.retired.json")
    if retired.exists():
        yield Finding(WARNING, str(retired), "old keys: keep them with the old backups, not here")
    if (Path(settings.STATE_DIR) / "restore.json").exists():
        yield Finding(UNSAFE, "restore", "one was interrupted; yishi db settle")
    for name, folder in (("media", settings.YISHI_MEDIA), ("state", settings.STATE_DIR)):
        if Path(folder).exists() and shutil.disk_usage(folder).free < LEAST_FREE:
            yield Finding(WARNING, f"disk of {name}", "less than 2 GB free")
    yield from _backup(Path(settings.STATE_DIR) / LAST_BACKUP, now)


def _backup(path: Path, now: datetime) -> Iterator[Finding]:
    try:
        made = datetime.fromisoformat(json.loads(path.read_text())["made_at"])
    except (OSError, ValueError, KeyError):
        yield Finding(WARNING, "backup", "none was ever made by yishi backup")
        return
    if now - made.astimezone(UTC) > BACKUP_EVERY:
        yield Finding(WARNING, "backup", f"the last one is of {made:%F}")


def _database(now: datetime) -> Iterator[Finding]:
    from django.db import connection

    url = os.environ.get("DATABASE_URL", "")
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    host = options.get("host") or parts.hostname or ""
    if host and not _is_local(host) and options.get("sslmode") != "verify-full":
        yield Finding(
            UNSAFE, "DATABASE_URL", "without sslmode=verify-full the network can read and answer"
        )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper OR rolbypassrls, current_setting('server_version_num')::int, "
            "current_setting('fsync'), current_setting('full_page_writes'), "
            "pg_encoding_to_char(encoding), extract(epoch FROM clock_timestamp()) "
            "FROM pg_roles, pg_database WHERE rolname = current_user "
            "AND datname = current_database()"
        )
        above, version, fsync, pages, encoding, clock = cursor.fetchone()
    if above:
        yield Finding(UNSAFE, "database role", "a superuser; give the site a role of its own")
    if version < 150_000:
        yield Finding(UNSAFE, "database", "older than PostgreSQL 15")
    if (fsync, pages) != ("on", "on"):
        yield Finding(UNSAFE, "database", "fsync or full_page_writes is off: a crash loses reports")
    if encoding != "UTF8":
        yield Finding(UNSAFE, "database", f"encoding {encoding}; make it anew with UTF8")
    if abs(float(clock) - datetime.now(UTC).timestamp()) > 5:
        yield Finding(WARNING, "clock", "database and this machine differ by more than 5 s")


def _content(now: datetime) -> Iterator[Finding]:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from yishi.foundation.access.models import ApiClient, Installation, User

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        yield Finding(UNSAFE, "migrations", "not all are applied; yishi manage migrate")
        return
    if Installation.objects.filter(kind=Installation.DEMO).exists():
        yield Finding(UNSAFE, "database", "made by the demo; use a fresh one for a city")
    accounts = User.objects.filter(is_demo=True, is_active=True).count()
    accounts += ApiClient.objects.filter(is_demo=True, is_active=True).count()
    if accounts:
        yield Finding(UNSAFE, "accounts", f"{accounts} demo accounts or keys are active")
    yield from _work(now)


def _seals(now: datetime) -> Iterator[Finding]:
    from yishi.foundation.papers.certificates import seals

    advice = (
        "certificates are sealed by the test authority, without legal effect; get a seal of a "
        "licensed authority and yishi seals use it"
    )
    if not seals.path().exists():
        yield Finding(WARNING, "seals", advice)
        return
    try:
        current = seals.seals().current
    except seals.SealError as error:
        yield Finding(UNSAFE, str(seals.path()), f"{error}: no certificate can be signed")
        return
    if current.test:
        yield Finding(WARNING, "seals", advice)
    ends = current.certificate().not_valid_after_utc
    if ends - now < SEAL_ENDS:
        yield Finding(WARNING, "seals", f"the seal's term ends on {ends:%F}; yishi seals")


def _work(now: datetime) -> Iterator[Finding]:
    from django.db import connection

    from yishi.foundation.audit.models import DailyRoot
    from yishi.foundation.parties import rotation
    from yishi.runtime.health import WORKER_SILENCE

    last = DailyRoot.objects.order_by("-made_at").first()
    if last is None or now - last.made_at > timedelta(days=2):
        yield Finding(WARNING, "daily roots", "none in two days; does a worker run?")
    if rotation.waiting():
        yield Finding(WARNING, "keys", "a change of keys is unfinished; yishi keys status")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > "
            "now() - make_interval(secs => %s)), (SELECT count(*) FROM procrastinate_jobs "
            "WHERE status = 'failed'), (SELECT count(*) FROM messaging_message "
            "WHERE state = 'failed')",
            [WORKER_SILENCE],
        )
        workers, jobs, messages = cursor.fetchone()
    if not workers:
        yield Finding(WARNING, "worker", "none runs: no messages, no warnings of due work")
    if jobs:
        yield Finding(WARNING, "queue", f"{jobs} jobs failed")
    if messages:
        yield Finding(WARNING, "messages", f"{messages} could not be sent")


CHECKS: tuple[Callable[[datetime], Iterator[Finding]], ...] = (
    _settings,
    _files,
    _database,
    _content,
    _seals,
)


def note_backup(state_dir: Path, manifest: Any) -> None:
    """Remember that a backup was made."""
    path = state_dir / LAST_BACKUP
    path.write_text(json.dumps({"made_at": manifest.made_at, "counts": manifest.counts}))
    path.chmod(0o600)
