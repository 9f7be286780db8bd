"""How much may be uploaded within 24 hours: by one, by all, and what is left free on the disk."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from yishi.foundation.papers import quota
from yishi.foundation.papers.models import Attachment
from yishi.foundation.papers.uploads import accept_uploads, save_upload
from yishi.foundation.parties.ids import time_uuid
from yishi.foundation.revisions.errors import FieldError

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 11, 1, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.YISHI_MEDIA = tmp_path


def photo() -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "JPEG")
    return SimpleUploadedFile("p.jpg", out.getvalue(), "image/jpeg")


def earlier(who: str, count: int, size: int = 1000, ago: timedelta = timedelta(hours=1)) -> None:
    Attachment.objects.bulk_create(
        Attachment(
            id=time_uuid(NOW),
            sha256="0" * 64,
            kind="photo",
            media_type="image/jpeg",
            size=size,
            stored_as=f"{n}",
            original_name="p.jpg",
            uploaded_by=who,
            at=NOW - ago,
        )
        for n in range(count)
    )


def refused(who: str, files: int = 1) -> str:
    with pytest.raises(FieldError) as error:
        accept_uploads([photo() for _ in range(files)], actor_ref=who, now=NOW)
    return error.value.code


def test_a_reporter_reaches_the_limit_of_files_and_others_do_not() -> None:
    earlier("report:1", quota.QUOTAS[""].files - 2)
    assert refused("report:1", 3) == "quota"
    assert len(accept_uploads([photo(), photo()], actor_ref="report:1", now=NOW)) == 2
    assert len(accept_uploads([photo(), photo(), photo()], actor_ref="report:2", now=NOW)) == 3
    with pytest.raises(FieldError):
        earlier("report:1", 2)
        save_upload(photo(), actor_ref="report:1", now=NOW)
    assert Attachment.objects.filter(uploaded_by="report:1").count() == quota.QUOTAS[""].files


def test_what_is_older_than_a_day_no_longer_counts() -> None:
    earlier("report:1", quota.QUOTAS[""].files, ago=timedelta(hours=25))
    save_upload(photo(), actor_ref="report:1", now=NOW)


def test_bytes_count_too_and_programs_may_send_more() -> None:
    earlier("report:1", 1, size=quota.QUOTAS[""].size)
    assert refused("report:1") == "quota"
    earlier("client:1", 100, size=quota.QUOTAS[""].size // 10)
    save_upload(photo(), actor_ref="client:1", now=NOW)


def test_all_together_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YISHI_UPLOADS_MB", "1")
    save_upload(photo(), actor_ref="report:1", now=NOW)
    earlier("report:2", 1, size=2 * quota.MEGABYTE)
    assert refused("report:1") == "full"


def test_a_rest_of_the_disk_stays_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quota, "LEFT_FREE", 10**18)
    assert refused("user:1") == "full"
