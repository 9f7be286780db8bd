"""``GET /healthz``: the state of each part, for people, supervisors and load balancers."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from yishi.runtime import environment

WORKER_SILENCE = 45
"""Seconds without a heartbeat after which a worker counts as gone (it beats every 10)."""


def database_state() -> dict[str, object]:
    """State of the database and of the queue's workers, in one statement."""
    query = (
        "SELECT current_setting('server_version'), to_regclass('procrastinate_workers') IS NOT NULL"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        version, migrated = cursor.fetchone()
        workers = 0
        if migrated:
            cursor.execute(
                "SELECT count(*) FROM procrastinate_workers "
                "WHERE last_heartbeat > now() - make_interval(secs => %s)",
                [WORKER_SILENCE],
            )
            workers = cursor.fetchone()[0]
    return {
        "database": {"ok": True, "version": version, "migrated": migrated},
        "worker": {"ok": workers > 0, "running": workers},
    }


def live_state() -> dict[str, object]:
    """What the live process says of itself."""
    try:
        url = f"http://127.0.0.1:{settings.PORT + 1}/healthz"
        with urllib.request.urlopen(url, timeout=1) as response:
            found: dict[str, object] = json.load(response)
            return found
    except (urllib.error.URLError, OSError, ValueError):
        return {"ok": False}


INTAKE_SILENCE = 20
"""Seconds without a sign of life after which the intake counts as gone (it gives one every 5)."""


def intake_state() -> dict[str, object]:
    """State of the process that takes messages from the broker (1 statement)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT connected, extract(epoch FROM now() - at)::int, taken, refused "
            "FROM city_events_intakebeat ORDER BY at DESC LIMIT 1"
        )
        row = cursor.fetchone()
    if row is None:
        return {"ok": False, "running": False, "connected": False}
    connected, silence, taken, refused = row
    running = silence <= INTAKE_SILENCE
    counts = {"taken": taken, "refused": refused}
    return {"ok": running and connected, "running": running, "connected": connected} | counts


def health() -> tuple[int, dict[str, object]]:
    """HTTP status and body: 503 only without the database, since the rest can be missed."""
    parts: dict[str, object] = {"web": {"ok": True}}
    status = 200
    try:
        parts |= database_state()
        if environment.mqtt_url():
            parts["intake"] = intake_state()
    except Exception as error:  # whatever is wrong with the database, the answer is the same
        status = 503
        parts |= {"database": {"ok": False, "error": type(error).__name__}, "worker": {"ok": False}}
    parts["live"] = live_state()
    ok = all(isinstance(part, dict) and part.get("ok") for part in parts.values())
    return status, {"ok": ok, "parts": parts}


class HealthMiddleware:
    """Answers ``/healthz`` before host checks and sessions, which probes do not pass."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path != "/healthz" or request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        status, body = health()
        return JsonResponse(body, status=status, headers={"Cache-Control": "no-store"})
