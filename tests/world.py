"""Two counties, officers of every role in one of them, and cases here, there and next door."""

from __future__ import annotations

import io
import itertools
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from yishi.foundation.access.actors import PUBLIC, ROLES, SYSTEM, Actor, ActorGrant, Reach
from yishi.foundation.access.keys import issue_key
from yishi.foundation.access.models import Grant, PortalAccount, User
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.party_access import party_row
from yishi.foundation.cases.state import CaseState
from yishi.foundation.messages.models import Message
from yishi.foundation.papers.certificates import services as certificates
from yishi.foundation.papers.uploads import save_upload
from yishi.foundation.parties import services as parties
from yishi.foundation.parties.models import Party
from yishi.foundation.parties.synthetic import person_number
from yishi.systems.city_events import moves
from yishi.systems.city_events.context import city
from yishi.systems.city_events.intake import Receipt, report
from yishi.systems.city_events.models import CallBack, Card, Report
from yishi.systems.life_events import handling, submitting
from yishi.systems.life_events.tests import making

HERE, THERE = "4206/420606", "4206/420602"
#: 暴露生活垃圾 (环境卫生) and 乱堆物料 or the like: a type of another unit, found in the catalogue.
RUBBISH = "event/01/10"
ANONYMOUS, REPORTER, PROGRAM, NOBODY = "anonymous", "reporter", "api key", "no role"
#: The person who applied for the own case, signed in at the portal.
APPLICANT = "applicant"
_ids = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Known:
    """A case with everything that could give it away."""

    receipt: Receipt
    state: CaseState
    words: dict[str, str]
    secrets: tuple[str, ...]


class World:
    """Made through the services, as real cases are."""

    def __init__(self) -> None:
        self.now = timezone.now()
        self.foreign = self.case(THERE, RUBBISH)
        self.own = self.case(HERE, RUBBISH)
        self.unit = self.own.state.unit_id
        self.next_door = self.case(HERE, self._other_type())

    def _other_type(self) -> str:
        """A type that another unit of the same county handles."""
        registers = city()
        _, catalogue = registers.catalogue(self.now)
        for kind in catalogue.types:
            place = registers.register.place_of_landmark(self.landmark(HERE, 0))
            found = registers.register.responsible(
                kind.function, place, order="territory", at=self.now.date()
            )
            if kind.auto and not kind.owner_first and found and found.unit_id != self.unit:
                return str(kind.key)
        raise AssertionError("every type belongs to one unit")

    def landmark(self, path: str, n: int) -> int:
        """Id of a landmark with a cell below *path*."""
        marks = [m for m in city().register.landmarks if m.cell and m.managed_path.startswith(path)]
        return marks[n % len(marks)].id

    def report(self, path: str, kind: str, **fields: Any) -> Receipt:
        """A report at a landmark below *path*, each at another one."""
        n = next(_ids)
        raw = {"type": kind, "landmark": self.landmark(path, 7 * n), "external_id": f"w-{n}"}
        return report(PUBLIC, raw | fields, "portal", self.now)

    def case(self, path: str, kind: str) -> Known:
        """A dispatched case with contact, photo, message and words that nobody else uses."""
        n = next(_ids)
        photo = save_upload(_photo(), actor_ref=PUBLIC.ref, now=self.now, photos_only=True)
        marked = {"description": f"只此一处的描述{n}号", "address": f"只此一处的地址{n}号"}
        contact = {"name": f"只此一位{n}号", "phone": f"139{n:08d}"}
        _, catalogue = city().catalogue(self.now)
        standard = catalogue.by_key[kind].standards[0].code
        receipt = self.report(
            path, kind, standard=standard, photos=[str(photo.id)], **marked, **contact
        )
        state = load_states(number=receipt.number)[0]
        assert (receipt.merged, state.state) == (False, "assigned"), receipt
        about = {"about_kind": "case", "about_id": str(state.id)}
        message = Message.objects.filter(**about).order_by("id").first()
        found = Report.objects.unscoped("test").get(case_id=state.id)
        task = CallBack.objects.create(
            case_id=state.id, report_id=found.pk, closed_at=self.now, next_at=self.now
        )
        assert state.unit_id is not None
        Card.objects.create(
            case_id=state.id,
            number=f"{receipt.number}-D1",
            level=1,
            unit_id=state.unit_id,
            reason="late",
            at=self.now,
            due_at=self.now,
            automatic=True,
        )
        party = self.party(state, n)
        matter = self.matter(path, n)
        words = {
            **party,
            **matter,
            "task": str(task.pk),
            "phone": contact["phone"],
            "number": receipt.number,
            "id": str(state.id),
            "after": str(state.id + 1),
            "code": receipt.tracking_code,
            "paper": str(photo.id),
            "clock": str(state.clocks[-1].id),
            "report": str(found.pk),
            "message": str(message.pk if message else 0),
            "path": state.managed_path,
            "unit": str(state.unit_id),
            "type": kind,
            "state": state.state,
            "stage": state.stage,
            "where": str(marked["address"]),
            "subject": state.subject,
            "landmark": str(self.landmark(path, 0)),
            "case_url": f"/desk/cases/{receipt.number}/",
            "username": "nobody",
            "own_number": receipt.number,
        }
        secrets = (receipt.number, receipt.tracking_code, *marked.values(), *contact.values())
        of_party: tuple[str, ...] = (
            party["party_name"],
            party["party_number"],
            party["party_value"],
        )
        of_party += tuple(
            party[name]
            for name in (
                "certificate",
                "certificate_id",
                "certificate_number",
                "certificate_value",
            )
        )
        of_matter = (matter["matter"], matter["matter_value"])
        return Known(receipt, state, words, (*secrets, *of_party, *of_matter, str(photo.id)))

    def matter(self, path: str, n: int) -> dict[str, str]:
        """An accepted application for a theme below *path*, with a value that nobody else has."""
        street = city().register.picker_children(path.rpartition("/")[2])[0].code
        value = f"只此一处的店址{n}号"
        draft = making.drafted("open_restaurant", {"registered": "yes"}, self.now, division=street)
        making.filled(draft, self.now, premises_address=value, uscc=making.numbered(n))
        case = submitting.submit(draft.id, submitting.applicant(draft), self.now)
        handling.accept(making.clerk(), case.number, self.now)
        item = handling.members_of(case.id)[0]
        return {
            "application": str(draft.id),
            "matter": case.number,
            "matter_item": item.number,
            "matter_value": value,
        }

    def party(self, state: CaseState, n: int) -> dict[str, str]:
        """The applicant of a case: a person with an account, an agent, and a value in dispute."""
        name, value = f"只此{chr(0x4E00 + n)}", f"只此一处的户籍{n}号"
        number = person_number("420606", date(1990, 1, 1) + timedelta(days=n), n)
        raw = parties.PartyInput(name, number, source="real_name")
        made: dict[str, Any] = {"actor": SYSTEM, "now": self.now}
        party, _ = parties.find_or_create(raw, purpose="test", **made)
        today = self.now.date()
        said = parties.FieldInput("household_address", value, "公安", today, unit_id=state.unit_id)
        parties.record_field(party, said, **made)
        ticket = parties.correct_field(
            party, "household_address", f"{value}甲", evidence="户口簿", **made
        )
        helper = parties.PartyInput("只此帮手", person_number("420606", date(1980, 1, 1), 0))
        agent, _ = parties.find_or_create(helper, purpose="test", **made)
        until = today + timedelta(days=30)
        mandate = parties.give(
            party, agent, parties.MandateInput("agent", valid_to=until), giver=party, **made
        )
        commit([], [party_row(state.id, party.id, "applicant", self.now)])
        PortalAccount.objects.create(
            person=party, issuer="test", subject=str(n), created_at=self.now, used_at=self.now
        )
        certificate = self.certificate(state, party, n)
        return {
            **certificate,
            "party": str(party.id),
            "party_name": name,
            "party_number": number,
            "party_value": value,
            "ticket": str(ticket.id),
            "mandate": str(mandate.id),
        }

    def certificate(self, state: CaseState, party: Party, n: int) -> dict[str, str]:
        """A licence of the applicant, issued where the case is."""
        made = certificates.issue(
            certificates.CertificateInput(
                "test_licence",
                "只此一种许可证",
                "11420600MB1A2C3D0L001",
                "11420600MB1A2C3D0L",
                "模拟审批局",
                certificates.holder_of(party),
                self.now.date(),
                region=state.division,
                managed_path=state.managed_path,
                unit_id=state.unit_id,
                number=f"只此证号{n}",
                fields=[certificates.CertificateField("premises", "地址", f"只此证址{n}号", True)],
            ),
            actor=SYSTEM,
            now=self.now,
        )
        return {
            "certificate": str(made.id),
            "certificate_id": made.identifier,
            "certificate_code": made.verify_code,
            "certificate_number": made.number,
            "certificate_value": f"只此证址{n}号",
        }

    # --- Who looks -------------------------------------------------------------------------------

    def officer(self, role: str = "") -> Client:
        """A browser of an officer with *role* in the county (or its unit) called here."""
        n = next(_ids)
        user = User.objects.create_user(f"officer{n}", "x", display_name=f"测试{n}")
        if role:
            wide = ROLES[role].reach is Reach.SCOPE
            Grant.objects.create(
                user=user,
                role=role,
                unit_id=None if wide else self.unit,
                scope=HERE if wide else "",
                valid_from=self.now - timedelta(minutes=5),
            )
        client = Client(raise_request_exception=False)
        client.force_login(user)
        return client

    def viewer(self, name: str) -> Client:
        """A client for a role, or for who has none."""
        if name == ANONYMOUS:
            return Client(raise_request_exception=False)
        if name == PROGRAM:
            return self.program(HERE)
        if name == REPORTER:
            client = Client(raise_request_exception=False)
            client.post("/track/", {"code": self.own.receipt.tracking_code})
            return client
        if name == APPLICANT:
            return self.applicant()
        return self.officer("" if name == NOBODY else name)

    def applicant(self) -> Client:
        """A browser of the person who applied for the own case."""
        client = Client(raise_request_exception=False)
        session = client.session
        account = PortalAccount.objects.get(person_id=UUID(self.own.words["party"]))
        session["portal_account"] = account.pk
        session.save()
        client.cookies[settings.SESSION_COOKIE_NAME] = str(session.session_key)
        return client

    def draft(self, client: Client, *, sent: bool = False) -> str:
        """A report that *client* has filled in up to the last page, or sent; its id."""
        draft = str(uuid4())
        kind = next(k for k in city().catalogue(self.now)[1].types if _offered(k))
        for step, form in (
            ("where", {"choice": f"landmark:{self.landmark(HERE, 1)}"}),
            ("place", {"address": "北门旁"}),
            ("what", {"description": "路边有一堆生活垃圾没人清理"}),
            ("type", {"choice": kind.key}),
            ("standard", {"choice": "unsure"}),
            ("similar", {}),
            ("photos", {"act": "next"}),
            ("contact", {}),
        ):
            client.post(f"/report/{draft}/{step}", form)
        if sent:
            client.post(f"/report/{draft}/check")
        return draft

    def theme_draft(self, client: Client) -> str:
        """An application that *client* has begun, up to the form; its id."""
        sent = client.post("/themes/open_restaurant/start")
        draft = sent["Location"].split("/")[2]
        while "/ask" in (sent := client.get(f"/apply/{draft}/ask")).get("Location", "/ask"):
            field = sent.context["form"].fields["choice"]
            client.post(f"/apply/{draft}/ask", {"choice": field.widget.choices[0][0]})
        street = city().register.picker_children("420606")[0].code
        client.post(f"/apply/{draft}/where", {"division": street})
        client.post(f"/apply/{draft}/needs")
        client.post(f"/apply/{draft}/who", {"act": "self"})
        return str(draft)

    def program(self, scope: str) -> Client:
        """A program whose key may do all in *scope*."""
        roles = [name for name, role in ROLES.items() if role.reach is Reach.SCOPE]
        grants = [ActorGrant(role, None, scope) for role in roles]
        key = issue_key(f"p{next(_ids)}", "test", grants, self.now - timedelta(minutes=5))
        return Client(headers={"X-API-Key": key}, raise_request_exception=False)

    def holder(self, number: str) -> Actor:
        """Whoever may make the next moves of a case."""
        grants = [ActorGrant(role, None, "4206") for role in ("acceptor", "dispatcher")]
        for held in load_states(number=number)[0].assignments:
            if held.open:
                grants += [
                    ActorGrant(role, held.unit_id, "") for role in ("unit_officer", "collector")
                ]
        return Actor("user", "user:0", "测试", tuple(grants), None)

    def move(self, number: str, name: str, **facts: Any) -> CaseState:
        """Make a move as its holder."""
        return moves.advance(self.holder(number), number, name, facts, timezone.now())


def _offered(kind: Any) -> bool:
    """A type that residents may choose, with more than one condition to choose from."""
    return bool(kind.public and len(kind.standards) > 1)


def viewers() -> list[str]:
    """Everybody for whom the site may look different."""
    return [*sorted(ROLES), NOBODY, ANONYMOUS, REPORTER, APPLICANT, PROGRAM]


def _photo() -> SimpleUploadedFile:
    n = next(_ids)
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (n % 256, n * 7 % 256, 90)).save(out, "JPEG")
    return SimpleUploadedFile("photo.jpg", out.getvalue(), "image/jpeg")


def send(client: Client, request: str, words: dict[str, str]) -> Any:
    """Send a request as `tests.probes` writes it."""
    text = request.format(**words)
    if not text.startswith("POST "):
        return client.get(text)
    path, _, body = text.removeprefix("POST ").partition(" ")
    if body.startswith("{"):
        return client.post(path, body, content_type="application/json")
    return client.generic("POST", path, body, "application/x-www-form-urlencoded")
