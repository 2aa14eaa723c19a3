"""The JSON routes of recommended categories: everyone reads them, operators change them."""

from uuid import UUID

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.access.permissions import open_to
from server.access.person import Person
from server.core.errors import Conflict, Forbidden, NotFound, Unauthenticated
from server.core.problem_details import refusals
from server.resources import set_category
from server.resources.set_category import Category, NewCategory, Offered


@get("/categories", tags=["Search"], opt=open_to("anyone", "read"), responses=refusals())
async def list_categories() -> list[Offered]:
    """List the categories that are recommended for each kind. An owner may write another. No token needed."""
    return await set_category.offered()


@get(
    "/operator/categories",
    tags=["Operator"],
    opt=open_to("operator", "read"),
    responses=refusals(Unauthenticated, Forbidden),
)
async def list_category_usage() -> list[Category]:
    """List what is recommended, and how many listed resources have it."""
    return await set_category.categories()


@post(
    "/operator/categories",
    tags=["Operator"],
    opt=open_to("operator", "manage"),
    status_code=200,
    responses=refusals(Unauthenticated, Forbidden, Conflict),
)
async def recommend_category(person: NamedDependency[Person], data: JSONBody[NewCategory]) -> list[Category]:
    """Recommend a category; the same word again changes its English name."""
    await set_category.set_category(data, person)
    return await set_category.categories()


@delete(
    "/operator/categories/{id:uuid}",
    tags=["Operator"],
    opt=open_to("operator", "manage", id="category"),
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def remove_category(person: NamedDependency[Person], id: FromPath[UUID]) -> None:
    """Recommend a category no longer. Resources keep what their owners wrote."""
    await set_category.unset_category(id, person)


ROUTES = [list_categories, list_category_usage, recommend_category, remove_category]
