"""How much one uploader, and all together, may upload within 24 hours; how full the disk may be.

An uploader is an actor's reference: an officer, a program, or the draft of one reporter's session.
Limits per address are the business of rate limits, not of this module.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext

from yishi.foundation.papers import storage
from yishi.foundation.papers.models import Attachment
from yishi.foundation.revisions.errors import FieldError

DAY = timedelta(hours=24)
MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Quota:
    """Number of files and their bytes within 24 hours."""

    files: int
    size: int


#: By the beginning of the uploader's reference; ``""`` is for residents.
QUOTAS = {
    "": Quota(60, 300 * MEGABYTE),
    "user:": Quota(2_000, 5_000 * MEGABYTE),
    "client:": Quota(20_000, 20_000 * MEGABYTE),
}
#: Left free on the disk of the uploads, whatever is asked for.
LEFT_FREE = 1_000 * MEGABYTE


def all_together() -> int:
    """Bytes that everybody may upload within 24 hours: ``YISHI_UPLOADS_MB`` (default 50,000)."""
    return int(os.environ.get("YISHI_UPLOADS_MB") or 50_000) * MEGABYTE


def check(actor_ref: str, files: int, now: datetime, field: str) -> None:
    """See that *actor_ref* may upload that many more files (1 statement).

    Sizes count once they are stored, so the last upload may pass a limit by its own size.

    Raises:
        FieldError: on *field*, code ``quota`` for one's own limit, ``full`` for everybody's.
    """
    own = Q(uploaded_by=actor_ref)
    found = Attachment.objects.filter(at__gt=now - DAY).aggregate(
        own_files=Count("id", filter=own), own_size=Sum("size", filter=own), all_size=Sum("size")
    )
    quota = quota_of(actor_ref)
    if found["own_files"] + files > quota.files or (found["own_size"] or 0) >= quota.size:
        raise FieldError(field, gettext("24小时内上传的文件已达上限，请明天再上传"), "quota")
    if (found["all_size"] or 0) >= all_together() or _disk_is_full():
        raise FieldError(field, gettext("系统暂时不能接收文件，请先不附文件提交"), "full")


def quota_of(actor_ref: str) -> Quota:
    """The quota of an uploader."""
    return next(
        (QUOTAS[name] for name in QUOTAS if name and actor_ref.startswith(name)), QUOTAS[""]
    )


def _disk_is_full() -> bool:
    try:
        return shutil.disk_usage(storage.root()).free < LEFT_FREE
    except FileNotFoundError:
        return False
