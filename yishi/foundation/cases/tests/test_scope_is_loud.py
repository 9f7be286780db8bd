"""Reading protected rows without saying for whom raises, however it is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps

from yishi.foundation.access.actors import PUBLIC, SYSTEM
from yishi.foundation.cases.models import Case
from yishi.foundation.cases.scope import ScopedQuerySet, UnscopedQuery

pytestmark = pytest.mark.django_db
PROTECTED = [
    model for model in apps.get_models() if isinstance(model._default_manager.all(), ScopedQuerySet)
]
WAYS: list[Callable[[Any], Any]] = [
    list,
    len,
    bool,
    lambda rows: rows.first(),
    lambda rows: rows.count(),
    lambda rows: rows.exists(),
    lambda rows: list(rows.values_list("pk")),
    lambda rows: list(rows.iterator()),
    lambda rows: rows.aggregate(),
    lambda rows: rows.update(id=1),
    lambda rows: rows.delete(),
    lambda rows: rows.filter(pk=1).get(),
    lambda rows: rows.explain(),
    lambda rows: list(Case.objects.unscoped("outer").filter(pk__in=rows.values("pk"))),
]


@pytest.mark.parametrize("model", PROTECTED)
@pytest.mark.parametrize("way", range(len(WAYS)))
def test_an_unscoped_read_raises(model: Any, way: int) -> None:
    with pytest.raises(UnscopedQuery):
        WAYS[way](model.objects.all())


@pytest.mark.parametrize("model", PROTECTED)
def test_a_scoped_read_answers_and_stays_scoped_when_composed(model: Any) -> None:
    assert list(model.objects.visible_to(SYSTEM).filter(pk__isnull=True).order_by("pk")) == []
    assert model.objects.visible_to(PUBLIC).count() == 0
    with pytest.raises(ValueError, match="reason"):
        model.objects.unscoped("")
