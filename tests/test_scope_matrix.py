"""Nobody sees a case outside role and scope, by whatever door: every address × role × case.

The addresses come from the URL table; what is asked of each stands in `tests.probes`.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from difflib import ndiff
from typing import Any
from urllib.parse import unquote

import pytest
from django.test import Client

from tests.addresses import addresses
from tests.doors import doors, header_faults
from tests.probes import PROBES
from tests.world import (
    ANONYMOUS,
    APPLICANT,
    NOBODY,
    PROGRAM,
    REPORTER,
    RUBBISH,
    THERE,
    Known,
    World,
    send,
    viewers,
)
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
    narrow = viewer in (NOBODY, ANONYMOUS, REPORTER, APPLICANT)
    narrow = narrow or (viewer in ROLES and ROLES[viewer].reach is not Reach.SCOPE)
    return [world.foreign, world.next_door] if narrow else [world.foreign]


@pytest.mark.parametrize("viewer", viewers())
def test_no_address_shows_or_moves_a_foreign_case(world: World, viewer: str, settings: Any) -> None:
    settings.YISHI_EXPORTS_A_DAY = 1000
    ask = Asking(world.viewer(viewer))
    faults: list[str] = []
    for case in strangers(world, viewer):
        before = load_states([case.state.id])[0]
        words = case.words | {"draft": NO_DRAFT, "own_number": world.own.receipt.number}
        for name, probe in PROBES.items():
            for request in probe.closed:
                answer = ask(request, words)
                if answer.status_code not in CLOSED:
                    faults.append(f"{name}: {request} answered {answer.status_code}")
                faults += leaks(name, request, answer, case, words)
            for request in probe.open:
                answer = ask(request, words)
                if answer.status_code >= 500:
                    faults.append(f"{name}: {request} answered {answer.status_code}")
                faults += leaks(name, request, answer, case, words)
            for request in probe.public:
                answer = ask(request, words)
                told = replace(case, secrets=tuple(set(case.secrets) - {case.receipt.number}))
                faults += leaks(name, request, answer, told, words)
        assert load_states([case.state.id])[0] == before, "somebody moved it"
    assert not faults, "\n".join(faults)


class Asking:
    """Sends requests; a page that names no case is asked for once and looked through for each."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._answers: dict[str, Any] = {}

    def __call__(self, request: str, words: dict[str, str]) -> Any:
        if request.startswith("POST") or "{" in request:
            return send(self._client, request, words)
        if request not in self._answers:
            answer = send(self._client, request, words)
            answer.text_told = text_of(answer)
            self._answers[request] = answer
        return self._answers[request]


def leaks(name: str, request: str, answer: Any, case: Known, words: dict[str, str]) -> list[str]:
    """What of *case* the answer tells beyond what was asked with it."""
    asked = unquote(request.format(**words)) if words else ""
    text = answer.text_told if hasattr(answer, "text_told") else text_of(answer)
    told = [word for word in case.secrets if word in text and word not in asked]
    if answer.status_code == 200:
        told += [f"live topic {topic}" for topic in live_topics(text, case)]
    if answer.streaming and answer.status_code == 200 and "paper" in request:
        told.append("the photo")
    told += [f"without {name}" for name in header_faults(answer)]
    for shut in answer._resource_closers:  # close() would close the test's connection too
        shut()
    return [f"{name}: {request} answered {answer.status_code}, tells {told}"] if told else []


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
    for kind, names in KINDS.items():
        assert kind == "counts" or names <= seen, kind


@pytest.mark.parametrize("viewer", ["acceptor", "unit_officer", PROGRAM, ANONYMOUS])
def test_no_method_of_any_address_shows_or_moves_a_foreign_case(
    world: World, viewer: str, settings: Any
) -> None:
    """Generated from the URL table alone: a new address is asked before anybody writes a probe."""
    settings.YISHI_EXPORTS_A_DAY = 1000
    client, case = world.viewer(viewer), world.foreign
    before = load_states([case.state.id])[0]
    words = case.words | {"draft": NO_DRAFT}
    faults: list[str] = []
    for name, method, path in doors(addresses(), words):
        answer = client.generic(method, path, "x=1", "application/x-www-form-urlencoded")
        if answer.status_code >= 500:
            faults.append(f"{name}: {method} {path} answered {answer.status_code}")
        if case.words["code"] in path:
            continue  # a tracking code is the permission to see progress
        public = {case.receipt.number} if PROBES[name].public else set()
        told = replace(case, secrets=tuple(set(case.secrets) - public))
        faults += leaks(name, path, answer, told, words)
    assert load_states([case.state.id])[0] == before, "somebody moved it"
    assert not faults, "\n".join(faults)


#: What the promise names one by one, and the addresses that show it; each must be seen to work.
KINDS = {
    "lists": {"desk:cases", "api-v1:get_cases"},
    "search": {"desk:cases"},
    "history": {"desk:case"},
    "attachments": {"desk:paper", "events:photo"},
    "documents": {"desk:city_events:dispatch-order"},
    "counts": {"screen:today", "desk:work-duty"},
    "live topics": {"desk:case"},
}


#: Pages whose numbers are of the whole city, for everybody; so is what Open311 publishes.
PUBLIC_NUMBERS = {"portal:home"} | {name for name, probe in PROBES.items() if probe.public}


@pytest.mark.parametrize("viewer", ["acceptor", "unit_officer", PROGRAM])
def test_nothing_that_is_counted_or_listed_changes_with_a_foreign_case(
    world: World, viewer: str
) -> None:
    """Numbers are told too: pages are the same before and after something happens elsewhere."""
    client = world.viewer(viewer)
    words = world.own.words | {"draft": NO_DRAFT}
    pages = [
        (name, request)
        for name, probe in PROBES.items()
        for request in probe.own
        if not request.startswith("POST") and "{" not in request and name not in PUBLIC_NUMBERS
    ]
    assert {name for name, _ in pages} >= KINDS["counts"] | KINDS["lists"]
    before = {page: _scrubbed(send(client, page[1], words)) for page in pages}
    world.case(THERE, RUBBISH)
    for (_name, request), text in before.items():
        after = _scrubbed(send(client, request, words))
        changed = [line for line in ndiff(text.splitlines(), after.splitlines()) if line[0] in "+-"]
        assert not changed, (request, changed)


def _scrubbed(answer: Any) -> str:
    """A page without what differs from one request to the next: tokens, ids of answers, times."""
    text = re.sub(r"[A-Za-z0-9_.:%=-]{24,}", "…", text_of(answer))
    text = re.sub(r'(?<=y-light-text">)[^<]+', "…", text)  # what is left of a limit
    text = re.sub(r'id="waiting">\d+', "…", text)  # how much the worker has yet to fold
    return re.sub(r"\d{1,2}:\d{2}(:\d{2})?|\d+\s*(秒|分钟)", "…", text)
