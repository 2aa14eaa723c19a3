from litestar import get
from litestar.di import NamedDependency

from server.errors import Unauthenticated
from server.organizations.access import open_to
from server.organizations.actor import Actor
from server.organizations.schemas import Me
from server.problems import refusals


@get("/me", tags=["organizations"], opt=open_to("booker", "read"), responses=refusals(Unauthenticated))
async def me(by: NamedDependency[Actor]) -> Me:
    """Tell who the token acts for."""
    return Me(
        member_id=by.member_id,
        role=by.role,
        email=by.email,
        name=by.name,
        locale=by.locale,
        organization_id=by.organization_id,
        organization_name=by.organization_name,
        organization_kind=by.organization_kind,
    )


ROUTES = [me]
