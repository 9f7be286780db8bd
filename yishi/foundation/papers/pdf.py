"""Documents as PDF, set by typst with the Noto SC fonts of the installation.

A template is named ``<app label>/<document>`` and lies in ``documents/<document>.typ`` of that
app. It reads its data with ``json(bytes(sys.inputs.data))``: data is never spliced into the
template's source, so no text can become markup or code. Templates see no file but ``/frame.typ``
(what numbered documents share) and the pictures given to :func:`render`, as ``/0.jpg`` ….
"""

from __future__ import annotations

import io
import json
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import segno
import typst
from django.apps import apps
from PIL import Image, ImageOps
from pylopdf_fonts_zh_cn import sans_path

Standard = Literal["a-2b"]
ARCHIVAL: Standard = "a-2b"
_TEMPLATE = re.compile(r"([a-z_]{1,40})/([a-z0-9_]{1,60})")
_PRINT_EDGE = 1100
_FRAME = Path(__file__).parent / "documents" / "frame.typ"


class DocumentError(RuntimeError):
    """A template is missing or does not compile with its data (a mistake in the template)."""


def render(template: str, data: Mapping[str, Any], *, photos: Sequence[Path] = ()) -> bytes:
    """Return *template* filled with *data* (JSON values) as PDF/A-2b.

    *photos* are stored pictures (``open_attachment(…).path``), printed at most 1,100 pixels wide;
    ``data["photo_count"]`` tells the template how many could be read, ``photo_places`` which ones
    (the picture ``/3.jpg`` is ``photos[photo_places[3]]``). Text with characters that no
    font of the installation has is set in a plain PDF, as PDF/A forbids missing glyphs. Raises
    :class:`DocumentError`.
    """
    source = template_path(template)
    with tempfile.TemporaryDirectory(prefix="yishi-pdf-") as folder:
        places = _place_photos(photos, Path(folder))
        main = shutil.copyfile(source, Path(folder) / "main.typ")
        shutil.copyfile(_FRAME, Path(folder) / "frame.typ")
        told = {"photo_count": len(places), "photo_places": places}
        inputs = {"data": _as_json({**data, **told})}
        try:
            return _compile(str(main), folder, inputs, ARCHIVAL)
        except typst.TypstError:
            pass
        try:
            return _compile(str(main), folder, inputs, None)
        except typst.TypstError as error:
            raise DocumentError(f"{template}: {error.message}") from error


def template_path(template: str) -> Path:
    """Return the file of a template. Raises :class:`DocumentError`."""
    named = _TEMPLATE.fullmatch(template)
    if named is None or named[1] not in apps.app_configs:
        raise DocumentError(f"no document template {template!r}")
    path = Path(apps.get_app_config(named[1]).path) / "documents" / f"{named[2]}.typ"
    if not path.is_file():
        raise DocumentError(f"no document template {template!r}")
    return path


def qr_svg(text: str) -> str:
    """Return *text* as a QR code (ISO/IEC 18004, level M) in SVG, for a template's data."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="svg", scale=4, border=2)
    return out.getvalue().decode()


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=True,
        font_paths=[str(sans_path().parent)],
    )


def _compile(main: str, folder: str, inputs: dict[str, str], standard: Standard | None) -> bytes:
    return typst.compile(
        main,
        root=folder,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs=inputs,
        pdf_standards=standard,
    )


def _as_json(data: Mapping[str, Any]) -> str:
    """Return *data* as JSON without what no document can show: control characters, surrogates."""
    return json.dumps(_printable(data), ensure_ascii=False)


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return "".join(c for c in value if c == "\n" or unicodedata.category(c) not in _UNSEEN)
    if isinstance(value, Mapping):
        return {str(key): _printable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_printable(item) for item in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return _printable(str(value))


_UNSEEN = frozenset({"Cc", "Cs", "Co", "Cn", "Cf"})


def _place_photos(photos: Sequence[Path], folder: Path) -> list[int]:
    """Write *photos* for printing into *folder*, leave out what is gone or broken, and return
    which ones were written."""
    placed: list[int] = []
    for index, path in enumerate(photos):
        try:
            with Image.open(path, formats=("JPEG", "PNG", "WEBP")) as picture:
                small = ImageOps.exif_transpose(picture).convert("RGB")
        except (OSError, ValueError):
            continue
        small.thumbnail((_PRINT_EDGE, _PRINT_EDGE))
        small.save(folder / f"{len(placed)}.jpg", "JPEG", quality=80)
        placed.append(index)
    return placed
