"""What the catalogue of city events consists of: types (部件、事件) and their standards.

Key of a type: ``kind/main/small``, as ``component/01/01`` (上水井盖) or ``event/01/10``; numbers of
events and components collide, so the kind belongs to the key (GB/T 30428.2). Local additions are
numbered downwards from 99.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo

from yishi.foundation.calendars.limits import Limit

Kind = Literal["component", "event"]
Order = Literal["owner", "territory"]

KINDS: Mapping[str, str] = {"component": "部件", "event": "事件"}
LEVELS: Mapping[str, str] = {
    "community": "社区",
    "township": "乡镇街道",
    "county": "县市区",
    "city": "市",
}
CHINA = ZoneInfo("Asia/Shanghai")


def plain(text: str) -> str:
    """*text* as it is compared: compatibility forms unified, lower case, no blanks."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


@dataclass(frozen=True, slots=True)
class Season:
    """Part of the year in which a limit runs (种植季节), from (month, day) to (month, day)."""

    name: str
    start: tuple[int, int]
    end: tuple[int, int]
    basis: str

    def holds(self, day: date) -> bool:
        """True if *day* lies in the season; a season may span the turn of the year."""
        today = (day.month, day.day)
        if self.start <= self.end:
            return self.start <= today <= self.end
        return today >= self.start or today <= self.end

    def clock_start(self, moment: datetime) -> datetime:
        """When a limit dispatched at *moment* begins to run: at once, or when the season opens."""
        local = moment.astimezone(CHINA)
        if self.holds(local.date()):
            return moment
        year = local.year if (local.month, local.day) < self.start else local.year + 1
        return datetime(year, *self.start, tzinfo=CHINA)


@dataclass(frozen=True, slots=True)
class Standard:
    """One 立案标准: when a case is filed, in what time it is settled, when it may be closed.

    ``wording`` is the limit as the city wrote it, ``limit`` the part of it that the time service
    reads (they differ only with a season), ``parsed`` the result. ``signs`` are words that point
    to this standard among those of its type. ``illustrative``: the limit is an example (示意).
    """

    code: str
    filing: str
    wording: str
    limit: str
    parsed: Limit
    closing: str
    basis: str
    urgent: bool = False
    illustrative: bool = True
    season: Season | None = None
    signs: tuple[str, ...] = ()
    collection: str = ""
    #: What the law allows at most, with its source, where a law says so.
    statutory: Limit | None = None
    statutory_basis: str = ""


@dataclass(frozen=True, slots=True)
class Merge:
    """Near-duplicates: within ``metres``, or at the same object, and within ``window``."""

    window: timedelta
    metres: int | None = None

    @property
    def by_object(self) -> bool:
        """True if the object named (a lift, a camera) decides, not the distance."""
        return self.metres is None


@dataclass(frozen=True, slots=True)
class EventType:
    """One type of the catalogue. ``level``: the lowest level at which ``function`` is sought.

    ``auto``: a report of this type may be filed and dispatched without a person when type and
    place are certain. ``confidence``: what a camera or model must reach for that, 0..1.
    ``examples``: reports in a resident's words, from which recognition learns. ``handling``: what
    to do, in a line (处置要点). ``settles``: the community or township settles it on the spot (自行
    处置); ``raised_to``: the level it goes up to when it cannot; ``whistle``: functions that must
    report when the street whistles (街道吹哨、部门报到).
    """

    kind: Kind
    main: str
    main_name: str
    small: str
    name: str
    summary: str
    function: str
    level: str
    public: bool
    auto: bool
    keywords: tuple[str, ...]
    standards: tuple[Standard, ...]
    supervision: str = "operations"
    hazard: bool = False
    confidence: float | None = None
    merge: Merge | None = None
    aliases: tuple[str, ...] = ()
    distinct_from: tuple[str, ...] = ()
    basis: str = ""
    examples: tuple[str, ...] = ()
    handling: str = ""
    settles: bool = False
    raised_to: str = ""
    whistle: tuple[str, ...] = ()
    key: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", f"{self.kind}/{self.main}/{self.small}")

    @property
    def order(self) -> Order:
        """部件先属主、后属地；事件先属地、后属主."""
        return "owner" if self.kind == "component" else "territory"

    @property
    def owner_first(self) -> bool:
        """True for components: the owner of the thing is asked before the territory."""
        return self.kind == "component"

    def standard(self, code: str) -> Standard | None:
        """The standard with *code*, or None."""
        return next((found for found in self.standards if found.code == code), None)

    def choose_standard(self, text: str) -> tuple[Standard, tuple[str, ...]]:
        """The standard that a report's words point to, with those words.

        Without any pointing word it is the first one, and the words are empty: files list the
        most dangerous condition first, so that doubt leads to the shorter limit.
        """
        said = plain(text)
        best, best_size = self.standards[0], 0
        best_words: tuple[str, ...] = ()
        for found in self.standards:
            words = tuple(word for word in found.signs if plain(word) in said)
            size = sum(len(word) for word in words)
            if size > best_size:
                best, best_words, best_size = found, words, size
        return best, best_words


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A type that a text may mean: ``words`` are those of the text that speak for it."""

    type: EventType
    score: float
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Indicator:
    """What a scenario watches: where the figure comes from, and when it is a reason to act."""

    name: str
    source: str
    alert: str


@dataclass(frozen=True, slots=True)
class Target:
    """A scenario's own goal: a rate of the assessment, in per cent."""

    name: str
    rate: str
    goal: int


@dataclass(frozen=True, slots=True)
class Scenario:
    """An application scenario (应用场景): what it is for, what it watches, where reports come
    from, the plan at hand (预案) step by step, and its own goals. ``section``: under which heading
    it is listed."""

    purpose: str
    indicators: tuple[Indicator, ...]
    sources: tuple[str, ...]
    plan: tuple[str, ...]
    kpis: tuple[Target, ...]
    section: str = ""


@dataclass(frozen=True)
class Group:
    """One main class, and one scenario: a file of the catalogue."""

    slug: str
    kind: Kind
    main: str
    main_name: str
    types: tuple[EventType, ...]
    notice: str = ""
    illustrative: bool = True
    scenario: Scenario | None = None

    @property
    def key(self) -> str:
        """What the keys of its types begin with: ``event/05``."""
        return f"{self.kind}/{self.main}"


@dataclass(frozen=True)
class Catalogue:
    """An immutable version of the catalogue."""

    groups: tuple[Group, ...]
    seasons: tuple[Season, ...] = ()

    @cached_property
    def types(self) -> tuple[EventType, ...]:
        """All types in the order of their files."""
        return tuple(found for group in self.groups for found in group.types)

    @cached_property
    def by_key(self) -> Mapping[str, EventType]:
        """Types by key."""
        return {found.key: found for found in self.types}

    @cached_property
    def by_group(self) -> Mapping[str, Group]:
        """Main classes by what the keys of their types begin with."""
        return {group.key: group for group in self.groups}

    def group_of(self, key: str) -> Group | None:
        """The main class, which is a scenario, of the type with *key*."""
        return self.by_group.get(key.rpartition("/")[0])

    @cached_property
    def by_name(self) -> Mapping[str, EventType]:
        """Types by name and by alias, as compared (see ``plain``); names win over aliases."""
        names = {plain(alias): found for found in self.types for alias in found.aliases}
        return names | {plain(found.name): found for found in self.types}

    @cached_property
    def functions(self) -> frozenset[str]:
        """Every function code that the catalogue uses."""
        return frozenset(
            code
            for found in self.types
            for code in (found.function, found.supervision, *found.whistle)
        )

    @cached_property
    def _texts(self) -> tuple[tuple[EventType, tuple[str, ...]], ...]:
        return tuple(
            (
                found,
                (
                    plain(found.name),
                    "\n".join(map(plain, found.aliases)),
                    "\n".join(map(plain, found.keywords)),
                    plain(found.key + "\n" + found.main_name + "\n" + found.summary),
                ),
            )
            for found in self.types
        )

    @cached_property
    def _words(self) -> Mapping[str, tuple[tuple[EventType, float], ...]]:
        """Words of names and aliases (weight 3) and keywords (2), with the types that use them."""
        words: dict[str, dict[str, tuple[EventType, float]]] = {}
        for found in self.types:
            weighted: list[tuple[Iterable[str], float]] = [
                (found.keywords, 2.0),
                ((found.name, *found.aliases), 3.0),
            ]
            for texts, weight in weighted:
                for text in texts:
                    words.setdefault(plain(text), {})[found.key] = (found, weight)
        return {word: tuple(users.values()) for word, users in words.items()}

    @cached_property
    def _positions(self) -> Mapping[str, int]:
        return {key: position for position, key in enumerate(self.by_key)}

    @cached_property
    def _lengths(self) -> Mapping[str, tuple[int, ...]]:
        """How long words are that begin with two characters (shorter ones: with what they have)."""
        found: dict[str, set[int]] = {}
        for word in self._words:
            found.setdefault(word[:2], set()).add(len(word))
        return {head: tuple(sizes) for head, sizes in found.items()}

    def _words_in(self, said: str) -> set[str]:
        """The words that occur in *said*: at each place only the lengths that begin so there."""
        words, lengths = self._words, self._lengths
        found = {char for char in said if char in words}
        for i in range(len(said) - 1):
            for size in lengths.get(said[i : i + 2], ()):
                if said[i : i + size] in words:
                    found.add(said[i : i + size])
        return found

    def search(self, text: str = "", public_only: bool = True) -> list[EventType]:
        """Types for the picker: every blank-separated part of *text* must occur somewhere.

        Best first: names, then aliases, keywords, and last key, main class and summary; with an
        empty text all types in catalogue order.
        """
        parts = [plain(part) for part in text.split()]
        ranked: list[tuple[int, int, EventType]] = []
        for position, (found, texts) in enumerate(self._texts):
            if public_only and not found.public:
                continue
            ranks = [_rank(part, texts) for part in parts]
            if None not in ranks:
                total = sum(rank for rank in ranks if rank is not None)
                ranked.append((total, position, found))
        return [found for _, _, found in sorted(ranked, key=lambda item: item[:2])]

    def suggest(self, text: str, n: int = 3, public_only: bool = False) -> list[Suggestion]:
        """Up to *n* types that the words of *text* point to, best first; none without a match.

        Each word counts its length times its weight, shared among the types that use it; a word
        inside a longer matched one does not count again. Ties fall to catalogue order.
        """
        said = plain(text)
        matched: dict[str, dict[str, float]] = {}
        for word in self._words_in(said):
            users = self._words[word]
            for found, weight in users:
                if found.public or not public_only:
                    score = len(word) * weight / len(users)
                    matched.setdefault(found.key, {})[word] = score
        suggestions = []
        for key, scores in matched.items():
            words = [w for w in scores if not any(w != other and w in other for other in scores)]
            words.sort(key=lambda word: (-scores[word], word))
            score = round(sum(scores[word] for word in words), 4)
            suggestions.append(Suggestion(self.by_key[key], score, tuple(words)))
        place = self._positions
        suggestions.sort(key=lambda found: (-found.score, place[found.type.key]))
        return suggestions[: max(n, 0)]


def _rank(part: str, texts: tuple[str, ...]) -> int | None:
    """How well *part* is met: 0 name begins, 1 name holds, 2 alias, 3 keyword, 4 the rest."""
    if texts[0].startswith(part):
        return 0
    return next((rank for rank, text in enumerate(texts, start=1) if part in text), None)
