"""A street for tests of pages: a shopkeeper who signs in at the portal, and two regulators."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from yishi.foundation.access.actors import SYSTEM
from yishi.foundation.access.models import Grant, Installation, User
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.state import CaseState
from yishi.foundation.credit.tests.making import fresh_lists
from yishi.foundation.parties import services
from yishi.foundation.parties.identifiers import IdentifierKind
from yishi.foundation.parties.models import Mandate
from yishi.foundation.parties.registering import today_of
from yishi.foundation.parties.synthetic import Rows, add, enterprise_number, person_number
from yishi.systems.pledge_licences.models import Pledge
from yishi.systems.pledge_licences.tests.shop import PLACE

KEEPER = "林模拟"
PASSWORD = "right-password"
_ids = itertools.count(1)
#: What the form asks of a food shop that its file does not know.
FILLED = {
    "division": PLACE,
    "legal_representative_phone": "16000009002",
    "premises_address": "示意路8号",
    "premises_area": "60",
    "food_items": "散装食品销售",
    "food_business_type": "sale",
    "food_safety_manager": "林模拟",
    "staff_count": "3",
    "shop_kind": "convenience",
    "hygiene_place_kind": "shop",
}


class Street:
    """A made-up person who is the legal representative of a made-up firm."""

    def __init__(self) -> None:
        self.now = timezone.now()
        Installation.objects.get_or_create(kind=Installation.DEMO)
        fresh_lists(self.now)
        rows = Rows()
        born = today_of(self.now) - timedelta(days=12_000)
        self.number = person_number("420606", born, 7)
        self.keeper = add(rows, KEEPER, self.number, IdentifierKind.RESIDENT_ID, self.now)
        code = enterprise_number("420606", 7)
        self.firm = add(rows, "襄阳模拟便利有限公司", code, IdentifierKind.USCC, self.now)
        rows.store()
        raw = services.MandateInput(Mandate.LEGAL)
        self.legal = services.give(
            self.firm, self.keeper, raw, giver=None, actor=SYSTEM, now=self.now
        )

    def client(self) -> Client:
        """A browser in which the keeper acts for the firm."""
        client = Client()
        said = {"name": KEEPER, "identifier": self.number, "identifier_kind": "resident_id"}
        assert client.post(reverse("portal:simulated"), said).status_code == 302
        act = client.post(reverse("portal:acting"), {"mandate": str(self.legal.pk)})
        assert act.status_code == 302
        return client

    def filled(self, client: Client, address: str) -> dict[str, str]:
        """The answers to what the form at *address* asks for."""
        form = client.get(address).context["form"]
        return {name: FILLED.get(name, "10") for name in form.fields}

    def applied(self, client: Client, query: str = "licence=food_sale") -> list[CaseState]:
        """The cases of an application, in the order in which they were taken in."""
        address = f"{reverse('licences:apply')}?{query}"
        answer = client.post(address, self.filled(client, address))
        assert answer.status_code == 302, answer.content.decode()
        rows = Pledge.objects.unscoped("test").filter(holder__file_id=self.firm.file_id)
        return load_states(list(rows.order_by("case_id").values_list("case_id", flat=True)))

    def signed(self, client: Client, number: str, **more: str) -> Any:
        """Read and sign, as the page's form sends it."""
        address = reverse("licences:sign", args=[number])
        page = client.get(address)
        form = page.context["form"]
        ticked = {f"c_{key}": "on" for key in form.keys}
        body = {"shown_hash": page.context["hash"], "name": KEEPER, "will": "on", **ticked, **more}
        return client.post(address, body)

    def licence(self, client: Client | None = None) -> CaseState:
        """A licence, had by the pages."""
        client = client or self.client()
        case = self.applied(client)[-1]
        assert self.signed(client, case.number).status_code == 302
        return load_states([case.id])[0]


def regulator(case: CaseState) -> User:
    """An officer of the unit that checks the case, with an account."""
    user = User.objects.create_user(
        f"regulator{next(_ids)}", PASSWORD, display_name=f"监管{next(_ids)}"
    )
    Grant.objects.create(
        user=user,
        role="licence_regulator",
        unit_id=case.data["regulator"],
        scope="4206",
        valid_from=timezone.now() - timedelta(days=1),
    )
    return user


def signed_in(user: User) -> Client:
    """A browser of an officer."""
    client = Client()
    client.force_login(user)
    return client
