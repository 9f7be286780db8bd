"""Pictures that strangers send: decoded under limits, turned upright, written anew bare."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from yishi.foundation.revisions.errors import FieldError

LARGEST_PIXELS = 50_000_000
LONGEST_EDGE = 2560
THUMBNAIL_EDGE = 320
FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
_QUALITY = 85


@dataclass(frozen=True, slots=True)
class Picture:
    """A re-encoded picture: bytes and size in pixels, and a JPEG thumbnail of it."""

    data: bytes
    media_type: str
    width: int
    height: int
    thumbnail: bytes


def clean_picture(field: str, data: bytes) -> Picture:
    """Decode *data* (JPEG, PNG, WebP) and encode it anew.

    EXIF orientation is applied, every other metadata (place, camera, comments, profiles, trailing
    bytes) is gone, the longest edge is at most 2560 pixels; of an animation the first frame stays.
    Raises :class:`FieldError` naming *field* for anything that is no whole picture of these formats
    or has more than 50 million pixels.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _encode(_decode(field, data))
    except FieldError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise FieldError(field, "图片像素过多", "too_many_pixels") from error
    except Exception as error:
        # Decoders of untrusted bytes raise whatever their format's parser meets; all of it is
        # the sender's mistake, and none of it may become a server error.
        raise FieldError(field, "图片已损坏，无法读取", "broken_image") from error


def _decode(field: str, data: bytes) -> Image.Image:
    try:
        opened = Image.open(io.BytesIO(data), formats=tuple(FORMATS))
    except UnidentifiedImageError as error:
        raise FieldError(field, "仅支持 JPEG、PNG、WebP 格式的图片", "image_format") from error
    width, height = opened.size
    if width * height > LARGEST_PIXELS:
        raise FieldError(field, "图片像素过多", "too_many_pixels")
    if opened.format == "JPEG":
        opened.draft("RGB", (LONGEST_EDGE, LONGEST_EDGE))
    opened.load()
    upright = ImageOps.exif_transpose(opened)
    upright.thumbnail((LONGEST_EDGE, LONGEST_EDGE), Image.Resampling.LANCZOS)
    upright.format = opened.format
    return upright


def _encode(picture: Image.Image) -> Picture:
    name = picture.format or "JPEG"
    transparent = picture.has_transparency_data and name != "JPEG"
    pixels = picture.convert("RGBA" if transparent else "RGB")
    # A new image carries pixels only: nothing of the old one's info can be written along.
    fresh = Image.frombytes(pixels.mode, pixels.size, pixels.tobytes())
    out = io.BytesIO()
    if name == "PNG":
        fresh.save(out, "PNG")
    else:
        fresh.save(out, name, quality=_QUALITY)
    return Picture(out.getvalue(), FORMATS[name], fresh.width, fresh.height, _thumbnail(fresh))


def _thumbnail(picture: Image.Image) -> bytes:
    small = picture.copy()
    small.thumbnail((THUMBNAIL_EDGE, THUMBNAIL_EDGE), Image.Resampling.LANCZOS)
    if small.mode == "RGBA":
        ground = Image.new("RGB", small.size, "white")
        ground.paste(small, mask=small.getchannel("A"))
        small = ground
    out = io.BytesIO()
    small.save(out, "JPEG", quality=75)
    return out.getvalue()
