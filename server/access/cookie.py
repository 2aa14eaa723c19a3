"""The cookie that carries a session. Its name says to browsers what it must be: `__Host-` only over https."""

from litestar.datastructures import Cookie

from server.access.sessions import LONGEST
from server.core.http import Connection
from server.core.settings import settings


def secure() -> bool:
    return settings().base_url.startswith("https://")


def name() -> str:
    """What the cookie is called. Browsers take `__Host-` only over https, for the whole site and no other host."""
    return "__Host-session" if secure() else "session"


def read(connection: Connection) -> str | None:
    """The session that the browser shows; None without one, and where a token is sent: then only that counts."""
    if "authorization" in connection.headers:
        return None
    return connection.cookies.get(name()) or None


def given(secret: str) -> Cookie:
    """Hand out a session."""
    seconds = int(LONGEST.total_seconds())
    return Cookie(name(), value=secret, max_age=seconds, httponly=True, secure=secure(), samesite="lax")


def taken() -> Cookie:
    """Take the cookie away."""
    return Cookie(name(), value="", max_age=0, httponly=True, secure=secure(), samesite="lax")
