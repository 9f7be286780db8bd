"""The texts of the pages and their English: taken up, compiled, checked. Needs Babel, no msgfmt."""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[3]
LOCALE = ROOT / "yishi" / "locale"
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
}
_PLACEHOLDER = re.compile(r"%\((\w+)\)[\d.+-]*[sdf]|\{(\w*)\}")
_DATED = re.compile(r'^"(?:POT-Creation-Date|PO-Revision-Date|Generated-By): .*\n', re.MULTILINE)
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
# These show the same whatever the language: the switch names each language in itself.
SAME = frozenset({"English", "简体中文"})


@dataclass(frozen=True, slots=True)
class Gap:
    """A text whose English is missing or wrong."""

    text: str
    problem: str


def extracted(root: Path = ROOT) -> Catalog:
    """Every text that the code and the templates under *root* mark for translation."""
    with (root / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    found = Catalog(project="Yishi", charset="utf-8")
    for filename, line, text, comments, context in extract_from_dir(
        root,
        methods,
        options,
        keywords=KEYWORDS,
        strip_comment_tags=True,
    ):
        if "/tests/" not in filename and text:
            found.add(text, None, [(filename, line)], auto_comments=comments, context=context)
    return found


def po_file(language: str = "en", locale: Path = LOCALE) -> Path:
    """Where the translation into *language* stands."""
    return locale / language / "LC_MESSAGES" / "django.po"


def read(language: str = "en", locale: Path = LOCALE) -> Catalog:
    """The translation as it stands; empty where there is none."""
    path = po_file(language, locale)
    if not path.is_file():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def take_up(language: str = "en", locale: Path = LOCALE, root: Path = ROOT) -> Catalog:
    """Bring the translation file up to date: new texts empty, unused ones dropped, none guessed.

    Neither places nor dates are written, so that the file changes only when a text does.
    """
    known, found = read(language, locale), extracted(root)
    fresh = Catalog(locale=language, project="Yishi", charset="utf-8", fuzzy=False)
    fresh.header_comment = "# Yishi (一事): the pages' texts. The msgid is Chinese."
    for message in found:
        if message.id:
            before = known.get(message.id, message.context)
            string = before.string if before and type(before.id) is type(message.id) else None
            fresh.add(message.id, string, context=message.context)
    path = po_file(language, locale)
    path.parent.mkdir(parents=True, exist_ok=True)
    buffer = BytesIO()
    write_po(buffer, fresh, width=0, sort_output=True, no_location=True)
    path.write_text(_DATED.sub("", buffer.getvalue().decode()), encoding="utf-8")
    return fresh


def compile_all(locale: Path = LOCALE) -> list[Path]:
    """Write the ``.mo`` beside each ``.po`` under *locale* and return them."""
    made = []
    for path in sorted(locale.glob("*/LC_MESSAGES/django.po")):
        target = path.with_suffix(".mo")
        with target.open("wb") as file:
            write_mo(file, read(path.parts[-3], locale))
        made.append(target)
    return made


def gaps(found: Catalog, translated: Catalog) -> list[Gap]:
    """The texts of *found* that *translated* lacks, leaves in Chinese or gets wrong."""
    listed = []
    for message in found:
        if not message.id:
            continue
        problem = _problem(message, translated.get(message.id, message.context))
        if problem:
            listed.append(Gap(_first(message.id), problem))
    return sorted(listed, key=lambda gap: gap.text)


def _first(value: object) -> str:
    return str(value[0]) if isinstance(value, list | tuple) else str(value or "")


def _problem(message: Message, translation: Message | None) -> str:
    """What is wrong with *translation* of *message*; empty when nothing is."""
    text = _first(message.id)
    if text in SAME or not _CHINESE.search(text):
        return ""
    english = _first(translation.string) if translation else ""
    if not english:
        return "no English"
    if translation and translation.fuzzy:
        return "marked fuzzy"
    if _CHINESE.search(english.replace("一事", "").replace("关怀版", "")):
        return f"still Chinese: {english}"
    if _placeholders(text) != _placeholders(english):
        return f"other placeholders: {english}"
    return ""


def _placeholders(text: str) -> set[str]:
    return {found[1] or found[2] or "" for found in _PLACEHOLDER.finditer(text)}
