"""Small books of items for tests."""

from __future__ import annotations

from collections.abc import Iterable

from yishi.foundation.approvals.catalogue.conditions import When
from yishi.foundation.approvals.catalogue.model import (
    Book,
    FieldSpec,
    Item,
    Material,
    Result,
    Source,
    Wanted,
)


def item(
    key: str,
    *,
    fields: Iterable[str] = ("applicant_name",),
    papers: Iterable[Wanted] = (),
    promise: str = "5工作日",
    legal: str = "20工作日",
    kind: str = "01",
    handling: str = "promised",
    visits: int = 1,
    function: str = "market_supervision",
) -> Item:
    """An item with what a test needs."""
    return Item(
        key=key,
        name=f"事项{key}",
        department="市场监督管理",
        kind=kind,
        function=function,
        level="county",
        audience=("enterprise",),
        basis="示意",
        legal=legal,
        promise=promise,
        handling=handling,
        channels=("window", "web"),
        visits=visits,
        fee="none",
        result=Result(f"{key}证", "licence", 60),
        fields=tuple(fields),
        materials=tuple(papers),
    )


def wanted(
    material: str,
    holder: str = "applicant",
    *,
    named: str = "",
    form: str = "copy",
    copies: int = 1,
    deferrable: bool = False,
    when: When = (),
) -> Wanted:
    """A paper that an item asks for."""
    return Wanted(material, named or material, holder, form, copies, True, deferrable, when)


def book(*items: Item, shared: Iterable[str] = ()) -> Book:
    """A book of *items* with all the fields and materials that they name."""
    fields = {
        key: FieldSpec(
            key,
            f"字段{key}",
            "text",
            source=Source("party", key) if key == "applicant_name" else None,
        )
        for one in items
        for key in one.fields
    }
    materials = {
        w.material: Material(
            w.material, f"材料{w.material}", "certificate", shared=w.material in shared
        )
        for one in items
        for w in one.materials
    }
    return Book(fields, materials, {one.key: one for one in items})
