"""That a request with a session comes from a page of ours: browsers send the cookie along whoever asks them to.

A token bound to the session stands in every form and is told by `GET /api/v1/session`; besides, browsers tell where a
request comes from.
"""

from urllib.parse import urlsplit
from uuid import UUID

import litestar
from litestar.handlers import BaseRouteHandler

from server.access.authentication import session_of
from server.core import keyring
from server.core.errors import CrossSite
from server.core.http import Connection, Request
from server.core.settings import settings

HEADER, FIELD = "X-CSRF-Token", "csrf_token"
SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def csrf_token(session_id: UUID) -> str:
    """What a form of this session has to bring along."""
    return keyring.sign(f"csrf {session_id}").hex()


async def guard(connection: Connection, route: BaseRouteHandler) -> None:
    """Refuse what another site may have made a browser send. Raises CrossSite.

    What carries a token of the API is not meant: no browser sends that along by itself.
    """
    if (
        not isinstance(connection, litestar.Request)
        or connection.method in SAFE
        or "authorization" in connection.headers
    ):
        return
    if is_foreign(connection):
        raise CrossSite("the browser says that it comes from a page of another site")
    session = await session_of(connection)
    if session is not None and not await has_token(connection, session.session_id):
        raise CrossSite(f"the token of the session is missing in {HEADER} or in the field {FIELD}")


def is_foreign(request: Request) -> bool:
    """Whether the browser says that the request comes from a page of another site, or of another host of ours."""
    if (site := request.headers.get("sec-fetch-site")) is not None:
        return site not in ("same-origin", "none")
    if (origin := request.headers.get("origin")) is None:
        return False
    said = origin.partition("://")[2]
    return said not in (request.headers.get("host", ""), urlsplit(settings().base_url).netloc)


async def has_token(request: Request, session_id: UUID) -> bool:
    """Whether the request brings the token of this session, in the header or in a field of its form."""
    shown = request.headers.get(HEADER)
    if shown is None and request.content_type[0] in FORMS:
        shown = (await request.form()).get(FIELD)
    try:
        return isinstance(shown, str) and keyring.is_signed(f"csrf {session_id}", bytes.fromhex(shown))
    except ValueError:
        return False
