"""The hidden profile of made-up enterprises, and the facts that follow from it by their names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
#: Trades with their share, codes (GB/T 4754), words for names, and yearly turnover (yuan) per head.
TRADES: tuple[tuple[str, float, tuple[str, ...], tuple[str, ...], int], ...] = (
    ("trade", 0.34, ("F5121", "F5211", "F5242", "F5292"), ("商贸", "百货", "物资"), 900_000),
    ("service", 0.21, ("L7284", "O8211", "L7212", "M7499"), ("服务", "咨询", "广告"), 300_000),
    ("industry", 0.15, ("C3811", "C3670", "C1713", "C2641", "C3985"), ("制造", "汽配"), 1_100_000),
    ("catering", 0.09, ("H6210", "H6110"), ("餐饮", "酒店"), 220_000),
    ("farming", 0.08, ("A0111", "A0321", "A0141", "A0511"), ("农业", "种养"), 260_000),
    ("construction", 0.05, ("E4710", "E4813", "E5011"), ("建设", "装饰"), 700_000),
    ("tech", 0.04, ("I6513", "I6540", "M7320", "I6434"), ("科技", "软件"), 520_000),
    ("transport", 0.03, ("G5432", "G5920", "G6010"), ("物流", "运输"), 650_000),
    ("culture", 0.01, ("R8810", "N7869", "R9019"), ("文旅", "文化"), 260_000),
)
SECTORS = tuple(trade[0] for trade in TRADES)
#: Which trades a source is mostly about, and which part of them it has something of.
OWN: dict[str, tuple[tuple[str, ...], float]] = {
    "agriculture": (("farming",), 0.5),
    "culture": (("culture", "catering"), 0.25),
    "housing": (("construction",), 0.35),
    "transport": (("transport",), 0.4),
    "customs": (("industry", "trade", "tech"), 0.05),
    "science": (("industry", "tech"), 0.14),
    "industry": (("industry", "tech"), 0.15),
    "intellectual": (("industry", "tech"), 0.15),
    "commerce": (("trade", "service", "tech", "catering"), 0.06),
    "ecology": (("industry",), 0.12),
    "development": (("industry", "transport"), 0.06),
    "banks": (SECTORS, 0.05),
    "local_finance": (("industry", "tech"), 0.02),
    "talent": (("industry", "tech", "service"), 0.05),
    "property": (SECTORS, 0.05),
    "civil": (("service",), 0.02),
    "health": (("industry", "service"), 0.02),
    "emergency": (("industry", "construction", "transport"), 0.15),
    "disability": (SECTORS, 0.04),
    "credit": (SECTORS, 0.9),
}
OTHERS = 0.03
SIZES = ("micro", "small", "medium", "large")


@dataclass(slots=True)
class Profile:
    """What is drawn of a batch first; amounts are fen. ``good`` says that all is in order."""

    rows: int
    chance: np.random.Generator
    on: date
    sector: NDArray[np.int8]
    size: NDArray[np.int8]
    heads: Ints
    before: Ints
    turnover: Ints
    growth: NDArray[np.float64]
    single: Flags
    coop: Flags
    good: Flags
    started: Ints
    area: NDArray[np.int32]
    #: By source: who has something of it.
    active: dict[str, Flags]

    def of(self, *sectors: str) -> Flags:
        """Who is of one of *sectors*."""
        table = np.array([sector in sectors for sector in SECTORS])
        found: Flags = table[self.sector]
        return found

    def some(self, share: float | NDArray[np.float64]) -> Flags:
        """A part of all."""
        return self.chance.random(self.rows) < share

    def spread(self, middle: float, width: float = 0.8) -> NDArray[np.float64]:
        """Numbers around *middle*, as many below as above, with few that are very large."""
        return middle * np.exp(self.chance.normal(0, width, self.rows))

    def has(self, source: str) -> Flags:
        """Who has something of a source: its own trades more often, larger firms more often."""
        found = self.active.get(source)
        if found is None:
            sectors, share = OWN.get(source, (SECTORS, OTHERS))
            table = np.array([share if sector in sectors else OTHERS / 4 for sector in SECTORS])
            larger = np.array([0.6, 1.6, 3.0, 5.0])[self.size]
            found = self.active[source] = self.some(np.minimum(table[self.sector] * larger, 0.95))
        return found


def draw(rows: int, chance: np.random.Generator, on: date, areas: int) -> Profile:
    """The profiles of a batch."""
    shares = np.array([trade[1] for trade in TRADES])
    sector = chance.choice(len(TRADES), rows, p=shares / shares.sum()).astype(np.int8)
    size = chance.choice(4, rows, p=(0.78, 0.18, 0.033, 0.007)).astype(np.int8)
    middle, width = np.array([2.5, 18, 110, 620])[size], np.array([0.8, 0.6, 0.5, 0.6])[size]
    now = np.exp(np.log(middle) + chance.normal(0, 1, rows) * width)
    heads = np.clip(now, 0, 30_000).astype(np.int64)
    grown = chance.normal(0.02, 0.16, rows)
    before = np.maximum(np.rint(heads / np.maximum(1 + grown, 0.3)), 0).astype(np.int64)
    per_head = np.array([trade[4] for trade in TRADES])[sector]
    turnover = (heads + 0.4) * per_head * np.exp(chance.normal(0, 0.6, rows)) * 100
    age = np.minimum(chance.gamma(1.6, 1_500, rows), 16_000).astype(np.int64)
    farming = sector == SECTORS.index("farming")
    small = size == 0
    return Profile(
        rows=rows,
        chance=chance,
        on=on,
        sector=sector,
        size=size,
        heads=heads,
        before=before,
        turnover=turnover.astype(np.int64),
        growth=chance.normal(0.05, 0.25, rows),
        single=small & (chance.random(rows) < 0.45) & ~farming,
        coop=small & farming & (chance.random(rows) < 0.5),
        good=chance.random(rows) < 0.94,
        started=np.int64(on.toordinal()) - np.int64(date(1970, 1, 1).toordinal()) - age,
        area=chance.integers(0, areas, rows, dtype=np.int32),
        active={},
    )


def choice(profile: Profile, options: Sequence[str], weights: Sequence[float]) -> NDArray[np.int32]:
    """A place in *options* for each."""
    shares = np.array(weights, np.float64)
    bounds = np.cumsum(shares / shares.sum())[:-1]
    return np.searchsorted(bounds, profile.chance.random(profile.rows)).astype(np.int32)


def _grown(profile: Profile, values: Ints) -> Ints:
    return np.maximum(values / np.maximum(1 + profile.growth, 0.2), 0).astype(np.int64)


def _whole(values: NDArray[Any]) -> Ints:
    return values.astype(np.int64)


def _premiums(profile: Profile) -> Ints:
    """1 % of a year's wages of some 60,000 yuan, staff and firm."""
    return _whole(profile.before * profile.spread(60_000, 0.2)) // 100 * 100


#: Whole numbers (money in fen) by the name of the fact; asked in this order, so that a year before
#: follows from the year itself.
NUMBERS: dict[str, Callable[[Profile], Ints]] = {
    "revenue_last": lambda p: p.turnover,
    "revenue_before": lambda p: _grown(p, p.turnover),
    "revenue_quarter": lambda p: _whole(p.turnover * p.chance.uniform(0.15, 0.35, p.rows)),
    "taxes_last": lambda p: _whole(p.turnover * p.chance.uniform(0.005, 0.05, p.rows)),
    "taxes_before": lambda p: _whole(_grown(p, p.turnover) * p.chance.uniform(0.005, 0.05, p.rows)),
    "taxable_income": lambda p: _whole(
        p.turnover * np.maximum(p.chance.normal(0.04, 0.06, p.rows), 0)
    ),
    "rd_deducted": lambda p: _part(p, p.of("industry", "tech") & p.some(0.3), 0.045),
    "rd_deducted_before": lambda p: _part(p, p.of("industry", "tech") & p.some(0.25), 0.04),
    "rd_spend_last": lambda p: _part(p, p.of("industry", "tech") & p.some(0.35), 0.05),
    "rd_spend_before": lambda p: _part(p, p.of("industry", "tech") & p.some(0.3), 0.045),
    "property_tax": lambda p: _part(p, p.some(0.3), 0.003),
    "insured_heads_now": lambda p: np.maximum(p.heads + p.chance.integers(-1, 2, p.rows), 0),
    "insured_heads_last": lambda p: p.heads,
    "insured_heads_before": lambda p: p.before,
    "insured_months_last": lambda p: np.where(
        p.some(0.9), 12, p.chance.integers(0, 12, p.rows)
    ).astype(np.int64),
    "benefit_claimants_last": lambda p: _whole(
        np.maximum(p.before - p.heads, 0) * p.chance.uniform(0, 1, p.rows)
    ),
    "unemployment_premiums": _premiums,
    "output_last": lambda p: np.where(p.of("industry"), p.turnover, 0),
    "output_before": lambda p: np.where(p.of("industry"), _grown(p, p.turnover), 0),
    "retail_last": lambda p: np.where(p.of("trade", "catering"), p.turnover, 0),
    "retail_before": lambda p: np.where(p.of("trade", "catering"), _grown(p, p.turnover), 0),
    "power_last": lambda p: _whole((p.heads + 1) * p.spread(3_000)),
    "power_before": lambda p: _whole((p.heads + 1) * p.spread(2_900)),
    "safety_level": lambda p: np.where(p.has("emergency"), p.chance.integers(1, 4, p.rows), 0),
    "disabled_quota": lambda p: _whole(p.heads * 0.015),
}


def _part(profile: Profile, who: Flags, share: float) -> Ints:
    values = profile.turnover * profile.spread(share, 0.5)
    return np.where(who, np.minimum(values, profile.turnover), 0).astype(np.int64)


#: Yes or no by the name of the fact.
FLAGS: dict[str, Callable[[Profile], Flags]] = {
    "dishonest": lambda p: ~p.good & p.some(0.12),
    "zombie": lambda p: ~p.good & p.some(0.05),
    "abnormal_listed": lambda p: ~p.good & p.some(0.3),
    "tax_arrears": lambda p: ~p.good & p.some(0.3),
    "wage_arrears": lambda p: ~p.good & p.some(0.08),
    "loan_overdue": lambda p: ~p.good & p.some(0.15),
    "eco_penalty": lambda p: p.of("industry") & ~p.good & p.some(0.2),
    "accident_last": lambda p: ~p.good & p.some(0.01),
    "labour_dispatch": lambda p: p.of("service") & p.some(0.02),
    "vat_small_scale": lambda p: (p.size == 0) & p.some(0.9),
    "founder_first_time": lambda p: p.some(0.4),
}
#: Weights of the values of a text by the name of the fact; other values get little.
TEXTS: dict[str, dict[str, float]] = {
    "status": {"active": 0.95, "suspended": 0.02, "revoked": 0.01, "cancelled": 0.02},
    "tax_credit": {"A": 0.18, "B": 0.38, "M": 0.36, "C": 0.05, "D": 0.03},
    "credit_grade": {"A": 0.3, "B": 0.5, "C": 0.15, "D": 0.05},
    "self_employed_class": {"survival": 0.6, "growth": 0.33, "development": 0.07},
    "founder_kind": {"other": 0.7, "graduate": 0.1, "returnee": 0.1, "veteran": 0.04},
}
