"""Only the needed files of the npm packages are served, from a lock file without addresses."""

from __future__ import annotations

from pathlib import Path

import pytest

from yishi.foundation.ui import assets


def _modules(root: Path) -> None:
    for source in assets.FILES:
        path = root / "node_modules" / source
        if path.suffix or path.name.isupper():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("body{}\n/*# sourceMappingURL=x.css.map */\n")
        else:
            path.mkdir(parents=True)
    (root / "package-lock.json").write_text('{"packages": {"node_modules/a": {"version": "1.0"}}}')


def test_the_lock_file_holds_hashes_and_no_addresses() -> None:
    text = (assets.ROOT / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in text
    assert text.count('"integrity"') == len(assets.locked_versions())


def test_collected_files_are_current_until_the_lock_changes(tmp_path: Path) -> None:
    _modules(tmp_path)
    vendor = tmp_path / "vendor"
    assert not assets.is_current(tmp_path, vendor)
    files = assets.collect(tmp_path, vendor)
    assert assets.is_current(tmp_path, vendor)
    assert all(b"sourceMapping" not in f.read_bytes() for f in files if f.suffix in {".js", ".css"})
    lock = tmp_path / "package-lock.json"
    lock.write_text(lock.read_text().replace("1.0", "1.1"))
    assert not assets.is_current(tmp_path, vendor)


def test_missing_packages_are_named_with_the_way_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(assets.AssetsMissing, match=r"bootstrap.*npm ci"):
        assets.collect(tmp_path, tmp_path / "vendor")
