"""What every page knows: the city, the reader's choices, where it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language, gettext

LARGE_COOKIE = "yishi_large"


@dataclass(frozen=True, slots=True)
class Page:
    """The frame of a page; ``path`` is where the switches lead back to."""

    city: str
    demo: bool
    training: bool
    large: bool
    language: str
    path: str

    @property
    def chinese(self) -> bool:
        return self.language.startswith("zh")


@lru_cache(maxsize=4)
def city_names(folder: Path) -> tuple[str, str]:
    """The city's name in Chinese and English, from ``city.yaml``; empty where there is none."""
    try:
        with (folder / "city.yaml").open(encoding="utf-8") as file:
            city = yaml.safe_load(file)
    except (OSError, yaml.YAMLError):
        return "", ""
    city = city if isinstance(city, dict) else {}
    name = str(city.get("name", ""))
    return name, str(city.get("name_en") or name)


def ui(request: HttpRequest) -> dict[str, object]:
    """Template context ``ui``, see `Page`. No SQL."""
    language = get_language() or settings.LANGUAGE_CODE
    chinese, english = city_names(Path(settings.CITY_DIR))
    page = Page(
        city=(chinese if language.startswith("zh") else english) or gettext("示范城市"),
        demo=bool(settings.DEMO),
        training=bool(settings.TRAINING),
        large=request.COOKIES.get(LARGE_COOKIE) == "1",
        language=language,
        path=request.get_full_path() if request.method in {"GET", "HEAD"} else request.path,
    )
    return {"ui": page}
