"""What the portal's tests share: the demo city in the database, and walking through the form."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from yishi.foundation.access.actors import Actor, ActorGrant
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.models import Case
from yishi.foundation.papers.uploads import accept_upload, store
from yishi.foundation.places.models import Landmark
from yishi.systems.city_events.moves import advance


def picture(colour: str = "teal", size: tuple[int, int] = (320, 240)) -> bytes:
    """A small JPEG."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG")
    return out.getvalue()


def a_landmark() -> Landmark:
    """A landmark of the city."""
    found = Landmark.objects.order_by("id").first()
    assert found is not None
    return found


class Walk:
    """A report on its way through the pages, posted as a browser without JavaScript does."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.id = uuid4()

    def url(self, name: str) -> str:
        """The address of a page."""
        return reverse(f"events:{name}", args=[self.id])

    def post(self, name: str, /, **data: Any) -> Any:
        """Send a page."""
        return self.client.post(self.url(name), data)

    def to_check(
        self, kind: str = "event/01/10", said: str = "路边有一堆生活垃圾没人清理", **contact: Any
    ) -> None:
        """Answer everything up to the last page."""
        self.post("where", choice=f"landmark:{a_landmark().pk}")
        self.post("place", address="北门旁")
        self.post("what", description=said)
        self.post("type", choice=kind)
        self.post("standard", choice="unsure")
        self.post("similar")
        self.post("photos", act="next")
        self.post("contact", **contact)


def officer(*units: int) -> Actor:
    """Somebody who holds every role, for the named units and the whole city."""
    ref = ActorGrant("acceptor", None, "4206"), ActorGrant("dispatcher", None, "4206")
    own = [
        ActorGrant(role, unit, "4206") for unit in units for role in ("unit_officer", "collector")
    ]
    return Actor("user", "user:0", "测试", (*ref, *own), None)


def close(number: str, photos: Sequence[UUID] = ()) -> None:
    """Handle, verify and close a dispatched case, with *photos* of the result."""
    for move, facts in (
        ("sign", {}),
        ("finish", {"note": "已清理", "photos": [str(photo) for photo in photos]}),
        ("confirm", {}),
        ("forward", {}),
        ("report_verification", {"result": "pass"}),
        ("close", {}),
    ):
        (state,) = load_states(number=number)
        units = [duty.unit_id for duty in state.assignments if duty.open]
        advance(officer(*units), number, move, facts, timezone.now())


def photo_of(actor: Actor) -> UUID:
    """An accepted photo of *actor*'s."""
    file = SimpleUploadedFile("after.jpg", picture("navy"), "image/jpeg")
    row = accept_upload(file, actor_ref=actor.ref, now=timezone.now())
    store([row])
    return row["id"]


def code_of(walk: Walk) -> str:
    """The code on the receipt."""
    code: str = walk.client.get(walk.url("done")).context["receipt"].tracking_code
    return code


def the_case() -> Case:
    """The only case."""
    found: Case = Case.objects.unscoped("the test looks").get()
    return found


def enter(client: Client, code: str) -> Any:
    """Type a code."""
    return client.post(reverse("events:track"), {"code": code})
