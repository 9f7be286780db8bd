"""Who uses the installation while it is killed: programs that report, officers at the desk."""

from __future__ import annotations

import contextlib
import http.client
import json
import queue
import threading
import time
from dataclasses import dataclass, field

import httpx

#: Seconds after which a client gives up on an installation that does not come back.
PATIENCE = 240.0


class GivenUp(AssertionError):
    """The installation did not come back, or answered what it must not."""


@dataclass
class Reporter:
    """A program that repeats what was not acknowledged, under the same key.

    ``acknowledged``: case number by external id. ``wanted``: stops by itself after that many.
    """

    name: int
    port: int
    key: str
    stop: threading.Event
    cases: queue.Queue[str]
    pause: float = 0.0
    acknowledged: dict[str, str] = field(default_factory=dict)
    retries: int = 0
    refused: int = 0
    failure: BaseException | None = None

    def run(self) -> None:
        """Report until told to stop; the last report is brought to its end."""
        try:
            n = 0
            while not self.stop.is_set():
                body = self._body(n)
                number = self._until_taken(json.dumps(body))
                self.acknowledged[str(body["external_id"])] = number
                self.cases.put(number)
                n += 1
                self.stop.wait(self.pause)
        except BaseException as error:
            self.failure = error

    def _body(self, n: int) -> dict[str, object]:
        spot = {"lon": 112.1 + self.name * 0.011 + n % 9 * 0.0011, "lat": 32.0 + n // 9 * 9e-4}
        body: dict[str, object] = {
            "type": "event/01/10",
            "description": "垃圾",
            "external_id": f"{self.name}-{n}",
        }
        if n % 3 == 0:
            body["email"] = f"r{self.name}.{n}@example.org"
        elif n % 3 == 1:
            body["phone"] = f"139{self.name:02d}{n:06d}"
        return body | spot

    def _until_taken(self, body: str) -> str:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
                status, answer = self._post(body)
                if status in (200, 201):
                    return str(json.loads(answer)["number"])
                if status == 429:
                    self.refused += 1
                elif status < 500:
                    raise GivenUp((status, answer))
            self.retries += 1
            time.sleep(0.05)
        raise GivenUp("the web process did not come back")

    def _post(self, body: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            headers = {"X-API-Key": self.key, "Content-Type": "application/json"}
            connection.request("POST", "/api/v1/reports", body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


#: The way from the dispatched to the closed case: who, which step, with what.
STEPS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("unit", "sign", {}),
    ("unit", "finish", {"note": "已清运"}),
    ("unit", "confirm", {}),
    ("centre", "forward", {}),
    ("centre", "report_verification", {"result": "pass"}),
    ("centre", "close", {}),
)


@dataclass
class Desk:
    """Two officers in browsers, who between them bring one case after the other to its end."""

    port: int
    password: str
    stop: threading.Event
    cases: queue.Queue[str]
    #: Steps that the desk said were done, by case.
    acknowledged: dict[str, list[str]] = field(default_factory=dict)
    retries: int = 0
    failure: BaseException | None = None

    def run(self) -> None:
        """Move cases until told to stop; a case once begun is brought to its end."""
        base = f"http://127.0.0.1:{self.port}"
        with (
            httpx.Client(base_url=base, timeout=10) as unit,
            httpx.Client(base_url=base, timeout=10) as centre,
        ):
            try:
                self._work({"unit": unit, "centre": centre})
            except BaseException as error:
                self.failure = error

    def _work(self, browsers: dict[str, httpx.Client]) -> None:
        for name, browser in browsers.items():
            self._enter(name, browser)
        seen: set[str] = set()
        while not self.stop.is_set():
            with contextlib.suppress(queue.Empty):
                number = self.cases.get(timeout=0.2)
                if number not in seen:
                    seen.add(number)
                    self._settle(browsers, number)

    def _enter(self, name: str, browser: httpx.Client) -> None:

        def enter() -> bool:
            browser.get("/desk/sign-in/")
            form = {"username": f"soak-{name}", "password": self.password}
            return self._post(browser, "/desk/sign-in/", form).status_code == 302

        self._until(enter)

    def _settle(self, browsers: dict[str, httpx.Client], number: str) -> None:
        done = self.acknowledged.setdefault(number, [])
        for who, move, form in STEPS:
            path = f"/desk/cases/{number}/{move}/"

            def step(path: str = path, form: dict[str, str] = form, who: str = who) -> bool:
                answer = self._post(browsers[who], path, form)
                if answer.status_code >= 500:
                    return False
                if answer.status_code != 302 or "sign-in" in answer.headers["Location"]:
                    raise GivenUp((path, answer.status_code, answer.text[-3000:]))
                return True

            self._until(step)
            done.append(move)

    def _until(self, act: object) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.TransportError):
                if callable(act) and act():
                    return
            self.retries += 1
            time.sleep(0.05)
        raise GivenUp("the desk did not come back")

    def _post(self, browser: httpx.Client, path: str, form: dict[str, str]) -> httpx.Response:
        token = next((v for k, v in browser.cookies.items() if k.startswith("yishi_csrf")), "")
        return browser.post(path, data=form | {"csrfmiddlewaretoken": token})
