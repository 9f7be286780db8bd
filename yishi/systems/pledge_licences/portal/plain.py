"""What a licence asks and gives, in plain words for the applicant's pages."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext

from yishi.foundation.approvals.catalogue import Book as Items
from yishi.foundation.approvals.catalogue import Item
from yishi.systems.pledge_licences.catalogue.model import METHODS, Book, Condition, Licence, Trade


@dataclass(frozen=True, slots=True)
class Told:
    """One component as it is told before anything is filled in; ``licence`` None: it is had by the
    ordinary route only."""

    key: str
    name: str
    licence: Licence | None
    item: Item
    now: tuple[Condition, ...] = ()
    opening: tuple[Condition, ...] = ()
    replaced: tuple[str, ...] = ()
    later: tuple[tuple[str, str], ...] = ()
    check: str = ""

    @property
    def promise(self) -> str:
        """How long the ordinary route takes."""
        return self.item.promise


def told(key: str, book: Book, items: Items) -> Told | None:
    """A licence of the list or a single item; ``None`` where neither is in force."""
    licence = book.licences.get(key)
    item = items.items.get(licence.item if licence else key)
    if item is None:
        return None
    if licence is None:
        return Told(key, item.name, None, item)
    names = {one.material: one.named for one in item.materials}
    profile = book.profiles[licence.check.profile]
    return Told(
        key,
        licence.name,
        licence,
        item,
        tuple(one for one in licence.conditions if one.when == "before"),
        tuple(one for one in licence.conditions if one.when == "opening"),
        tuple(names.get(one, one) for one in licence.replaced),
        tuple((names.get(one.material, one.material), one.within) for one in licence.later),
        f"{profile.name}，{gettext(METHODS[licence.check.method])}",
    )


def components(trade: Trade, answers: frozenset[str]) -> list[str]:
    """The trade's components for the questions answered with yes."""
    asked = {key for one in trade.questions for key in one.adds}
    wanted = {key for one in trade.questions if one.key in answers for key in one.adds}
    return [key for key in trade.components if key not in asked or key in wanted]


def found(text: str, *words: str) -> bool:
    """Whether every word of *text* stands in one of *words*."""
    whole = " ".join(words).lower()
    return all(word in whole for word in text.lower().split())
