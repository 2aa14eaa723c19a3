"""Answer with a file to be saved: what somebody uploaded, or a table that was made."""

from urllib.parse import quote

from litestar import Response

from server.core import sheets

ANY = "application/octet-stream"  # what the document says of files of any kind; the name tells which
# Whoever opens it gets a download that runs nothing, whatever is in it.
DOWNLOAD = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
}


def download(name: str, content: bytes) -> Response[bytes]:
    """Answer with a file to be saved, never to be shown. Its media type is told by its name, not by a header."""
    headers = DOWNLOAD | {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name or 'document')}"}
    return Response(content, media_type=ANY, headers=headers)


def download_table(name: str, format: str, content: bytes, media_type: str = "") -> Response[bytes]:
    """Answer with a table in one of the formats of sheets. No cache keeps it."""
    headers = {
        "Content-Disposition": f'attachment; filename="{quote(name)}.{format}"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, media_type=media_type or sheets.FORMATS[format], headers=headers)
