"""Who may look at the screen, at which area, and over which days."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yishi.foundation.access.actors import Actor, within
from yishi.foundation.cases.board import Span
from yishi.foundation.cases.figures import STAGE, Stages, systems
from yishi.foundation.places.loading import load_register
from yishi.foundation.places.snapshot import Register
from yishi.foundation.revisions import at
from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.officer import actor_of, role_only

CITY_TIME = ZoneInfo("Asia/Shanghai")
WATCHERS = frozenset({"duty_leader", "dispatcher", "acceptor", "administrator", "auditor"})
PERIODS = ((1, _("今日")), (7, _("近7日")), (30, _("近30日")))
#: What a wall shows one after the other; the last is for reading near by.
VIEWS = (
    ("overview", _("态势")),
    ("scenarios", _("场景")),
    ("ranking", _("排名")),
    ("tables", _("明细表")),
)
#: What the map is coloured by.
LAYERS = (("received", _("上报")), ("open", _("在办")), ("running_late", _("超时")))
#: At the end of a path: only the cases that are placed no deeper (as the desk's list takes it).
HERE = "/."

View = Callable[..., HttpResponseBase]


#: Pages of those who watch the screen.
watchers_only = role_only(*WATCHERS, refusal=_("您的角色不能查看运行一屏。"))


def scopes_of(actor: Actor) -> list[str]:
    """The widest managed paths that *actor* watches, in order; none lies in another."""
    found = sorted({g.scope for g in actor.grants if g.role in WATCHERS and g.scope})
    return [one for one in found if not any(one != o and within(one, o) for o in found)]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page of the screen was asked for: area and days; ``roots`` may be chosen among."""

    stages: Stages
    register: Register
    path: str
    root: str
    roots: tuple[str, ...]
    days: int
    now: datetime
    view: str = "overview"
    layer: str = "received"

    @property
    def until(self) -> date:
        """Today in the city's own time."""
        return self.now.astimezone(CITY_TIME).date()

    @property
    def since(self) -> date:
        """The first day that is counted."""
        return self.until - timedelta(days=self.days - 1)

    @property
    def span(self) -> Span:
        """What is counted."""
        return Span(self.stages, self.path, self.since, self.until)

    def url(self, **changes: Any) -> str:
        """This screen with another area (``path``) or other ``days``."""
        wanted = {"path": self.path, "days": self.days, **changes}
        for name, usual in (("view", VIEWS[0][0]), ("layer", LAYERS[0][0])):
            chosen = changes.get(name, getattr(self, name))
            wanted = {k: v for k, v in wanted.items() if k != name}
            wanted |= {name: chosen} if chosen != usual else {}
        return reverse("screen:today") + "?" + urlencode(wanted)

    @property
    def export_url(self) -> str:
        """Where the tables of this screen are exported."""
        query = urlencode({"path": self.path, "days": self.days})
        return reverse("screen:export") + "?" + query

    def cases_url(self, figure: str, branch: str = "", **more: Any) -> str:
        """The desk's list of exactly the cases behind a figure; *more* narrows it further."""
        path = branch or self.path
        query: dict[str, Any] = {"path": path + HERE if branch == self.path else path}
        if figure.startswith(STAGE):
            query["stage"] = figure.removeprefix(STAGE)
        elif figure != "received":
            query["figure"] = figure
        if self.days == 1:
            query["day"] = self.until
        else:
            query |= {"since": self.since, "until": self.until}
        query |= more
        return reverse("desk:cases") + "?" + urlencode(query)


def asked(
    actor: Actor, query: Mapping[str, str], stages: Stages, register: Register, now: datetime
) -> Asked:
    """Read area and days from GET parameters.

    Raises:
        PageError: 403 for an area outside the actor's scope, 404 for one that does not exist.
    """
    roots = scopes_of(actor)
    if not roots:
        raise PageError(403, gettext("您的账号没有可查看的区域。"), back="/desk/")
    path = query.get("path") or roots[0]
    root = next((one for one in roots if within(path, one)), None)
    if root is None:
        raise PageError(403, gettext("这个区域不在您的查看范围内。"), back=reverse("screen:today"))
    node = register.tree.nodes.get(path.rpartition("/")[2])
    if node is None or register.managed_path(node.code) != path:
        raise PageError(404, gettext("没有这个区域。"), back=reverse("screen:today"))
    wanted = query.get("days", "")
    days = next((n for n, _label in PERIODS if str(n) == wanted), 1)
    view = next((name for name, _label in VIEWS if name == query.get("view")), VIEWS[0][0])
    layer = next((name for name, _label in LAYERS if name == query.get("layer")), LAYERS[0][0])
    return Asked(stages, register, path, root, tuple(roots), days, now, view, layer)


def asked_by(request: HttpRequest, known: Mapping[str, int], now: datetime) -> Asked:
    """What *request* asks for; *known* are the registers' revisions. Raises as :func:`asked`."""
    register = at("places", known.get("places", 0), load_register)
    return asked(actor_of(request), request.GET.dict(), systems()[0], register, now)
