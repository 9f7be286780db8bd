"""A block of enterprises for tests: a real item of the city, a batch, somebody signed in."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from yishi.foundation.access.actors import SYSTEM
from yishi.foundation.access.models import Installation
from yishi.foundation.parties import services
from yishi.foundation.parties.identifiers import IdentifierKind
from yishi.foundation.parties.models import Mandate, Party
from yishi.foundation.parties.registering import today_of
from yishi.foundation.parties.synthetic import Rows, add, person_number
from yishi.systems.direct_benefits.models import Batch, Payout
from yishi.systems.direct_benefits.policies.models import ItemVersion
from yishi.systems.direct_benefits.portal import catalogue
from yishi.systems.direct_benefits.portal.catalogue import Entry
from yishi.systems.direct_benefits.services import funding, listing, noticing, opening, paying
from yishi.systems.direct_benefits.tests import town

PERSON = "田模拟"


def entry(mode: str = "direct") -> Entry:
    """An item of the city in force that pays and has a notice."""
    today = catalogue.today_of(timezone.now())
    return next(
        one
        for one in catalogue.shelf().entries.values()
        if one.item.mode == mode
        and one.item.fiscal
        and one.item.notice
        and one.item.stack is None
        and one.item.level == "city"
        and one.standing(today) == catalogue.IN_FORCE
    )


class Block:
    """Three firms, one of them self-employed, on the list of one batch."""

    def __init__(self, count: int = 3) -> None:
        self.now = timezone.now()
        Installation.objects.get_or_create(kind=Installation.DEMO)
        self.entry = entry()
        self.firms = town.enterprises(count, now=self.now)
        self.shop = self.firms[-1]
        self.shop.kind = "individual_business"
        self.shop.save(update_fields=["kind"])
        version = ItemVersion.objects.get(pk=self.entry.version_id)
        self.run = town.run([version], self.now)
        town.candidates(self.run, version, {one.pk: 1_234_567 for one in self.firms})
        town.budget(version.content["budget"]["line"], 100_000_000, self.now)
        town.paying_account(self.now)
        self.officer = town.officer(self.entry.item.department)
        self.batch = opening.open_batch(self.officer, version.key, "2026", self.run.pk, self.now)
        rows = Rows()
        born = today_of(self.now) - timedelta(days=12_000)
        self.number = person_number("420606", born, 8)
        self.person = add(rows, PERSON, self.number, IdentifierKind.RESIDENT_ID, self.now)
        rows.store()

    def noticed(self, at: datetime | None = None) -> Batch:
        """The batch on notice."""
        now = at or self.now
        listing.confirm(self.officer, self.batch.number, None, now)
        self.batch = noticing.post_notice(self.officer, self.batch.number, now)
        return self.batch

    def paid(self) -> list[Payout]:
        """All paid and published, as if the notice had been long ago."""
        self.noticed(self.now - timedelta(days=30))
        after = self.now - timedelta(days=10)
        funding.ask_funds(self.officer, self.batch.number, after)
        made = paying.order_payment(town.maker(), self.batch.number, after)
        town.send(made.order, after)
        payouts = town.batch_payouts(self.batch)
        town.bank_says(town.booked(payouts), after)
        self.batch = paying.publish(self.officer, self.batch.number, self.now)
        return town.batch_payouts(self.batch)

    def payouts(self) -> list[Payout]:
        """As they stand."""
        return town.batch_payouts(self.batch)

    def client(self, party: Party | None = None) -> Client:
        """A browser in which the person acts for a firm (the first one)."""
        firm = party or self.firms[0]
        raw = services.MandateInput(Mandate.LEGAL)
        mandate = services.give(firm, self.person, raw, giver=None, actor=SYSTEM, now=self.now)
        client = Client()
        said = {"name": PERSON, "identifier": self.number, "identifier_kind": "resident_id"}
        assert client.post(reverse("portal:simulated"), said).status_code == 302
        act = client.post(reverse("portal:acting"), {"mandate": str(mandate.pk)})
        assert act.status_code == 302
        return client


def text(answer: Any) -> str:
    """The page as text."""
    return str(answer.content.decode())
