"""The HTML routes: start page, what each error means, and the documentation of the API."""

from litestar import Response, get
from litestar.params import FromPath

from server.core.errors import NotFound
from server.core.http import Request
from server.site.book import find as resources
from server.site.offers import offers
from server.web.problem_texts import problem, problems
from server.web.render import page


@get("/")
async def start(request: Request) -> Response[str]:
    """Say what this is, what is shared and when it is next free, and where everything else is."""
    return page(request, "start.html", offers=await offers(), asked=resources.asked_by(request), **resources.choices())


@get("/problems")
async def list_problems(request: Request) -> Response[str]:
    """List every error of the API."""
    return page(request, "problems.html", problems=problems())


@get("/problems/{slug:str}")
async def show_problem(request: Request, slug: FromPath[str]) -> Response[str]:
    """Say what an error means and what would make it a yes: where the `type` of a problem leads."""
    found = problem(slug)
    if found is None:
        raise NotFound("there is no such error")
    return page(request, "problem.html", problem=found)


@get("/api/docs")
async def docs(request: Request) -> Response[str]:
    """Show the OpenAPI document with Swagger UI."""
    return page(request, "docs.html")


ROUTES = [start, list_problems, show_problem, docs]
