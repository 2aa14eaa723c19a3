"""The operator's page of what is offered by kind and region, and of the categories that are recommended."""

from functools import partial
from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.access.person import Person
from server.core.http import Request
from server.core.regions import region_name
from server.core.translations import N_
from server.operator import views
from server.resources.set_category import NewCategory, categories, set_category, unset_category
from server.site.operator.page_support import MANAGE, READ, in_detail, shown
from server.web.form_errors import refused_on
from server.web.forms import EMPTY, Form, post, read, redirect

FEW = 12  # categories that are not folded away
TEXTS = {
    "kind": N_("Choose a kind."),
    "name": N_("Give the category in at most 200 characters, on one line."),
    "name_en": N_("Give it in English in at most 200 characters, on one line."),
}


@get("/operator/catalogue", opt=READ)
async def catalogue(request: Request) -> Response[str]:
    """Show how much is offered of each kind, in each category and region."""
    return await _catalogue(request)


async def _catalogue(request: Request, form: Form[Any] = EMPTY, status: int = 200) -> Response[str]:
    rows, recommended = await views.kinds(), await categories()
    known = {(one.kind, one.name) for one in recommended}
    regions = [(row, region_name(row["region"]) or row["country"]) for row in await views.regions()]
    return shown(
        request, "catalogue", status=status, form=form, recommended=recommended, regions=regions,
        totals=[row for row in rows if row["category"] is None],
        others=sorted(
            (row for row in rows if row["category"] is not None and (row["kind"], row["category"]) not in known),
            key=lambda row: -row["resources"],
        ),
        few=FEW,
    )  # fmt: skip


@post("/operator/catalogue", opt=MANAGE)
async def recommend(request: Request, person: NamedDependency[Person]) -> Response[str]:
    """Recommend a category."""
    form = await read(request, NewCategory, TEXTS)
    async with refused_on(form, partial(_catalogue, request), in_detail(request)):
        await set_category(form.wanted, person)
    return redirect("/operator/catalogue?done=category")


@post("/operator/catalogue/{id:uuid}/remove", opt=MANAGE)
async def remove(person: NamedDependency[Person], id: FromPath[UUID]) -> Response[str]:
    """Recommend it no longer."""
    await unset_category(id, person)
    return redirect("/operator/catalogue?done=no-category")


ROUTES = [catalogue, recommend, remove]
