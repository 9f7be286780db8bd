"""A shop for tests: an enterprise that applies, and the officers whom it meets."""

from __future__ import annotations

import itertools
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from yishi.foundation.access.actors import Actor, ActorGrant
from yishi.foundation.access.models import Grant, User
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.state import CaseState
from yishi.foundation.credit.tests.making import fresh_lists, person_number
from yishi.foundation.parties.identifiers import uscc_check_sign
from yishi.foundation.parties.models import Party
from yishi.foundation.parties.services import PartyInput, find_or_create
from yishi.systems.pledge_licences.catalogue import version
from yishi.systems.pledge_licences.services import beginning, screening, signing, texts

CITY_TIME = ZoneInfo("Asia/Shanghai")
#: A street of 樊城区.
PLACE = "420606007"
_numbers = itertools.count(1)


CHIEF = {
    "legal_representative": "王示意",
    "legal_representative_id": person_number(),
}


def at(text: str) -> datetime:
    """A moment in the city's time: ``2026-04-10 09:00``."""
    return datetime.fromisoformat(text).replace(tzinfo=CITY_TIME)


NOW = at("2026-04-10 09:00")


def numbered(n: int, first: str = "91420606MA") -> str:
    """A right credit code, one for each number."""
    body = f"{first}{n:07d}"
    return body + uscc_check_sign(body)


def enterprise(uscc: str = "", name: str = "", when: datetime = NOW) -> Party:
    """A holder's file."""
    n = next(_numbers)
    raw = PartyInput(name or f"襄阳示意便利店{n}有限公司", uscc or numbered(n), "uscc")
    party, _new = find_or_create(raw, actor=system(), purpose="测试", now=when)
    return party


def system() -> Actor:
    return Actor("system", "system", "系统")


def of(party: Party) -> Actor:
    """The holder, signed in at the portal."""
    return Actor("party", "account:1", "", party_id=party.file_id)


def officer(role: str, unit: int | None, scope: str = "4206", user: int | None = None) -> Actor:
    return Actor(
        "user", f"user:{user or 0}", "人员", (ActorGrant(role, unit, scope),), user_id=user
    )


def user(name: str) -> User:
    """An officer's account."""
    found, _new = User.objects.get_or_create(username=name, defaults={"display_name": name})
    return found


def state(number: str) -> CaseState:
    """The case as stored."""
    return load_states(number=number)[0]


def raw(licence: str = "public_place_hygiene", **more: Any) -> dict[str, Any]:
    """An application."""
    address = more.pop("address", "示意路1号")
    values = {"premises_address": address, **CHIEF, **more.pop("values", {})}
    return {"licence": licence, "division": PLACE, "values": values, **more}


def applied(party: Party, when: datetime = NOW, **more: Any) -> CaseState:
    """Taken in and screened."""
    fresh_lists(when)
    case = beginning.begin(of(party), raw(**more), when)
    return screening.screen(of(party), case.number, when)


def signed(party: Party, when: datetime = NOW, *, decide: bool = True, **more: Any) -> CaseState:
    """Taken in, screened, shown, signed and (unless not *decide*) decided."""
    case = applied(party, when, **more)
    return sign(party, case, when, decide=decide)


def sign(party: Party, case: CaseState, when: datetime = NOW, *, decide: bool = True) -> CaseState:
    """Sign what is shown."""
    shown = texts.show(of(party), case.number, when)
    agreed = [key for key, _text, _when in shown.conditions]
    given = {"shown_hash": shown.hash, "agreed": agreed}
    return signing.sign(of(party), case.number, given, when, decide=decide)


def regulators(case: CaseState) -> tuple[Actor, Actor]:
    """Two officers of the unit that checks."""
    unit = case.data["regulator"]
    found = []
    for name in ("检查员甲", "检查员乙"):
        one = user(f"{name}{unit}")
        Grant.objects.get_or_create(
            user=one,
            role="licence_regulator",
            unit_id=unit,
            scope="4206",
            defaults={"valid_from": at("2020-01-01 00:00")},
        )
        found.append(officer("licence_regulator", unit, user=one.pk))
    return found[0], found[1]


def finding(case: CaseState, second: Actor, result: str = "met", **more: Any) -> dict[str, Any]:
    """What two officers bring back; the first condition is unmet where the result is not met."""
    keys = list(version(case.catalogue_id).licences[case.type_key].conditions)
    conditions = [
        {"key": one.key, "met": result == "met" or place > 0} for place, one in enumerate(keys)
    ]
    return {"result": result, "conditions": conditions, "second": second.user_id, **more}
