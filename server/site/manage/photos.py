"""The page on which an owner keeps the photos of a resource, and the address of each photo."""

from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.access.permissions import open_to
from server.core.actor import Actor
from server.core.errors import DomainError, Invalid, NotFound
from server.core.http import Request
from server.core.translations import N_
from server.resources import own
from server.resources.photos import photos
from server.resources.photos.photo_files import LARGEST
from server.web.forms import Form, post, redirect, text_fields
from server.web.render import page
from server.web.uploads import AROUND

ROOM = LARGEST + AROUND
# The bytes of an address never change; whoever may not see them any more must ask again after a day.
PUBLIC, PRIVATE = "public, max-age=86400, immutable", "private, no-store"
HEADERS = {"Content-Security-Policy": "sandbox; default-src 'none'", "X-Content-Type-Options": "nosniff"}
DONE = {"added": N_("Added."), "saved": N_("Saved."), "removed": N_("Removed.")}
WRONG = {
    "file": N_("Choose a JPEG, PNG or WebP picture of at most 10 MB and 50 million pixels, not damaged."),
    "alt": N_("Say on one line, in at most 200 characters, what is to be seen."),
    "": N_("There are 8 photos already. Remove one first."),
}


@get("/photos/{file:str}", opt=open_to("anyone", "read"))
async def photo(file: FromPath[str], viewer: NamedDependency[Actor | None]) -> Response[bytes]:
    """Hand out a photo: to everyone where its resource is published, else to its owner."""
    name, _, suffix = file.partition(".")
    small = name.endswith("-small")
    try:
        id = UUID(name.removesuffix("-small"))
    except ValueError:
        raise NotFound("there is no such photo") from None
    if suffix != "webp" or str(id) != name.removesuffix("-small"):
        raise NotFound("there is no such photo")
    found = await photos.hand_out(id, viewer, small=small)
    headers = HEADERS | {"Cache-Control": PUBLIC if found.public else PRIVATE}
    return Response(found.content, media_type="image/webp", headers=headers)


@get("/manage/resources/{id:uuid}/photos", opt=open_to("manager", "read"))
async def shown(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Show the photos of a resource, with a form for each and one to add another."""
    return await _shown(request, id, by, Form({}, {}))


@post("/manage/resources/{id:uuid}/photos", request_max_body_size=ROOM, opt=open_to("manager", "manage"))
async def add(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Add a photo."""
    sent = await request.form()
    file, alt = sent.get("file"), str(sent.get("alt", ""))
    entered = {"alt": alt}
    data = await file.read() if isinstance(file, UploadFile) else b""
    try:
        await photos.add(id, data, alt, by)
    except (NotFound, Invalid, DomainError) as error:
        if isinstance(error, NotFound):
            raise
        field = str(error.members.get("field", "file" if error.status == 413 else ""))
        return await _shown(request, id, by, Form(entered, {field: WRONG[field]}), status=error.status)
    return redirect(f"/manage/resources/{id}/photos?done=added")


@post("/manage/resources/{id:uuid}/photos/{photo_id:uuid}", opt=open_to("manager", "manage"))
async def change(
    request: Request, id: FromPath[UUID], photo_id: FromPath[UUID], by: NamedDependency[Actor]
) -> Response[str]:
    """Describe, move or remove a photo, as the button says that was pressed."""
    sent = await text_fields(request)
    done = "saved"
    match sent.get("do"):
        case "remove":
            await photos.remove(id, photo_id, by)
            done = "removed"
        case "earlier" | "later" as step:
            await photos.shift(id, photo_id, "later" if step == "later" else "earlier", by)
        case _:
            try:
                await photos.describe(id, photo_id, sent.get("alt", ""), by)
            except Invalid:
                return await _shown(request, id, by, Form({}, {"": WRONG["alt"]}), status=422)
    return redirect(f"/manage/resources/{id}/photos?done={done}")


async def _shown(request: Request, id: UUID, by: Actor, form: Form[Any], *, status: int = 200) -> Response[str]:
    resource = await own.own_resource(id, by)
    done = DONE.get(request.query_params.get("done", ""), "")
    return page(request, "manage/photos.html", status=status, resource=resource, form=form, most=photos.MOST, done=done)


ROUTES = [photo, shown, add, change]
