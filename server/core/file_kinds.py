"""Tell what an uploaded file is by its bytes, and refuse what is not wholly what it claims to be. Pure."""

import io
import warnings

from PIL import Image

LARGEST = 10 * 1024 * 1024  # bytes
MOST_PIXELS = 40_000_000  # an A4 page at 600 dpi has 35 million
PDF_END_WITHIN = 1024  # bytes from the end, as readers look for it

SIGNATURES = {b"%PDF-": "application/pdf", b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG"}
ACTIVE = (b"/JavaScript", b"/Launch", b"/EmbeddedFile", b"/RichMedia")  # no proof needs to run or carry anything


class NotAcceptable(ValueError):
    """Why a file is not taken."""


def media_type(data: bytes) -> str:
    """What the file is: a PDF, a PNG or a JPEG. Raises NotAcceptable. Names and extensions mean nothing here."""
    kind = next((kind for start, kind in SIGNATURES.items() if data.startswith(start)), None)
    if kind is None:
        raise NotAcceptable("send a PDF, PNG or JPEG file")
    if kind == "application/pdf":
        _refuse_pdf(data)
    else:
        _refuse_image(data, FORMATS[kind])
    return kind


def _refuse_pdf(data: bytes) -> None:
    if b"%%EOF" not in data[-PDF_END_WITHIN:]:
        raise NotAcceptable("the PDF is cut off: its end is missing")
    if any(word in data for word in ACTIVE):
        raise NotAcceptable("the PDF carries scripts or other files; print it to a plain PDF first")


def _refuse_image(data: bytes, form: str) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=[form]) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise NotAcceptable(f"the image has more than {MOST_PIXELS // 1_000_000} million pixels")
                image.load()  # decodes all of it; what is cut off or no image at all raises
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        if isinstance(error, NotAcceptable):
            raise
        raise NotAcceptable("the image cannot be read; it may be cut off or damaged") from None
