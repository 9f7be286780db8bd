"""The list of papers as pages draw it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from yishi.foundation.approvals.catalogue.model import FORMS
from yishi.systems.life_events import paperwork
from yishi.systems.life_events.applications import Owned
from yishi.systems.life_events.made import Made
from yishi.systems.life_events.models import Application
from yishi.systems.life_events.paperwork import DEFERRED


def rows_of(
    application: Application,
    made: Made,
    having: Owned,
    wrong: Mapping[str, str],
    marks: Mapping[str, str],
    address: Any = None,
) -> list[dict[str, Any]]:
    """Each paper: how it comes, under which names guides ask for it, and what is wrong with it."""
    states = paperwork.paper_states(application, made, having)
    url = address or (lambda pk: reverse("themes:file", args=[application.id, pk]))
    found = []
    for paper in made.papers:
        state = states[paper.key]
        found.append(
            {
                "paper": paper,
                "id": f"paper-{paper.key}",
                "how": state.get("how", ""),
                "files": [{**one, "url": url(one["id"])} for one in state.get("files", [])],
                "on_file": having.of(paper.material, paper.holder),
                "form": FORMS[paper.form],
                "told_as": sorted({name for _item, name in paper.told_as} - {paper.name}),
                "wrong": wrong.get(paper.key, ""),
                "mark": marks.get(paper.key, ""),
                "deferred": state.get("how") == DEFERRED,
            }
        )
    return found
