"""Every theme, for every answer path, from acceptance to the last decision, without a dead end.

A path is a distinct set of items and papers. Plans are made in memory by the very code that the
verbs use; some are stored, so that the database agrees.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from yishi.foundation.access.actors import SYSTEM
from yishi.foundation.approvals.catalogue import Book
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.families import Contexts, Family, Link
from yishi.foundation.cases.models import CaseEdge
from yishi.foundation.cases.state import CaseState
from yishi.systems.life_events import handling, submitting
from yishi.systems.life_events import states as s
from yishi.systems.life_events.applications import PORTAL, Owned
from yishi.systems.life_events.catalogue import routes
from yishi.systems.life_events.catalogue.model import Answers, Theme
from yishi.systems.life_events.handling import Looked
from yishi.systems.life_events.lifecycle import day_of
from yishi.systems.life_events.made import made_of
from yishi.systems.life_events.models import Application
from yishi.systems.life_events.tests import making
from yishi.systems.life_events.versions import Registers, registers

NOW = making.NOW


def looked(found: Registers, theme: Theme, book: Book, answers: Answers) -> Looked:
    """An application that was handed in, in memory."""
    version, _ = found.themes(NOW)
    items, _ = found.book(NOW)
    application = Application(
        theme=theme.key,
        catalogue_id=version,
        items_id=items,
        channel=PORTAL,
        answers=dict(answers),
        division=making.PLACE,
    )
    made = made_of(theme, answers, book)
    application.papers = {one.key: {"how": "upload", "files": []} for one in made.papers}
    return Looked(application, made, Owned(), found)


def run(one: Looked, first: int, contexts: Contexts) -> Family:
    """Handed in, accepted, and every item granted in its turn; *first*: the first free id."""
    theme, found = one.made.theme, one.found
    place = found.register.place_of_division(making.PLACE)
    case = CaseState(
        id=first,
        number=f"T{first}",
        system=s.SYSTEM,
        type_key=theme.key,
        catalogue_id=one.application.catalogue_id,
        subject=theme.name,
        division=place.division,
        managed_path=place.managed_path,
        received_at=NOW,
        received_on=day_of(NOW),
        state="reviewing",
        stage="review",
        unit_id=submitting.window_of(found, place, day_of(NOW)).unit_id,
        data={"items": one.application.items_id},
    )
    ids = range(first + 1, first + 1 + len(one.made.route.items))
    changes = handling.accepting(case, "accept", SYSTEM, one, NOW, None, ids)
    links = [
        Link(row["before_id"], row["after_id"], row["kind"])
        for change in changes
        for model, row in change.rows
        if model is CaseEdge
    ]
    family = Family([change.after for change in changes], links, contexts)
    while open_ones := [m for m in family.members if not m.outcome and not m.waiting_for]:
        for member in open_ones:
            facts = {"result": "granted"}
            family.move(member.id, "decide", SYSTEM, facts, NOW, trusted=True)
        family.settle(NOW)
    return family


def flows(theme: Theme, book: Book) -> Iterator[routes.Route]:
    """One route for each distinct set of items: papers do not change the order."""
    seen = set()
    for way in routes.paths(theme, book):
        if way.items not in seen:
            seen.add(way.items)
            yield way


@pytest.mark.timeout(900)
def test_every_theme_for_every_answer_path(city: None) -> None:
    found = registers()
    _, themes = found.themes(NOW)
    _, book = found.book(NOW)
    assert len(themes.themes) >= 167
    assert sum(theme.deep for theme in themes.themes.values()) >= 20
    assert len(book.items) >= 400
    contexts = Contexts()
    paths = run_ones = 0
    for theme in themes.themes.values():
        for way in routes.paths(theme, book):
            made = made_of(theme, way.answers, book)
            assert made.to_do, (theme.key, way.answers)
            assert made.form, (theme.key, way.answers)
            assert {f.key for f in made.form} == {
                _kept(theme, key)
                for item in made.to_do
                for key in book.items[item].fields
                if book.fields[key].section != "agent"
            }
            paths += 1
        for way in flows(theme, book):
            family = run(looked(found, theme, book, way.answers), 1_000, contexts)
            assert family.root.state == "done", (theme.key, dict(way.answers))
            assert all(one.outcome == "granted" for one in family.members)
            run_ones += 1
    assert paths >= run_ones >= len(themes.themes)


def _kept(theme: Theme, key: str) -> str:
    for group in theme.same_fields:
        if key in group:
            return group[0]
    return key


@pytest.mark.timeout(600)
def test_deep_themes_end_in_the_database_too(city: None) -> None:
    found = registers()
    _, themes = found.themes(NOW)
    _, book = found.book(NOW)
    deep = [theme for theme in themes.themes.values() if theme.deep][:6]
    changes = []
    for place, theme in enumerate(deep):
        way = max(routes.paths(theme, book), key=lambda one: len(one.items))
        case_id = 900_000_000 + place * 100
        one = looked(found, theme, book, way.answers)
        ids = range(case_id + 1, case_id + 1 + len(one.made.route.items))
        case = making.blank(one, case_id)
        changes += handling.accepting(case, "accept", SYSTEM, one, NOW, None, ids)
    for change in changes:
        if change.after.root_id is None:
            change.before = None
    commit(changes, quiet=True)
    for place in range(len(deep)):
        root = 900_000_000 + place * 100
        assert making.grant_all(root) == "done"
