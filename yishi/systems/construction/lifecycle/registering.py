"""Registration: the code is verified with the platform; secret projects go a way of their own."""

from __future__ import annotations

from yishi.foundation.cases.draft import Draft
from yishi.foundation.cases.lifecycle import Facts, Move, Need
from yishi.systems.construction.lifecycle.counting import stop_counting
from yishi.systems.construction.lifecycle.offices import lead_stage
from yishi.systems.construction.rules.union import day_of
from yishi.systems.construction.states import (
    CODE_REASONS,
    OFFICE,
    OPEN,
    RUNNING,
    WINDOW,
)

WHO = frozenset({"reporter", WINDOW})


def register(draft: Draft, facts: Facts) -> None:
    """Take the project down. Its limit is that of its kind on this day, whatever follows."""
    draft.case.data |= facts["project"]
    draft.case.unit_id = facts["window"]
    draft.tell(kind=draft.case.type_key, limit=draft.case.data["limit"])


def verify_code(draft: Draft, facts: Facts) -> None:
    """The platform knows the code: the first stage is open."""
    draft.tell(code=draft.case.data["code"], verdict="valid", source=facts.get("source", ""))
    draft.case.data["code_verified"] = day_of(draft.now).isoformat()
    lead_stage(draft, 1)


def code_not_verified(draft: Draft, facts: Facts) -> None:
    """The platform says no, or nothing."""
    draft.tell(verdict=facts["verdict"], source=facts["source"])
    draft.case.data["code_verdict"] = facts["verdict"]


def correct_code(draft: Draft, facts: Facts) -> None:
    """Another code: the one before stays in the history."""
    draft.tell(code=facts["code"], before=draft.case.data.get("code", ""), reason=facts["reason"])
    draft.case.data["code"] = facts["code"]


def clear_secret(draft: Draft, facts: Facts) -> None:
    """The secrecy office confirmed that there is no code, and what is approved instead."""
    draft.tell(document=facts["document"])
    draft.case.data["secret_document"] = facts["document"]
    lead_stage(draft, 1)


def change_kind(draft: Draft, facts: Facts) -> None:
    """Another kind: later items follow it, the limit of the start stays (hard case 6)."""
    draft.tell(
        kind_before=draft.case.type_key,
        kind=facts["kind"],
        limit_kept=draft.case.data["limit"],
        document=facts["document"],
    )
    kinds = list(draft.case.data.get("kinds") or [])
    kinds.append([draft.case.type_key, day_of(draft.now).isoformat(), facts["document"]])
    draft.case.data["kinds"] = kinds
    draft.case.type_key = facts["kind"]


def amend(draft: Draft, facts: Facts) -> None:
    """Figures and circumstances of the project as they are now, the old ones in the trace."""
    changes = dict(facts["project"])
    before = {key: draft.case.data.get(key) for key in changes}
    draft.tell(before=before, after=changes)
    draft.case.data |= changes


def terminate(draft: Draft, facts: Facts) -> None:
    """The project is given up; what runs ends with it."""
    stop_counting(draft)
    draft.end_all()
    draft.case.outcome = "terminated"


MOVES = (
    Move(
        "register",
        "登记项目",
        WHO,
        frozenset({""}),
        "code_pending",
        effect=register,
        automatic=True,
    ),
    Move(
        "register_secret",
        "登记涉密项目",
        frozenset({WINDOW}),
        frozenset({""}),
        "secret_pending",
        effect=register,
        basis="涉密项目不赋项目代码",
    ),
    Move(
        "verify_code",
        "核验项目代码",
        frozenset({WINDOW}),
        frozenset({"code_pending"}),
        "stage_1",
        effect=verify_code,
        automatic=True,
        primary=True,
        basis="发改投资〔2020〕1439号：未通过项目代码核验的不得受理",
    ),
    Move(
        "code_not_verified",
        "代码未通过核验",
        frozenset(),
        frozenset({"code_pending"}),
        None,
        effect=code_not_verified,
        automatic=True,
    ),
    Move(
        "correct_code",
        "更正项目代码",
        WHO,
        RUNNING | {"code_pending"},
        None,
        needs=(
            Need("code", "新项目代码", "line", required=True),
            Need("reason", "原因", "choice", required=True, choices=CODE_REASONS),
            Need("note", "说明"),
        ),
        effect=correct_code,
    ),
    Move(
        "clear_secret",
        "涉密项目审核通过",
        frozenset({WINDOW}),
        frozenset({"secret_pending"}),
        "stage_1",
        needs=(Need("document", "保密审核文号", "line", required=True), Need("note", "说明")),
        effect=clear_secret,
        primary=True,
    ),
    Move(
        "change_kind",
        "变更项目类型",
        frozenset({OFFICE}),
        RUNNING,
        None,
        needs=(
            Need(
                "kind",
                "变更为",
                "choice",
                required=True,
                choices=(
                    ("GOV", "政府投资项目"),
                    ("PRIVATE", "社会一般投资项目"),
                    ("LAND_WITH_PLAN", "带方案出让土地项目"),
                ),
            ),
            Need("document", "依据文号", "line", required=True),
            Need("note", "说明"),
        ),
        effect=change_kind,
        clock="总时限不变",
    ),
    Move(
        "amend",
        "更新项目信息",
        WHO,
        RUNNING | {"code_pending", "secret_pending"},
        None,
        effect=amend,
    ),
    Move(
        "terminate",
        "终止项目",
        frozenset({OFFICE}),
        OPEN - {"accepted"},
        "terminated",
        needs=(Need("note", "原因", required=True),),
        effect=terminate,
        clock="全部时钟停止",
        danger=True,
    ),
)
