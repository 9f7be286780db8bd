"""Replays filing, dispatch and deadlines of past cases: once as they were, once with the changes.

What does not come out again as it was decided then is no difference of the change: it is counted
apart, with the reason. Rules are replayed by the rulebook's own rehearsal; here is what city events
add to it: how facts follow from a type, whom a case goes to, when a clock ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from yishi.foundation.calendars.active import calendar_version
from yishi.foundation.calendars.days import CalendarError
from yishi.foundation.cases.draft import due_of
from yishi.foundation.cases.state import ClockState
from yishi.foundation.rulebook.errors import RuleError
from yishi.foundation.rulebook.proposals import Rehearsed
from yishi.foundation.rulebook.rehearsal import Again
from yishi.systems.city_events.context import City
from yishi.systems.city_events.rehearsing.candidate import Candidate
from yishi.systems.city_events.rehearsing.facts import Facts, NotKnown, Told
from yishi.systems.city_events.rehearsing.past import (
    FILING,
    Kept,
    Past,
    paused_when_stopped,
)
from yishi.systems.city_events.rehearsing.tally import DEADLINE, Difference, Tally
from yishi.systems.city_events.rehearsing.tally import DISPATCH as MOVED
from yishi.systems.city_events.rehearsing.tally import FILING as FILED
from yishi.systems.city_events.rehearsing.ways import Ways

TRUE = "true"


class Engine:
    """One rehearsal. Feed it slices in any order; ``tally`` counts."""

    def __init__(self, registers: City, candidate: Candidate, now: datetime) -> None:
        self.tally = Tally()
        self._candidate, self._now = candidate, now
        self._rules = Rehearsed(registers.rulebook, candidate.rules)
        self._facts = Facts(registers, candidate)
        self._ways = Ways(registers, candidate)
        self._calendar = registers.calendar

    def run(self, pasts: Sequence[Past]) -> list[Difference]:
        """The differences of some cases, which are counted too."""
        found: list[Difference] = []
        self._facts.prepare(pasts)
        late: list[tuple[Past, ClockState, Difference]] = []
        for past in pasts:
            self.tally.cases += 1
            own = self._of_case(past, late)
            found += own
        found += self._lateness(late)
        for one in found:
            self.tally.note(one)
        self.tally.cases_differing += len({one.case_id for one in found})
        return found

    def _of_case(
        self, past: Past, late: list[tuple[Past, ClockState, Difference]]
    ) -> list[Difference]:
        found: list[Difference] = []
        stopped_at: datetime | None = None  # the filing that a person would have to make
        automatic: set[datetime] = set()
        for kept in past.decisions:
            if kept.rule_key == FILING:
                one = self._filing(past, kept)
                if one is not None:
                    found.append(one)
                    if one.before == TRUE:
                        stopped_at = kept.at
                continue
            if kept.outcome == TRUE:
                automatic.add(kept.at)
            if kept.at == stopped_at:
                self.tally.decisions[MOVED] += 1
                self.tally.apart["not_reached"] += 1
                continue
            one = self._dispatch(past, kept)
            if one is not None:
                found.append(one)
        for clock in past.clocks:
            if stopped_at is not None and clock is past.clocks[0]:
                self.tally.decisions[DEADLINE] += 1
                self.tally.apart["not_reached"] += 1
                continue
            alone = len(past.clocks) == 1 and automatic  # a seasonal one began after its dispatch
            if clock.started_at not in automatic and not alone:
                self.tally.apart["human_dispatch"] += 1
            self._deadline(past, clock, late)
        return found

    # --- filing --------------------------------------------------------------------------------

    def _filing(self, past: Past, kept: Kept) -> Difference | None:
        self.tally.decisions[FILED] += 1
        if kept.outcome != TRUE and past.data.get("filed_at"):
            self.tally.apart["human_filing"] += 1
        try:
            facts, told = self._facts.under(past, kept)
        except NotKnown as unknown:
            self.tally.apart[unknown.reason] += 1
            return None
        again = self._again(past, kept, facts)
        if again is None or again.outcome is None:
            return None
        after = again.outcome.truth.value
        if told is not None:
            self._recognised(past, told, after)
        if after == kept.outcome:
            return None
        why = again.outcome.against() or "；".join(again.outcome.reasons())
        if after != TRUE:
            return Difference(FILED, past.id, kept.outcome, after, why=why[:400])
        kind, given = self._ways.as_filed(past, told.key if told else None)
        if kind is None:
            return Difference(FILED, past.id, kept.outcome, after, why=why[:400])
        routed = self._ways.proposed(past, kind, given, kept.at)
        due = self._ways.due(kind, given.standard, kept.at)
        return Difference(
            FILED,
            past.id,
            kept.outcome,
            after,
            unit_after=routed.unit_id,
            due_after=due,
            why=why[:400],
        )

    def _recognised(self, past: Past, told: Told, after: str) -> None:
        """What a model said of a report that nobody had named a type of."""
        counts = self.tally.recognised
        if not told.sure:
            return
        counts["sure"] += 1
        counts["filed"] += after == TRUE
        if past.put_right is not None:
            counts["agree" if past.type_key == told.key else "differ"] += 1

    def _again(self, past: Past, kept: Kept, facts: Mapping[str, Any]) -> Again | None:
        """*kept* with *facts* under the proposal; None, and counted apart, where that says nothing
        about the change."""
        try:
            stored, proposed = self._rules.pair(kept, past.path, kept.values_text)
        except RuleError:
            self.tally.apart["rule"] += 1
            return None
        then = stored.again(kept.facts, kept.at, kept.facts_text).outcome
        if then is None or then.truth.value != kept.outcome:
            self.tally.apart["rule"] += 1
            return None
        same = facts is kept.facts  # texts are read once: what nothing touched is the very same
        again = proposed.again(facts, kept.at, kept.facts_text if same else "")
        if again.outcome is None or again.absent:
            self.tally.apart["rule" if again.outcome is None else "absent"] += 1
            return None
        return again

    # --- dispatch ------------------------------------------------------------------------------

    def _dispatch(self, past: Past, kept: Kept) -> Difference | None:
        self.tally.decisions[MOVED] += 1
        given = self._ways.given(past, kept)
        if isinstance(given, str):
            self.tally.apart[given] += 1
            return None
        kinds = self._ways.kinds(past, given)
        if kinds is None:
            self.tally.apart["registers"] += 1
            return None
        then, now = kinds
        routed = self._ways.stored(past, then, given, kept.at)
        if routed.unit_id != given.unit:
            self.tally.apart["registers"] += 1
            return None
        if now is None:
            self.tally.apart["not_reached"] += 1
            return None
        proposed = self._ways.proposed(past, now, given, kept.at)
        facts = kept.facts
        if proposed.unit_id != routed.unit_id:
            facts = {**facts, "unit_found": proposed.unit_id is not None}
        again = self._again(past, kept, facts)
        if again is None or again.outcome is None:
            return None
        before = given.unit if kept.outcome == TRUE else None
        after = proposed.unit_id if again.outcome.truth.value == TRUE else None
        if before == after:
            return None
        why = again.outcome.against() if after is None else ""
        return Difference(
            MOVED,
            past.id,
            str(before or ""),
            str(after or ""),
            unit_before=before,
            unit_after=after,
            why=(why or "；".join(line.rstrip("。") for line in proposed.reason))[:400],
        )

    # --- deadlines -----------------------------------------------------------------------------

    def _deadline(
        self, past: Past, clock: ClockState, late: list[tuple[Past, ClockState, Difference]]
    ) -> None:
        self.tally.decisions[DEADLINE] += 1
        try:
            calendar = (
                self._calendar
                if clock.calendar_version == self._calendar.version
                else calendar_version(clock.calendar_version)
            )
            due = _capped(clock, due_of(calendar, clock, clock.limit_text, clock.started_at).at)
        except (CalendarError, ValueError):
            self.tally.apart["deadline"] += 1
            return
        if due != clock.due_at:
            self.tally.apart["deadline"] += 1
            return
        changed = self._ways.limit(past, clock)
        if isinstance(changed, str):
            self.tally.apart[changed] += 1
            return
        if changed is None:
            return
        limit, begin = changed
        after = _capped(clock, due_of(calendar, clock, limit, begin).at)
        if after == due:
            return
        one = Difference(
            DEADLINE,
            past.id,
            clock.limit_text,
            limit,
            unit_before=past.given.get(clock.started_at),
            due_before=due,
            due_after=after,
        )
        late.append((past, clock, one))

    def _lateness(self, late: Sequence[tuple[Past, ClockState, Difference]]) -> list[Difference]:
        """Whether the clocks whose deadline moves would have been late, and by how much."""
        doubtful = [past for past, clock, _ in late if _may_have_been_paused(past, clock)]
        pauses = paused_when_stopped(doubtful) if doubtful else {}
        found = []
        for past, clock, one in late:
            end = clock.paused_at or clock.stopped_at or self._now
            for begin, until in pauses.get(past.id, ()):
                if until is not None and until == clock.stopped_at:
                    end = begin
            due = one.due_after
            assert due is not None and one.due_before is not None
            then = clock.late if clock.late is not None else end > one.due_before
            over = max(0.0, (end - due).total_seconds() / 3600)
            found.append(
                Difference(
                    one.kind,
                    one.case_id,
                    one.before,
                    one.after,
                    unit_before=one.unit_before or _unit_of(past),
                    due_before=one.due_before,
                    due_after=due,
                    late_before=then,
                    late_after=end > due,
                    hours_over=round(over, 2),
                )
            )
        return found


def _may_have_been_paused(past: Past, clock: ClockState) -> bool:
    """A case that left its unit, or whose clock started anew, may have stopped while it waited."""
    left = past.data.get("returns") or past.data.get("reported_up")
    return clock.stopped_at is not None and bool(left or len(past.clocks) > 1)


def _unit_of(past: Past) -> int | None:
    """The unit that handled a case, or got it by itself."""
    unit = past.data.get("handled_unit") or (past.data.get("routed") or {}).get("unit")
    return int(unit) if unit else None


def _capped(clock: ClockState, due: datetime) -> datetime:
    return due if clock.cap_at is None else min(due, clock.cap_at)
