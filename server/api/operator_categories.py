"""JSON routes of recommended categories: everyone reads them, operators change them."""

from uuid import UUID

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.access.permissions import open_to
from server.access.person import Person
from server.core.errors import Conflict, Forbidden, NotFound, Unauthenticated
from server.core.problem_details import refusals
from server.resources import set_category as setting
from server.resources.set_category import Category, NewCategory, Offered


@get(
    "/categories", operation_id="list_categories", tags=["Search"], opt=open_to("anyone", "read"), responses=refusals()
)
async def offered() -> list[Offered]:
    """List the categories that are recommended for each kind. An owner may write another. No token needed."""
    return await setting.offered()


@get(
    "/operator/categories",
    operation_id="list_category_usage",
    tags=["Operator"],
    opt=open_to("operator", "read"),
    responses=refusals(Unauthenticated, Forbidden),
)
async def categories() -> list[Category]:
    """List what is recommended, and how many listed resources have it."""
    return await setting.categories()


@post(
    "/operator/categories",
    operation_id="recommend_category",
    tags=["Operator"],
    opt=open_to("operator", "manage"),
    status_code=200,
    responses=refusals(Unauthenticated, Forbidden, Conflict),
)
async def set_category(person: NamedDependency[Person], data: JSONBody[NewCategory]) -> list[Category]:
    """Recommend a category; the same word again changes its English name."""
    await setting.set_category(data, person)
    return await setting.categories()


@delete(
    "/operator/categories/{id:uuid}",
    operation_id="remove_category",
    tags=["Operator"],
    opt=open_to("operator", "manage", id="category"),
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def unset_category(person: NamedDependency[Person], id: FromPath[UUID]) -> None:
    """Recommend a category no longer. Resources keep what their owners wrote."""
    await setting.unset_category(id, person)


ROUTES = [offered, categories, set_category, unset_category]
