"""Places a name may begin with, and legal forms that it may end with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from yishi.foundation.credit.names.folding import DATA, fold

_SUFFIXES = (
    "特别行政区", "自治区", "自治州", "自治县", "自治旗", "新区", "地区", "林区", "特区",
    "省", "市", "盟", "县", "区", "旗",
)  # fmt: skip
_PEOPLES = re.compile(
    r"(?:蒙古|回|藏|维吾尔|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|拉祜|水|东乡|纳西"
    r"|景颇|柯尔克孜|土|达斡尔|仫佬|羌|布朗|撒拉|毛南|仡佬|锡伯|普米|塔吉克|怒|裕固|保安|独龙|鄂温克|各)族|蒙古$|各族$"
)

#: Writings of one legal form, the first is the one it is compared as.
_FORMS = (
    ("有限公司", "有限责任公司", "有限责任", "有限"),
    ("股份有限公司", "股份公司", "股份"),
    ("集团有限公司", "集团有限责任公司", "集团股份有限公司", "集团公司", "集团"),
    ("公司", "总公司"),
    ("合伙企业", "合伙企业(有限合伙)", "合伙企业(普通合伙)",
     "(有限合伙)", "(普通合伙)", "(特殊普通合伙)"),
    ("事务所", "事务所(普通合伙)", "事务所(特殊普通合伙)"),
    ("独资企业", "个人独资企业", "(个人独资)"),
    ("合作社", "农民专业合作社", "专业合作社", "合作联社", "农民专业合作社联合社"),
    ("经营部", "经销部", "门市部", "营业部"),
    ("商行", "商店", "商铺"),
    ("工作室",), ("中心",), ("基金会",), ("协会",), ("学会",), ("商会",), ("研究院",), ("研究所",),
    ("委员会",), ("家庭农场",), ("厂",), ("店",),
)  # fmt: skip
_BRANCHES = ("分公司", "分店", "分行", "分部", "支行", "支公司", "分所", "办事处", "代表处")
_LATIN_GROUPS = (
    "ltd limited co company pte pty pvt sdn bhd ooo", "inc incorporated corp corporation", "llc",
    "llp lp", "plc", "gmbh", "ag", "kg", "sa sas spa", "sarl srl", "bv", "nv",
    "ab", "oy", "as", "kk",
)  # fmt: skip
_LATIN = {word: group.split()[0] for group in _LATIN_GROUPS for word in group.split()}


@dataclass(frozen=True, slots=True)
class Place:
    """A place by the name it is compared by, and the codes of what bears that name: two digits for
    a province, four for a prefecture, ``4206x`` for a county of one, none for the country."""

    stem: str
    codes: frozenset[str]


def _stem(name: str) -> str:
    """``襄阳市`` → ``襄阳``; a place of a single character keeps its suffix."""
    if name == "内蒙古自治区":
        return "内蒙古"
    for suffix in _SUFFIXES:
        if name.endswith(suffix):
            short = name.removesuffix(suffix)
            if len(suffix) == 3 and (bare := _PEOPLES.sub("", short)):
                short = bare
            if len(short) > 1:
                return short
    return name


@lru_cache(maxsize=1)
def places() -> dict[str, Place]:
    """Every writing of every place."""
    codes: dict[str, set[str]] = {"中国": {""}}
    stems: dict[str, str] = {"中国": "中国"}
    for line in (DATA / "places.txt").read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        code, *names = line.split()
        for name in map(fold, names):
            for writing in (name, stem := _stem(name)):
                stems[writing] = stem
                codes.setdefault(writing, set()).add(code)
    return {name: Place(stem, frozenset(codes[name])) for name, stem in stems.items()}


def _within(inner: frozenset[str], outer: frozenset[str]) -> bool:
    """Whether one of the *inner* places lies in one of the *outer* ones."""
    return any(one != other and one.startswith(other) for one in inner for other in outer)


@lru_cache(maxsize=1)
def _sizes() -> dict[str, list[int]]:
    """By their first two characters, how long places are, the longest first."""
    found: dict[str, set[int]] = {}
    for name in places():
        found.setdefault(name[:2], set()).add(len(name))
    return {head: sorted(sizes, reverse=True) for head, sizes in found.items()}


def take_places(text: str, leave: int) -> tuple[list[str], str]:
    """The places at the beginning of *text*, each within the one before, and what is left: at least
    *leave* characters."""
    known, sizes = places(), _sizes()
    taken: list[str] = []
    around: frozenset[str] | None = None
    at, end = 0, len(text) - leave
    while sizes_here := sizes.get(text[at : at + 2]):
        for size in sizes_here:
            place = known.get(text[at : at + size]) if at + size <= end else None
            if place and (around is None or _within(place.codes, around)):
                around = place.codes
                taken.append(place.stem)
                at += size
                break
        else:
            break
    return taken, text[at:]


@lru_cache(maxsize=1)
def forms() -> dict[str, str]:
    """Every writing of every legal form and what it is compared as."""
    return {writing: group[0] for group in _FORMS for writing in group}


@lru_cache(maxsize=1)
def _by_last() -> dict[str, list[str]]:
    ends: dict[str, list[str]] = {}
    for writing in sorted((*forms(), *_BRANCHES), key=len, reverse=True):
        ends.setdefault(writing[-1], []).append(writing)
    return ends


def take_form(text: str, leave: int) -> tuple[str, str]:
    """What is left of *text* without its legal form, and the form ('' if there is none)."""
    for writing in _by_last().get(text[-1:], ()):
        if len(text) - len(writing) >= leave and text.endswith(writing):
            return text[: -len(writing)], forms().get(writing, writing)
    return text, ""


def is_branch(form: str) -> bool:
    """Whether *form* says that this is a part of another organisation."""
    return form in _BRANCHES


def take_latin_form(words: list[str]) -> tuple[list[str], str]:
    """The same for names in letters, wherever the form stands; at least one word is left."""
    found = [word for word in words if word in _LATIN]
    left = [word for word in words if word not in _LATIN]
    return (left, _LATIN[found[0]]) if left and found else (words, "")
