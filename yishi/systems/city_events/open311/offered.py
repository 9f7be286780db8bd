"""The public types of the catalogue as services, and what each of them asks for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from yishi.foundation.ui.open311 import Attribute, Service
from yishi.systems.city_events.catalogue import EventType
from yishi.systems.city_events.context import City, catalogue_version

#: Codes of the attributes.
STANDARD, OBJECT, SECRET, FOREIGN_ID, LIMITS = (
    "standard",
    "object_ref",
    "secret",
    "fixmystreet_id",
    "limits",
)


def code_of(key: str) -> str:
    """``event/01/10`` as a service code: slashes would be steps of an address."""
    return key.replace("/", "-")


@lru_cache(maxsize=8)
def public_types(version: int) -> Mapping[str, EventType]:
    """The public types of a version of the catalogue by their service code."""
    types = catalogue_version(version).types
    return {code_of(kind.key): kind for kind in types if kind.public}


@lru_cache(maxsize=8)
def services_of(version: int) -> tuple[Service, ...]:
    """The services of a version of the catalogue."""
    return tuple(
        Service(
            code=code,
            name=kind.name,
            description=kind.summary,
            group=kind.main_name,
            keywords=tuple(dict.fromkeys((*kind.aliases, *kind.keywords))),
            attributes=_attributes(kind),
        )
        for code, kind in public_types(version).items()
    )


def effective_types(registers: City, now: object) -> tuple[int, Mapping[str, EventType]]:
    """Id and public types of the catalogue in force; (0, none) before one was loaded."""
    try:
        version = registers.effective.at(now)  # type: ignore[arg-type]
    except LookupError:
        return 0, {}
    return version, public_types(version)


def _attributes(kind: EventType) -> tuple[Attribute, ...]:
    asked = [
        Attribute(
            STANDARD,
            "singlevaluelist",
            "具体情况",
            values=[(standard.code, standard.filing) for standard in kind.standards],
            hint="拿不准可以不选，由受理员判断",
        )
    ]
    if kind.owner_first or (kind.merge is not None and kind.merge.by_object):
        asked.append(Attribute(OBJECT, "string", "设施编号，如灯杆号、电梯号", hint="最多64个字"))
    asked += [
        Attribute(
            SECRET,
            "singlevaluelist",
            "对处置单位保密上报人身份",
            values=[("0", "不需要"), ("1", "需要")],
            hint="需要保密的不公开发布，凭查询码查询",
        ),
        Attribute(
            FOREIGN_ID,
            "string",
            "来源系统的编号，重复发送不会重复立案",
            automated="server_set",
            hint="由程序填写，最多80个字",
        ),
        Attribute(LIMITS, "string", _limits(kind), variable=False),
    ]
    return tuple(asked)


def _limits(kind: EventType) -> str:
    """What everybody may expect; a limit that is only an example says so."""
    said = (
        f"{standard.filing}：{standard.wording}{'（示意）' if standard.illustrative else ''}"
        for standard in kind.standards
    )
    return "处置时限 " + "；".join(said)
