"""Which status may follow which, and how a certificate stands on a day.

What counts or is withheld may lose its force; what lost it never gets it back. After 撤销, 吊销 or
the end of its term a certificate is cancelled (注销, 行政许可法 art. 70), which ends it for good.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from yishi.foundation.papers.certificates.models import (
    CANCELLED,
    IN_FORCE,
    LAPSED,
    REVOKED,
    REVOKED_LICENCE,
    STATUS_CODES,
    STATUSES,
    SUPERSEDED,
    SUSPENDED,
    VALID,
    Certificate,
)

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_ENDS = frozenset({REVOKED, REVOKED_LICENCE, LAPSED})
#: Status by hand or by a case; ``superseded`` comes only of a new version.
FOLLOWS: dict[str, frozenset[str]] = {
    VALID: frozenset({SUSPENDED, CANCELLED, *_ENDS}),
    SUSPENDED: frozenset({VALID, CANCELLED, *_ENDS}),
    **dict.fromkeys(_ENDS, frozenset({CANCELLED})),
    CANCELLED: frozenset(),
    SUPERSEDED: frozenset(),
}
LABELS = dict(STATUSES)
#: Not stored, for they follow from the day.
EXPIRED, NOT_YET, EMPTY = "expired", "not_yet", "empty"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a certificate stands: ``key`` (a status, ``expired`` or ``not_yet``), the word and colour
    it is shown in (``good``, ``warn`` or ``bad``), and the 证照状态代码."""

    key: str
    label: StrOrPromise
    tone: str
    code: str

    @property
    def counts(self) -> bool:
        """Whether somebody may rely on the certificate today."""
        return self.key == VALID


def standing(certificate: Certificate, today: date) -> Standing:
    """How *certificate* stands on *today*, the city's day."""
    status = certificate.status
    if status == SUSPENDED:
        return Standing(status, LABELS[status], "warn", STATUS_CODES[status])
    if status != VALID:
        return Standing(status, LABELS[status], "bad", STATUS_CODES[status])
    if certificate.valid_to is not None and certificate.valid_to < today:
        return Standing(EXPIRED, _("已过有效期"), "bad", STATUS_CODES[LAPSED])
    if certificate.valid_from > today:
        return Standing(NOT_YET, _("尚未生效"), "warn", STATUS_CODES[VALID])
    return Standing(status, LABELS[status], "good", STATUS_CODES[status])


def of_composite(own: Standing, components: Sequence[Standing]) -> Standing:
    """How a composite certificate stands: no better than its components. It counts as long as one
    of them does."""
    if own.key == VALID and components and not any(one.counts for one in components):
        return Standing(EMPTY, _("所含证照均不在有效状态"), "bad", STATUS_CODES[LAPSED])
    return own


def may_follow(before: str, after: str) -> bool:
    """Whether a certificate that is *before* may become *after* by a change of its status."""
    return after in FOLLOWS[before]


def choices_after(certificate: Certificate) -> list[tuple[str, StrOrPromise]]:
    """What a certificate may become, with labels, in the order of the codes."""
    return [(key, label) for key, label in STATUSES if may_follow(certificate.status, key)]


__all__ = [
    "EMPTY",
    "EXPIRED",
    "FOLLOWS",
    "IN_FORCE",
    "LABELS",
    "NOT_YET",
    "Standing",
    "choices_after",
    "may_follow",
    "of_composite",
    "standing",
]
