"""A photo belongs to its sender and documents one step of a case."""

from __future__ import annotations

import io
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from yishi.foundation.cases.models import CasePaper
from yishi.foundation.papers.uploads import save_upload
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events.tests.conftest import Town

pytestmark = pytest.mark.django_db


def _photo(town: Town, owner: str) -> str:
    data = io.BytesIO()
    Image.new("RGB", (40, 30), (10, 120, 90)).save(data, "JPEG")
    upload = SimpleUploadedFile("现场.jpg", data.getvalue(), "image/jpeg")
    return str(save_upload(upload, actor_ref=owner, now=town.now).id)


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Any) -> None:
    settings.YISHI_MEDIA = tmp_path


def test_a_result_keeps_before_and_after_apart(town: Town) -> None:
    number = town.report(photos=[_photo(town, "public")]).number
    town.move(number, "sign")
    before, after = _photo(town, "user:0"), _photo(town, "user:0")
    town.move(number, "finish", timedelta(minutes=5), photos_before=[before], photos=[after])
    papers = CasePaper.objects.unscoped("test").filter(case__number=number)
    assert sorted(papers.values_list("step", flat=True)) == ["after", "before", "before"]


def test_a_photo_is_not_used_twice_on_a_case(town: Town) -> None:
    number = town.report().number
    town.move(number, "sign")
    photo = _photo(town, "user:0")
    town.move(number, "finish", photos=[photo])
    town.move(number, "redo", note="拍得不清楚")
    with pytest.raises(FieldError) as refused:
        town.move(number, "finish", photos=[photo])
    assert refused.value.field == "photos"
    assert town.state(number).state == "handling"


@pytest.mark.parametrize("whose", ["user:9", None])
def test_a_strangers_or_unknown_photo_is_refused(town: Town, whose: str | None) -> None:
    photo = _photo(town, whose) if whose else str(uuid.uuid4())
    with pytest.raises(FieldError) as refused:
        town.report(photos=[photo])
    assert refused.value.field.startswith("photos")
    number = town.report().number
    town.move(number, "sign")
    with pytest.raises(FieldError):
        town.move(number, "finish", photos=[photo])
