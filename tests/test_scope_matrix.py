"""Nobody sees a case outside role and scope, by whatever door: every address × role × case.

The addresses come from the URL table; what is asked of each stands in `tests.probes`.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import pytest

from tests.addresses import addresses
from tests.probes import PROBES
from tests.world import ANONYMOUS, NOBODY, PROGRAM, REPORTER, Known, World, send, viewers
from yishi.foundation.access.actors import ROLES, Reach
from yishi.foundation.cases.load import load_states
from yishi.foundation.messages.live import may_follow, permitted
from yishi.foundation.tables.exporting import MEDIA_TYPE

#: A door that is closed: refused, unknown, or led to the sign-in page or to one's own start.
CLOSED = {302, 400, 401, 403, 404, 405, 409, 422}
NO_DRAFT = "00000000-0000-4000-8000-000000000000"


def test_every_address_has_a_probe() -> None:
    assert set(addresses()) == set(PROBES), "declare new addresses in tests/probes.py"


def strangers(world: World, viewer: str) -> list[Known]:
    """The cases that *viewer* must not see."""
    narrow = viewer in (NOBODY, ANONYMOUS, REPORTER)
    narrow = narrow or (viewer in ROLES and ROLES[viewer].reach is not Reach.SCOPE)
    return [world.foreign, world.next_door] if narrow else [world.foreign]


@pytest.mark.parametrize("viewer", viewers())
def test_no_address_shows_or_moves_a_foreign_case(world: World, viewer: str, settings: Any) -> None:
    settings.YISHI_EXPORTS_A_DAY = 1000
    client = world.viewer(viewer)
    faults: list[str] = []
    for case in strangers(world, viewer):
        before = load_states([case.state.id])[0]
        words = case.words | {"draft": NO_DRAFT, "own_number": world.own.receipt.number}
        for name, probe in PROBES.items():
            for request in probe.closed:
                answer = send(client, request, words)
                if answer.status_code not in CLOSED:
                    faults.append(f"{name}: {request} answered {answer.status_code}")
                faults += leaks(name, request, answer, case, words)
            for request in probe.open:
                answer = send(client, request, words)
                if answer.status_code >= 500:
                    faults.append(f"{name}: {request} answered {answer.status_code}")
                faults += leaks(name, request, answer, case, words)
            for request in probe.public:
                answer = send(client, request, words)
                told = replace(case, secrets=tuple(set(case.secrets) - {case.receipt.number}))
                faults += leaks(name, request, answer, told, words)
        assert load_states([case.state.id])[0] == before, "somebody moved it"
    assert not faults, "\n".join(faults)


def leaks(name: str, request: str, answer: Any, case: Known, words: dict[str, str]) -> list[str]:
    """What of *case* the answer tells beyond what was asked with it."""
    asked = unquote(request.format(**words)) if words else ""
    text = text_of(answer)
    told = [word for word in case.secrets if word in text and word not in asked]
    if answer.status_code == 200:
        told += [f"live topic {topic}" for topic in live_topics(text, case)]
    if answer.streaming and answer.status_code == 200 and "paper" in request:
        told.append("the photo")
    for shut in answer._resource_closers:  # close() would close the test's connection too
        shut()
    return [f"{name}: {request} tells {told}"] if told else []


def text_of(answer: Any) -> str:
    """What an answer says; of a workbook, what is in its cells and properties."""
    if not answer.streaming:
        return str(answer.content.decode("utf-8", "replace"))
    if answer.headers.get("Content-Type") != MEDIA_TYPE:
        return ""
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        return "".join(archive.read(name).decode() for name in archive.namelist())


def live_topics(text: str, case: Known) -> list[str]:
    """Topics of *case* that a token on the page would let one follow."""
    wanted = [f"case:{case.state.id}", f"cases/{case.state.managed_path}"]
    found = []
    for token in re.findall(r"token=([A-Za-z0-9_.:%-]+)", text):
        allowed = permitted(unquote(token))
        found += [topic for topic in wanted if may_follow(topic, allowed)]
    return found


def test_the_matrix_is_not_blind(world: World) -> None:
    """The same probes on a case in sight do show it."""
    words = world.own.words | {"draft": NO_DRAFT}
    seen: set[str] = set()
    for viewer in ("acceptor", PROGRAM, REPORTER):
        client = world.viewer(viewer)
        for name, probe in PROBES.items():
            for request in (*probe.closed, *probe.open, *probe.public):
                if not request.startswith("POST"):
                    answer = send(client, request, words)
                    seen.update([name] if leaks(name, request, answer, world.own, {}) else [])
    wanted = {"desk:cases", "desk:case", "desk:paper", "desk:city_events:dispatch-order"}
    wanted |= {"api-v1:get_cases", "api-v1:get_case", "events:progress", "events:photo"}
    wanted |= {"open311:requests", "open311:request", "open311:updates"}
    assert wanted <= seen
    exported = send(world.viewer("acceptor"), "POST /desk/cases/export/ purpose=周例会", {})
    assert leaks("desk:cases-export", "", exported, world.own, {}), "files are looked into"
