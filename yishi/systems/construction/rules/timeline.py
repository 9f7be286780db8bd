"""The whole course of a project as a picture: what runs beside what, where it stands, whose turn
it is. Pure: figures in, SVG out; the same for the page, the file and the paper."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from xml.sax.saxutils import escape

LANE, LABEL, HEAD, WIDTH, FOOT = 26, 250, 44, 1120, 64
MONTHS = 14


@dataclass(frozen=True, slots=True)
class Bar:
    """One item: received, the spans (after, until] in which it counted, stops, decision."""

    name: str
    stage: int
    state: str
    received: date
    counted: tuple[tuple[date, date], ...] = ()
    stopped: tuple[tuple[date, date], ...] = ()
    decided: date | None = None
    outcome: str = ""
    counts: bool = True
    waiting: bool = False
    url: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A day that is marked through all lanes."""

    day: date
    label: str
    tone: str = "mark"


@dataclass(frozen=True, slots=True)
class Course:
    """All that the picture shows. *union*: the days that count toward the project's limit."""

    title: str
    today: date
    bars: tuple[Bar, ...]
    union: tuple[tuple[date, date], ...]
    used: int
    limit: int
    stages: dict[int, str] = field(default_factory=dict)
    marks: tuple[Mark, ...] = ()
    turn: str = ""
    light: str = "green"


_FONT = "Noto Sans CJK SC, Source Han Sans SC, Microsoft YaHei, sans-serif"
#: How each kind of mark is drawn: attributes, for pages take no styles from within.
_LOOK = {
    "t": 'font-size="15" font-weight="600"',
    "s": 'font-weight="600" fill="#40506a"',
    "m": 'font-size="11" fill="#5b6b82"',
    "g": 'stroke="#d9e0ea" stroke-width="1"',
    "l": 'fill="#f4f6fa"',
    "w": 'fill="#c6d0de"',
    "c": 'fill="#1f6feb"',
    "u": 'fill="#8aa4c8"',
    "p": 'fill="#f6d98f" stroke="#b7791f" stroke-dasharray="3 2"',
    "ok": 'fill="#1a7f4b"',
    "no": 'fill="#b42318"',
    "now": 'stroke="#b42318" stroke-width="1.5" stroke-dasharray="4 3"',
    "mark": 'stroke="#6b46c1" stroke-width="1"',
    "green": 'fill="#1a7f4b"',
    "yellow": 'fill="#b7791f"',
    "red": 'fill="#b42318"',
    "paused": 'fill="#5b6b82"',
    "done": 'fill="#1a7f4b"',
}
_CLASS = re.compile(r'class="([a-z]+)"')


def svg(course: Course) -> str:
    """The picture as a file of its own: no script, no outside font or style."""
    first, last = _range(course)
    scale = _Scale(first, last)
    lanes = _lanes(course)
    height = HEAD + len(lanes) * LANE + FOOT + 32
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="{_attr(course.title)}">',
        f'<g font-family="{_FONT}" font-size="12" fill="#1b2430">',
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        f'<text class="t" x="12" y="22">{escape(course.title)}</text>',
    ]
    parts += _grid(scale, HEAD + len(lanes) * LANE)
    y = HEAD
    for lane in lanes:
        if isinstance(lane, str):
            parts.append(f'<rect class="l" x="0" y="{y}" width="{WIDTH}" height="{LANE}"/>')
            parts.append(f'<text class="s" x="12" y="{y + 17}">{escape(lane)}</text>')
        else:
            parts += _bar(lane, scale, y)
        y += LANE
    parts += _marks(course, scale, y)
    parts += _sum(course, scale, y + 34)
    parts.append("</g></svg>")
    return _CLASS.sub(lambda found: _LOOK[found[1]], "".join(parts))


class _Scale:
    """Days across the picture."""

    def __init__(self, first: date, last: date) -> None:
        self.first, self.last = first, last
        self.step = (WIDTH - LABEL - 24) / max(1, (last - first).days)

    def x(self, day: date) -> float:
        """Where the end of *day* is drawn."""
        inside = min(max(day, self.first), self.last)
        return round(LABEL + (inside - self.first).days * self.step, 1)


def _range(course: Course) -> tuple[date, date]:
    days = [course.today, *(mark.day for mark in course.marks)]
    for bar in course.bars:
        days += [bar.received, bar.decided or course.today]
        days += [day for span in bar.counted for day in span]
    first, last = min(days), max(days)
    margin = timedelta(days=max(3, (last - first).days // 40))
    return first - margin, last + margin


def _lanes(course: Course) -> list[str | Bar]:
    lanes: list[str | Bar] = []
    for number in sorted({bar.stage for bar in course.bars}):
        lanes.append(f"第{number}阶段 {course.stages.get(number, '')}".strip())
        mine = [bar for bar in course.bars if bar.stage == number]
        mine.sort(key=_received)
        lanes += mine
    return lanes


def _received(bar: Bar) -> date:
    return bar.received


def _grid(scale: _Scale, bottom: int) -> list[str]:
    months = []
    year, month = scale.first.year, scale.first.month
    while date(year, month, 1) <= scale.last:
        if date(year, month, 1) >= scale.first:
            months.append(date(year, month, 1))
        year, month = year + month // 12, month % 12 + 1
    every = max(1, -(-len(months) // MONTHS))
    parts = []
    for place, day in enumerate(months):
        if place % every:
            continue
        x = scale.x(day)
        parts.append(f'<line class="g" x1="{x}" y1="{HEAD - 8}" x2="{x}" y2="{bottom}"/>')
        parts.append(f'<text class="m" x="{x + 3}" y="{HEAD - 6}">{day:%Y-%m}</text>')
    return parts


def _bar(bar: Bar, scale: _Scale, y: int) -> list[str]:
    title = f"{bar.name}：{bar.state}"
    label = bar.name if len(bar.name) <= 17 else bar.name[:16] + "…"
    parts = [f"<g><title>{escape(title)}</title>"]
    if bar.url:
        parts.append(f'<a href="{_attr(bar.url)}">')
    parts.append(f'<text x="24" y="{y + 17}">{escape(label)}</text>')
    if bar.url:
        parts.append("</a>")
    end = bar.decided or (bar.counted[-1][1] if bar.counted else bar.received)
    parts.append(_rect("w", scale, bar.received, max(end, bar.received), y + 10, 4))
    parts += [_rect("c" if bar.counts else "u", scale, a, b, y + 6, 12) for a, b in bar.counted]
    parts += [_rect("p", scale, a, b, y + 7, 10) for a, b in bar.stopped]
    if bar.decided is not None:
        tone = "ok" if bar.outcome in ("granted", "exempt", "deemed_granted") else "no"
        x = scale.x(bar.decided)
        parts.append(f'<circle class="{tone}" cx="{x}" cy="{y + 12}" r="6"/>')
    else:
        x = scale.x(max(end, bar.received))
        parts.append(f'<text class="m" x="{x + 8}" y="{y + 16}">{escape(bar.state)}</text>')
    parts.append("</g>")
    return parts


def _rect(kind: str, scale: _Scale, a: date, b: date, y: int, height: int) -> str:
    x = scale.x(a)
    width = max(2.0, round(scale.x(b) - x, 1))
    return f'<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{height}" rx="2"/>'


def _marks(course: Course, scale: _Scale, bottom: int) -> list[str]:
    parts = []
    shown = sorted((*course.marks, Mark(course.today, "今天", "now")), key=lambda mark: mark.day)
    for place, mark in enumerate(shown):
        x = scale.x(mark.day)
        parts.append(f'<line class="{mark.tone}" x1="{x}" y1="{HEAD}" x2="{x}" y2="{bottom}"/>')
        near = x > WIDTH - 110
        anchor = ' text-anchor="end"' if near else ""
        at = f'x="{x - 3 if near else x + 3}" y="{bottom + 4 + place % 3 * 13}"'
        parts.append(f'<text class="m" {at}{anchor}>{escape(mark.label)} {mark.day:%m-%d}</text>')
    return parts


def _sum(course: Course, scale: _Scale, y: int) -> list[str]:
    text = f"计入总时限 {course.used} / {course.limit} 工作日（并集）"
    parts = [f'<text class="s" x="12" y="{y + 17}">{escape(text)}</text>']
    parts += [_rect(course.light, scale, a, b, y + 6, 12) for a, b in course.union]
    parts.append(f'<text x="12" y="{y + 42}">轮到：{escape(course.turn)}</text>')
    keys = (("c", "计入"), ("u", "办理但不计入"), ("p", "依法中止"), ("w", "收件、补正或等待"))
    x = LABEL
    for kind, name in keys:
        parts.append(f'<rect class="{kind}" x="{x}" y="{y + 33}" width="18" height="10" rx="2"/>')
        parts.append(f'<text class="m" x="{x + 24}" y="{y + 42}">{name}</text>')
        x += 150
    for tone, name in (("ok", "准予"), ("no", "不予或撤回")):
        parts.append(f'<circle class="{tone}" cx="{x + 6}" cy="{y + 38}" r="5"/>')
        parts.append(f'<text class="m" x="{x + 18}" y="{y + 42}">{name}</text>')
        x += 110
    return parts


def _attr(text: str) -> str:
    return escape(text, {'"': "&quot;"})
