"""The files that pages load: our own, and those of others under vendor/ with a manifest.

The stylesheet is written in parts, one for each area, in the order of their numbers: what comes later wins.
"""

import hashlib
import mimetypes
from functools import lru_cache
from pathlib import Path

import msgspec
from litestar import Response, get
from litestar.params import FromPath

from server.core.errors import NotFound
from server.core.http import Request

ROOT = Path(__file__).parent / "static"
STYLES = Path(__file__).parent / "styles"
NOT_SERVED = {".json", ".txt", ""}  # manifests and licences
FOR_EVER = "public, max-age=31536000, immutable"


class File(msgspec.Struct, frozen=True):
    """A file as it is sent."""

    body: bytes
    media_type: str
    version: str  # of its content


@lru_cache(maxsize=1)
def files() -> dict[str, File]:
    """Read all files once. What is not in this mapping is not served, whatever a path says."""
    found = {
        path.relative_to(ROOT).as_posix(): _file(path.read_bytes(), path.suffix)
        for path in sorted(ROOT.rglob("*"))
        if path.is_file() and path.suffix not in NOT_SERVED
    }
    style = b"\n".join(path.read_bytes() for path in sorted(STYLES.glob("*.css")))
    return found | {"site.css": _file(style, ".css")}


def _file(body: bytes, suffix: str) -> File:
    media_type = mimetypes.types_map.get(suffix, "application/octet-stream")
    return File(body, media_type, hashlib.sha256(body).hexdigest()[:16])


def address(name: str) -> str:
    """Where a page finds a file. The address changes with the content, so browsers may keep it for ever."""
    return f"/static/{name}?v={files()[name].version}"


@get("/static/{name:path}")
async def serve(request: Request, name: FromPath[str]) -> Response[bytes]:
    """Send a file, or 304 when the browser has it."""
    file = files().get(name.removeprefix("/"))
    if file is None:
        raise NotFound
    etag = f'"{file.version}"'
    headers = {
        "ETag": etag,
        "Cache-Control": FOR_EVER if request.query_params.get("v") == file.version else "no-cache",
        "X-Content-Type-Options": "nosniff",
    }
    if etag in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=headers)
    return Response(file.body, media_type=file.media_type, headers=headers)
