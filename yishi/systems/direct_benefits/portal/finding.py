"""Finding policies, and a policy or an item in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yishi.foundation import revisions
from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.parts import Fact
from yishi.foundation.ui.rendering import render_page
from yishi.foundation.ui.timetext import date_text
from yishi.systems.direct_benefits.policies import facts as vocabulary
from yishi.systems.direct_benefits.policies.model import Notice, PayWithin
from yishi.systems.direct_benefits.portal import catalogue, labels, places, words
from yishi.systems.direct_benefits.portal.catalogue import Card, Entry, Shelf

FOLDER = "benefits/portal"
MOST_WORDS = 60
PAGE = 30


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter with its choices and what was chosen."""

    name: str
    label: str
    choices: Sequence[tuple[str, str]]
    chosen: str


@dataclass(frozen=True, slots=True)
class Looked:
    """What a page of policies needs: items, parameters in force, the day."""

    shelf: Shelf
    params: Mapping[str, Any]
    numbers: Mapping[str, int]
    today: date
    declared: vocabulary.Declared

    def card(self, entry: Entry) -> Card:
        """An item for a list."""
        return catalogue.card(entry, self.params)


def look(now: datetime) -> Looked:
    """Items and parameters (3 statements while the process's copies are true)."""
    numbers, today = revisions.numbers(), catalogue.today_of(now)
    declared = vocabulary.declared()
    return Looked(catalogue.shelf(numbers), declared.params_on(today), numbers, today, declared)


@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Search by words and labels; whatever the filters do not know counts as not chosen."""
    looked = look(timezone.now())
    text = request.GET.get("q", "").replace("\x00", "")[:MOST_WORDS].strip()
    filters = _filters(request, looked)
    chosen = {one.name: one.chosen for one in filters if one.chosen}
    found = [
        one
        for one in looked.shelf.entries.values()
        if catalogue.matches(one, text) and _fits(one, chosen, looked.today)
    ]
    found.sort(key=lambda one: catalogue.rank(one, text))
    start = _start(request.GET.get("after", ""), found)
    shown = found[start : start + PAGE]
    query = urlencode({k: v for k, v in {"q": text, **chosen}.items() if v})
    more = found[start + PAGE - 1].key if len(found) > start + PAGE else ""
    context = {
        "q": text,
        "filters": filters,
        "narrowed": any(one.chosen for one in filters if one.name != "valid")
        or chosen.get("valid", "now") != "now",
        "cards": [looked.card(one) for one in shown],
        "count": len(found),
        "next": _page_url(query, more) if more else "",
        "first": f"{reverse('policies:find')}?{query}" if start else "",
    }
    return render_page(request, f"{FOLDER}/find.html", context, fragment="results")


def _page_url(query: str, after: str) -> str:
    return f"{reverse('policies:find')}?{query}{'&' if query else ''}{urlencode({'after': after})}"


def _start(after: str, found: Sequence[Entry]) -> int:
    return next((n + 1 for n, one in enumerate(found) if one.key == after), 0)


def _filters(request: HttpRequest, looked: Looked) -> list[Choice]:
    entries = looked.shelf.entries.values()
    departments = sorted({one.department for one in entries})
    audiences = sorted({tag for one in entries for tag in one.item.audience})
    named = {
        "department": (_("部门"), [(one, one) for one in departments]),
        "mode": (_("兑现方式"), [(k, str(v)) for k, v in labels.MODES.items()]),
        "kind": (_("类别"), [(k, str(v)) for k, v in labels.KINDS.items()]),
        "audience": (_("对象"), [(one, one) for one in audiences]),
        "county": (_("县（市、区）"), list(places.counties(looked.numbers).items())),
        "valid": (
            _("时效"),
            [
                ("now", _("现在有效")),
                ("soon", _("即将到期")),
                ("later", _("即将生效")),
                ("over", _("已失效")),
            ],
        ),
    }
    found = []
    for name, (label, choices) in named.items():
        given = request.GET.get(name, "now" if name == "valid" else "")
        known = {value for value, _text in choices}
        found.append(Choice(name, label, choices, given if given in known else ""))
    return found


def _fits(entry: Entry, chosen: Mapping[str, str], today: date) -> bool:
    item, valid = entry.item, chosen.get("valid", "")
    standing = entry.standing(today)
    wanted = {
        "now": (catalogue.IN_FORCE, catalogue.SOON),
        "soon": (catalogue.SOON,),
        "later": (catalogue.UPCOMING,),
        "over": (catalogue.ENDED,),
    }.get(valid)
    return (
        (wanted is None or standing in wanted)
        and chosen.get("department", entry.department) == entry.department
        and chosen.get("mode", item.mode) == item.mode
        and chosen.get("kind", item.kind) == item.kind
        and ("audience" not in chosen or chosen["audience"] in item.audience)
        and ("county" not in chosen or places.reaches(item.region, chosen["county"]))
    )


@require_safe
def item(request: HttpRequest, key: str) -> HttpResponse:
    """One item: what it gives, what it asks, what to do, when and by what document."""
    looked = look(timezone.now())
    entry = entry_of(looked, key)
    card = looked.card(entry)
    context = {
        "card": card,
        "mode_text": labels.MODE_TEXTS.get(entry.item.mode, ""),
        "lines": condition_lines(entry, looked.params),
        "more_amount": amount_notes(entry),
        "facts": _facts(entry, looked),
        "standing": standing_mark(entry, looked.today),
    }
    return render_page(request, f"{FOLDER}/item.html", context)


def entry_of(looked: Looked, key: str) -> Entry:
    """The item, or a page that says that there is none."""
    entry = looked.shelf.entries.get(key)
    if entry is None:
        raise PageError(404, _("没有这个事项，可能已经停用。"), back=reverse("policies:find"))
    return entry


def condition_lines(entry: Entry, params: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The conditions in words, groups with their parts."""
    found = words.requirements(entry.engine.rule, params, catalogue.language())
    return [
        {"title": one} if isinstance(one, str) else {"title": f"{one[0]}：", "parts": one[1]}
        for one in found
    ]


def standing_mark(entry: Entry, today: date) -> tuple[str, str] | None:
    """How the item stands today, where that is worth a mark."""
    marks = {
        catalogue.SOON: (_("即将到期"), "warn"),
        catalogue.UPCOMING: (_("即将生效"), "active"),
        catalogue.ENDED: (_("已失效"), "neutral"),
    }
    return marks.get(entry.standing(today))


def amount_notes(entry: Entry) -> list[str]:
    """What limits the amount: caps, stacking, once only."""
    item, found = entry.item, []
    if item.caps.per_party:
        most = words.short_yuan(item.caps.per_party, catalogue.language())
        found.append(_("每家企业最高 %(most)s。") % {"most": most})
    if item.caps.per_item:
        total = words.short_yuan(item.caps.per_item, catalogue.language())
        found.append(_("全部企业合计最高 %(total)s，超出时按比例。") % {"total": total})
    if item.stack:
        texts = {
            "highest_less_paid": _("同类奖补从高不重复：已经得过的，补足差额。"),
            "exclusive": _("同类奖补只能享受一项。"),
            "sum": _("可以和同类奖补一起享受。"),
        }
        found += [texts[item.stack.rule]] if item.stack.rule in texts else []
    if item.once == "party_lifetime" or item.period == "once":
        found.append(_("每家企业只享受一次。"))
    return found


def _facts(entry: Entry, looked: Looked) -> list[Fact]:
    item, policy = entry.item, entry.policy
    document = reverse("policies:document", args=[policy.key])
    last = date_text(entry.ends_on) if entry.ends_on else _("长期")
    rows = [
        Fact(_("文件"), policy.title, hint=policy.number, url=document),
        Fact(_("条款"), item.clause or "—"),
        Fact(_("部门"), entry.department),
        Fact(_("对象"), "、".join(item.audience) or "—"),
        Fact(_("适用地区"), places.region_text(item.region, looked.numbers)),
        Fact(_("有效期"), f"{date_text(entry.first)} – {last}"),
        Fact(_("公示"), notice_text(item.notice)),
        Fact(_("拨付"), pay_text(item.pay_within)),
        Fact(_("规则版本"), _("第 %(n)d 版") % {"n": entry.number}),
    ]
    based = words.bases(entry.engine.rule)
    if based:
        rows.insert(2, Fact(_("依据"), "；".join(based)))
    return rows


def notice_text(notice: Notice | None) -> str:
    """How long the list is open to objections."""
    if notice is None or not notice.days:
        return _("不公示")
    unit = _("个工作日") if notice.unit == "wd" else _("天")
    inclusive = notice.mode == "INCLUSIVE"
    counted = _("（从公示当天算起）") if inclusive else _("（从公示次日算起）")
    return f"{notice.days} {unit}{counted}"


def pay_text(within: PayWithin | None) -> str:
    """By when the money is on the account."""
    if within is None:
        return "—"
    starts = {
        "finance_received": _("财政收到资金申请后"),
        "applied": _("收到申请后"),
        "notice_end": _("公示结束后"),
    }
    unit = _("个工作日") if within.unit == "wd" else _("天")
    return f"{starts.get(within.start, _('公示结束后'))} {within.days} {unit}"


@require_safe
def document(request: HttpRequest, key: str) -> HttpResponse:
    """A policy document: its items, its number, its text."""
    looked = look(timezone.now())
    policy = looked.shelf.policies.get(key)
    if policy is None:
        raise PageError(404, _("没有这份文件。"), back=reverse("policies:find"))
    ended = ""
    if policy.repealed_on and policy.repealed_on <= looked.today:
        ended = _("本文件已于 %(day)s 废止。") % {"day": date_text(policy.repealed_on)}
    elif policy.valid_to and policy.valid_to < looked.today:
        ended = _("本文件有效期已于 %(day)s 届满。") % {"day": date_text(policy.valid_to)}
    last = date_text(policy.valid_to) if policy.valid_to else _("长期")
    level = str(labels.LEVELS.get(policy.level, policy.level))
    context = {
        "policy": policy,
        "ended": ended,
        "cards": [looked.card(one) for one in looked.shelf.of_policy(key)],
        "facts": [
            Fact(_("文号"), policy.number),
            Fact(_("发文机关"), policy.issuer),
            Fact(_("层级"), level),
            Fact(_("有效期"), f"{date_text(policy.valid_from)} – {last}"),
        ],
        "clauses": [tuple(one) for one in policy.text],
    }
    return render_page(request, f"{FOLDER}/document.html", context)
