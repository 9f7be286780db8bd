"""Django app of the screen: the city's day at one look."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ScreenConfig(AppConfig):
    """Registers the screen in the desk's menu."""

    name = "yishi.faces.screen"
    label = "screen"

    def ready(self) -> None:
        """Declare the menu items."""
        from yishi.faces.screen.scope import WATCHERS
        from yishi.foundation.ui.navigation import MenuItem, register

        register(
            MenuItem(
                _("运行一屏"), "screen:today", "desk", WATCHERS, _("查询"), order=35, card=True
            )
        )
