"""The cookies that carry a session, and the proofs of a known device. `__Host-` is taken over https only."""

from uuid import UUID

from litestar.datastructures import Cookie

from server.access import device
from server.access.device import Origin
from server.access.sessions import LONGEST
from server.core.http import Connection, secure


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


def known(at: Origin, account_id: UUID) -> Cookie:
    """Let the browser show from now on that this person has signed in with it."""
    seconds = int(device.KNOWN_FOR.total_seconds())
    value = at.remembering(account_id)
    return Cookie(device.cookie_name(), value=value, max_age=seconds, httponly=True, secure=secure(), samesite="lax")


def taken() -> Cookie:
    """Take the cookie away."""
    return Cookie(name(), value="", max_age=0, httponly=True, secure=secure(), samesite="lax")
