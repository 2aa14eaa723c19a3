"""The page behind the link of an invitation. Opening it changes nothing; its button accepts."""

from litestar import Response, get
from litestar.params import FromPath

from server.access.authentication import session_of
from server.access.person import person
from server.core.http import Request
from server.members import accept
from server.members.read_invitation import standing
from server.site.account.sign_in import ACCOUNT
from server.web.forms import post, redirect
from server.web.render import unkept


@get("/invitations/{token:str}")
async def invitation_page(request: Request, token: FromPath[str]) -> Response[str]:
    """Say who invites whom, and offer what comes next."""
    invitation = await standing(token)
    return unkept(
        request, "organization/invitation.html", invitation=invitation, token=token, signed_in=await session_of(request)
    )


@post("/invitations/{token:str}")
async def accept_invitation(request: Request, token: FromPath[str]) -> Response[str]:
    """Accept the invitation."""
    await accept.accept(token, await person(request))
    return redirect(f"{ACCOUNT}?done=joined")


ROUTES = [invitation_page, accept_invitation]
