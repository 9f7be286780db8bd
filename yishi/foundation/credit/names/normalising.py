"""What a name consists of: places, core (trade name and trade) and legal form."""

from __future__ import annotations

import re
from dataclasses import dataclass

from yishi.foundation.credit.names.folding import fold, is_han
from yishi.foundation.credit.names.parts import (
    is_branch,
    take_form,
    take_latin_form,
    take_places,
)

ORGANISATION, PERSON, LATIN, EMPTY = "organisation", "person", "latin", "empty"
_BRACKET = re.compile(r"\(([^()]*)\)")
_SMALL = ("and", "the")
#: Chinese names of people have hardly ever more characters.
_PERSON = 4


@dataclass(frozen=True, slots=True)
class Norm:
    """A name taken apart. ``text`` is the folded writing; normalising it again gives the same."""

    text: str
    kind: str
    places: tuple[str, ...]
    core: str
    form: str

    @property
    def whole(self) -> str:
        """The parts in their usual order."""
        between = " " if self.kind == LATIN and self.form else ""
        return "".join(self.places) + self.core + between + self.form


def normalise(text: str) -> Norm:
    """Take a name apart. Never raises, whatever the text."""
    folded = fold(text)
    bare = folded.replace("(", "").replace(")", "")
    if not bare.strip():
        return Norm("", EMPTY, (), "", "")
    if not any(map(is_han, bare)):
        words, form = take_latin_form(folded.replace("(", " ").replace(")", " ").split())
        said = [word for word in words if word not in _SMALL]
        return Norm(folded, LATIN, (), " ".join(said or words), form)
    places, core, form = _organisation(folded, bare)
    if form or places or len(bare) > _PERSON:
        return Norm(folded, ORGANISATION, tuple(places), core, form)
    return Norm(folded, PERSON, (), bare, "")


def _organisation(folded: str, bare: str) -> tuple[list[str], str, str]:
    """Places, core and legal form of a Chinese name; no places and no form if it is short."""
    rest, form = take_form(folded, 2)
    if is_branch(form):
        rest, form = _head_office(rest, form)
    inner: list[str] = []
    if "(" in rest or ")" in rest:
        rest, inner, form = _brackets(rest, form)
    leave = 2
    if not form and len(rest) <= _PERSON + 1:
        leave = 3 if len(rest) == _PERSON + 1 else len(rest)
    places, core = take_places(rest, leave)
    if not core:
        return [], bare, ""
    return [*places, *(place for place in inner if place not in places)], core, form


def _head_office(rest: str, branch: str) -> tuple[str, str]:
    """``宏达商贸有限公司襄阳`` of a branch: the head office's form is taken out of the middle."""
    at = rest.find("公司")
    if at < 2:
        return rest, branch
    head, form = take_form(rest[: at + 2], 2)
    return head + "(" + rest[at + 2 :] + ")", form + branch


def _brackets(rest: str, form: str) -> tuple[str, list[str], str]:
    """Brackets that hold a place or a form give it; of others the content stays."""
    inner: list[str] = []

    def read(found: re.Match[str]) -> str:
        nonlocal form
        content = found[1]
        places, left = take_places(content, 0)
        if places and not left:
            inner.extend(places)
            return ""
        if not form and (kind := take_form(found[0], 0))[1] and not kind[0]:
            form = kind[1]
            return ""
        return content

    left = _BRACKET.sub(read, rest).replace("(", "").replace(")", "")
    if len(left) < 2:
        return rest.replace("(", "").replace(")", ""), [], form
    return left, inner, form
