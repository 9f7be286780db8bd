"""Deadlines, explained day by day, for any program."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from yishi.foundation.calendars.presentation import explain_deadline
from yishi.foundation.ui.api_errors import Fault

router = Router()


@router.get(
    "",
    response={200: dict[str, Any], 422: Fault},
    operation_id="get_deadline",
    summary="计算并逐日说明期限",
)
def deadline(
    request: HttpRequest,
    start: str,
    limit: str,
    pause: list[str] = Query(default=[]),  # type: ignore[type-arg]  # noqa: B008
) -> dict[str, Any]:
    """When *limit* (official wording, 5工作日) from *start* (ISO time) ends, and why.

    Each *pause* is two ISO times or dates joined by ``..``.
    """
    return explain_deadline(start, limit, pause)
