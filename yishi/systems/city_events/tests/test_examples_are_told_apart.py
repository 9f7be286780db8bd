"""A catalogue whose examples the city's recogniser mistakes is refused, with file and line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from yishi.systems.city_events.catalogue import (
    CatalogueError,
    folder_notes,
    load_catalogue,
    parse_folder,
)
from yishi.systems.city_events.tests.conftest import CITY

OWN = "仲裁裁决书早就生效了，公司就是拒不执行裁决"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One file of the catalogue, the vocabulary and the model."""
    place = tmp_path_factory.mktemp("city")
    (place / "events").mkdir()
    (name,) = (path.name for path in (CITY / "events").glob("event-79-*.yaml"))
    for one in ("functions.yaml", f"events/{name}"):
        (place / one).write_bytes((CITY / one).read_bytes())
    shutil.copytree(CITY / "recognition", place / "recognition")
    return place / "events"


def changed(folder: Path, tmp_path: Path, old: str, new: str) -> Path:
    city = shutil.copytree(folder.parent, tmp_path / "changed")
    (path,) = (city / "events").iterdir()
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return city / "events"


def test_the_city_s_own_examples_are_told_apart(folder: Path) -> None:
    assert parse_folder(CITY / "events")
    assert not [line for line in folder_notes(folder) if "识别模型" in line]


def test_an_example_that_means_another_type_is_refused_with_its_line(
    folder: Path, tmp_path: Path
) -> None:
    place = changed(folder, tmp_path, OWN, "路边的垃圾桶满了没人清运，臭得很")
    with pytest.raises(CatalogueError) as caught:
        parse_folder(place)
    assert "event/79/54.examples" in str(caught.value)
    assert ".yaml:0:" not in str(caught.value)


def test_the_same_example_at_two_types_is_refused(folder: Path, tmp_path: Path) -> None:
    first = load_catalogue(folder).types[0]
    assert OWN not in first.examples
    place = changed(folder, tmp_path, OWN, first.examples[0])
    with pytest.raises(CatalogueError, match="同时是"):
        parse_folder(place)


def test_a_type_that_the_model_has_not_learnt_is_told(folder: Path, tmp_path: Path) -> None:
    place = changed(folder, tmp_path, "small: '54'", "small: '98'")
    assert [line for line in folder_notes(place) if "仲裁裁决不执行" in line and "learn" in line]
