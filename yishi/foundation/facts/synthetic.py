"""Made-up enterprises (模拟): plausible facts for whatever is declared, the same for the same seed,
a million in seconds. Nobody real is meant: names say 模拟, identifying codes begin with MF.

A hidden profile (trade, size, heads, turnover) is drawn for each enterprise first (`profile`).
Facts of a known name follow from it; every other is drawn by its type, unit and source: most
enterprises have nothing of it, those of the source's own trade more often. Batches are drawn for
themselves, so that the first ones are the same however many follow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from yishi.foundation.calendars import SHANGHAI
from yishi.foundation.facts import codes, columnar, files, profile
from yishi.foundation.facts.columnar import AS_OF, NAME, PARTY
from yishi.foundation.facts.profile import Flags, Profile
from yishi.foundation.rulebook.facts import Fact, FactType

BATCH = 65_536
AREAS = ("4206/420602", "4206/420606", "4206/420607", "4206/420624", "4206/420682")
_SIGNS = "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏闰余成岁律吕调阳云腾致雨露结为霜金生丽水"
_DAY_ZERO = date(1970, 1, 1).toordinal()
#: Of how many a source that must know everybody knows nothing, and how many values are old.
_ABSENT, _OLD = 0.012, 0.01
_SCALES = {
    "人": 3,
    "人月": 20,
    "个月": 6,
    "平方米": 2_000,
    "亩": 150,
    "吨": 800,
    "吨标准煤": 900,
    "千瓦": 600,
    "千瓦时": 2_000,
    "立方米": 600,
    "人次": 3_000,
    "头": 200,
    "户": 200,
    "标箱": 400,
    "架": 300,
    "千克": 600,
    "场": 30,
    "床月": 60,
    "张": 40,
}
_LOW = {"级": 5, "星": 5, "A": 5}


def enterprises(
    count: int,
    seed: int,
    facts: Mapping[str, Fact],
    on: date,
    *,
    areas: Sequence[str] = AREAS,
    everybody: frozenset[str] = frozenset(),
) -> Iterator[pa.RecordBatch]:
    """*count* enterprises in batches of a snapshot's columns: party, name, *facts*.

    ``on`` is the day that facts are about, *areas* the managed paths where they are registered,
    *everybody* the sources that should know everybody (what they lack is missing, not nothing).
    """
    schema = columnar.snapshot_schema(facts.values(), names=True)
    for number, start in enumerate(range(0, count, BATCH)):
        rows = min(BATCH, count - start)
        # A whole batch is drawn and cut: a shorter one would draw other numbers.
        chance = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, number])))
        drawn = profile.draw(BATCH, chance, on, len(areas))
        maker = _Maker(drawn, areas, everybody)
        arrays = maker.identity(start) | maker.facts(facts)
        batch = pa.RecordBatch.from_arrays([arrays[one.name] for one in schema], schema=schema)
        yield batch.slice(0, rows)


def write(
    path: Path,
    count: int,
    seed: int,
    facts: Mapping[str, Fact],
    on: date,
    *,
    areas: Sequence[str] = AREAS,
    everybody: frozenset[str] = frozenset(),
) -> int:
    """A file of a snapshot's form, marked as made up; returns how many rows."""
    schema = columnar.snapshot_schema(facts.values(), names=True)
    said = schema.with_metadata({files.SIMULATED: files.SAYS})
    with files.writer_of(path, said) as writer:
        for batch in enterprises(count, seed, facts, on, areas=areas, everybody=everybody):
            writer.write_batch(batch.cast(said), row_group_size=BATCH)
    return count


class _Maker:
    def __init__(self, drawn: Profile, areas: Sequence[str], everybody: frozenset[str]) -> None:
        self.drawn, self.areas, self.everybody = drawn, list(areas), everybody
        self.chance = drawn.chance
        self._known: dict[str, Flags] = {}

    def identity(self, start: int) -> dict[str, pa.Array]:
        """Codes and names."""
        drawn = self.drawn
        kinds = np.where(drawn.single, b"92", np.where(drawn.coop, b"93", b"91")).astype("S2")
        regions = np.array(codes.regions_of(self.areas)).astype("S6")[drawn.area]
        numbers = np.arange(start, start + drawn.rows, dtype=np.int64)
        party = codes.made_up(numbers, kinds, regions)
        signs = pa.array(list(_SIGNS))
        first, second, third = (
            signs.take(pa.array(self.chance.integers(0, len(_SIGNS), drawn.rows))) for _ in range(3)
        )
        words = [word for trade in profile.TRADES for word in trade[3]]
        starts = np.cumsum([0, *(len(trade[3]) for trade in profile.TRADES)])
        place = starts[drawn.sector] + self.chance.integers(0, 2, drawn.rows)
        trade = pa.array(words).take(pa.array(np.minimum(place, len(words) - 1)))
        endings = pa.array(["有限公司", "店（个体工商户）", "专业合作社"])
        ending = endings.take(pa.array(np.where(drawn.single, 1, np.where(drawn.coop, 2, 0))))
        name = pc.binary_join_element_wise("襄阳模拟", first, second, third, trade, ending, "")
        return {PARTY: pa.array(party.astype(str), pa.string()), NAME: name}

    def facts(self, facts: Mapping[str, Fact]) -> dict[str, pa.Array]:
        """The columns of *facts*, those that others follow from first."""
        first = [name for name in profile.NUMBERS if name in facts]
        arrays: dict[str, pa.Array] = {}
        for name in dict.fromkeys([*first, *facts]):
            fact = facts[name]
            values, there = self._values(fact)
            there = there & self._there(fact.source)
            arrays[name] = _array(fact, values, there)
            if fact.freshness is not None:
                arrays[name + AS_OF] = self._times(there)
        return arrays

    def _there(self, source: str) -> Flags:
        """Whom a source knows."""
        if source not in self._known:
            lost = _ABSENT if source in self.everybody else 0.001
            self._known[source] = ~self.drawn.some(lost)
        return self._known[source]

    def _times(self, there: Flags) -> pa.Array:
        drawn = self.drawn
        noon = datetime.combine(drawn.on, time(8), SHANGHAI)
        old = drawn.some(_OLD)
        moments = pa.array([noon - timedelta(days=2), noon - timedelta(days=45)], columnar.MOMENT)
        return moments.take(pa.array(old.astype(np.int32), mask=~there))

    def _values(self, fact: Fact) -> tuple[Any, Flags]:
        """(values, where there is one): numbers, or for texts and sets (places, words)."""
        everyone = np.ones(self.drawn.rows, np.bool_)
        if fact.type is FactType.BOOL:
            known = profile.FLAGS.get(fact.name)
            drawn = known(self.drawn) if known else self.drawn.has(fact.source)
            return drawn if known else drawn & self.drawn.some(0.3), everyone
        if fact.type is FactType.TEXT:
            return self._text(fact)
        if fact.type is FactType.SET:
            return self._set(fact), everyone
        if fact.type in (FactType.DATE, FactType.DATETIME):
            return self._date(fact)
        if fact.name in profile.NUMBERS:
            return profile.NUMBERS[fact.name](self.drawn), everyone
        return self._number(fact), everyone

    def _number(self, fact: Fact) -> NDArray[np.int64]:
        """Few have any, so only theirs are drawn."""
        drawn, chance = self.drawn, self.chance
        having = np.flatnonzero(drawn.has(fact.source))
        having = having[chance.random(len(having)) < 0.3]
        count = len(having)
        if fact.type is FactType.MONEY:
            share = drawn.turnover[having] * np.exp(chance.normal(-4.4, 1.0, count))
            found = share // 100 * 100 + 100
        elif fact.type is FactType.DECIMAL:
            found = np.rint(chance.uniform(1.0, 2.0, count) * 10**fact.scale)
        elif fact.unit in _LOW:
            found = chance.integers(1, _LOW[fact.unit] + 1, count)
        else:
            middle = np.log(_SCALES.get(fact.unit, 2))
            larger = np.array([0.7, 1.3, 2.2, 4.0])[drawn.size[having]]
            found = np.ceil(np.exp(chance.normal(middle, 0.7, count)) * larger)
            if fact.unit == "人":
                found = np.minimum(found, drawn.heads[having])
        numbers = np.zeros(drawn.rows, np.int64)
        numbers[having] = found
        return numbers

    def _date(self, fact: Fact) -> tuple[NDArray[np.int64], Flags]:
        drawn = self.drawn
        if fact.name == "registered_on":
            return drawn.started, np.ones(drawn.rows, np.bool_)
        today = np.int64(drawn.on.toordinal() - _DAY_ZERO)
        days = today - drawn.chance.integers(1, 1_500, drawn.rows)
        return np.maximum(days, drawn.started), drawn.has(fact.source) & drawn.some(0.4)

    def _text(self, fact: Fact) -> tuple[Any, Flags]:
        drawn = self.drawn
        everyone = np.ones(drawn.rows, np.bool_)
        if fact.name == "area":
            return (drawn.area, self.areas), everyone
        if fact.name == "industry":
            return self._industry(), everyone
        options = list(fact.values) or ["甲", "乙", "丙"]
        if fact.name == "size" and set(profile.SIZES) <= set(options):
            return (drawn.size.astype(np.int32), list(profile.SIZES)), everyone
        if fact.name == "party_type":
            return self._party_type(options), everyone
        weights = profile.TEXTS.get(fact.name)
        if weights is None and "none" in options:
            return self._or_none(fact, options), everyone
        shares = [(weights or {}).get(one, 0.02 if weights else 1.0) for one in options]
        if fact.name == "self_employed_class":
            return (profile.choice(drawn, options, shares), options), drawn.single
        return (profile.choice(drawn, options, shares), options), everyone

    def _or_none(self, fact: Fact, options: list[str]) -> tuple[Any, list[str]]:
        """Something for who has something of the source, the first values seldom; else ``none``."""
        others = [one for one in options if one != "none"]
        picked = profile.choice(self.drawn, others, range(1, len(others) + 1))
        who = self.drawn.has(fact.source) & self.drawn.some(0.35)
        if fact.name == "above_scale":
            who = (self.drawn.turnover >= 2_000_000_000) & self.drawn.some(0.9)
        return np.where(who, picked, len(others)).astype(np.int32), [*others, "none"]

    def _industry(self) -> tuple[Any, list[str]]:
        listed = [code for trade in profile.TRADES for code in trade[2]]
        sizes = np.array([len(trade[2]) for trade in profile.TRADES])
        starts = np.cumsum(sizes) - sizes
        inside = (self.chance.random(self.drawn.rows) * sizes[self.drawn.sector]).astype(np.int64)
        return (starts[self.drawn.sector] + inside).astype(np.int32), listed

    def _party_type(self, options: list[str]) -> tuple[Any, list[str]]:
        place = {one: n for n, one in enumerate(options)}
        company = place.get("company", 0)
        picked = np.full(self.drawn.rows, company, np.int32)
        for name, who in (
            ("branch", self.drawn.some(0.03)),
            ("sole", self.drawn.some(0.04)),
            ("partnership", self.drawn.some(0.01)),
            ("coop", self.drawn.coop),
            ("self_employed", self.drawn.single),
        ):
            if name in place:
                picked = np.where(who, place[name], picked).astype(np.int32)
        return picked, options

    def _set(self, fact: Fact) -> tuple[Any, list[str]]:
        """Sets of few words from a pool of sets; most are empty. What begins as another set's name
        (``honours_last``) is given to fewer."""
        options = list(fact.values) or ["甲", "乙", "丙", "丁"]
        pool = [""]
        for _ in range(400):
            size = int(self.chance.integers(1, min(len(options), 4) + 1))
            picked = self.chance.choice(len(options), size, replace=False)
            pool.append(columnar.joined(options[n] for n in picked))
        words = list(dict.fromkeys(pool))
        share = 0.35 if fact.name.endswith(("_last", "_before")) else 0.8
        who = self.drawn.has(fact.source) & self.drawn.some(share)
        place = self.chance.integers(1, len(words), self.drawn.rows)
        return np.where(who, place, 0).astype(np.int32), words


def _array(fact: Fact, values: Any, there: Flags) -> pa.Array:
    mask = ~there
    kind = columnar.type_of(fact)
    if kind == columnar.TEXT:
        places, words = values
        return pa.DictionaryArray.from_arrays(
            pa.array(places.astype(np.int32), mask=mask), pa.array(words, pa.string())
        )
    if fact.type is FactType.DATE:
        return pa.array(values.astype(np.int32), pa.int32(), mask=mask).cast(pa.date32())
    if fact.type is FactType.DATETIME:
        micros = values * 86_400_000_000
        return pa.array(micros, pa.int64(), mask=mask).cast(columnar.MOMENT)
    return pa.array(values, kind, mask=mask)
