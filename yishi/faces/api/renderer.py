"""JSON answers: Chinese as it is written, and twice as fast as the standard library."""

from __future__ import annotations

from typing import Any

import orjson
from django.http import HttpRequest
from ninja.renderers import BaseRenderer


class Renderer(BaseRenderer):
    """Writes answers with orjson; what it does not know is written as text."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        """The bytes of *data*."""
        return orjson.dumps(data, default=str)
