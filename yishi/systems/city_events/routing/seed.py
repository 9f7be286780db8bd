"""Checking and loading ``routing.yaml`` with the city's folder."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from yishi.foundation.cases import catalogue as versions
from yishi.foundation.cases.catalogue_errors import CatalogueError, Problem
from yishi.foundation.places.snapshot import Register
from yishi.foundation.places.values import PlaceError
from yishi.systems.city_events.catalogue.types import Catalogue
from yishi.systems.city_events.routing.checks import gap_lines, gaps, problems
from yishi.systems.city_events.routing.city_folder import register_of
from yishi.systems.city_events.routing.reading import FILE, SYSTEM, read_routing, to_content
from yishi.systems.city_events.routing.table import Table


def checked(folder: Path, catalogue: Catalogue, register: Register | None) -> Table:
    """The folder's table (an empty one without a file), checked against catalogue and register.

    Raises:
        CatalogueError: with every fault, its file and line.
    """
    path = folder / FILE
    if not path.is_file():
        return Table()
    table = read_routing(path.read_bytes())
    found = problems(table, catalogue, register)
    if found:
        raise CatalogueError(found)
    return table


def folder_register(folder: Path) -> Register | None:
    """The register of a city's folder, if it is one. Raises CatalogueError."""
    try:
        return register_of(folder)
    except PlaceError as error:
        raise CatalogueError([Problem(error.field, 0, "", error.message)]) from error


def check_beside(folder: Path, catalogue: Catalogue) -> None:
    """Check the routing table beside a catalogue's folder, where there is one.

    Raises:
        CatalogueError: with every fault, its file and line.
    """
    city = folder.resolve().parent
    if (city / FILE).is_file():
        checked(city, catalogue, folder_register(city))


def notes(folder: Path, catalogue: Catalogue) -> Sequence[str]:
    """What is no fault of a catalogue's folder and still wants to be seen: types that nobody in a
    county is responsible for."""
    city = folder.resolve().parent
    register = folder_register(city)
    if register is None:
        return ()
    found = gaps(catalogue, register, date.today())
    return [f"注意：{line}" for line in gap_lines(found, register)]


def load_routing(
    folder: Path, catalogue: Catalogue, register: Register, *, now: datetime
) -> tuple[bool, int, list[str]]:
    """Store the folder's table as a new version unless nothing changed: whether it is new, how many
    rows, and what wants to be seen.

    Raises:
        CatalogueError: with every fault, its file and line.
        CatalogueConflict: over a newer version that was made in the browser.
    """
    table = checked(folder, catalogue, register)
    result = versions.load_files(SYSTEM, to_content(table), now)
    lines = list(gap_lines(gaps(catalogue, register, now.date()), register))
    return result.created, len(table.rows), lines
