"""Menu items by role, in groups, with the active one marked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path

from yishi.foundation.access.actors import PUBLIC, Actor, ActorGrant
from yishi.foundation.ui import navigation
from yishi.foundation.ui.navigation import MenuItem


def _view(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


urlpatterns = [
    path("desk/", _view, name="t-home"),
    path("desk/cases/", _view, name="t-cases"),
    path("desk/cases/late/", _view, name="t-late"),
    path("desk/settings/", _view, name="t-settings"),
]
DISPATCHER = Actor("user", "user:1", "李", (ActorGrant("dispatcher", None, "4206"),), 1)


@pytest.fixture(autouse=True)
def own_registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(navigation, "_ITEMS", {})
    navigation.register(
        MenuItem("设置", "t-settings", "t", frozenset({"administrator"}), group="管理", order=90),
        MenuItem("首页", "t-home", "t", order=0),
        MenuItem("逾期", "t-late", "t", frozenset({"dispatcher"}), group="案件", order=20),
        MenuItem(
            "案件", "t-cases", "t", frozenset({"dispatcher", "acceptor"}), group="案件", order=10
        ),
        MenuItem("未挂载", "t-nowhere", "t", order=5),
        MenuItem("别处", "t-home", "other"),
    )
    with override_settings(ROOT_URLCONF=__name__):
        yield


def _labels(actor: Actor | None) -> list[str]:
    return [item.label for item in navigation.menu("t", actor, "/")]


def test_items_are_those_of_the_roles_held_in_their_order() -> None:
    assert _labels(DISPATCHER) == ["首页", "案件", "逾期"]
    assert _labels(PUBLIC) == ["首页"]
    assert _labels(None) == ["首页"]


@pytest.mark.parametrize(
    ("address", "active"),
    [
        ("/desk/", ["首页"]),
        ("/desk/cases/", ["案件"]),
        ("/desk/cases/17/", ["案件"]),
        ("/desk/cases/late/", ["逾期"]),
        ("/elsewhere/", []),
    ],
)
def test_the_item_nearest_to_the_page_is_active(address: str, active: list[str]) -> None:
    shown = navigation.menu("t", DISPATCHER, address)
    assert [item.label for item in shown if item.active] == active


def test_registering_twice_draws_once() -> None:
    navigation.register(MenuItem("首页二", "t-home", "t", order=0))
    assert _labels(PUBLIC) == ["首页二"]
