"""The installation that is killed: ``yishi up`` in a folder of its own, and its processes."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks.wire import free_port
from yishi.runtime.postgres import Cluster

PARTS = ("web", "worker", "live", "database")
_SET_UP = """
from django.utils import timezone
from yishi.foundation.access.actors import ActorGrant
from yishi.foundation.access.keys import issue_key
from yishi.foundation.access.models import Grant, User
from yishi.foundation.places.models import Unit
now = timezone.now()
centre = ["acceptor", "dispatcher", "collector"]
for name, roles in (("unit", ["unit_officer"]), ("centre", centre)):
    user = User.objects.create_user(f"soak-{name}", "%(password)s", display_name=name)
    for role in roles:
        wide = role in ("acceptor", "dispatcher")
        some = Unit.objects.all()
        if role == "collector":  # whoever handled a case does not verify it
            some = some.filter(functions__contains=["collection"])
        units = [None] if wide else some.values_list("id", flat=True)
        Grant.objects.bulk_create(
            Grant(user=user, role=role, unit_id=unit, scope="4206" if wide else "", valid_from=now)
            for unit in units
        )
print(issue_key("soak", "soak", [ActorGrant("hotline", None, "4206")], now))
"""


@dataclass
class Running:
    """A supervised installation. ``password`` opens the officers' accounts."""

    home: Path
    environment: dict[str, str]
    cluster: Cluster
    process: subprocess.Popen[bytes]
    port: int
    key: str
    password: str

    # -- looking ------------------------------------------------------------------------------

    def url(self) -> str:
        """The database's address."""
        return self.cluster.url()

    def commands(self, *texts: str) -> list[str]:
        """Run commands one after the other, in one process; what went wrong."""
        code = (
            "import sys\nfrom yishi.runtime.cli import main\n"
            "for text in sys.argv[1:]:\n    main.main(text.split(), standalone_mode=False)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, *texts],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return [f"{texts}: {done.stdout}{done.stderr}"] if done.returncode else []

    def health(self) -> dict[str, dict[str, object]]:
        """The parts as ``/healthz`` tells; ``OSError`` or ``ValueError`` without one."""
        address = f"http://127.0.0.1:{self.port}/healthz"
        with urllib.request.urlopen(address, timeout=2) as answer:
            found: dict[str, dict[str, object]] = json.load(answer)["parts"]
            return found

    def newest_worker(self) -> int:
        """Number of the worker that registered last; 0 without a database."""
        try:
            with psycopg.connect(self.url(), connect_timeout=2) as connection:
                row = connection.execute("SELECT max(id) FROM procrastinate_workers").fetchone()
                return int(row[0] or 0) if row else 0
        except psycopg.Error:
            return 0

    # -- killing ------------------------------------------------------------------------------

    def victims(self, part: str) -> list[int]:
        """Processes of a part, its first one first."""
        if part == "database":
            pid = self.cluster._postmaster()
            return [pid, *_children(pid)] if pid else []
        for pid in _children(self.process.pid):
            if _name(pid) == f"yishi-{part}":
                return [pid, *_children(pid)]
        return []

    def kill(self, part: str, rng: random.Random) -> bool:
        """SIGKILL the first process of a part, or in one case of four one of its children."""
        found = self.victims(part)
        if not found:
            return False
        victim = rng.choice(found) if rng.random() < 0.25 else found[0]
        with contextlib.suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)
        return True

    def seconds_until_back(self, killed: list[str], worker: int, patience: float = 90) -> float:
        """How long until all four parts work; a killed worker counts once a new one registered."""
        begun = time.monotonic()
        while time.monotonic() < begun + patience:
            with contextlib.suppress(OSError, ValueError, KeyError):
                parts = self.health()
                new = "worker" not in killed or self.newest_worker() > worker
                if new and all(parts[name]["ok"] for name in PARTS):
                    return time.monotonic() - begun
            time.sleep(0.05)
        raise AssertionError(f"not back after {patience} s: {killed}\n{self.log()}")

    def log(self) -> str:
        """The ends of all logs."""
        files = [*sorted((self.home / "log").glob("*.log")), self.cluster.log]
        texts = [path.read_text(errors="replace")[-2500:] for path in files if path.exists()]
        return "\n".join(texts)


def _environment(home: Path, port: int, smtp: int, hook: int) -> dict[str, str]:
    """Settings of an installation whose e-mail and text messages arrive here."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "yishi.runtime.settings",
        "YISHI_HOME": str(home),
        "PORT": str(port),
        "YISHI_EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "YISHI_EMAIL_HOST": "127.0.0.1",
        "YISHI_EMAIL_PORT": str(smtp),
        "YISHI_NOTIFY_SMS": f"json://127.0.0.1:{hook}/send/{{phone}}?+X-Message-Id={{id}}",
    }
    environment.pop("DATABASE_URL", None)
    environment.pop("YISHI_DEMO", None)
    return environment


@contextmanager
def running(
    home: Path, cluster: Cluster, smtp: int, hook: int, *, dump: bytes = b""
) -> Iterator[Running]:
    """Set an installation up (from *dump*, SQL text, where given) and keep it running."""
    password = f"soak {os.urandom(8).hex()}"
    port = free_port()
    environment = _environment(home, port, smtp, hook)

    def run(*command: str, text: bytes = b"") -> str:
        done = subprocess.run(
            command, env=environment, input=text, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        return (done.stdout.decode().strip().splitlines() or [""])[-1]

    cluster.start()
    if dump:
        run(
            str(cluster.binaries / "psql"),
            "-qXv",
            "ON_ERROR_STOP=1",
            "-d",
            cluster.url(),
            text=dump,
        )
    else:
        run(sys.executable, "-m", "yishi", "manage", "migrate", "--verbosity", "0")
        run(sys.executable, "-m", "yishi", "city", "load")
    code = "import django; django.setup()\n" + _SET_UP % {"password": password}
    key = run(sys.executable, "-c", code)
    with open(home / "up.log", "ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "yishi", "up"], env=environment, stdout=log, stderr=log
        )
    try:
        made = Running(home, environment, cluster, process, port, key, password)
        made.seconds_until_back([], 0)
        yield made
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _children(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [int(word) for word in text.split()]


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""
