"""The catalogue as plain content, and content as files of the city's folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from yishi.foundation.approvals.catalogue.conditions import plain_when
from yishi.foundation.approvals.catalogue.model import FieldSpec, Item, Material, Wanted

HEAD = "# 示意：时限、材料与承诺为示意，以实际公布的实施清单为准。\n"


def _kept(values: Mapping[str, Any]) -> dict[str, Any]:
    """*values* without what was not said."""
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}


def field_content(one: FieldSpec) -> dict[str, Any]:
    """A field as files write it, with key and file. Choices are pairs: stored mappings lose their
    order."""
    source = {"from": one.source.holder, "as": one.source.named} if one.source else None
    return _kept(
        {
            "key": one.key,
            "label": one.label,
            "type": one.type,
            "section": one.section,
            "hint": one.hint,
            "choices": [list(pair) for pair in one.choices],
            "source": source,
            "personal": one.personal or None,
            "max": one.most,
            "file": one.file,
        }
    )


def material_content(one: Material) -> dict[str, Any]:
    """A material as files write it, with key and file."""
    return _kept(
        {
            "key": one.key,
            "name": one.name,
            "kind": one.kind,
            "issuer": one.issuer,
            "shared": one.shared,
            "aliases": list(one.aliases),
            "file": one.file,
        }
    )


def item_content(one: Item) -> dict[str, Any]:
    """An item as files write it, with department and file."""
    result = {"name": one.result.name, "kind": one.result.kind, "months": one.result.months}
    return _kept(
        {
            "key": one.key,
            "name": one.name,
            "department": one.department,
            "kind": one.kind,
            "function": one.function,
            "level": one.level,
            "audience": list(one.audience),
            "basis": one.basis,
            "legal": one.legal,
            "promise": one.promise,
            "handling": one.handling,
            "channels": list(one.channels),
            "visits": one.visits,
            "fee": one.fee,
            "result": _kept(result),
            "special": list(one.special),
            "conditions": list(one.conditions),
            "fields": list(one.fields),
            "materials": [_wanted(wanted) for wanted in one.materials],
            "distinct_from": list(one.distinct_from),
            **one.extra,
            "file": one.file,
        }
    )


def _wanted(one: Wanted) -> dict[str, Any]:
    return _kept(
        {
            "material": one.material,
            "as": one.named,
            "holder": one.holder,
            "form": one.form,
            "copies": one.copies,
            "required": one.required,
            "deferrable": one.deferrable or None,
            "when": plain_when(one.when),
        }
    )


def write_files(content: Mapping[str, Any], folder: Path) -> None:
    """Write each entry into the file that it came from; *folder* is the general one."""
    files: dict[str, dict[str, Any]] = {}
    for what in ("fields", "materials"):
        for entry in content.get(what, ()):
            own = {name: value for name, value in entry.items() if name not in ("key", "file")}
            if "choices" in own:
                own["choices"] = dict(own["choices"])
            files.setdefault(entry["file"], {what: {}})[what][entry["key"]] = own
    for entry in content.get("items", ()):
        own = {name: value for name, value in entry.items() if name not in ("department", "file")}
        tree = files.setdefault(entry["file"], {"department": entry["department"], "items": []})
        tree["items"].append(own)
    for name, tree in files.items():
        first, _, rest = name.partition("/")
        path = folder / rest if first == "services" else folder.parent / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = yaml.safe_dump(tree, allow_unicode=True, sort_keys=False, width=1_000)
        path.write_text(HEAD + text, encoding="utf-8", newline="\n")
