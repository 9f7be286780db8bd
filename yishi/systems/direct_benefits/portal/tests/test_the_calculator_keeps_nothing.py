"""算一算: what one would get without signing in; garbage is named, and nothing is stored."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from yishi.foundation.rulebook.facts import FactType
from yishi.systems.direct_benefits.portal import catalogue, finding, judging
from yishi.systems.direct_benefits.portal.calculator import in_force
from yishi.systems.direct_benefits.portal.tests.block import text

pytestmark = pytest.mark.django_db


def address(**query: str) -> str:
    return reverse("policies:calculator") + "?" + "&".join(f"{k}={v}" for k, v in query.items())


def asked(client: Client, url: str) -> Any:
    return client.get(url).context["form"]


def some(city: None, kind: FactType) -> tuple[str, str]:
    """(item, fact) where the item asks for a fact of a type."""
    looked = finding.look(timezone.now())
    for one in in_force(looked):
        for fact in judging.base_facts(one, looked.declared.derived):
            if fact.type is kind:
                return one.key, fact.name
    raise AssertionError(kind)


def test_it_begins_with_labels(city: None) -> None:
    page = text(Client().get(reverse("policies:calculator")))
    assert "label=audience%3A" in page and "不用登录" in page


def test_every_label_leads_to_questions(city: None) -> None:
    looked = finding.look(timezone.now())
    tags = sorted({tag for one in in_force(looked) for tag in one.item.audience})
    for tag in tags[:6]:
        assert asked(Client(), address(label=f"audience:{tag}")).fields


def test_answers_are_judged_and_left_open_ones_stay_unknown(city: None) -> None:
    item, fact = some(city, FactType.BOOL)
    client = Client()
    page = text(client.post(address(item=item), {}))
    assert "还不知道" in page
    answer = client.post(address(item=item), {fact: "yes"})
    assert answer.status_code == 200 and answer.context["found"] is not None


def test_the_examples_of_items_come_out_as_they_say(city: None) -> None:
    """What the page says is what the item's own examples say."""
    looked = finding.look(timezone.now())
    checked = 0
    for entry in in_force(looked):
        for one in entry.item.examples:
            if one.expect != "true" or one.on.year != looked.today.year:
                continue
            from yishi.foundation.rulebook.facts import facts_from_json
            from yishi.systems.direct_benefits.policies.facts import moment

            known = judging.base_facts(entry, looked.declared.derived)
            facts = judging.seen_now(facts_from_json(one.facts, known), moment(one.on))
            facts = {k: v for k, v in facts.items() if v.value is not None}
            found = judging.judge(
                [looked.card(entry)],
                looked.declared.needed(judging.named([entry])),
                facts,
                looked.declared.params_on(one.on),
                moment(one.on),
            )
            assert [j.card.key for j in found.yes] == [entry.key], (entry.key, one)
            assert found.yes[0].fen == one.amount or one.amount is None
            checked += 1
    assert checked > 10


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (FactType.INT, "many"),
        (FactType.INT, "-3"),
        (FactType.MONEY, "1.234"),
        (FactType.MONEY, "一百"),
        (FactType.DATE, "2026-13-40"),
        (FactType.BOOL, "maybe"),
    ],
)
def test_garbage_is_named(city: None, kind: FactType, wrong: str) -> None:
    item, fact = some(city, kind)
    answer = Client().post(address(item=item), {fact: wrong})
    assert answer.status_code == 422 and set(answer.context["form"].errors) == {fact}


def test_nothing_is_stored_and_no_session_begins(city: None) -> None:
    item, fact = some(city, FactType.BOOL)
    client = Client()
    with CaptureQueriesContext(connection) as made:
        answer = client.post(address(item=item), {fact: "yes"})
    assert answer.status_code == 200
    writes = ("INSERT", "UPDATE", "DELETE", "COPY", "MERGE")
    assert not [one["sql"] for one in made if one["sql"].lstrip().upper().startswith(writes)]
    assert "sessionid" not in " ".join(client.cookies) and not client.session.session_key
    assert fact not in answer.request["QUERY_STRING"]


def test_an_unknown_item_or_label_is_404(city: None) -> None:
    assert Client().get(address(item="no.such")).status_code == 404
    assert Client().get(address(label="audience:nobody")).status_code == 404


def test_all_items_at_once_are_quick(city: None) -> None:
    looked = finding.look(timezone.now())
    cards = [looked.card(one) for one in in_force(looked)]
    found = judging.judge(
        cards,
        looked.declared.needed(judging.named([one.entry for one in cards])),
        {},
        looked.params,
        looked_at := timezone.now(),
    )
    assert len(found.yes) + len(found.near) + len(found.unknown) + len(found.no) == len(cards)
    assert not found.yes and looked_at
    assert catalogue.language() == "zh"
