"""Pages of families: how many statements each makes, and how long it takes."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.pages import GOAL, Group, signed_in, visit

ITEMS = 4
SAMPLE = 6
#: Account, kind of page, addresses.
Asked = tuple[Any, str, list[str]]


def asked() -> Iterator[Asked]:
    """What is looked at by whom: parents all with the same number of items."""
    from yishi.foundation.cases.models import Case

    clerk, approver, unit = officers()
    cases = Case.objects.unscoped("benchmark")
    handled = parents("state = 'handling'")
    done = parents("state = 'done'")
    theme = cases.filter(number__in=handled).values_list("type_key", flat=True)[0]
    at_unit = cases.filter(system="approvals", unit_id=unit)
    open_items = list(at_unit.filter(state="reviewing").values_list("number", flat=True)[:SAMPLE])
    closed = at_unit.filter(state="delivered").order_by("-id")
    items = open_items + list(closed.values_list("number", flat=True)[:SAMPLE])
    middle = cases.filter(root=None).order_by("id").values_list("id", flat=True)
    after = middle[middle.count() // 2]
    matters = "/desk/life-events/matters/"
    listed = [matters, *(f"{matters}?state={s}" for s in ("handling", "submitted", "done"))]
    listed += [f"{matters}?theme={theme}", f"{matters}?theme={theme}&state=done"]
    listed += [f"{matters}?after={after}", f"{matters}?number={done[0]}"]

    def desk(numbers: list[str]) -> list[str]:
        return [f"/desk/cases/{number}/" for number in numbers]

    def work(*duties: str) -> list[str]:
        return [f"/desk/work/{duty}/{q}" for duty in duties for q in ("", "?late=running")]

    yield approver, "work list, approver", work("examine", "certify", "theme_lead")
    yield clerk, "work list, window clerk", work("theme_check", "window", "handout")
    yield clerk, "parents of all themes, window clerk", listed
    yield approver, "parents of all themes, approver", listed
    yield clerk, "all cases, window clerk", ["/desk/cases/", "/desk/cases/?state=reviewing"]
    yield clerk, "parent's page, under way", desk(handled)
    yield clerk, "parent's page, done", desk(done)
    yield approver, "item's page, its body", desk(items)
    yield clerk, "item's page, window clerk", desk(items)
    yield (
        follower(handled + done),
        "progress, applicant",
        [f"/matters/{n}/" for n in handled + done],
    )
    yield resident(handled[0]), "one's own page, applicant", ["/account/"]


def parents(condition: str) -> list[str]:
    """Numbers of parents with :data:`ITEMS` items, the newest first."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT number FROM cases_case c WHERE system = 'life_events' AND {condition} AND "
            "(SELECT count(*) FROM cases_case m WHERE m.root_id = c.id) = %s "
            "ORDER BY id DESC LIMIT %s",
            [ITEMS, SAMPLE],
        )
        return [number for (number,) in cursor]


def officers() -> tuple[Any, Any, int]:
    """Browsers of a clerk of the whole city's window and of an approver, with the approver's unit:
    the one with most to examine."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT unit_id FROM cases_assignment WHERE role = 'examine' AND state = 'open' "
            "GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"
        )
        unit = int(cursor.fetchone()[0])
    found = []
    for name, role, unit_id in (("clerk", "window_clerk", None), ("approver", "approver", unit)):
        found.append(_officer(f"bench-{name}", role, unit_id))
    return found[0], found[1], unit


def _officer(name: str, role: str, unit: int | None) -> Any:
    from datetime import timedelta

    from django.utils import timezone

    from yishi.foundation.access.models import Grant, User

    user, _ = User.objects.get_or_create(username=name, defaults={"display_name": "测试"})
    Grant.objects.get_or_create(
        user=user,
        role=role,
        unit_id=unit,
        scope="" if unit else "4206",
        defaults={"valid_from": timezone.now() - timedelta(days=1)},
    )
    return signed_in(name)


def follower(numbers: list[str]) -> Any:
    """A browser that knows the codes of those cases."""
    from django.conf import settings
    from django.test import Client

    from yishi.systems.life_events.models import Application
    from yishi.systems.life_events.portal.flow import KEY

    client = Client(SERVER_NAME="localhost")
    rows = Application.objects.unscoped("benchmark").filter(case__number__in=numbers)
    session = client.session
    session[KEY] = [str(pk) for pk in rows.values_list("pk", flat=True)]
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    return client


def resident(number: str) -> Any:
    """A browser of the applicant, signed in at the portal."""
    from django.conf import settings
    from django.test import Client
    from django.utils import timezone

    from yishi.foundation.access.models import PortalAccount
    from yishi.foundation.cases.models import CaseParty

    person = CaseParty.objects.unscoped("benchmark").filter(case__number=number).get().party_id
    now = timezone.now()
    known = {"issuer": "benchmark", "subject": str(person), "created_at": now, "used_at": now}
    account, _ = PortalAccount.objects.get_or_create(person_id=person, defaults=known)
    client = Client(SERVER_NAME="localhost")
    session = client.session
    session["portal_account"] = account.pk
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    return client


def measure(visits: int, tell: Callable[[str], None]) -> dict[str, Group]:
    """All pages, by kind."""
    from django.conf import settings

    settings.DEMO = True
    found = {}
    for client, kind, urls in asked():
        group = found[kind] = Group()
        for url in urls:
            assert visit(group, client, url, visits), (kind, url, client.get(url).status_code)
        tell(kind)
    return found


def rows(found: dict[str, Group], small: dict[str, int]) -> list[str]:
    """A table, beside the statements in a small database."""
    lines = [
        f"| page | p50 | p95 (goal < {GOAL} ms) | quickest visit of the slowest address | "
        "statements (small database) |",
        "|---|---:|---:|---:|---:|",
    ]
    for kind, group in found.items():
        hardest, address = group.hardest
        lines.append(
            f"| {kind} | {statistics.median(group.times):.0f} ms | {group.p95:.0f} ms | "
            f"{hardest:.0f} ms `{address}` | {group.statements} ({small.get(kind, '?')}) |"
        )
    return lines
