"""What the components show: small values that views build and templates draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext

from yishi.foundation.ui.timetext import duration_text, moment_text

DEFAULT_WARNING = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Light:
    """A due light. ``level``: ``green``, ``yellow``, ``red``, ``paused``, ``done`` or ``none``."""

    level: str
    text: str
    due: datetime | None = None
    due_text: str = ""


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab: ``count`` is shown beside the label unless None."""

    label: str
    url: str
    count: int | None = None
    active: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """One row of a definition list; with ``url`` the value is a link, ``hint`` stands below it."""

    label: str
    value: object
    hint: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo or file: ``url`` opens it, ``thumb`` (of an image) is shown, else its name."""

    url: str
    name: str
    thumb: str = ""
    caption: str = ""
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of a timeline, oldest first or newest first as the view orders it.

    ``tone``: ``neutral``, ``active``, ``good``, ``warn`` or ``bad``. ``reasons`` open on a click.
    """

    at: datetime
    title: str
    actor: str = ""
    text: str = ""
    tone: str = "neutral"
    reasons: Sequence[str] = ()
    pictures: Sequence[Picture] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """A demo account on the sign-in page."""

    username: str
    name: str
    role: str
    unit: str = ""
    hint: str = ""


def light(
    due: datetime | None,
    now: datetime,
    *,
    warn_at: datetime | None = None,
    paused: bool = False,
    done_at: datetime | None = None,
    provisional: bool = False,
    judged: datetime | None = None,
) -> Light:
    """The light of a deadline as seen at *now* (all times aware).

    Red from the deadline on, yellow from ``warn_at`` (else two hours before), green before that.
    Finished work keeps the colour of its outcome; a paused clock shows no remainder. *judged*: the
    moment as which *now* counts, where what is done on a rest day counts with the working day
    before (`ui.judging`): nothing becomes overdue on a rest day then, as with cards.
    """
    if due is None:
        return Light("none", gettext("不计时"))
    text = moment_text(due, now)
    if provisional:
        text = gettext("%(due)s（暂定）") % {"due": text}
    if done_at is not None:
        if done_at <= due:
            return Light("done", gettext("按时办结"), due, text)
        late = gettext("逾期 %(duration)s办结") % {"duration": duration_text(done_at - due)}
        return Light("red", late, due, text)
    if paused:
        return Light("paused", gettext("计时暂停"), due, text)
    if now >= due and judged is not None and judged <= due:
        return Light("yellow", gettext("最后一日已过，休息日不算逾期"), due, text)
    if now >= due:
        late = gettext("逾期 %(duration)s") % {"duration": duration_text(now - due)}
        return Light("red", late, due, text)
    level = "yellow" if now >= (warn_at or due - DEFAULT_WARNING) else "green"
    left = gettext("剩 %(duration)s") % {"duration": duration_text(due - now)}
    return Light(level, left, due, text)
