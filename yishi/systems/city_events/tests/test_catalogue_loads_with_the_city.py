"""The city folder brings its catalogue; somebody's change in the browser outlives a reload."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from django.conf import settings

from yishi.foundation.cases import catalogue as versions
from yishi.foundation.places.models import Unit
from yishi.systems.city_events.catalogue import CatalogueError, dump_folder, load_catalogue
from yishi.systems.city_events.seed import load_city

CITY = Path(settings.BASE_DIR) / "cities" / "xiangyang"
NOW = datetime(2026, 6, 1, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(few_files: Path, tmp_path: Path) -> Path:
    """A city's catalogue as the browser writes it, and its vocabulary, to be changed."""
    dump_folder(versions.check(few_files / "events"), tmp_path / "events")
    (tmp_path / "functions.yaml").write_bytes((few_files / "functions.yaml").read_bytes())
    return tmp_path


def rename(folder: Path, old: str, new: str) -> None:
    path = folder / "events" / "event-02-advertising.yaml"
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")


def test_loading_the_city_again_changes_nothing() -> None:
    load_city(CITY, now=NOW)
    assert not load_city(CITY, now=NOW).changed


def test_the_first_version_holds_for_what_came_before() -> None:
    assert versions.effective("city_events", datetime(2001, 1, 1, tzinfo=UTC)) is not None


def test_every_function_of_the_catalogue_has_a_unit() -> None:
    staffed = {code for codes in Unit.objects.values_list("functions", flat=True) for code in codes}
    assert load_catalogue(CITY / "events", staffed=staffed).functions <= staffed


def test_changed_files_become_a_version_in_force_from_now(folder: Path) -> None:
    load_city(folder, now=NOW)
    rename(folder, "limit: 1天", "limit: 2天")
    assert load_city(folder, now=NOW).changed
    before = versions.effective("city_events", datetime(2026, 5, 31, tzinfo=UTC))
    after = versions.effective("city_events", NOW)
    assert before is not None
    assert after is not None
    assert before.pk != after.pk


def test_a_reload_keeps_the_browser_s_version_and_says_so(folder: Path) -> None:
    rename(folder, "limit: 1天", "limit: 2天")
    made = versions.load(
        "city_events",
        versions.check(folder / "events"),
        effective_from=NOW,
        origin="browser",
        actor_ref="user:1",
        now=NOW,
    )
    rename(folder, "limit: 2天", "limit: 3天")
    report = load_city(folder, now=NOW)
    assert not report.changed
    assert "网页" in str(report)
    kept = versions.effective("city_events", NOW)
    assert kept is not None
    assert kept.pk == made.version


def test_a_function_without_a_unit_is_named_with_its_line(folder: Path) -> None:
    functions = yaml.safe_load((folder / "functions.yaml").read_text("utf-8"))
    functions["noise_patrol"] = "噪声巡查"
    (folder / "functions.yaml").write_text(yaml.safe_dump(functions, allow_unicode=True), "utf-8")
    rename(folder, "function: lighting", "function: noise_patrol")
    with pytest.raises(CatalogueError) as caught:
        load_city(folder, now=NOW)
    assert "event-02-advertising.yaml:" in str(caught.value)
    assert "noise_patrol" in str(caught.value)
