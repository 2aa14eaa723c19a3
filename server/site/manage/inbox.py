"""The owner's inbox: requests by their start, each with what to know of it, decided one by one or many at once."""

from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency

from server.access.permissions import open_to
from server.bookings.capacity import lists
from server.bookings.lifecycle import approve, decline
from server.core.actor import Actor
from server.core.errors import DomainError
from server.core.http import Request
from server.foreign import views as foreign
from server.site.bookings.booking import DONE
from server.web.forms import post, redirect
from server.web.refusal_texts import refusal
from server.web.render import first_of, language, page, reader_zone

LONGEST = 200  # characters of a reason


@get("/inbox", opt=open_to("manager", "read"))
async def inbox(request: Request, by: NamedDependency[Actor]) -> Response[str]:
    """List the requests that wait for a decision, the soonest first."""
    return await _listed(request, by, [])


async def _listed(
    request: Request, by: Actor, refused: list[tuple[str, str]], done: int = 0, status: int = 200
) -> Response[str]:
    first = first_of(request)
    found, more = await lists.requests(by, first)
    return page(
        request,
        "manage/inbox.html",
        status=status,
        bookings=found,
        first=first,
        all_marked=request.query_params.get("all") == "1",
        later=more and first + lists.PAGE,
        done=DONE.get(request.query_params.get("done", ""), ""),
        decided=done,
        refused=refused,
        last=await lists.last_uses([one.organization_id for one in found], by),
        met=await foreign.met([one.id for one in found], by),
    )


@post("/inbox", opt=open_to("manager", "manage"))
async def decide(request: Request, by: NamedDependency[Actor]) -> Response[str]:
    """Approve or decline the requests that are marked, each by itself: one that is refused keeps none of the others."""
    sent = await request.form()
    approves, reason = sent.get("decide") == "approve", str(sent.get("reason", "")).strip()
    refused, done = list[tuple[str, str]](), 0
    reason = "".join(one for one in reason if one.isprintable())[:LONGEST]
    for id in _marked(sent.getall("id", [])):
        try:
            await (approve.approve(id, by) if approves else decline.decline(id, by, reason))
        except DomainError as error:
            refused.append((str(id), refusal(error, language(request), reader_zone(request))))
        else:
            done += 1
    if refused or not done:
        return await _listed(request, by, refused, done, 409 if refused else 422)
    return redirect("/inbox?done=" + ("approved" if approves else "declined"))


def _marked(sent: list[Any]) -> list[UUID]:
    found = []
    for one in sent[: lists.PAGE]:
        try:
            found.append(UUID(str(one)))
        except ValueError:
            continue
    return found


ROUTES = [inbox, decide]
