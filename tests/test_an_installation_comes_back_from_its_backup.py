"""``yishi backup`` and ``yishi restore``, end to end, with real programs and real databases."""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.installation import Installation, installation
from tests.templates import CITY
from yishi.runtime.postgres import Cluster

PASSPHRASE = "correct horse battery"
PHONE, PASSWORD = "13912345678", "a password of wang"
_LIFE = f"""
import io, json
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image
from yishi.foundation.access.actors import PUBLIC, ActorGrant
from yishi.foundation.access.keys import issue_key
from yishi.foundation.access.models import User
from yishi.foundation.cases.roots import make_roots
from yishi.foundation.papers.uploads import save_upload
from yishi.systems.city_events.intake import report
now = timezone.now()
out = io.BytesIO()
Image.new("RGB", (64, 48), (9, 90, 90)).save(out, "JPEG")
file = SimpleUploadedFile("p.jpg", out.getvalue(), "image/jpeg")
photo = save_upload(file, actor_ref=PUBLIC.ref, now=now, photos_only=True)
spot = {{"type": "event/01/10", "lon": 112.142, "lat": 32.05, "phone": "{PHONE}"}}
receipt = report(
    PUBLIC, spot | {{"external_id": "one", "photos": [str(photo.id)]}}, "portal", now
)
user = User.objects.create_user("wang", "{PASSWORD}", display_name="王某")
make_roots(now)
key = issue_key("program-wang", "test", [ActorGrant("hotline", None, "4206")], now)
client = Client()
client.force_login(user)
print(json.dumps([receipt.tracking_code, key, client.session.session_key]))
"""
_PHONES = """
from yishi.foundation.parties.contacts import details
from yishi.foundation.parties.models import Contact
print([details(c).phone for c in Contact.objects.all()])
"""


@pytest.fixture(scope="module")
def lived(
    cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Installation, Path, Path]]:
    """An installation with a case, a photo, a contact and a root; its backup and its keys."""
    folder = tmp_path_factory.mktemp("lived")
    made = installation(cluster, folder / "home", "lived", migrated=False, template=CITY)
    with made as source:
        source.environment["YISHI_BACKUP_PASSPHRASE"] = PASSPHRASE
        source.environment["LIVED"] = source.python(_LIFE)
        file, keys = folder / "yishi.backup", folder / "yishi.keys"
        source.yishi("backup", str(file), "--with-keys", str(keys))
        yield source, file, keys


def test_a_backup_is_private_and_holds_no_key(lived: tuple[Installation, Path, Path]) -> None:
    source, file, keys = lived
    assert {path.stat().st_mode & 0o777 for path in (file, keys)} == {0o600}
    secrets = json.loads((source.home / "keys.json").read_text())
    content = file.read_bytes() + keys.read_bytes()
    for secret in (*secrets["keys"].values(), secrets["lookup"], PHONE):
        assert secret.encode() not in content
    assert (source.home / "secret_key").read_bytes() not in content
    assert b"PRIVATE KEY" not in content


def test_no_secret_stands_in_a_dump(lived: tuple[Installation, Path, Path]) -> None:
    """Keys, passwords, codes, sessions and telephone numbers: none of them, in any form at hand."""
    from yishi.runtime.backup.archive import DATABASE, extract
    from yishi.runtime.environment import cluster

    source, file, _keys = lived
    dumped = file.with_name("plain.dump")
    extract(file, DATABASE, dumped)
    program = str(cluster().binaries / "pg_restore")
    command = [program, "--file=-", str(dumped)]
    text = subprocess.run(command, check=True, capture_output=True).stdout
    ring = json.loads((source.home / "keys.json").read_text())
    pem = (source.home / "roots.pem").read_text().splitlines()[1]
    secrets = [*ring["keys"].values(), ring["lookup"], pem, PHONE, PASSWORD]
    secrets += [(source.home / "secret_key").read_text().strip()]
    secrets += json.loads(source.environment["LIVED"])
    assert len(secrets) == len({*secrets}) == 9
    for secret in secrets:
        for form in (secret.encode(), base64.b64encode(secret.encode()), secret.encode().hex()):
            found = form if isinstance(form, bytes) else form.encode()
            assert found not in text, secret[:4]
    for raw in (*ring["keys"].values(), ring["lookup"]):
        assert base64.b64decode(raw).hex().encode() not in text
    assert b"XY2" in text  # what is no secret can be read


def test_another_machine_becomes_what_the_backup_holds(
    cluster: Cluster, tmp_path: Path, lived: tuple[Installation, Path, Path]
) -> None:
    source, file, keys = lived
    with installation(cluster, tmp_path / "home", "restored", migrated=False) as target:
        refused = target.yishi("restore", str(file), check=False)
        assert refused.returncode == 1
        assert "--keys" in refused.stderr
        assert target.query("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]
        target.environment["YISHI_BACKUP_PASSPHRASE"] = PASSPHRASE
        told = target.yishi("restore", str(file), "--keys", str(keys))
        assert "audit: 1 traces, 0 faults" in told.stdout
        assert "kpi: 0 differences" in told.stdout
        assert target.python(_PHONES) == f"['{PHONE}']"
        photos = sorted(p.name for p in (source.home / "media").glob("??/??/*"))
        assert sorted(p.name for p in (target.home / "media").glob("??/??/*")) == photos
        assert photos
        # Sequences go on where they were: a second report gets a number of its own.
        second = _LIFE.replace('"one"', '"two"').replace("wang", "li")
        target.python(second.replace("112.142", "112.2"))
        assert target.query("SELECT count(*) FROM cases_case") == [(2,)]
        again = target.yishi("restore", str(file), check=False)
        assert "--replace" in again.stderr
        assert target.query("SELECT count(*) FROM cases_case") == [(2,)]


def test_a_restore_that_is_killed_changes_nothing(
    cluster: Cluster, tmp_path: Path, lived: tuple[Installation, Path, Path]
) -> None:
    source, file, _keys = lived
    made = installation(cluster, tmp_path / "home", "killed", migrated=False, template=CITY)
    with made as target:
        shutil.copytree(source.home, target.home, dirs_exist_ok=True)  # the same keys
        target.python("from yishi.foundation.access.models import User\nUser().save()")
        before = _files(target.home)
        command = [sys.executable, "-m", "yishi", "restore", str(file), "--replace"]
        with psycopg.connect(target.url) as holder:
            # Somebody's lock keeps psql in the middle of its transaction.
            holder.execute("SET application_name = 'yishi backup'")
            holder.execute("SELECT count(*) FROM access_user")
            process = subprocess.Popen(
                command, env=target.environment, stderr=subprocess.DEVNULL, start_new_session=True
            )
            deadline = time.monotonic() + 30
            waiting = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'DROP SCHEMA%'"
            while target.query(waiting + " AND datname = current_database()") == [(0,)]:
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.02)
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        assert (target.home / "restore.json").exists()
        target.yishi("db", "settle")
        assert _files(target.home) == before
        assert target.query("SELECT count(*) FROM access_user") == [(1,)]
        assert target.query("SELECT count(*) FROM cases_case") == [(0,)]


def _files(home: Path) -> set[str]:
    ignored = ("supervisor.lock", "keys.json.lock")
    found = {path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file()}
    return {name for name in found if not name.endswith(ignored)}


@pytest.mark.parametrize("place", [0.1, 0.5, 0.9, 0.999])
def test_a_changed_or_cut_backup_is_refused(
    lived: tuple[Installation, Path, Path], tmp_path: Path, place: float
) -> None:
    from yishi.runtime.backup.archive import BackupError, check

    data = lived[1].read_bytes()
    manifest = check(lived[1])
    assert manifest.counts["cases_case"] == 1
    end = data.index(b'"files"')
    at = int(end * place)
    at = next(i for i in range(at, at + 4096) if data[i] not in (0, 32))
    for name, text in (
        ("changed", data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]),
        ("cut", data[:at]),
    ):
        path = tmp_path / name
        path.write_bytes(text)
        with pytest.raises(BackupError):
            check(path)
