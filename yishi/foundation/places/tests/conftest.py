"""A loaded Xiangyang for the whole session's read-only tests, and a small city for the others."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.apps import apps
from pytest_django import DjangoDbBlocker

from yishi.foundation.places.snapshot import Register

XIANGYANG = Path(__file__).resolve().parents[4] / "cities" / "xiangyang"
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def xiangyang(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Register:
    """The register of the demo city, which the test database holds from the start."""
    from yishi.foundation.places.loading import load_register

    with django_db_blocker.unblock():
        return load_register()


@pytest.fixture
def no_city(db: None) -> None:
    """A database without any city, for the length of a test."""
    from django.db import connection

    from yishi.foundation import revisions

    tables = [model._meta.db_table for model in apps.get_app_config("places").get_models()]
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")
    revisions.bump("places")
    revisions.forget()


@pytest.fixture
def small_city(tmp_path: Path) -> Path:
    """A folder as another city would bring it: two districts, units one by one, own cells."""
    write_small_city(tmp_path)
    return tmp_path


def write_small_city(folder: Path) -> None:
    """East (two streets, two communities) and west (one street), cells of 0.1 by 0.1 degrees."""
    (folder / "city.yaml").write_text('code: "99"\nname: 示例市\n', "utf-8")
    functions = "roads: 市政道路\nterritory: 属地\nwater_supply: 供水\ncommunity: 社区\n"
    (folder / "functions.yaml").write_text(functions, "utf-8")
    rows = [
        ("99", "示例市", "city", None),
        ("99E", "东区", "county", "99"),
        ("99W", "西区", "county", "99"),
        ("99E1", "河口街道", "township", "99E"),
        ("99E2", "山前街道", "township", "99E"),
        ("99W1", "桥西街道", "township", "99W"),
        ("99E1A", "河口社区", "village", "99E1"),
        ("99E2A", "山前社区", "village", "99E2"),
    ]
    divisions = [dict(zip(("code", "name", "level", "parent"), row, strict=True)) for row in rows]
    (folder / "divisions.json").write_text(json.dumps(divisions), "utf-8")
    (folder / "units.yaml").write_text(
        """
units:
  - {code: E-R, name: 东区市政处, level: county, division: 99E, functions: [roads]}
  - {code: W-R, name: 西区市政处, level: county, division: 99W, functions: [roads]}
  - {code: E1-T, name: 河口街道办, level: township, division: 99E1, functions: [territory]}
  - {code: E2-T, name: 山前街道办, level: township, division: 99E2, functions: [territory]}
  - {code: E2-X, name: 山前综合队, level: township, division: 99E2, functions: [community]}
  - {code: WATER, name: 供水公司, functions: [water_supply], kind: owner}
""",
        "utf-8",
    )
    (folder / "grid.csv").write_text(
        "code,division,west,south,east,north\n"
        "c1,99E1A,10.0,50.0,10.1,50.1\n"
        "c2,99E2A,10.1,50.0,10.2,50.1\n"
        "c3,99E2A,10.2,50.0,10.3,50.1\n"
        "c4,99W1,9.9,50.0,10.0,50.1\n",
        "utf-8",
    )
