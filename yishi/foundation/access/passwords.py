"""What a password must be, said in the reader's language."""

from __future__ import annotations

from django.contrib.auth.password_validation import MinimumLengthValidator
from django.utils.translation import gettext


class LengthValidator(MinimumLengthValidator):
    """Django's, with words of our own: its Chinese catalogue lacks the ones it uses now."""

    def get_error_message(self) -> str:
        """What is said of a password that is too short."""
        return gettext("密码太短，至少要 %(n)d 个字符") % {"n": self.min_length}
