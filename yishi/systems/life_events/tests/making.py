"""Applications for tests: answered, filled in, and handed in without a browser."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from yishi.foundation.access.actors import Actor, ActorGrant
from yishi.foundation.approvals import services
from yishi.foundation.approvals.catalogue.model import FieldSpec
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.state import CaseState
from yishi.foundation.parties.identifiers import uscc_check_sign
from yishi.systems.life_events import applications, handling, paperwork, states, submitting
from yishi.systems.life_events.applications import Owned
from yishi.systems.life_events.lifecycle import day_of
from yishi.systems.life_events.made import Made
from yishi.systems.life_events.models import Application
from yishi.systems.life_events.versions import registers

#: Monday 2026-03-02, 10:00 in the city.
NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
#: A street of 樊城区.
PLACE = "420606007"
SAMPLES = {
    "text": "示意",
    "long_text": "示意说明",
    "int": "3",
    "decimal": "80.5",
    "money": "100000",
    "date": "2026-04-01",
    "bool": "yes",
    "phone": "13812345678",
    "email": "someone@example.com",
    "id_number": "420606199001011239",
    "uscc": "93420625MAC8R3W994",
    "address": "示意路1号",
    "person_name": "王小明",
}


def sample(spec: FieldSpec) -> str:
    """A right value for a field."""
    if spec.type == "choice":
        return spec.choices[0][0]
    if spec.type == "division":
        return PLACE
    return SAMPLES[spec.type]


def clerk(scope: str = "4206") -> Actor:
    """An officer of the unified window."""
    return Actor("user", "user:0", "窗口", (ActorGrant("window_clerk", None, scope),))


def officer(role: str, unit: int | None = None, scope: str = "4206") -> Actor:
    """An officer in another role."""
    return Actor("user", "user:1", "人员", (ActorGrant(role, unit, scope),))


def numbered(n: int) -> str:
    """A right credit code, one for each number."""
    first = f"91420606MA{n:07d}"
    return first + uscc_check_sign(first)


def drafted(
    theme: str,
    answers: Mapping[str, str],
    now: datetime = NOW,
    *,
    division: str = PLACE,
    **more: Any,
) -> Application:
    """A draft whose questions are answered (by option) and whose place is chosen."""
    found = registers()
    draft = applications.begin(found, theme, applications.PORTAL, now, **more)
    while (key := applications.next_question(draft)) is not None:
        options = applications.theme_of(draft).question(key)
        assert options is not None
        applications.answer(draft, key, answers.get(key) or next(iter(options.options)), now)
    applications.place(draft, division, found.register, now)
    return draft


def made_of(draft: Application, now: datetime = NOW) -> tuple[Made, Owned]:
    """What a draft comes to."""
    having = applications.owned(draft, now)
    return applications.made(draft, having), having


def filled(draft: Application, now: datetime = NOW, **values: str) -> Application:
    """All fields with right values, all papers as if uploaded."""
    made, having = made_of(draft, now)
    known = applications.unseal(draft).values
    raw = {
        one.key: values.get(one.key) or known.get(one.key) or sample(one.spec) for one in made.form
    }
    wrong = applications.fill(draft, made, raw, now)
    assert not wrong, wrong
    missing = paperwork.missing_papers(draft, made, having)
    draft.papers = draft.papers | {key: {"how": "upload", "files": []} for key in missing}
    applications.save(draft, now)
    return draft


def handed_in(
    theme: str, answers: Mapping[str, str] | None = None, now: datetime = NOW, **values: str
) -> CaseState:
    """A case, handed in through the portal."""
    draft = filled(drafted(theme, answers or {}, now), now, **values)
    return submitting.submit(draft.id, submitting.applicant(draft), now)


def accepted(
    theme: str, answers: Mapping[str, str] | None = None, now: datetime = NOW
) -> CaseState:
    """A case that the window accepted at the same moment."""
    case = handed_in(theme, answers, now)
    return handling.accept(clerk(), case.number, now)


def members(case: CaseState) -> dict[str, CaseState]:
    """The items of a case by key."""
    return {one.type_key: one for one in handling.members_of(case.id)}


def blank(one: handling.Looked, case_id: int, now: datetime = NOW) -> CaseState:
    """A case under review that nobody stored yet."""
    found, application = one.found, one.application
    place = found.register.place_of_division(application.division)
    return CaseState(
        id=case_id,
        number=f"T{case_id}",
        system=states.SYSTEM,
        type_key=application.theme,
        catalogue_id=application.catalogue_id,
        subject=one.made.theme.name,
        division=place.division,
        managed_path=place.managed_path,
        received_at=now,
        received_on=day_of(now),
        state="reviewing",
        stage="review",
        unit_id=submitting.window_of(found, place, day_of(now)).unit_id,
        data={"items": application.items_id},
    )


def decide(case: CaseState, result: str = "granted", now: datetime = NOW) -> CaseState:
    """Decide an item as its body."""
    note = "" if result == "granted" else "不符合规定条件"
    actor = officer("approver", case.unit_id, case.managed_path)
    return services.decide(actor, case.number, now, result=result, reason=note)


def grant_all(root_id: int, now: datetime = NOW) -> str:
    """Grant every item in its turn; the state that the parent ends in."""
    while open_ones := [
        one for one in handling.members_of(root_id) if not one.outcome and not one.waiting_for
    ]:
        for one in open_ones:
            decide(one, now=now)
    return load_states([root_id])[0].state
