"""Answer with a table to be saved."""

from urllib.parse import quote

from litestar import Response

from server.core import sheets

ANY = "application/octet-stream"  # what the document says of tables in either format; the name tells which


def download(name: str, format: str, content: bytes, media_type: str = "") -> Response[bytes]:
    """Answer with a table in one of the formats of sheets. No cache keeps it."""
    headers = {
        "Content-Disposition": f'attachment; filename="{quote(name)}.{format}"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, media_type=media_type or sheets.FORMATS[format], headers=headers)
