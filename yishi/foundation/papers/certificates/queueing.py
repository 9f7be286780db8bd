"""The job that makes signed files, enqueued in the transaction that issues."""

from __future__ import annotations

import uuid
from collections.abc import Sequence


def queue_files(ids: Sequence[uuid.UUID]) -> None:
    """Let a worker make the signed PDF of certificates once the caller's transaction is committed
    (1 statement). Without it the first reader waits for the file."""
    from yishi.foundation.papers.tasks import make_certificate_files

    make_certificate_files.defer(ids=[str(pk) for pk in ids])
