"""What the answers of all sources mean for the subjects of one matter. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from yishi.foundation.calendars import SHANGHAI
from yishi.foundation.credit.asking import Asked
from yishi.foundation.credit.book import CreditBook
from yishi.foundation.credit.listings import Compared, Listing, Match, compare
from yishi.foundation.credit.sources import OK, Consulted

#: Answers that a person gave to near matches, by (subject key, ref of the listing).
Answers = Mapping[tuple[str, str], str]
SAME, DIFFERENT = "SAME", "DIFFERENT"


@dataclass(frozen=True, slots=True)
class Policy:
    """What counts in a matter: the grounds that exclude, and whose (applicant …)."""

    roles: frozenset[str]
    excludes: frozenset[str]

    def counts(self, role: str, ground: str) -> bool:
        return role in self.roles and ground in self.excludes


@dataclass(frozen=True, slots=True)
class Reason:
    """One line of the answer. ``effect``: excluded, unknown or noted. No personal values."""

    code: str
    text: str
    effect: str
    source: str = ""
    at: str = ""
    role: str = ""
    ground: str = ""
    list_key: str = ""
    ref: str = ""
    document_no: str = ""
    until: str = ""

    def as_json(self) -> dict[str, str]:
        """The stored form, without what is empty."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in values.items() if value}


@dataclass(frozen=True, slots=True)
class Near:
    """A listing that is like a subject: for a person's eye (``open``), or only noted."""

    asked: Asked
    listing: Listing
    found: Compared
    open: bool


@dataclass(slots=True)
class Finding:
    """Everything that was found."""

    reasons: list[Reason] = field(default_factory=list)
    excluding: int = 0
    open: int = 0
    #: Lists that count and that no source covered.
    uncovered: list[str] = field(default_factory=list)
    #: Subjects of whom nothing can be said for certain: no number, or their file is closed.
    unsure: int = 0
    near: list[Near] = field(default_factory=list)

    @property
    def unclear(self) -> bool:
        return bool(self.open or self.uncovered or self.unsure)


def judge(
    asked: Sequence[Asked],
    consulted: Sequence[Consulted],
    policy: Policy,
    book: CreditBook,
    answers: Answers,
    now: datetime,
) -> Finding:
    """What *consulted* say of *asked* under *policy*."""
    finding = Finding()
    _cover(consulted, policy, book, finding, now)
    live = {key for one in consulted if one.kind == "live" for key in one.lists}
    for who in asked:
        _certain(who, policy, finding, now)
        for source in consulted:
            if source.state != OK:
                continue
            for listing in source.listings:
                # What a platform says now goes before a copy of its list.
                if source.kind == "list" and listing.list_key in live:
                    continue
                _listing(who, source, listing, policy, book, answers, now, finding)
    if not finding.excluding and not finding.unclear:
        text = "全部来源已答复，没有计入本事项的失信信息"
        finding.reasons.insert(0, Reason("CLEAR", text, "noted", at=now.isoformat()))
    return finding


def _cover(
    consulted: Sequence[Consulted],
    policy: Policy,
    book: CreditBook,
    finding: Finding,
    now: datetime,
) -> None:
    """Which lists that count are covered by a usable answer: of a list that is asked live only that
    answer counts; what is recorded here must have been read."""
    live = {key for one in consulted if one.kind == "live" for key in one.lists}
    covered: set[str] = set()
    for one in consulted:
        if one.state == OK:
            held = set(one.lists) if one.kind == "live" else set(one.lists) - live
            covered |= held
    wanted = {key for key, listed in book.lists.items() if listed.ground in policy.excludes}
    missing = wanted - covered
    if not any(one.kind == "own" and one.state == OK for one in consulted):
        missing.add("own")
    finding.uncovered = sorted(missing)
    for one in consulted:
        if one.state == OK:
            continue
        counts = bool(set(one.lists) & missing) or one.kind == "own"
        text = f"{one.name}：{one.problem or one.state}，未取得可用的答复"
        effect = "unknown" if counts else "noted"
        at = one.as_of.isoformat() if one.as_of else now.isoformat()
        finding.reasons.append(Reason(f"SOURCE_{one.state.upper()}", text, effect, one.key, at))
    lost = {key for one in consulted if one.state != OK for key in one.lists}
    if not any(one.kind == "own" for one in consulted):
        lost.discard("own")
    for key in sorted(missing - lost - ({"own"} if _has_own(consulted) else set())):
        label = book.lists[key].label if key in book.lists else "本市信用档案"
        text = f"{label}没有可用的数据来源"
        finding.reasons.append(Reason("NOT_COVERED", text, "unknown", at=now.isoformat()))


def _has_own(consulted: Sequence[Consulted]) -> bool:
    return any(one.kind == "own" for one in consulted)


def _certain(who: Asked, policy: Policy, finding: Finding, now: datetime) -> None:
    """What keeps a subject from being cleared whatever the lists say."""
    if who.role not in policy.roles:
        return
    if not who.numbers:
        text = "没有可供比对的证件号码，仅凭名称不能确定"
        finding.unsure += 1
        finding.reasons.append(
            Reason("NO_NUMBER", text, "unknown", at=now.isoformat(), role=who.role)
        )
    if not who.active:
        text = "主体已终止（注销、死亡等），号码虽有效，不能据以通过"
        finding.unsure += 1
        finding.reasons.append(Reason("ENDED", text, "unknown", at=now.isoformat(), role=who.role))


def _listing(
    who: Asked,
    source: Consulted,
    listing: Listing,
    policy: Policy,
    book: CreditBook,
    answers: Answers,
    now: datetime,
    finding: Finding,
) -> None:
    """One entry of a source about one subject."""
    found = compare(who, listing)
    if not found.score:
        return  # it came along for another subject
    match, code = found.match, "LISTED"
    if match is Match.NEAR:
        answer = answers.get((who.key, listing.ref), "")
        if answer == SAME:
            match, code = Match.SAME, "CONFIRMED"
        elif answer == DIFFERENT:
            match, code = Match.OTHER, "ANSWERED_DIFFERENT"
    counted = policy.counts(who.role, listing.ground)
    over = not listing.counts_on(now.astimezone(SHANGHAI).date())
    if over:
        if match is Match.SAME:
            finding.reasons.append(_reason("TERM_OVER", "noted", who, source, listing, book))
        return
    if match is Match.SAME:
        effect = "excluded" if counted else "noted"
        finding.excluding += counted
        shown = code if counted else "NOT_COUNTED"
        finding.reasons.append(_reason(shown, effect, who, source, listing, book))
    elif match is Match.NEAR:
        finding.open += counted
        if counted:
            finding.near.append(Near(who, listing, found, True))
        effect = "unknown" if counted else "noted"
        finding.reasons.append(_reason("NEAR_MATCH", effect, who, source, listing, book))
    elif found.score == 1.0:
        if code == "LISTED":
            code = "NAMESAKE"
            finding.near.append(Near(who, listing, found, False))
        finding.reasons.append(_reason(code, "noted", who, source, listing, book))


_TEXTS = {
    "LISTED": "{who}{what}",
    "CONFIRMED": "{who}{what}（相近名称经人工核对为同一主体）",
    "NOT_COUNTED": "{who}{what}，本事项不计入",
    "NEAR_MATCH": "{who}与一条{list}的名称相同或相近，号码不能比对，待人工核对",
    "NAMESAKE": "{who}与一条{list}同名，号码不同，不是同一主体",
    "ANSWERED_DIFFERENT": "{who}与一条{list}名称相同或相近，人工核对不是同一主体",
    "TERM_OVER": "{who}曾{what}，期限已届满，不再计入",
}
_ROLES = {
    "applicant": "申请人",
    "legal_representative": "法定代表人",
    "operator": "经营者",
    "agent": "经办人",
    "co_applicant": "共同申请人",
}


def _reason(
    code: str, effect: str, who: Asked, source: Consulted, listing: Listing, book: CreditBook
) -> Reason:
    ground = book.grounds.get(listing.ground)
    listed = book.lists.get(listing.list_key)
    label = listed.label if listed else (ground.label if ground else listing.ground)
    what = f"{ground.label if ground else listing.ground}（{label}）" if listed else label
    text = _TEXTS[code].format(who=_ROLES.get(who.role, who.role), what=what, list=f"{label}信息")
    as_of = source.as_of.isoformat() if source.as_of else ""
    return Reason(
        code=code,
        text=text,
        effect=effect,
        source=source.key,
        at=as_of,
        role=who.role,
        ground=listing.ground,
        list_key=listing.list_key,
        ref=listing.ref,
        document_no=listing.document_no if code in ("LISTED", "CONFIRMED", "NOT_COUNTED") else "",
        until=listing.ends_on.isoformat() if listing.ends_on else "",
    )
