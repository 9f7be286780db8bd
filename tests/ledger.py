"""How many SQL statements every page and endpoint costs, for every role: measured, kept, guarded.

``make ledger`` (``UPDATE_LEDGER=1 python -m pytest tests/test_statement_ledger.py``) writes
``tests/statements.json``. A statement that opens or ends a transaction is not counted there.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.probes import PROBES
from tests.world import HERE, RUBBISH, World, send, viewers
from yishi.systems.city_events.models import CallBack, Report

LEDGER = Path(__file__).parent / "statements.json"
#: More rows than a page of 50 shows, in every list.
ROWS = 53
_FRAME = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT", "ROLLBACK")

Counts = dict[str, dict[str, int]]


def counted(act: Callable[[], Any]) -> tuple[Any, int]:
    """What *act* returns, and how many statements it took."""
    with CaptureQueriesContext(connection) as queries:
        result = act()
    plain = [q for q in queries.captured_queries if not q["sql"].startswith(_FRAME)]
    return result, len(plain)


def fill(world: World) -> None:
    """Rows enough for full pages of every list, in every duty."""
    numbers = [world.report(HERE, RUBBISH).number for _ in range(ROWS)]
    for number in numbers[:3]:
        world.move(number, "sign")
    for _ in range(ROWS):
        world.report(HERE, RUBBISH, type="", description="这边有个问题想反映")
    reports = Report.objects.unscoped("test").filter(case__number__in=numbers)
    tasks = (
        CallBack(case_id=one.case_id, report=one, closed_at=world.now, next_at=world.now)
        for one in reports
    )
    CallBack.objects.bulk_create(tasks, ignore_conflicts=True)


def pages(world: World) -> Counts:
    """Statements by request (as `tests.probes` writes it) and viewer, where the answer is 200."""
    found: Counts = {}
    for viewer in viewers():
        client = world.viewer(viewer)
        words = world.own.words | {
            "draft": world.draft(client),
            "theme_draft": world.theme_draft(client),
            "sent": world.draft(client, sent=True),
        }
        for probe in PROBES.values():
            for request in probe.own:
                status, _number = visited(client, request, words)
                if status != 200:
                    continue
                # What is loaded once (by the process, or for a scope) is loaded now.
                status, number = visited(client, request, words)
                if status == 200:
                    found.setdefault(request, {})[viewer] = number
    return found


def visited(client: Any, request: str, words: dict[str, str]) -> tuple[int, int]:
    """The status of the answer, and the statements it took."""
    answer, number = counted(lambda: send(client, request, words))
    for shut in answer._resource_closers:
        shut()
    return answer.status_code, number


def actions(world: World) -> Counts:
    """Statements of what changes something, through the API."""
    client = world.program(HERE)
    body = {"type": RUBBISH, "landmark": world.landmark(HERE, 3), "description": "垃圾"}
    body |= {"name": "某人", "phone": "13900000000"}

    def post(path: str, content: dict[str, Any]) -> tuple[Any, int]:
        raw = json.dumps(content)
        return counted(lambda: client.post(f"/api/v1{path}", raw, content_type="application/json"))

    def made(status: int, answer: Any, number: int) -> int:
        assert answer.status_code == status, answer.content.decode()
        return number

    found = {
        "POST /reports": made(201, *post("/reports", body | {"external_id": "l-1"})),
        "POST /reports (replayed)": made(200, *post("/reports", body | {"external_id": "l-1"})),
        "POST /reports (near an open one)": made(
            201, *post("/reports", body | {"external_id": "l-2"})
        ),
    }
    found["POST /reports (Open311)"] = made(200, *counted(lambda: open311(client, world)))
    unclear, _ = post("/reports", {"description": "不清楚", "landmark": world.landmark(HERE, 8)})
    path = f"/cases/{unclear.json()['number']}/moves"
    for move, facts in (
        ("amend", {"place": {"landmark": world.landmark(HERE, 5)}}),
        ("request_check", {}),
    ):
        found[f"POST /moves/{move}"] = made(200, *post(f"{path}/{move}", {"facts": facts}))
    again = world.move(unclear.json()["number"], "report_check", result="true")
    filing = {"facts": {"type": RUBBISH, "standard": "1"}, "version": again.version}
    found["POST /moves/file (and dispatched)"] = made(200, *post(f"{path}/file", filing))
    _, found["sign"] = counted(lambda: world.move(again.number, "sign"))
    return {name: {"api key": number} for name, number in found.items()}


def open311(client: Any, world: World) -> Any:
    """A report as an Open311 client sends it."""
    body = {"service_code": RUBBISH.replace("/", "-"), "description": "垃圾"}
    body |= {"address_id": str(world.landmark(HERE, 6)), "phone": "13900000000"}
    return client.post("/open311/requests.json", body)


def read() -> Counts:
    """The ledger as committed."""
    kept: Counts = json.loads(LEDGER.read_text(encoding="utf-8"))
    return kept


def write(counts: Counts) -> None:
    """Write the ledger."""
    text = json.dumps(counts, ensure_ascii=False, indent=1, sort_keys=True)
    LEDGER.write_text(text + "\n", encoding="utf-8")


def differences(kept: Counts, found: Counts) -> tuple[list[str], list[str]]:
    """What costs more than the ledger says (or is not in it), and what costs less (or is gone)."""
    more, less = [], []
    for request in sorted(kept.keys() | found.keys()):
        old, new = kept.get(request, {}), found.get(request, {})
        for viewer in sorted(old.keys() | new.keys()):
            line = f"{request} for {viewer}: {old.get(viewer)} → {new.get(viewer)}"
            if viewer not in old or new.get(viewer, -1) > old[viewer]:
                more.append(line)
            elif new.get(viewer, -1) < old[viewer]:
                less.append(line)
    return more, less
