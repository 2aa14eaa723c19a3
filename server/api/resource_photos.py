"""The JSON routes of a resource's photos."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from server.access.permissions import open_to
from server.core.actor import Actor
from server.core.errors import Conflict, Forbidden, NotFound, TooLarge, Unauthenticated
from server.core.http import Request
from server.core.problem_details import refusals
from server.core.text import LINE_PATTERN, Line
from server.resources import views
from server.resources.photos import photos
from server.resources.photos.photo_files import LARGEST
from server.resources.schemas import PhotoOut
from server.web.uploads import AROUND, file_in, taking

CHANGES = refusals(Unauthenticated, Forbidden, NotFound)
ONE = open_to("manager", "manage", id="resource", photo_id="photo")
Alt = Annotated[
    str, QueryParameter(max_length=200, pattern=LINE_PATTERN, required=False, description="what is to be seen on it")
]


class PhotoPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be seen on a photo, for those who do not see it."""

    alt: Line


class PhotoOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All photos in their new order; the first is the one on cards."""

    photo_ids: Annotated[list[UUID], Meta(max_length=photos.MOST)]


@get(
    "/resources/{id:uuid}/photos",
    tags=["Resources"],
    opt=open_to("anyone", "read", id="resource"),
    responses=refusals(NotFound),
)
async def list_photos(id: FromPath[UUID], viewer: NamedDependency[Actor | None]) -> list[PhotoOut]:
    """List the photos of a resource, the one on cards first. No token needed."""
    return (await views.resource(id, viewer)).photos


@post(
    "/resources/{id:uuid}/photos",
    tags=["Resources"],
    opt=open_to("manager", "manage", id="resource"),
    request_max_body_size=LARGEST + AROUND,
    operation_class=taking("image/jpeg", "image/png", "image/webp"),
    responses=refusals(Unauthenticated, Forbidden, NotFound, Conflict, TooLarge),
)
async def add_photo(request: Request, id: FromPath[UUID], by: NamedDependency[Actor], alt: Alt = "") -> PhotoOut:
    """Add a photo behind those there are: JPEG, PNG or WebP of at most 10 MB. It is made anew, without metadata."""
    _, data = await file_in(request)
    made = await photos.add(id, data, alt, by)
    return next(one for one in (await views.resource(id, by)).photos if one.id == made)


@patch(
    "/resources/{id:uuid}/photos/{photo_id:uuid}",
    tags=["Resources"],
    opt=ONE,
    responses=CHANGES,
)
async def describe_photo(
    id: FromPath[UUID], photo_id: FromPath[UUID], by: NamedDependency[Actor], data: JSONBody[PhotoPatch]
) -> list[PhotoOut]:
    """Say in words what is to be seen on a photo."""
    await photos.describe(id, photo_id, data.alt, by)
    return (await views.resource(id, by)).photos


@put(
    "/resources/{id:uuid}/photos/order",
    tags=["Resources"],
    opt=open_to("manager", "manage", id="resource", photo_ids="photo"),
    responses=refusals(Unauthenticated, Forbidden, NotFound, Conflict),
)
async def order_photos(id: FromPath[UUID], by: NamedDependency[Actor], data: JSONBody[PhotoOrder]) -> list[PhotoOut]:
    """Put the photos in an order. All of them must be named: 409 where one was added or removed since."""
    await photos.order(id, data.photo_ids, by)
    return (await views.resource(id, by)).photos


@delete(
    "/resources/{id:uuid}/photos/{photo_id:uuid}",
    tags=["Resources"],
    opt=ONE,
    responses=CHANGES,
)
async def remove_photo(id: FromPath[UUID], photo_id: FromPath[UUID], by: NamedDependency[Actor]) -> None:
    """Remove a photo and its bytes."""
    await photos.remove(id, photo_id, by)


ROUTES = [list_photos, add_photo, describe_photo, order_photos, remove_photo]
