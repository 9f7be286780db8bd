"""The one error for bad input: it names the field, so that every face can point at it."""

from __future__ import annotations


class FieldError(ValueError):
    """Input that cannot be accepted.

    ``field`` is the name of the input field (dotted for nested ones), ``message`` the text shown
    to the user, ``code`` a stable machine-readable reason (``invalid`` unless said otherwise).
    """

    field: str
    message: str
    code: str

    def __init__(self, field: str, message: str, code: str = "invalid") -> None:
        super().__init__(field, message, code)
        self.field = field
        self.message = message
        self.code = code

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"
