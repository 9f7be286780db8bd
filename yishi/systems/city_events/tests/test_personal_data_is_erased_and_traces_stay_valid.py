"""Retention, erasure on request, legal holds: by kind, by whoever may, certified, traces valid."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from tests.world import HERE, THERE, World
from yishi.foundation.access.actors import Actor, ActorGrant
from yishi.foundation.audit import erasures, retention
from yishi.foundation.audit.models import Erasure, Look
from yishi.foundation.cases.erasure import NotErased, erase
from yishi.foundation.cases.models import Case, CasePaper, Trace
from yishi.foundation.cases.verify import verify_traces
from yishi.foundation.papers import storage
from yishi.foundation.parties.contacts import details
from yishi.foundation.parties.models import Contact
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events.erasing import erase_reporter
from yishi.systems.city_events.models import Report

pytestmark = pytest.mark.django_db


def officer(n: int, role: str, scope: str = HERE) -> Actor:
    return Actor("user", f"user:{n}", f"测试{n}", (ActorGrant(role, None, scope),), n)


ADMIN, LEADER = officer(1, "administrator"), officer(2, "duty_leader")


def close(world: World, number: str, at: datetime | None = None) -> None:
    """Bring a case to its end with an officer's words on the way."""
    for move, facts in (
        ("sign", {}),
        ("finish", {"note": "已清运，住户张三已告知"}),
        ("confirm", {}),
        ("forward", {}),
        ("report_verification", {"result": "pass"}),
        ("close", {"note": "办结"}),
    ):
        world.move(number, move, **facts)
    if at is not None:
        Case.objects.unscoped("test").filter(number=number).update(closed_at=at)


@pytest.fixture
def world(city: None, settings: Any, tmp_path: Path) -> World:
    settings.YISHI_MEDIA = tmp_path / "media"
    settings.YISHI_MEDIA.mkdir()
    return World()


def left(world: World) -> dict[str, int]:
    """How much of the own case is still there."""
    pk = world.own.state.id
    reports = Report.objects.unscoped("test").filter(case_id=pk)
    photos = CasePaper.objects.unscoped("test").filter(case_id=pk)
    files = [a.attachment.stored_as for a in photos.select_related("attachment")]
    return {
        "reporter_contact": Contact.objects.filter(
            id__in=[r.contact_id for r in reports if r.contact_id]
        ).count(),
        "report_text": reports.exclude(text="").count(),
        "photo": sum(storage.path_of(name).exists() for name in files),
        "note": Trace.objects.unscoped("test").filter(case_id=pk).exclude(note="").count(),
    }


def faults() -> list[Any]:
    return [fault for _, found in verify_traces() for fault in found]


def test_a_case_is_erased_and_everything_else_of_it_stays(
    world: World, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    number, pk = world.own.receipt.number, world.own.state.id
    close(world, number)
    paths = _paths(pk)
    assert left(world) == {"reporter_contact": 1, "report_text": 1, "photo": 1, "note": 2}
    length = Case.objects.unscoped("test").get(pk=pk).trace_length
    with django_capture_on_commit_callbacks(execute=True):
        made = erase(ADMIN, number, "本人申请删除", timezone.now())
    assert left(world) == {"reporter_contact": 0, "report_text": 0, "photo": 0, "note": 0}
    assert not any(path.exists() for path in paths)
    own = {"note": 2, "photo": 1, "report_text": 1, "reporter_contact": 1}
    assert {kind: n for kind, n in made.counts.items() if n} == own | {"case_party": 1}
    assert (made.subjects, made.by) == ((f"case:{pk}",), ("user:1",))
    case = Case.objects.unscoped("test").get(pk=pk)
    assert (case.trace_length, case.state, case.data["contacts"]) == (length, "closed", [])
    assert faults() == erasures.faults() == []
    assert Look.objects.get(action="case.erase").subject == f"case:{pk}"
    certificate = bytes(Erasure.objects.get().body).decode()
    assert not any(secret in certificate for secret in world.own.secrets)
    assert erase(ADMIN, number, "再次核对", timezone.now()).counts["photo"] == 0


def _paths(pk: int) -> list[Path]:
    papers = CasePaper.objects.unscoped("test").filter(case_id=pk).select_related("attachment")
    names = [n for p in papers for n in (p.attachment.stored_as, p.attachment.thumbnail_as)]
    found = [storage.path_of(name) for name in names if name]
    assert found and all(path.exists() for path in found)
    return found


def test_one_kind_can_be_erased_alone(world: World) -> None:
    close(world, world.own.receipt.number)
    erase(ADMIN, world.own.receipt.number, "仅删照片", timezone.now(), what=["photo"])
    assert left(world) == {"reporter_contact": 1, "report_text": 1, "photo": 0, "note": 2}
    with pytest.raises(FieldError, match="what"):
        erase(ADMIN, world.own.receipt.number, "x", timezone.now(), what=["nothing"])


@pytest.mark.parametrize(
    ("actor", "second"),
    [
        (LEADER, None),
        (LEADER, LEADER),
        (LEADER, officer(3, "unit_officer")),
        (LEADER, officer(4, "duty_leader", THERE)),
        (officer(5, "administrator", THERE), None),
    ],
)
def test_one_officer_alone_or_out_of_scope_erases_nothing(
    world: World, actor: Actor, second: Actor | None
) -> None:
    close(world, world.own.receipt.number)
    before = left(world)
    with pytest.raises((NotErased, FieldError)):
        erase(actor, world.own.receipt.number, "理由", timezone.now(), second=second)
    assert left(world) == before
    assert not Erasure.objects.exists()


def test_two_officers_of_the_centre_may(world: World) -> None:
    close(world, world.own.receipt.number)
    other = officer(6, "acceptor")
    made = erase(LEADER, world.own.receipt.number, "双人复核", timezone.now(), second=other)
    assert made.by == ("user:2", "user:6")
    assert left(world)["reporter_contact"] == 0


def test_running_and_held_cases_are_left_alone(world: World) -> None:
    number, now = world.own.receipt.number, timezone.now()
    with pytest.raises(NotErased, match="结案后"):
        erase(ADMIN, number, "理由", now)
    close(world, number)
    subject = f"case:{world.own.state.id}"
    erasures.hold(subject, "行政诉讼", ADMIN.ref, now)
    with pytest.raises(FieldError, match="保全"):
        erasures.hold(subject, "再次", ADMIN.ref, now)
    with pytest.raises(NotErased, match="保全"):
        erase(ADMIN, number, "理由", now)
    assert left(world)["reporter_contact"] == 1
    erasures.lift(subject, ADMIN.ref, now)
    erase(ADMIN, number, "保全已解除", now)
    assert left(world)["reporter_contact"] == 0


def test_a_reporter_is_erased_by_number_and_others_keep_theirs(world: World) -> None:
    close(world, world.own.receipt.number)
    contact = Contact.objects.get(
        id=Report.objects.unscoped("test").get(case_id=world.own.state.id).contact_id
    )
    phone = details(contact).phone
    made = erase_reporter(ADMIN, phone, "本人申请", timezone.now())
    assert left(world) == {"reporter_contact": 0, "report_text": 0, "photo": 0, "note": 2}
    assert made.counts == {"reporter_contact": 1, "report_text": 1, "photo": 1}
    assert Contact.objects.count() == 2  # the other cases' reporters
    assert phone not in bytes(Erasure.objects.get().body).decode()
    with pytest.raises(FieldError, match="phone"):
        erase_reporter(ADMIN, phone, "再次", timezone.now())


def test_what_is_past_its_period_goes_by_kind_and_what_is_held_stays(
    world: World, tmp_path: Path
) -> None:
    now = timezone.now()
    close(world, world.own.receipt.number, at=now - timedelta(days=400))
    close(world, world.next_door.receipt.number, at=now - timedelta(days=400))
    erasures.hold(f"case:{world.next_door.state.id}", "调查", ADMIN.ref, now)
    Look.objects.create(at=now - timedelta(days=400), actor_ref="user:1", action="x", subject="y")
    Look.objects.create(at=now, actor_ref="user:1", action="x", subject="z")
    (tmp_path / "city.yaml").write_text(
        "retention: {reporter_contact: 365, photo: 500, access_log: 365}"
    )
    made = retention.purge(tmp_path, now)
    assert made is not None
    assert {kind: n for kind, n in made.counts.items() if n} == {
        "reporter_contact": 1,
        "access_log": 1,
    }
    assert made.by == ("system",)
    assert left(world) == {"reporter_contact": 0, "report_text": 1, "photo": 1, "note": 2}
    mine = Look.objects.filter(actor_ref="user:1")
    assert list(mine.values_list("subject", flat=True)) == ["z"]
    held = Report.objects.unscoped("test").get(case_id=world.next_door.state.id)
    assert held.contact_id is not None
    assert faults() == []
    assert retention.purge(tmp_path, now) is None


@pytest.mark.parametrize(
    "raw", [{"nothing": 3}, {"access_log": 30}, {"photo": "3"}, {"photo": True}, {"photo": 1}, [1]]
)
def test_periods_that_cannot_be_used_are_refused_by_name(raw: Any) -> None:
    with pytest.raises(FieldError) as refused:
        retention.checked(raw)
    assert refused.value.field.startswith("retention")


def test_certificates_cannot_be_changed_and_a_changed_one_is_found(world: World) -> None:
    for n in range(3):
        erasures.certify(
            reason=f"理由{n}", by=["user:1"], subjects=[], counts={}, now=timezone.now()
        )
    with pytest.raises(DatabaseError), transaction.atomic():
        Erasure.objects.filter(seq=2).delete()
    with transaction.atomic():
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE audit_erasure DISABLE TRIGGER USER")
            cursor.execute("DELETE FROM audit_erasure WHERE seq = 2")
            cursor.execute("ALTER TABLE audit_erasure ENABLE TRIGGER USER")
    assert erasures.faults() != []


def test_the_command_asks_for_the_password_of_whoever_decides(world: World) -> None:
    import click
    from click.testing import CliRunner

    from yishi.foundation.access.models import Grant, User
    from yishi.foundation.cases.erasure_commands import commands

    close(world, world.own.receipt.number)
    user = User.objects.create_user("chief", "a long password", display_name="主任")
    Grant.objects.create(
        user=user, role="administrator", scope=HERE, valid_from=world.now - timedelta(hours=1)
    )
    command: click.Command = commands[0]
    runner = CliRunner()
    arguments = ["case", world.own.receipt.number, "--by", "chief", "--reason", "申请"]

    def run(password: str) -> Any:
        known = {"YISHI_PASSWORD": password}
        return runner.invoke(command, arguments, obj=lambda: None, env=known)

    refused = run("wrong")
    assert refused.exit_code == 1
    assert left(world)["reporter_contact"] == 1
    done = run("a long password")
    assert done.exit_code == 0, done.output
    assert "reporter_contact 1" in done.output
    assert left(world)["reporter_contact"] == 0
    told = runner.invoke(command, ["log"], obj=lambda: None)
    assert told.exit_code == 0
    assert "申请" in told.output
