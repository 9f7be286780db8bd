"""Sign-in by user name and password, and the account with its roles in one statement."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from yishi.foundation.access.models import ApiClient, User


def may_sign_in(user: User | ApiClient) -> bool:
    """Whether an account or key may be used here: active, and a demo account only in the demo.

    *user* must come from ``with_grants``.
    """
    if not user.is_active:
        return False
    return not user.is_demo or (settings.DEMO and bool(getattr(user, "demo_database", False)))


class AccountBackend(BaseBackend):
    """Django's authentication, answered from one statement."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        """The account for a right password, else ``None``; takes as long for unknown names."""
        if username is None or password is None or "\x00" in username:
            return None
        user = User.objects.with_grants().filter(username=username).first()
        if user is None:
            User().set_password(password)
            return None
        return user if user.check_password(password) and may_sign_in(user) else None

    def get_user(self, user_id: int) -> User | None:
        """The signed-in account, or ``None`` once it may no longer be used."""
        user = User.objects.with_grants().filter(pk=user_id).first()
        return user if user is not None and may_sign_in(user) else None
