"""The screen's tables as an Excel file: areas by stage and lateness, and the ranking."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from yishi.faces.screen.boards import Branch, Ranked, Show
from yishi.faces.screen.scope import PERIODS, Asked, asked_by, watchers_only
from yishi.foundation.cases.board import read_board
from yishi.foundation.revisions import numbers
from yishi.foundation.tables.columns import Column, Part, Shown, Table
from yishi.foundation.ui.exports import Offer, export_page


def _value(place: int) -> Callable[[Branch], Shown]:
    def read(row: Branch) -> Shown:
        return row.numbers[place].value

    return read


def areas(show: Show) -> Table[Branch]:
    """Each area with every figure of the screen's table."""
    figures: list[Column[Branch]] = [
        Column(one.name, one.label, _value(place), kind="number")
        for place, one in enumerate(show.head())
    ]
    name: Column[Branch] = Column("area", _("区域"), lambda row: row.name, width=24)
    return Table("screen", _("各区域 × 环节 × 时限"), (name, *figures))


RANKING: Table[Ranked] = Table(
    "ranking",
    _("按期结案率排名"),
    (
        Column("place", _("名次"), lambda row: row.place, kind="number"),
        Column("area", _("区域"), lambda row: row.name, width=24),
        Column("rate", _("按期结案率"), lambda row: row.rate, kind="share"),
        Column("on_time", _("按期"), lambda row: row.numerator.value, kind="number"),
        Column("due", _("应结"), lambda row: row.denominator.value, kind="number"),
    ),
)


def tables(wanted: Asked) -> Sequence[Part]:
    """What the screen shows, read now (the same board as the page); the total comes last."""
    show = Show(wanted, read_board(wanted.span, wanted.now))
    branches = show.branches()
    total = Branch(wanted.path, "合计", "", "", show.head())
    return [
        Part(areas(show), [*branches, total]),
        Part(RANKING, show.ranking(branches)),
    ]


@watchers_only
@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest) -> HttpResponseBase:
    """The tables of one area and period."""
    wanted = asked_by(request, numbers(), timezone.now())
    with override("zh-hans"):
        parts = tables(wanted)

    def filters() -> list[tuple[str, str]]:
        period = next(str(label) for days, label in PERIODS if days == wanted.days)
        area = wanted.register.label(wanted.path) or wanted.register.node(wanted.register.root).name
        return [(gettext("区域"), area), (gettext("日期"), period)]

    count = sum(len(list(part.rows)) for part in parts)
    offer = Offer("screen", _("运行一屏"), lambda: parts, count, filters, wanted.url())
    return export_page(request, offer)
