"""Drawn pictures that say that they are simulated."""

from __future__ import annotations

import io
from datetime import datetime
from random import Random
from typing import Any

PICTURES = 6


def make_photos(now: datetime) -> list[Any]:
    """A few drawn pictures that say 模拟, stored like uploads; returns their ids."""
    from django.core.files.uploadedfile import SimpleUploadedFile
    from PIL import Image, ImageDraw

    from yishi.foundation.papers.uploads import save_upload

    ids = []
    for number in range(PICTURES):
        rng = Random(number)
        image = Image.new("RGB", (960, 720), tuple(rng.randrange(150, 220) for _ in range(3)))
        draw = ImageDraw.Draw(image)
        draw.rectangle((0, 470, 960, 720), fill=(120, 122, 126))
        for _ in range(14):
            x, y, size = rng.randrange(900), rng.randrange(380, 660), rng.randrange(20, 110)
            colour = tuple(rng.randrange(60, 230) for _ in range(3))
            draw.ellipse((x, y, x + size, y + size * 0.7), fill=colour)
        draw.rectangle((0, 0, 960, 60), fill=(20, 60, 90))
        draw.text((24, 16), f"SIMULATED  {number + 1}", fill="white", font_size=30)
        data = io.BytesIO()
        image.save(data, "JPEG", quality=85)
        upload = SimpleUploadedFile(f"simulated-{number}.jpg", data.getvalue(), "image/jpeg")
        ids.append(save_upload(upload, actor_ref="simulator", now=now, photos_only=True).id)
    return ids
