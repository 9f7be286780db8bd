"""The items of a city's folder become a version; the same files again are no news."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import timezone

from yishi.foundation.approvals import catalogue, seed
from yishi.foundation.approvals.catalogue import book_of, dump_folder
from yishi.foundation.approvals.tests.support import CONTENT
from yishi.foundation.cases.models import CatalogueVersion

pytestmark = pytest.mark.django_db


def test_the_same_files_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "FOLDERS", ["services"])
    dump_folder(CONTENT, tmp_path / "services")
    now = timezone.now()
    before = CatalogueVersion.objects.filter(system="approvals").count()
    assert "items" in seed.load_city(tmp_path, now=now)
    assert seed.load_city(tmp_path, now=now) == "approvals: unchanged"
    versions = CatalogueVersion.objects.filter(system="approvals").order_by("-id")
    assert versions.count() == before + 1
    assert list(book_of(versions[0].pk).items) == [one["key"] for one in CONTENT["items"]]
    path = tmp_path / "services" / "items" / "test.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("5工作日", "4工作日", 1), "utf-8")
    assert "items" in seed.load_city(tmp_path, now=now)
    assert versions.count() == before + 2


def test_a_city_without_items_has_none(tmp_path: Path) -> None:
    assert "no services" in seed.load_city(tmp_path, now=timezone.now())
