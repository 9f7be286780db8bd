"""Collects what the pages need of the npm packages into ``static/vendor``, which git ignores."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
VENDOR = Path(__file__).resolve().parent / "static" / "vendor"
FILES: dict[str, str] = {
    "bootstrap/dist/css/bootstrap.min.css": "bootstrap/bootstrap.min.css",
    "bootstrap/LICENSE": "bootstrap/LICENSE",
    "echarts/dist/echarts.min.js": "echarts/echarts.min.js",
    "echarts/LICENSE": "echarts/LICENSE",
    "echarts/NOTICE": "echarts/NOTICE",
    "htmx.org/dist/htmx.min.js": "htmx/htmx.min.js",
    "htmx.org/LICENSE": "htmx/LICENSE",
    "leaflet/dist/leaflet.js": "leaflet/leaflet.js",
    "leaflet/dist/leaflet.css": "leaflet/leaflet.css",
    "leaflet/dist/images": "leaflet/images",
    "leaflet/LICENSE": "leaflet/LICENSE",
}
STAMP = "versions.json"
_SOURCE_MAP = re.compile(rb"\n?(?://[#@] sourceMappingURL=\S*|/\*# sourceMappingURL=\S* \*/)\s*$")


class AssetsMissing(Exception):
    """The npm packages are not installed; the message says which command installs them."""


def locked_versions(root: Path = ROOT) -> dict[str, str]:
    """Package → version of the lock file."""
    lock = json.loads((root / "package-lock.json").read_text(encoding="utf-8"))
    prefix = "node_modules/"
    return {
        name.removeprefix(prefix): str(entry["version"])
        for name, entry in lock["packages"].items()
        if name.startswith(prefix)
    }


def is_current(root: Path = ROOT, vendor: Path = VENDOR) -> bool:
    """Whether *vendor* holds what the lock file names."""
    stamp = vendor / STAMP
    if not stamp.is_file() or not all((vendor / target).exists() for target in FILES.values()):
        return False
    known: object = json.loads(stamp.read_text(encoding="utf-8"))
    return known == locked_versions(root)


def collect(root: Path = ROOT, vendor: Path = VENDOR) -> list[Path]:
    """Copy the needed files (without references to source maps) and return where they are.

    Raises `AssetsMissing` where ``node_modules`` lacks one of them.
    """
    modules = root / "node_modules"
    missing = [source for source in FILES if not (modules / source).exists()]
    if missing:
        raise AssetsMissing(f"not in node_modules: {', '.join(missing)}; run `npm ci` first")
    shutil.rmtree(vendor, ignore_errors=True)
    for source, target in FILES.items():
        _copy(modules / source, vendor / target)
    stamp = json.dumps(locked_versions(root), indent=2, sort_keys=True)
    (vendor / STAMP).write_text(stamp + "\n", encoding="utf-8")
    return sorted(vendor / target for target in FILES.values())


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    elif source.suffix in {".js", ".css"}:
        target.write_bytes(_SOURCE_MAP.sub(b"\n", source.read_bytes()))
    else:
        shutil.copyfile(source, target)
