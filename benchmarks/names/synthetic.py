"""Made-up listed subjects (模拟), and made-up mistakes in writing their names.

Six of ten are Chinese organisations (place, trade name, trade, legal form; no two the same), three
Chinese people (with as many namesakes as there are), one in letters (people and companies). Half
of the trade names come from 20,000 popular ones of which the first are a thousand times as common
as the last, for that is what real registers are like; the others are drawn character by character.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path

from yishi.foundation.credit.names.folding import DATA, variants

ORGANISATION, PERSON, LATIN = "organisation", "person", "latin"
FORMS = (
    ("有限公司", 60), ("有限责任公司", 12), ("股份有限公司", 3), ("集团有限公司", 2), ("厂", 5),
    ("经营部", 6), ("商行", 4), ("店", 2), ("专业合作社", 3), ("中心", 2),
    ("合伙企业（有限合伙）", 1),
)  # fmt: skip
_LATIN_FORMS = ("Ltd", "Limited", "Inc.", "LLC", "GmbH", "S.A.", "Co., Ltd.", "Corporation", "B.V.")


class _Draw:
    """Values with weights, drawn quickly."""

    def __init__(self, values: Sequence[str], weights: Sequence[float]) -> None:
        self.values, self._sums = values, list(accumulate(weights))

    def many(self, source: random.Random, count: int) -> list[str]:
        return source.choices(self.values, cum_weights=self._sums, k=count)


def _material() -> dict[str, _Draw]:
    drawn = {}
    for line in Path(__file__).with_name("material.txt").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            key, *pairs = line.split()
            parts = [part for pair in pairs if (part := re.fullmatch(r"(\D+)(\d*)", pair))]
            # Without a number: the first ones are the more common.
            weights = [float(part[2] or 1 / (10 + n)) for n, part in enumerate(parts)]
            drawn[key] = _Draw([part[1] for part in parts], weights)
    return drawn


def _place_names(source: random.Random) -> _Draw:
    """Cities and counties as names begin with them; large ones much more often."""
    found: list[str] = []
    for line in (DATA / "places.txt").read_text("utf-8").splitlines():
        code, _, names = line.partition(" ")
        if code[:1].isdigit() and len(code) > 2:
            found += [n for n in names.split() if len(n) < 6 and not n.endswith(("地区", "盟"))]
    source.shuffle(found)
    both = found + [name[:-1] for name in found if len(name) > 2]
    return _Draw(both, [1 / (5 + rank % len(found)) ** 0.5 for rank in range(len(both))])


class Maker:
    """Makes names; the same *seed* makes the same ones."""

    def __init__(self, seed: int) -> None:
        setting = random.Random(7)  # popular names and large places are the same for every seed
        self._draws = _material()
        self._places = _place_names(setting)
        self._popular = _Draw(
            [self._fresh(setting) for _ in range(20_000)], [1 / (20 + n) for n in range(20_000)]
        )
        self._forms = _Draw([f for f, _ in FORMS], [w for _, w in FORMS])
        self._source = random.Random(seed)

    def _fresh(self, source: random.Random) -> str:
        size = source.choices((2, 3, 4), (72, 20, 8))[0]
        later = self._draws["later"].many(source, size - 1)
        return self._draws["first"].many(source, 1)[0] + "".join(later)

    def organisation(self) -> tuple[str, str, str, str]:
        """Place, trade name, trade and legal form."""
        one = self._source
        place = self._places.many(one, 1)[0]
        name = self._popular.many(one, 1)[0] if one.random() < 0.5 else self._fresh(one)
        return place, name, self._draws["trades"].many(one, 1)[0], self._forms.many(one, 1)[0]

    def person(self) -> str:
        """A Chinese person."""
        one = self._source
        given = self._draws["given"].many(one, 1 if one.random() < 0.15 else 2)
        return self._draws["family"].many(one, 1)[0] + "".join(given)

    def latin(self) -> str:
        """A person or a company in letters."""
        one = self._source
        words = [self._word() for _ in range(2 if one.random() < 0.8 else 3)]
        if one.random() < 0.6:
            return " ".join(words)
        ware = one.choice(self._draws["wares"].values).title()
        return f"{words[0]} {words[1]} {ware} {one.choice(_LATIN_FORMS)}"

    def _word(self) -> str:
        return "".join(
            self._source.choices(self._draws["syllables"].values, k=self._source.choice((2, 2, 3)))
        ).title()


def subjects(count: int, seed: int = 1) -> Iterator[tuple[str, str, str]]:
    """(subject id, kind, name) of *count* listed subjects."""
    maker = Maker(seed)
    seen: set[int] = set()
    for number in range(count):
        turn = number % 10
        if turn < 6:
            while (mark := hash(name := "".join(maker.organisation()))) in seen:
                pass
            seen.add(mark)
            yield f"{number:08}", ORGANISATION, name
        elif turn < 9:
            yield f"{number:08}", PERSON, maker.person()
        else:
            yield f"{number:08}", LATIN, maker.latin()


# -- mistakes ----------------------------------------------------------------------------------

_WRITTEN = {plain: writings for writings, plain in variants().items()}
_HAN = "".join(dict.fromkeys(_material()["later"].values))


def _substituted(name: str, one: random.Random) -> str:
    at = one.randrange(len(name))
    return name[:at] + _character(name, one) + name[at + 1 :]


def _character(name: str, one: random.Random) -> str:
    return one.choice(_HAN if name[0] > "\u2e80" else "abcdefghijklmnopqrstuvwxyz")


def _deleted(name: str, one: random.Random) -> str:
    at = one.randrange(len(name))
    return name[:at] + name[at + 1 :]


def _inserted(name: str, one: random.Random) -> str:
    at = one.randrange(len(name) + 1)
    return name[:at] + _character(name, one) + name[at:]


def _swapped(name: str, one: random.Random) -> str:
    at = one.randrange(max(1, len(name) - 1))
    return name[:at] + name[at + 1 : at + 2] + name[at] + name[at + 2 :]


def _variant(name: str, one: random.Random) -> str:
    places = [at for at, char in enumerate(name) if char in _WRITTEN or "!" <= char <= "~"]
    if not places:
        return name.replace(" ", "\u3000") if " " in name else f" {name}"
    at = one.choice(places)
    char = name[at]
    return name[:at] + (_WRITTEN.get(char) or chr(ord(char) + 0xFEE0)) + name[at + 1 :]


def _other_form(name: str, one: random.Random) -> str:
    if name[0] > "\u2e80":
        form = _form_of(name)
        new = one.choice(["", *(f for f, _ in FORMS if f != form)])
        return name[: len(name) - len(form)] + new
    form = max((f for f in _LATIN_FORMS if name.endswith(f)), key=len, default="")
    return name[: len(name) - len(form)].strip() + one.choice(["", " " + one.choice(_LATIN_FORMS)])


def _without_place(name: str, one: random.Random) -> str:
    return name[len(_place_of(name)) :]


def _place_of(name: str) -> str:
    for size in range(6, 1, -1):
        if name[:size] in _PLACES:
            return name[:size]
    return ""


def _turned(name: str, one: random.Random) -> str:
    if name[0] < "\u2e80":
        words = name.split()
        return " ".join([words[-1].strip(".,"), *words[:-1]])
    place, form = _place_of(name), _form_of(name)
    rest = name[len(place) : len(name) - len(form)]
    trade = max((t for t in _TRADES if rest.endswith(t)), key=len, default="")
    title = rest[: len(rest) - len(trade)]
    return one.choice(
        [
            f"{title}（{place}）{trade}{form}",
            f"{title}{trade}（{place}）{form}",
            f"{place}{trade}{title}{form}",
        ]
    )


def _form_of(name: str) -> str:
    return max((f for f, _ in FORMS if name.endswith(f)), key=len, default="")


_TRADES = _material()["trades"].values
_PLACES = frozenset(_place_names(random.Random(7)).values)
Edit = Callable[[str, random.Random], str]
BASIC: dict[str, Edit] = {
    "substitution": _substituted,
    "deletion": _deleted,
    "insertion": _inserted,
    "swap": _swapped,
    "variant, width": _variant,
}
EDITS: dict[str, dict[str, Edit]] = {
    ORGANISATION: {
        **BASIC,
        "legal form": _other_form,
        "place dropped": _without_place,
        "order": _turned,
    },
    PERSON: BASIC,
    LATIN: {**BASIC, "legal form": _other_form, "order": _turned},
}


def mistaken(name: str, kind: str, one: random.Random, edits: int = 1) -> tuple[str, str]:
    """A name with *edits* random edits, none of which leaves it as it was; and the last edit."""
    written, label = name, ""
    for _ in range(edits):
        while True:
            label = one.choice(list(EDITS[kind]))
            edited = EDITS[kind][label](written, one)
            if edited.strip() and edited != written:
                written = edited
                break
    return written, label
