"""兑现公开: what was paid to whom under which policy; every number opens its list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yishi.foundation.access.throttle import Limit
from yishi.foundation.parties.models import Party
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook.wording import pick
from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.rendering import render_page
from yishi.foundation.ui.timetext import date_text
from yishi.systems.direct_benefits.portal import charts, csvs, names, paid_lists, places, words
from yishi.systems.direct_benefits.portal.catalogue import language
from yishi.systems.direct_benefits.portal.finding import FOLDER, Looked, look
from yishi.systems.direct_benefits.portal.folding import SIZE
from yishi.systems.direct_benefits.portal.models import PaidLine
from yishi.systems.direct_benefits.portal.paid_lists import UNKNOWN, Filter, Group

PAGE = 50
#: Rows of one file; who wants more narrows by year.
MOST_ROWS = 100_000
DOWNLOADS = Limit("portal.csv", 20, 600)


def _wanted(request: HttpRequest) -> Filter:
    """The filter of the address, or a page naming what cannot be read."""
    try:
        return paid_lists.read(request.GET)
    except FieldError as error:
        text = f"{error.field}：{error.message}"
        raise PageError(400, text, back=reverse("policies:paid")) from error


class Labels:
    """Names of policies, counties, sizes, months and bands for the reader."""

    def __init__(self, looked: Looked) -> None:
        self.policies = looked.shelf.policies
        self.items = looked.shelf.entries
        self.numbers = looked.numbers
        size = looked.declared.facts.get(SIZE)
        self.sizes: Mapping[str, tuple[str, str]] = size.values if size is not None else {}

    def of(self, group: str, key: str) -> str:
        """The name of a key of a grouping."""
        if key == UNKNOWN:
            return _("未记录")
        if group == "policy":
            policy = self.policies.get(key)
            return policy.title if policy is not None else key
        if group == "county":
            return self.county(key)
        if group == "size":
            return pick(language(), *self.sizes.get(key, (key, key)))
        if group == "days":
            return band_text(key)
        return key

    def county(self, path: str) -> str:
        """A county; the city itself for what is borne by the city as a whole."""
        return _("市直") if "/" not in path else places.register_of(self.numbers).label(path)

    def item(self, key: str) -> str:
        """The name of an item."""
        entry = self.items.get(key)
        return entry.item.name if entry is not None else key

    def named(self, group: str, found: Sequence[Group]) -> list[Group]:
        """The groups with their names."""
        return [replace(one, label=self.of(group, one.key)) for one in found]


def band_text(key: str) -> str:
    """``8-15`` → 8–15 天."""
    low, _dash, high = key.partition("-")
    if not high:
        return _("%(n)s 天以上") % {"n": low}
    return _("%(low)s–%(high)s 天") % {"low": low, "high": high}


@require_safe
def totals(request: HttpRequest) -> HttpResponse:
    """Sums and charts, with a table beside each."""
    wanted = _wanted(request)
    looked = look(timezone.now())
    known = Labels(looked)
    found = paid_lists.totals(wanted)
    groups = {name: known.named(name, found.groups[name]) for name in paid_lists.GROUPS}
    bands = known.named("days", found.bands)
    context = {
        "wanted": wanted,
        "found": found,
        "sum": words.yuan(found.fen, language()),
        "list_url": wanted.url,
        "parts": [
            _part(
                "policy", _("按政策"), groups["policy"], charts.bars(groups["policy"], across=True)
            ),
            _part("month", _("按月份"), groups["month"], charts.line(groups["month"])),
            _part("county", _("按县（市、区）"), groups["county"], charts.bars(groups["county"])),
            _part("size", _("按企业规模"), groups["size"], charts.bars(groups["size"])),
            _part("days", _("从事实发生到到账的天数"), bands, charts.counts(bands)),
        ],
        "years": _years(),
        "csv": _address("policies:paid-totals-csv", wanted),
        "narrowed": _narrowed(wanted, known),
    }
    return render_page(request, f"{FOLDER}/paid.html", context)


def _part(key: str, title: str, groups: Sequence[Group], option: dict[str, Any]) -> dict[str, Any]:
    rows = [
        {
            "label": one.label,
            "count": one.count,
            "sum": words.yuan(one.fen, language()),
            "url": one.url,
        }
        for one in groups
    ]
    return {
        "key": key,
        "title": title,
        "rows": rows,
        "option": option,
        "links": {one.label: one.url for one in groups},
    }


def _years() -> list[str]:
    """The years in which something was paid (1 statement)."""
    first = PaidLine.objects.order_by("month").values_list("month", flat=True).first()
    this = timezone.localdate().year
    return [str(year) for year in range(this, (first.year if first else this) - 1, -1)]


def _address(name: str, wanted: Filter) -> str:
    url = reverse(name)
    return f"{url}?{wanted.query}" if wanted.query else url


def _narrowed(wanted: Filter, known: Labels) -> list[str]:
    """The filter in words."""
    found = []
    if wanted.year:
        found.append(_("%(year)s年") % {"year": wanted.year})
    for name in ("policy", "month", "county", "size", "days"):
        value = getattr(wanted, name)
        if value:
            found.append(known.of(name, value))
    if wanted.item:
        found.append(known.item(wanted.item))
    return found


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Who was paid what, newest first."""
    wanted = _wanted(request)
    looked = look(timezone.now())
    known = Labels(looked)
    rows = paid_lists.lines(wanted)
    after = _after(request.GET.get("after", ""))
    if after is not None:
        day, pk = after
        rows = rows.filter(paid_on__lte=day).exclude(paid_on=day, pk__gte=pk)
    page = list(rows.select_related("payout__party__file")[: PAGE + 1])
    codes = names.codes_of({one.payout.party_id for one in page})
    whole = paid_lists.lines(wanted).aggregate(n=Count("pk"), s=Sum("fen"))
    last = page[PAGE - 1] if len(page) > PAGE else None
    back = replace(wanted, policy="", item="", month="", county="", size="", days="")
    context = {
        "rows": [_line(one, codes, known) for one in page[:PAGE]],
        "count": whole["n"],
        "sum": words.yuan(whole["s"] or 0, language()),
        "narrowed": _narrowed(wanted, known),
        "next": f"{last.paid_on:%Y%m%d}-{last.pk}" if last else None,
        "first": wanted.url if after is not None else "",
        "csv": _address("policies:paid-list-csv", wanted),
        "back": _address("policies:paid", back),
        "query": wanted.query,
    }
    return render_page(request, f"{FOLDER}/paid_list.html", context, fragment="results")


def _after(text: str) -> tuple[date, int] | None:
    day, _dash, pk = text.partition("-")
    if not (pk.isascii() and pk.isdigit() and len(pk) < 18 and len(day) == 8):
        return None
    try:
        return date.fromisoformat(day), int(pk)
    except ValueError:
        return None


def _line(one: PaidLine, codes: Mapping[Any, str], known: Labels) -> dict[str, Any]:
    party: Party = one.payout.party
    return {
        "name": names.public_name(party),
        "code": names.public_code(party, codes.get(one.payout.party_id, "")),
        "item": known.item(one.item_key),
        "item_url": reverse("policies:item", args=[one.item_key]),
        "county": known.county(one.county),
        "sum": words.yuan(one.fen, language()),
        "on": one.paid_on,
        "simulated": party.simulated,
    }


@require_safe
def list_csv(request: HttpRequest) -> HttpResponseBase:
    """The list as a file, masked as the page is."""
    wanted = _wanted(request)
    DOWNLOADS.take_for(request)
    looked = look(timezone.now())
    known = Labels(looked)
    head = [
        *(_("编号"), _("企业"), _("统一社会信用代码"), _("政策"), _("文号"), _("事项")),
        *(_("县（市、区）"), _("规模"), _("金额（元）"), _("到账日期"), _("天数")),
    ]
    return csvs.answer(f"{_('兑现公开')}-{date_text(looked.today)}.csv", head, _rows(wanted, known))


def _rows(wanted: Filter, known: Labels) -> Iterator[Sequence[object]]:
    rows = paid_lists.lines(wanted).select_related("payout__party__file")[:MOST_ROWS]
    held: list[PaidLine] = []
    for one in rows.iterator(chunk_size=2_000):
        held.append(one)
        if len(held) == 2_000:
            yield from _cells(held, known)
            held = []
    yield from _cells(held, known)


def _cells(rows: Sequence[PaidLine], known: Labels) -> Iterator[Sequence[object]]:
    codes = names.codes_of({one.payout.party_id for one in rows})
    for one in rows:
        party = one.payout.party
        policy = known.policies.get(one.policy_key)
        yield (
            one.number,
            names.public_name(party),
            names.public_code(party, codes.get(one.payout.party_id, "")),
            known.of("policy", one.policy_key),
            policy.number if policy else "",
            known.item(one.item_key),
            known.county(one.county),
            known.of("size", one.size or UNKNOWN),
            f"{one.fen // 100}.{one.fen % 100:02d}",
            one.paid_on.isoformat(),
            "" if one.days is None else one.days,
        )


@require_safe
def totals_csv(request: HttpRequest) -> HttpResponseBase:
    """The sums of all groupings as a file."""
    wanted = _wanted(request)
    DOWNLOADS.take_for(request)
    looked = look(timezone.now())
    known = Labels(looked)
    found = paid_lists.totals(wanted)
    titles = {
        "policy": _("政策"),
        "month": _("月份"),
        "county": _("县（市、区）"),
        "size": _("规模"),
        "days": _("天数"),
    }
    groups = {**found.groups, "days": found.bands}
    rows = [
        (title, one.label, one.count, f"{one.fen // 100}.{one.fen % 100:02d}")
        for name, title in titles.items()
        for one in known.named(name, groups[name])
    ]
    head = [_("分组"), _("名称"), _("笔数"), _("金额（元）")]
    return csvs.answer(f"{_('兑现统计')}-{date_text(looked.today)}.csv", head, rows)
