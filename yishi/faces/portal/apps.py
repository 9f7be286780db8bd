"""Django app of the face portal."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    """The residents' and enterprises' face: its first page, help, and the systems' own pages."""

    name = "yishi.faces.portal"
    label = "portal"

    def ready(self) -> None:
        """The portal's own pages in its menu."""
        from yishi.faces.portal.account.mine import SECTIONS
        from yishi.faces.portal.certificates.mine import SECTION
        from yishi.foundation.ui.applicant import register_mine
        from yishi.foundation.ui.navigation import MenuItem, register

        register_mine(*SECTIONS, SECTION)
        register(
            MenuItem(_("首页"), "portal:home", "portal", order=5),
            MenuItem(_("我的"), "portal:mine", "portal", order=800),
            MenuItem(_("帮助"), "portal:help", "portal", order=900),
        )
