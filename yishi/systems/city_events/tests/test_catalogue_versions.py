"""Loading versions: never deleted, never changed, never over the browser's newer one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click import Command
from click.testing import CliRunner, Result
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from yishi.foundation import revisions
from yishi.foundation.cases import catalogue as versions
from yishi.foundation.cases.commands import catalogue as command
from yishi.foundation.cases.models import CatalogueVersion
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events.tests.conftest import CITY

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)


SYSTEM = "city_events_again"


@pytest.fixture(autouse=True)
def a_system_without_versions(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same catalogue under another name: versions cannot be deleted to begin anew."""
    monkeypatch.setattr(versions, "_parsers", {SYSTEM: versions.parser("city_events")})


def stored() -> QuerySet[CatalogueVersion]:
    return CatalogueVersion.objects.filter(system=SYSTEM)


@pytest.fixture
def content(few_files: Path) -> dict[str, Any]:
    return versions.check(few_files / "events", SYSTEM)


def load(content: dict[str, Any], origin: str = "file", **more: Any) -> versions.LoadResult:
    options: dict[str, Any] = {"effective_from": NOW, "actor_ref": "user:1", "now": NOW, **more}
    return versions.load(SYSTEM, content, origin=origin, **options)


def changed(content: dict[str, Any], limit: str) -> dict[str, Any]:
    """The same catalogue with another limit for the first standard of the first type."""
    groups = list(content["groups"])
    first = dict(groups[0]["types"][0])
    first["standards"] = [{**first["standards"][0], "limit": limit}, *first["standards"][1:]]
    groups[0] = {**groups[0], "types": [first, *groups[0]["types"][1:]]}
    return {**content, "groups": groups}


def test_the_same_content_is_stored_once(content: dict[str, Any]) -> None:
    first = load(content)
    again = load(content)
    assert (first.created, again.created) == (True, False)
    assert again.version == first.version
    assert stored().count() == 1


def test_s2_8_6_loading_again_versions_rather_than_deletes(content: dict[str, Any]) -> None:
    old = load(content)
    new = load(changed(content, "3紧急工作时"), effective_from=NOW + timedelta(days=1))
    assert new.created
    kept = stored().get(pk=old.version)
    assert kept.content == content
    assert kept.hash == versions.content_hash(content) == old.hash
    before, after = (versions.effective(SYSTEM, NOW + timedelta(hours=h)) for h in (23, 25))
    assert before is not None
    assert after is not None
    assert (before.pk, after.pk) == (old.version, new.version)
    assert versions.effective(SYSTEM, NOW - timedelta(seconds=1)) is None


def test_the_database_refuses_to_change_or_delete_a_version(content: dict[str, Any]) -> None:
    load(content)
    with pytest.raises(IntegrityError), transaction.atomic():
        stored().update(content={})
    with pytest.raises(IntegrityError), transaction.atomic():
        stored().delete()


def test_going_back_to_older_files_is_a_new_version(content: dict[str, Any]) -> None:
    first = load(content)
    load(changed(content, "3紧急工作时"))
    back = load(content)
    assert back.created
    assert back.version > first.version
    assert back.hash == first.hash


def test_a_load_never_overwrites_what_was_made_in_the_browser(content: dict[str, Any]) -> None:
    load(content)
    browser = load(changed(content, "3紧急工作时"), origin="browser")
    unchanged = load(content)
    assert (unchanged.created, unchanged.version) == (False, browser.version)
    with pytest.raises(versions.CatalogueConflict):
        load(changed(content, "4紧急工作时"))
    in_force = versions.effective(SYSTEM, NOW)
    assert in_force is not None
    assert in_force.pk == browser.version
    forced = load(changed(content, "4紧急工作时"), force=True)
    assert forced.created
    assert stored().filter(pk=browser.version).exists()


def test_content_that_cannot_be_read_changes_nothing(
    content: dict[str, Any], tmp_path: Path
) -> None:
    with pytest.raises(versions.CatalogueError):
        load(changed(content, "种植季节过后"))
    with pytest.raises(FieldError):
        load(content, origin="elsewhere")
    with pytest.raises(FieldError):
        load(content, effective_from=datetime(2026, 1, 1))
    with pytest.raises(FieldError):
        versions.check(tmp_path, "no_such_system")
    assert not stored().exists()


def test_a_new_version_is_seen_by_every_process(content: dict[str, Any]) -> None:
    before = revisions.numbers().get("catalogue", 0)
    load(content)
    assert revisions.numbers()["catalogue"] == before + 1
    load(content)
    assert revisions.numbers()["catalogue"] == before + 1


def test_an_exported_version_loads_as_itself(tmp_path: Path) -> None:
    content = versions.check(CITY / "events", SYSTEM)
    result = load(content)
    assert versions.export(SYSTEM, result.version, tmp_path) == result.hash
    assert versions.check(tmp_path, SYSTEM) == content
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {
        p.name: p.read_bytes() for p in (CITY / "events").glob("*.yaml")
    }
    with pytest.raises(FieldError):
        versions.export(SYSTEM, result.version + 1, tmp_path)


def test_the_commands_check_load_and_export(few_files: Path, tmp_path: Path) -> None:
    events = few_files / "events"

    def run(command: Command, arguments: list[str]) -> Result:
        return CliRunner().invoke(command, [*arguments, "--system", SYSTEM])

    checked = run(command, ["check", str(events)])
    assert checked.exit_code == 0, checked.output
    loaded = run(command, ["load", str(events), "--effective-from", "2026-01-01"])
    assert "新版本" in loaded.output
    assert run(command, ["export", str(tmp_path / "out")]).exit_code == 0
    assert versions.check(tmp_path / "out", SYSTEM) == versions.check(events, SYSTEM)
    (tmp_path / "out" / "event-02-advertising.yaml").write_text("format: 1\n", encoding="utf-8")
    refused = run(command, ["check", str(tmp_path / "out")])
    assert refused.exit_code == 1
    assert "event-02-advertising.yaml:1: kind" in refused.output
