"""Officers, snapshots of made-up enterprises and drafts, for tests of the studio and the desk."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.test import Client
from django.utils import timezone

from yishi.foundation.access.actors import Actor, ActorGrant
from yishi.foundation.access.models import Grant, User
from yishi.foundation.facts import columnar, files, synthetic
from yishi.foundation.facts.models import Snapshot, Source
from yishi.foundation.papers import storage
from yishi.foundation.places.models import Unit
from yishi.systems.direct_benefits import states as s
from yishi.systems.direct_benefits.studio import rehearsing, seams, services
from yishi.systems.direct_benefits.studio.models import ItemDraft

#: An item of the city that pays a share of R&D spending.
KEY = "science.rd_share_mid"
ROWS = 3_000


def unit() -> Unit:
    """The department of industry of the city."""
    found: Unit = Unit.objects.filter(name__contains="经济和信息化").order_by("id")[0]
    return found


def user(*roles: str, name: str = "") -> User:
    """An officer of the department with *roles*."""
    made = User.objects.create(username=f"u{uuid.uuid4().hex[:12]}", display_name=name or "经办人")
    for role in roles:
        Grant.objects.create(
            user=made,
            role=role,
            scope="4206",
            unit=unit(),
            valid_from=timezone.now() - timedelta(days=1),
        )
    return made


def client(*roles: str) -> Client:
    """A browser of such an officer."""
    made = Client()
    made.force_login(user(*roles))
    return made


def actor(number: int, *roles: str) -> Actor:
    """Such an officer as services take them."""
    grants = tuple(ActorGrant(role, None, "4206") for role in roles)
    return Actor("user", f"user:{number}", f"第{number}人", grants, user_id=number)


AUTHOR = actor(9_000_001, s.POLICY, s.REVIEWER)
SECOND = actor(9_000_002, s.POLICY, s.REVIEWER)
THIRD = actor(9_000_003, s.REVIEWER)


def snapshot(taken: datetime, seed: int = 1, rows: int = ROWS) -> Snapshot:
    """A snapshot of made-up enterprises."""
    columns = {name: c for source in Source.objects.all() for name, c in source.columns.items()}
    declared = columnar.declared(columns)
    areas = [path for path, _label in seams.region_choices(seams.places({}))[1:]]
    with files.draft() as path:
        synthetic.write(Path(path), rows, seed, declared, taken.date(), areas=areas)
        name, digest = storage.adopt(path, files.SUFFIX)
    made, _new = Snapshot.objects.get_or_create(
        hash=digest,
        defaults={
            "recipe": digest,
            "taken_at": taken,
            "rows": rows,
            "file": name,
            "size": storage.path_of(name).stat().st_size,
            "facts": columns,
            "simulated": True,
        },
    )
    return made


def now() -> datetime:
    """The moment of the tests: versions of the city's files are in force then."""
    return datetime.now(UTC)


def draft(key: str = KEY, who: Actor = AUTHOR, **changes: Any) -> ItemDraft:
    """A draft of an item of the city, changed."""
    row = services.begin(key, "", who, now())
    day = (timezone.localdate() + timedelta(days=3)).isoformat()
    return services.change(row.pk, row.version, {**row.content, **changes}, day, who, now())


def asked(row: ItemDraft, who: Actor = AUTHOR) -> ItemDraft:
    """The draft rehearsed and handed to a second person."""
    services.keep_rehearsal(row.pk, row.version, rehearsing.rehearse(row, now()))
    return services.ask(row.pk, "请复核", who, now())
