"""Which language the words of a page are in, apart from the city's own names and texts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from django.conf import settings

from yishi.foundation.access.models import User
from yishi.foundation.cases.models import Case, Trace
from yishi.foundation.places.models import Division, Landmark, Unit, Zone
from yishi.systems.city_events.models import Report

if TYPE_CHECKING:
    from playwright.sync_api import Page

#: The files of the city that the tests are about.
XIANGYANG = Path(settings.BASE_DIR) / "cities/xiangyang"

#: Words that are the same in Chinese.
SAME = frozenset(
    """yishi english api pdf csv gps qr id iso gb dgfw openapi json http https get post put key xy
    com example sql kpi verify jpg jpeg png cookie am pm kb mb wgs utf
    camera javascript wcag aa axe ktv cgcs gcj bd ofd excel xlsx webp app aed zip lift
    xml pain camt""".split()  # noqa: SIM905
)
_HAN = re.compile(r"[\u3400-\u9fff]+")
_LATIN = re.compile(r"[A-Za-z]{2,}")
#: All words that somebody sees or hears, one piece of text each.
_TEXTS = """() => {
  const unread = "script, style, noscript, code, [lang]:not(html)" +
    ", .code, .tracking-code, .track-url, .case-number";
  const out = new Set([document.title]);
  const walk = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const within = walk.currentNode.parentElement;
    if (!within.closest(unread))
      out.add(walk.currentNode.data.trim());
  }
  for (const node of document.querySelectorAll("body *"))
    for (const name of ["aria-label", "alt", "title", "placeholder"])
      if (node.hasAttribute(name) && !node.closest(unread))
        out.add(node.getAttribute(name));
  return [...out].filter(text => text);
}"""


def texts(page: Page) -> list[str]:
    """The page's texts, what is folded away included."""
    found: list[str] = page.evaluate(_TEXTS)
    return found


#: Limits are told in their official wording, rules by the number of their condition, and people's
#: contacts masked.
_WORDING = re.compile(
    r"\d+(紧急)?(工作)?(分钟|小时|时|日|天|个月)|第[一二三四五六七八九十]+条|.\*+ [\d*]+"
)


def _strings(data: object) -> set[str]:
    """All texts inside of JSON."""
    if isinstance(data, str):
        return {line.rstrip("。") for line in data.splitlines()}
    if isinstance(data, Mapping):
        data = data.values()
    if not isinstance(data, Iterable):
        return set()
    return {text for item in data for text in _strings(item)}


def case_texts() -> set[str]:
    """What people and rules wrote into cases: kept as written."""
    found = _strings(Report.objects.unscoped("the test").values_list("text", flat=True))
    cases = Case.objects.unscoped("the test")
    found |= _strings(cases.values_list("subject", "data"))
    traces = Trace.objects.unscoped("the test")
    found |= set(traces.values_list("note", flat=True))
    return found | _strings(
        json.loads(bytes(body)) for body in traces.values_list("body", flat=True)
    )


def city_texts() -> set[str]:
    """What the city wrote into its files, except labels for which it gave an English one."""
    found: set[str] = set()
    for path in sorted(XIANGYANG.rglob("*.yaml")):
        waiting = [yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)]
        while waiting:
            data = waiting.pop()
            if isinstance(data, dict):
                own = {key: value for key, value in data.items() if f"{key}_en" not in data}
                waiting += own.values()
            elif isinstance(data, list):
                waiting += data
            else:
                found |= _strings(data)
    return {text for text in found if len(text) > 1 and _HAN.search(text)}


@cache
def names() -> tuple[str, ...]:
    """The city's own words, longest first: names of places, units, accounts; texts of its files."""
    found = {"襄阳市", "一事", "北门旁"} | case_texts() | city_texts()
    for model in (Division, Zone, Landmark, Unit):
        found |= set(model.objects.values_list("name", flat=True))
    found |= set(User.objects.values_list("display_name", flat=True))
    return tuple(sorted((name for name in found if name), key=len, reverse=True))


def left_in_chinese(page: Page) -> list[str]:
    """Texts of an English page that hold Chinese which is no name."""
    found = texts(page)
    whole = "\n".join(found)
    known = [name for name in names() if name in whole]  # few of very many
    without = partial(_without, known)
    return [text for text in found if _HAN.search(without(_WORDING.sub("", without(text))))]


def _without(known: Iterable[str], text: str) -> str:
    for name in known:
        if not _HAN.search(text):
            break
        text = text.replace(name, "")
    return text


def left_in_english(page: Page) -> list[str]:
    """Texts of a Chinese page that hold English words, other than names of accounts."""
    accounts = set(User.objects.values_list("username", flat=True))
    return [
        text
        for text in texts(page)
        if text not in accounts and any(word.lower() not in SAME for word in _LATIN.findall(text))
    ]
