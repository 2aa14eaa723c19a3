"""The pages of the people of an organization: who they are, what they may, and who is to come in."""

from collections.abc import Awaitable
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.access.permissions import open_to
from server.core import http
from server.core.actor import Actor
from server.core.http import Request
from server.foreign.overview import overview
from server.members import ask_to_join, invite, mail_domains, remove, set_rights, views
from server.members.rights import can_remove
from server.members.schemas import NewMailDomain, Removal
from server.site.organization.forms import DOMAIN, DONE, FIELDS, INVITE, InvitationForm, RightsForm
from server.web import forms
from server.web.form_errors import at_field, refused_on
from server.web.forms import EMPTY, Form, post, redirect
from server.web.render import unkept

MEMBERS = "/organization/members"
PAGE = 50
READS, RUNS = open_to("booker", "read"), open_to("admin", "manage")
LEAVES = open_to("booker", "manage", while_suspended=True)
Page = Response[str]


@get(MEMBERS, opt=READS)
async def members(request: Request, by: NamedDependency[Actor]) -> Page:
    """List the members; admins also see who is invited and who asks."""
    return await _members(request, by)


async def _members(request: Request, by: Actor, form: Form[Any] = EMPTY, at: str = "", status: int = 200) -> Page:
    is_admin = by.role == "admin"
    after = http.after(request.query_params.get("cursor"))
    found = http.page(await views.members(by, after, PAGE + 1), PAGE, lambda one: one.id)
    return unkept(
        request,
        "organization/members.html",
        status=status,
        form=form,
        at=at,
        members=found.items,
        later=found.next_cursor,
        invitations=await views.invitations(by) if is_admin else [],
        requests=await views.join_requests(by) if is_admin else [],
        domains=await views.domains(by) if is_admin else [],
        done=DONE.get(request.query_params.get("done", ""), ""),
    )


@post(f"{MEMBERS}/invite", opt=RUNS)
async def invite_one(request: Request, by: NamedDependency[Actor]) -> Page:
    """Invite someone, or send an invitation again: the new link replaces the old one."""
    form = await forms.read(request, InvitationForm, INVITE)
    async with refused_on(form, partial(_members, request, by, at="invite"), at_field(INVITE, "email")):
        await invite.invite(form.wanted.invitation(), by)
    return redirect(f"{MEMBERS}?done=invited")


async def _done(done: str, verb: Awaitable[Any]) -> Page:
    await verb
    return redirect(f"{MEMBERS}?done={done}")


@post(f"{MEMBERS}/invitations/{{id:uuid}}/take-back", opt=RUNS)
async def take_back(id: FromPath[UUID], by: NamedDependency[Actor]) -> Page:
    """Take an invitation back."""
    return await _done("taken-back", invite.take_back(id, by))


@post(f"{MEMBERS}/domains", opt=RUNS)
async def add_domain(request: Request, by: NamedDependency[Actor]) -> Page:
    """Let people with an address of a domain ask to join."""
    form = await forms.read(request, NewMailDomain, DOMAIN)
    async with refused_on(form, partial(_members, request, by, at="domain"), at_field(DOMAIN, "domain")):
        await mail_domains.add(form.wanted.domain, by)
    return redirect(f"{MEMBERS}?done=domain")


@post(f"{MEMBERS}/domains/{{id:uuid}}/remove", opt=RUNS)
async def remove_domain(id: FromPath[UUID], by: NamedDependency[Actor]) -> Page:
    """List a domain no longer."""
    return await _done("domain-removed", mail_domains.remove(id, by))


@post(f"{MEMBERS}/requests/{{id:uuid}}/accept", opt=RUNS)
async def let_in(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Page:
    """Let someone in who asks."""
    form = await forms.read(request, RightsForm, FIELDS)
    if form.value is None:
        return await _members(request, by, form, "requests", 422)
    return await _done("let-in", ask_to_join.accept(id, form.value.rights(), by))


@post(f"{MEMBERS}/requests/{{id:uuid}}/refuse", opt=RUNS)
async def refuse(id: FromPath[UUID], by: NamedDependency[Actor]) -> Page:
    """Do not let someone in."""
    return await _done("refused", ask_to_join.refuse(id, by))


@get(f"{MEMBERS}/{{id:uuid}}", opt=READS)
async def member(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Page:
    """Show one member and what can be changed."""
    return await _member(request, id, by)


async def _member(
    request: Request, id: UUID, by: Actor, form: Form[Any] = EMPTY, at: str = "", status: int = 200
) -> Page:
    one = await views.member(id, by)
    shown = {
        "one": one,
        "form": form,
        "at": at,
        "runs": await overview(by) if by.role == "admin" else [],
        "colleagues": [other for other in await views.members(by, None, 500) if other.id != id],
        "removes": can_remove(by, id),
    }
    return unkept(request, "organization/member.html", status=status, **shown)


@post(f"{MEMBERS}/{{id:uuid}}/rights", opt=RUNS)
async def save_rights(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Page:
    """Say what a member is."""
    form = await forms.read(request, RightsForm, FIELDS)
    async with refused_on(form, partial(_member, request, id, by, at="rights"), at_field(FIELDS)):
        await set_rights.set_rights(id, form.wanted.rights(), by)
    return redirect(f"{MEMBERS}?done=rights")


@post(f"{MEMBERS}/{{id:uuid}}/remove", opt=LEAVES)
async def remove_member(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Page:
    """Remove a member, or leave."""
    form = await forms.read(request, Removal, FIELDS)
    if form.value is None and not set(form.errors) - {""}:
        form = Form(form.entered, {"to": FIELDS["to"]})
    async with refused_on(form, partial(_member, request, id, by, at="remove"), at_field(FIELDS)):
        await remove.remove(id, form.wanted, by)
    return redirect("/account" if id == by.member_id else f"{MEMBERS}?done=removed")


ROUTES = [
    members, invite_one, take_back, add_domain, remove_domain, let_in, refuse, member, save_rights, remove_member
]  # fmt: skip
