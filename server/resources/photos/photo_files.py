"""Make a picture anew from what was sent: none of its bytes, and so no metadata, is ever handed out. Pure."""

import io
import warnings
from typing import NamedTuple

from PIL import Image, ImageOps

LARGEST = 10 * 1024 * 1024  # bytes; what a telephone takes has three to eight
MOST_PIXELS = 50_000_000  # decoded, 150 MB
LARGE, SMALL = (1600, 1200), (480, 360)  # pixels, at most
FORMATS = ("JPEG", "PNG", "WEBP")
QUALITY = 80
SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF")


class NotAPicture(ValueError):
    """Why a file is not taken."""


class Picture(NamedTuple):
    """A picture in two sizes, as WebP; the width and height are those of the large one."""

    width: int
    height: int
    large: bytes
    small: bytes


def made_anew(data: bytes) -> Picture:
    """Decode a JPEG, PNG or WebP by its bytes, whatever its name says, turn it upright and encode it.

    Raises NotAPicture for anything else, and for what unfolds to more than MOST_PIXELS.
    """
    if not data.startswith(SIGNATURES):
        raise NotAPicture("send a JPEG, PNG or WebP picture")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                if image.width * image.height > MOST_PIXELS:  # before any of it is decoded
                    raise NotAPicture(f"the picture has more than {MOST_PIXELS // 1_000_000} million pixels")
                upright = ImageOps.exif_transpose(image).convert("RGB")
    except NotAPicture:
        raise
    except Exception as error:  # decoders of hostile files raise what they like
        raise NotAPicture("the picture cannot be read; it may be cut off or damaged") from error
    upright.thumbnail(LARGE)
    large = _encoded(upright)
    width, height = upright.size
    upright.thumbnail(SMALL)
    return Picture(width, height, large, _encoded(upright))


def _encoded(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.info.clear()
    image.save(file, "WEBP", quality=QUALITY)
    return file.getvalue()
