"""What officers see of a bad rating that is to be put right."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext

from yishi.foundation.approvals import desk as items
from yishi.foundation.approvals import ratings
from yishi.foundation.approvals.catalogue import book_of
from yishi.foundation.approvals.lifecycle.deciding import SATISFACTION
from yishi.foundation.cases.lifecycle import Need
from yishi.foundation.ui.desk import CaseView, DeskSystem, Look
from yishi.foundation.ui.parts import Fact


def view(look: Look) -> CaseView:
    """The item that was rated, and how."""
    case = look.case
    about = str(case.data["about"])
    item = book_of(case.catalogue_id).items[case.type_key]
    unit = look.register.unit(case.unit_id).name if case.unit_id else ""
    return CaseView(
        facts=[
            Fact(gettext("办件"), about, url=reverse("desk:case", args=[about])),
            Fact(gettext("事项"), item.name),
            Fact(gettext("满意度"), gettext(dict(SATISFACTION)[str(case.data["code"])])),
            Fact(gettext("实施机关"), unit),
            Fact(gettext("整改轮次"), str(case.data.get("round", 1))),
        ]
    )


def fields(need: Need, look: Look, data: Mapping[str, Any]) -> forms.Field | None:
    """Nothing that only this system could ask for."""
    return None


def told(look: Look, body: Mapping[str, Any]) -> list[str]:
    """The trace says it in the steps' own words."""
    return []


def types(numbers: Mapping[str, int], now: datetime) -> Any:
    """Ratings are of items."""
    return items.types(numbers, now)


DESK = DeskSystem(
    system=ratings.SYSTEM,
    label="差评整改",
    steps=("contact", "rectify", "ask", "done"),
    main_clock=ratings.RECTIFY,
    clock_labels={ratings.CONTACT: "联系时限", ratings.RECTIFY: "整改时限"},
    types=types,
    view=view,
    fields=fields,
    suggest_units=items.suggest_units,
    advance=ratings.advance,
    advance_batch=ratings.advance_batch,
    told=told,
    hidden_moves=frozenset({"receive"}),
    answers={"follow_up": ("feed_back",), "feed_back": ("contact",)},
)
