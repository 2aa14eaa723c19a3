"""The pages of signing in with one's organization: choose it, go there, come back."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get
from litestar.datastructures import Cookie
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect

from server.access import cookie, sessions
from server.access.device import origin
from server.accounts import second_factor, tickets
from server.core.http import Request, secure
from server.identities import views
from server.identities.begin import LASTS, begin, here
from server.identities.finish import Brought, finish
from server.site.account.sign_in import show
from server.web.render import page

Text = Annotated[str, QueryParameter(required=False, max_length=2000)]


def attempt_cookie(secret: str) -> Cookie:
    """Remember which browser was sent out; an empty secret forgets it."""
    seconds = int(LASTS.total_seconds()) if secret else 0
    return Cookie(_cookie_name(), value=secret, max_age=seconds, httponly=True, secure=secure(), samesite="lax")


def _cookie_name() -> str:
    return "__Host-sign-in" if secure() else "sign-in"


@get("/sign-in/with")
async def choose(request: Request, email: Text = "", next: Text = "/") -> Response[str]:
    """Ask for a mail address and offer what its organization signs in with.

    The provider is reached by a link: `form-action 'self'` lets no form lead there.
    """
    choices = await views.choices(email) if email else []
    return page(request, "account/sign_in_with.html", email=email, choices=choices, next=here(next))


@get("/sign-in/with/{id:uuid}")
async def go(id: FromPath[UUID], next: Text = "/") -> Redirect:
    """Send the browser to the provider."""
    begun = await begin(id, next)
    return Redirect(begun.address, status_code=303, cookies=[attempt_cookie(begun.secret)])


@get("/sign-in/with/{id:uuid}/callback")
async def come_back(request: Request, id: FromPath[UUID]) -> Response[Any]:
    """Sign in whom the provider sent back: a new session, and whatever the browser showed before ends.

    Whoever has set up a second factor here is asked for it here too.
    """
    said = {name: request.query_params.get(name, "") for name in ("state", "code", "error", "iss")}
    brought = Brought(request.cookies.get(_cookie_name(), ""), **said)
    finished = await finish(id, brought)
    who = finished.linked
    if await second_factor.is_on(who.account_id):
        ticket = tickets.secret_of(await tickets.issue(who.account_id, "second_step"), "second_step")
        asking = show(request, "second_step", ticket=ticket, next=finished.return_to)
        asking.cookies.append(attempt_cookie(""))
        return asking
    shown, at = cookie.read(request), origin(request)
    session = await sessions.issue(who.account_id, at, instead_of=shown, member_id=who.member_id)
    cookies = [cookie.given(session), cookie.known(at, who.account_id), attempt_cookie("")]
    return Redirect(finished.return_to, status_code=303, cookies=cookies)


ROUTES = [choose, go, come_back]
