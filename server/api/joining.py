"""The JSON routes of how people come in: invitations, mail domains, requests to join."""

from uuid import UUID

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.access.permissions import open_to
from server.access.person import Person
from server.core.actor import Actor
from server.core.errors import Conflict, Forbidden, NotFound, Unauthenticated
from server.core.problem_details import refusals
from server.members import accept, ask_to_join, invite, mail_domains, views
from server.members.schemas import (
    Accepted,
    Invitation,
    Joinable,
    JoinRequest,
    MailDomain,
    Membership,
    NewInvitation,
    NewJoinRequest,
    NewMailDomain,
    Rights,
)

ADMIN_READS = open_to("admin", "read")
USUAL = refusals(Unauthenticated, Forbidden)
BY_ID = refusals(Unauthenticated, Forbidden, NotFound)
DECISION = refusals(Unauthenticated, Forbidden, NotFound, Conflict)


@post(
    "/invitations",
    tags=["Members"],
    opt=open_to("admin", "manage", resource_ids="resource"),
    responses=DECISION,
)
async def create_invitation(by: NamedDependency[Actor], data: JSONBody[NewInvitation]) -> Invitation:
    """Invite someone by mail. The link works once, for seven days, and only for this address."""
    return await invite.invite(data, by)


@get("/invitations", tags=["Members"], opt=ADMIN_READS, responses=USUAL)
async def list_invitations(by: NamedDependency[Actor]) -> list[Invitation]:
    """List the invitations that stand."""
    return await views.invitations(by)


@delete(
    "/invitations/{id:uuid}",
    tags=["Members"],
    opt=open_to("admin", "manage", id="invitation"),
    responses=BY_ID,
)
async def revoke_invitation(by: NamedDependency[Actor], id: FromPath[UUID]) -> None:
    """Take an invitation back; its link ends."""
    await invite.take_back(id, by)


@post(
    "/invitations/accept",
    tags=["Members"],
    opt=open_to("person", "manage", while_suspended=True),
    status_code=200,
    responses=BY_ID,
)
async def accept_invitation(person: NamedDependency[Person], data: JSONBody[Accepted]) -> Membership:
    """Accept an invitation with the secret of its link."""
    return await accept.accept(data.token, person)


@get("/mail-domains", tags=["Members"], opt=ADMIN_READS, responses=USUAL)
async def list_mail_domains(by: NamedDependency[Actor]) -> list[MailDomain]:
    """List the domains whose people may ask to join."""
    return await views.domains(by)


@post("/mail-domains", tags=["Members"], opt=open_to("admin", "manage"), responses=USUAL)
async def add_mail_domain(by: NamedDependency[Actor], data: JSONBody[NewMailDomain]) -> MailDomain:
    """Let people with an address of your own domain ask to join."""
    return await mail_domains.add(data.domain, by)


@delete(
    "/mail-domains/{id:uuid}",
    tags=["Members"],
    opt=open_to("admin", "manage", id="mail_domain"),
    responses=BY_ID,
)
async def remove_mail_domain(by: NamedDependency[Actor], id: FromPath[UUID]) -> None:
    """List a domain no longer."""
    await mail_domains.remove(id, by)


@get(
    "/organizations/joinable",
    tags=["Members"],
    opt=open_to("person", "read"),
    responses=USUAL,
)
async def list_joinable_organizations(person: NamedDependency[Person]) -> list[Joinable]:
    """List the organizations that know the domain of your mail address."""
    return await ask_to_join.joinable_by(person)


@post(
    "/join-requests",
    tags=["Members"],
    opt=open_to("person", "manage", organization_id="organization"),
    responses=BY_ID,
)
async def create_join_request(person: NamedDependency[Person], data: JSONBody[NewJoinRequest]) -> JoinRequest:
    """Ask to join an organization that knows the domain of your mail address."""
    return await ask_to_join.ask(data.organization_id, person, person.name)


@get("/join-requests", tags=["Members"], opt=ADMIN_READS, responses=USUAL)
async def list_join_requests(by: NamedDependency[Actor]) -> list[JoinRequest]:
    """List who asks to join your organization."""
    return await views.join_requests(by)


@post(
    "/join-requests/{id:uuid}/accept",
    tags=["Members"],
    opt=open_to("admin", "manage", id="join_request", resource_ids="resource"),
    status_code=200,
    responses=DECISION,
)
async def accept_join_request(by: NamedDependency[Actor], id: FromPath[UUID], data: JSONBody[Rights]) -> Membership:
    """Let someone in, and say what they are to be."""
    return await ask_to_join.accept(id, data, by)


@post(
    "/join-requests/{id:uuid}/refuse",
    tags=["Members"],
    opt=open_to("admin", "manage", id="join_request"),
    status_code=200,
    responses=DECISION,
)
async def refuse_join_request(by: NamedDependency[Actor], id: FromPath[UUID]) -> JoinRequest:
    """Do not let someone in."""
    return await ask_to_join.refuse(id, by)


ROUTES = [
    create_invitation, list_invitations, revoke_invitation, accept_invitation, list_mail_domains, add_mail_domain,
    remove_mail_domain, list_joinable_organizations, create_join_request, list_join_requests, accept_join_request,
    refuse_join_request,
]  # fmt: skip
